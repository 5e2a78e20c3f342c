package binding_test

import (
	"net/http"
	"testing"

	"github.com/dram-go/dram/binding"
	"github.com/stretchr/testify/assert"
)

func TestDefault(t *testing.T) {
	tests := []struct {
		method, contentType string
		want                binding.Binding
	}{
		{http.MethodGet, binding.MIMEJSON, binding.Form},
		{http.MethodPost, "", binding.Form},
		{http.MethodPost, "application/vnd.unknown", binding.Form},
		{http.MethodPost, binding.MIMEPOSTForm, binding.Form},
		{http.MethodPost, binding.MIMEJSON, binding.JSON},
		{http.MethodPut, "Application/JSON; charset=utf-8", binding.JSON},
		{http.MethodPatch, binding.MIMEXML, binding.XML},
		{"QUERY", binding.MIMEXML2, binding.XML},
		{http.MethodPost, binding.MIMEPROTOBUF, binding.ProtoBuf},
		{http.MethodPost, binding.MIMEMSGPACK, binding.MsgPack},
		{http.MethodPost, binding.MIMEMSGPACK2, binding.MsgPack},
		{http.MethodPost, binding.MIMEYAML, binding.YAML},
		{http.MethodPost, binding.MIMEYAML2, binding.YAML},
		{http.MethodPost, binding.MIMETOML, binding.TOML},
		{http.MethodPost, binding.MIMEBSON, binding.BSON},
		{http.MethodPost, binding.MIMEPlain, binding.Form},
		{http.MethodPost, "multipart/form-data; boundary=x", binding.FormMultipart},
		{http.MethodPost, " MULTIPART/form-data", binding.FormMultipart},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.contentType, func(t *testing.T) {
			assert.Equal(t, tt.want, binding.Default(tt.method, tt.contentType))
		})
	}
}

func TestNames(t *testing.T) {
	for want, b := range map[string]interface{ Name() string }{
		"json": binding.JSON, "xml": binding.XML, "form": binding.Form, "query": binding.Query,
		"form-urlencoded": binding.FormPost, "multipart/form-data": binding.FormMultipart,
		"protobuf": binding.ProtoBuf, "msgpack": binding.MsgPack, "yaml": binding.YAML, "uri": binding.Uri,
		"header": binding.Header, "plain": binding.Plain, "toml": binding.TOML, "bson": binding.BSON,
	} {
		assert.Equal(t, want, b.Name())
	}
}

func TestNoRequest(t *testing.T) {
	for _, b := range []binding.Binding{
		binding.JSON, binding.XML, binding.Plain, binding.YAML, binding.Form, binding.FormPost, binding.FormMultipart,
		binding.Query, binding.Header,
	} {
		t.Run(b.Name(), func(t *testing.T) {
			assert.EqualError(t, b.Bind(nil, &struct{}{}), "invalid request")
		})
	}
	for _, b := range []binding.Binding{binding.JSON, binding.XML, binding.Plain, binding.YAML, binding.Query} {
		t.Run(b.Name()+" without body or URL", func(t *testing.T) {
			assert.EqualError(t, b.Bind(&http.Request{}, &struct{}{}), "invalid request")
		})
	}
}
