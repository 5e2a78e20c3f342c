package dram_test

import (
	"html/template"
	"io"
	"net/http"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec/json"
	"github.com/dram-go/dram/render"
)

// The names of Gin's packages binding, render and codec/json; see api_test.go.

var _ binding.BindingBody = binding.BSON
var _ = binding.BindUnmarshaler(nil)
var _ func(binding.BindUnmarshaler, string) error = binding.BindUnmarshaler.UnmarshalParam
var _ = binding.Binding(nil)
var _ func(binding.Binding, *http.Request, any) error = binding.Binding.Bind
var _ func(binding.Binding) string = binding.Binding.Name
var _ = binding.BindingBody(nil)
var _ func(binding.BindingBody, []byte, any) error = binding.BindingBody.BindBody
var _ = binding.BindingUri(nil)
var _ func(binding.BindingUri, map[string][]string, any) error = binding.BindingUri.BindUri
var _ func(binding.BindingUri) string = binding.BindingUri.Name
var _ func(string, string) binding.Binding = binding.Default
var _ bool = binding.EnableDecoderDisallowUnknownFields
var _ bool = binding.EnableDecoderUseNumber
var _ error = binding.ErrConvertMapStringSlice
var _ error = binding.ErrConvertToMapString
var _ error = binding.ErrMultiFileHeader
var _ error = binding.ErrMultiFileHeaderLenInvalid
var _ binding.Binding = binding.Form
var _ binding.Binding = binding.FormMultipart
var _ binding.Binding = binding.FormPost
var _ binding.Binding = binding.Header
var _ binding.BindingBody = binding.JSON

const _ string = binding.MIMEBSON
const _ string = binding.MIMEHTML
const _ string = binding.MIMEJSON
const _ string = binding.MIMEMSGPACK
const _ string = binding.MIMEMSGPACK2
const _ string = binding.MIMEMultipartPOSTForm
const _ string = binding.MIMEPOSTForm
const _ string = binding.MIMEPROTOBUF
const _ string = binding.MIMEPlain
const _ string = binding.MIMETOML
const _ string = binding.MIMEXML
const _ string = binding.MIMEXML2
const _ string = binding.MIMEYAML
const _ string = binding.MIMEYAML2

var _ func(any, map[string][]string, string) error = binding.MapFormWithTag
var _ binding.BindingBody = binding.MsgPack
var _ binding.BindingBody = binding.Plain
var _ binding.BindingBody = binding.ProtoBuf
var _ binding.Binding = binding.Query
var _ []error = binding.SliceValidationError(nil)
var _ func(binding.SliceValidationError) string = binding.SliceValidationError.Error
var _ = binding.StructValidator(nil)
var _ func(binding.StructValidator) any = binding.StructValidator.Engine
var _ func(binding.StructValidator, any) error = binding.StructValidator.ValidateStruct
var _ binding.BindingBody = binding.TOML
var _ binding.BindingUri = binding.Uri
var _ binding.StructValidator = binding.Validator
var _ binding.BindingBody = binding.XML
var _ binding.BindingBody = binding.YAML

var _ = (*render.AsciiJSON)(nil)
var _ = func(v *render.AsciiJSON) *any { return &v.Data }
var _ func(render.AsciiJSON, http.ResponseWriter) error = render.AsciiJSON.Render
var _ func(render.AsciiJSON, http.ResponseWriter) = render.AsciiJSON.WriteContentType
var _ = (*render.BSON)(nil)
var _ = func(v *render.BSON) *any { return &v.Data }
var _ func(render.BSON, http.ResponseWriter) error = render.BSON.Render
var _ func(render.BSON, http.ResponseWriter) = render.BSON.WriteContentType
var _ = (*render.Data)(nil)
var _ = func(v *render.Data) *string { return &v.ContentType }
var _ = func(v *render.Data) *[]byte { return &v.Data }
var _ func(render.Data, http.ResponseWriter) error = render.Data.Render
var _ func(render.Data, http.ResponseWriter) = render.Data.WriteContentType
var _ = (*render.Delims)(nil)
var _ = func(v *render.Delims) *string { return &v.Left }
var _ = func(v *render.Delims) *string { return &v.Right }
var _ = (*render.HTML)(nil)
var _ = func(v *render.HTML) *any { return &v.Data }
var _ = func(v *render.HTML) *string { return &v.Name }
var _ func(render.HTML, http.ResponseWriter) error = render.HTML.Render
var _ = func(v *render.HTML) **template.Template { return &v.Template }
var _ func(render.HTML, http.ResponseWriter) = render.HTML.WriteContentType
var _ = (*render.HTMLDebug)(nil)
var _ = func(v *render.HTMLDebug) *render.Delims { return &v.Delims }
var _ = func(v *render.HTMLDebug) *http.FileSystem { return &v.FileSystem }
var _ = func(v *render.HTMLDebug) *[]string { return &v.Files }
var _ = func(v *render.HTMLDebug) *template.FuncMap { return &v.FuncMap }
var _ = func(v *render.HTMLDebug) *string { return &v.Glob }
var _ func(render.HTMLDebug, string, any) render.Render = render.HTMLDebug.Instance
var _ = func(v *render.HTMLDebug) *[]string { return &v.Patterns }
var _ = (*render.HTMLProduction)(nil)
var _ = func(v *render.HTMLProduction) *render.Delims { return &v.Delims }
var _ func(render.HTMLProduction, string, any) render.Render = render.HTMLProduction.Instance
var _ = func(v *render.HTMLProduction) **template.Template { return &v.Template }
var _ = render.HTMLRender(nil)
var _ func(render.HTMLRender, string, any) render.Render = render.HTMLRender.Instance
var _ = (*render.IndentedJSON)(nil)
var _ = func(v *render.IndentedJSON) *any { return &v.Data }
var _ func(render.IndentedJSON, http.ResponseWriter) error = render.IndentedJSON.Render
var _ func(render.IndentedJSON, http.ResponseWriter) = render.IndentedJSON.WriteContentType
var _ = (*render.JSON)(nil)
var _ = func(v *render.JSON) *any { return &v.Data }
var _ func(render.JSON, http.ResponseWriter) error = render.JSON.Render
var _ func(render.JSON, http.ResponseWriter) = render.JSON.WriteContentType
var _ = (*render.JsonpJSON)(nil)
var _ = func(v *render.JsonpJSON) *string { return &v.Callback }
var _ = func(v *render.JsonpJSON) *any { return &v.Data }
var _ func(render.JsonpJSON, http.ResponseWriter) error = render.JsonpJSON.Render
var _ func(render.JsonpJSON, http.ResponseWriter) = render.JsonpJSON.WriteContentType
var _ = (*render.MsgPack)(nil)
var _ = func(v *render.MsgPack) *any { return &v.Data }
var _ func(render.MsgPack, http.ResponseWriter) error = render.MsgPack.Render
var _ func(render.MsgPack, http.ResponseWriter) = render.MsgPack.WriteContentType
var _ = (*render.ProtoBuf)(nil)
var _ = func(v *render.ProtoBuf) *any { return &v.Data }
var _ func(render.ProtoBuf, http.ResponseWriter) error = render.ProtoBuf.Render
var _ func(render.ProtoBuf, http.ResponseWriter) = render.ProtoBuf.WriteContentType
var _ = (*render.PureJSON)(nil)
var _ = func(v *render.PureJSON) *any { return &v.Data }
var _ func(render.PureJSON, http.ResponseWriter) error = render.PureJSON.Render
var _ func(render.PureJSON, http.ResponseWriter) = render.PureJSON.WriteContentType
var _ = (*render.Reader)(nil)
var _ = func(v *render.Reader) *int64 { return &v.ContentLength }
var _ = func(v *render.Reader) *string { return &v.ContentType }
var _ = func(v *render.Reader) *map[string]string { return &v.Headers }
var _ = func(v *render.Reader) *io.Reader { return &v.Reader }
var _ func(render.Reader, http.ResponseWriter) error = render.Reader.Render
var _ func(render.Reader, http.ResponseWriter) = render.Reader.WriteContentType
var _ = (*render.Redirect)(nil)
var _ = func(v *render.Redirect) *int { return &v.Code }
var _ = func(v *render.Redirect) *string { return &v.Location }
var _ func(render.Redirect, http.ResponseWriter) error = render.Redirect.Render
var _ = func(v *render.Redirect) **http.Request { return &v.Request }
var _ func(render.Redirect, http.ResponseWriter) = render.Redirect.WriteContentType
var _ = render.Render(nil)
var _ func(render.Render, http.ResponseWriter) error = render.Render.Render
var _ func(render.Render, http.ResponseWriter) = render.Render.WriteContentType
var _ = (*render.SecureJSON)(nil)
var _ = func(v *render.SecureJSON) *any { return &v.Data }
var _ = func(v *render.SecureJSON) *string { return &v.Prefix }
var _ func(render.SecureJSON, http.ResponseWriter) error = render.SecureJSON.Render
var _ func(render.SecureJSON, http.ResponseWriter) = render.SecureJSON.WriteContentType
var _ = (*render.String)(nil)
var _ = func(v *render.String) *[]any { return &v.Data }
var _ = func(v *render.String) *string { return &v.Format }
var _ func(render.String, http.ResponseWriter) error = render.String.Render
var _ func(render.String, http.ResponseWriter) = render.String.WriteContentType
var _ = (*render.TOML)(nil)
var _ = func(v *render.TOML) *any { return &v.Data }
var _ func(render.TOML, http.ResponseWriter) error = render.TOML.Render
var _ func(render.TOML, http.ResponseWriter) = render.TOML.WriteContentType
var _ func(http.ResponseWriter, any) error = render.WriteJSON
var _ func(http.ResponseWriter, any) error = render.WriteMsgPack
var _ func(http.ResponseWriter, string, []any) error = render.WriteString
var _ = (*render.XML)(nil)
var _ = func(v *render.XML) *any { return &v.Data }
var _ func(render.XML, http.ResponseWriter) error = render.XML.Render
var _ func(render.XML, http.ResponseWriter) = render.XML.WriteContentType
var _ = (*render.YAML)(nil)
var _ = func(v *render.YAML) *any { return &v.Data }
var _ func(render.YAML, http.ResponseWriter) error = render.YAML.Render
var _ func(render.YAML, http.ResponseWriter) = render.YAML.WriteContentType

var _ json.Core = json.API
var _ = json.Core(nil)
var _ func(json.Core, any) ([]byte, error) = json.Core.Marshal
var _ func(json.Core, any, string, string) ([]byte, error) = json.Core.MarshalIndent
var _ func(json.Core, io.Reader) json.Decoder = json.Core.NewDecoder
var _ func(json.Core, io.Writer) json.Encoder = json.Core.NewEncoder
var _ func(json.Core, []byte, any) error = json.Core.Unmarshal
var _ = json.Decoder(nil)
var _ func(json.Decoder, any) error = json.Decoder.Decode
var _ func(json.Decoder) = json.Decoder.DisallowUnknownFields
var _ func(json.Decoder) = json.Decoder.UseNumber
var _ = json.Encoder(nil)
var _ func(json.Encoder, any) error = json.Encoder.Encode
var _ func(json.Encoder, bool) = json.Encoder.SetEscapeHTML

const _ string = json.Package
