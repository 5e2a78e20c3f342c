// Every variable of this module is dram's: one address, whoever writes.

package gin_test

import (
	"bytes"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/dram-go/dram"
	drambinding "github.com/dram-go/dram/binding"
	dramjson "github.com/dram-go/dram/codec/json"
	dramrender "github.com/dram-go/dram/render"
	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"
	"github.com/gin-gonic/gin/codec/json"
	"github.com/gin-gonic/gin/internal/exports"
	"github.com/gin-gonic/gin/render"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// variables maps each to its address here and in dram.
var variables = map[string][2]any{
	"gin.DebugPrintFunc":      {&gin.DebugPrintFunc, &dram.DebugPrintFunc},
	"gin.DebugPrintRouteFunc": {&gin.DebugPrintRouteFunc, &dram.DebugPrintRouteFunc},
	"gin.DefaultErrorWriter":  {&gin.DefaultErrorWriter, &dram.DefaultErrorWriter},
	"gin.DefaultWriter":       {&gin.DefaultWriter, &dram.DefaultWriter},
	"gin.ErrDetached":         {&gin.ErrDetached, &dram.ErrDetached},
	"gin.ErrNoReconnect":      {&gin.ErrNoReconnect, &dram.ErrNoReconnect},
	"gin.ErrNotAcceptable":    {&gin.ErrNotAcceptable, &dram.ErrNotAcceptable},
	"gin.ErrReleased":         {&gin.ErrReleased, &dram.ErrReleased},

	"binding.BSON": {&binding.BSON, &drambinding.BSON},
	"binding.EnableDecoderDisallowUnknownFields": {&binding.EnableDecoderDisallowUnknownFields, &drambinding.EnableDecoderDisallowUnknownFields},
	"binding.EnableDecoderUseNumber":             {&binding.EnableDecoderUseNumber, &drambinding.EnableDecoderUseNumber},
	"binding.ErrConvertMapStringSlice":           {&binding.ErrConvertMapStringSlice, &drambinding.ErrConvertMapStringSlice},
	"binding.ErrConvertToMapString":              {&binding.ErrConvertToMapString, &drambinding.ErrConvertToMapString},
	"binding.ErrDestination":                     {&binding.ErrDestination, &drambinding.ErrDestination},
	"binding.ErrMultiFileHeader":                 {&binding.ErrMultiFileHeader, &drambinding.ErrMultiFileHeader},
	"binding.ErrMultiFileHeaderLenInvalid":       {&binding.ErrMultiFileHeaderLenInvalid, &drambinding.ErrMultiFileHeaderLenInvalid},
	"binding.ErrTags":                            {&binding.ErrTags, &drambinding.ErrTags},
	"binding.ErrMediaType":                       {&binding.ErrMediaType, &drambinding.ErrMediaType},
	"binding.ErrTooDeep":                         {&binding.ErrTooDeep, &drambinding.ErrTooDeep},
	"binding.Form":                               {&binding.Form, &drambinding.Form},
	"binding.FormMultipart":                      {&binding.FormMultipart, &drambinding.FormMultipart},
	"binding.FormPost":                           {&binding.FormPost, &drambinding.FormPost},
	"binding.Header":                             {&binding.Header, &drambinding.Header},
	"binding.JSON":                               {&binding.JSON, &drambinding.JSON},
	"binding.MsgPack":                            {&binding.MsgPack, &drambinding.MsgPack},
	"binding.Plain":                              {&binding.Plain, &drambinding.Plain},
	"binding.ProtoBuf":                           {&binding.ProtoBuf, &drambinding.ProtoBuf},
	"binding.Query":                              {&binding.Query, &drambinding.Query},
	"binding.TOML":                               {&binding.TOML, &drambinding.TOML},
	"binding.Uri":                                {&binding.Uri, &drambinding.Uri},
	"binding.Validator":                          {&binding.Validator, &drambinding.Validator},
	"binding.XML":                                {&binding.XML, &drambinding.XML},
	"binding.YAML":                               {&binding.YAML, &drambinding.YAML},

	"json.API": {&json.API, &dramjson.API},

	"render.ErrCallback":   {&render.ErrCallback, &dramrender.ErrCallback},
	"render.ErrNoReader":   {&render.ErrNoReader, &dramrender.ErrNoReader},
	"render.ErrNoTemplate": {&render.ErrNoTemplate, &dramrender.ErrNoTemplate},
	"render.ErrShort":      {&render.ErrShort, &dramrender.ErrShort},
}

func TestEveryVariableIsDrams(t *testing.T) {
	for name, addresses := range variables {
		assert.Same(t, addresses[1], addresses[0], name)
	}
}

func TestTheTableOfVariablesIsWhole(t *testing.T) {
	imports, err := exports.Importer(token.NewFileSet(), "./...")
	require.NoError(t, err)
	count := 0
	for _, path := range []string{"", "/binding", "/render", "/codec/json"} {
		pkg, err := imports.Import("github.com/gin-gonic/gin" + path)
		require.NoError(t, err)
		for _, name := range pkg.Scope().Names() {
			if _, ok := pkg.Scope().Lookup(name).(*types.Var); ok {
				count++
				assert.Contains(t, variables, pkg.Name()+"."+name)
			}
		}
	}
	assert.Equal(t, len(variables), count)
}

func TestWritingAVariableIsSeenOnTheOtherSide(t *testing.T) {
	writer, validator := dram.DefaultWriter, drambinding.Validator
	t.Cleanup(func() { dram.DefaultWriter, drambinding.Validator = writer, validator })

	var fromGin, fromDram bytes.Buffer
	gin.DefaultWriter = &fromGin
	assert.Same(t, &fromGin, dram.DefaultWriter)
	dram.DefaultWriter = &fromDram
	assert.Same(t, &fromDram, gin.DefaultWriter)

	gin.DisableBindValidation()
	assert.Nil(t, binding.Validator)
	assert.Nil(t, drambinding.Validator)
}

func TestWhatIsWrittenToTheLogGoesToGinsWriter(t *testing.T) {
	writer := gin.DefaultWriter
	t.Cleanup(func() { gin.DefaultWriter = writer })
	var log bytes.Buffer
	gin.DefaultWriter = &log
	r := dram.New()
	r.Use(gin.Logger())
	get(t, r, "/nowhere")
	assert.Equal(t, 1, strings.Count(log.String(), `"/nowhere"`), log.String())
}
