package binding

// What other rooms see: the interfaces, one variable per format, and Default, which
// chooses among them by the request.
// See docs/internals/15-binding.md.

import (
	"net/http"

	"github.com/dram-go/dram/internal/httpfield"
)

// The media types that Default knows.
const (
	MIMEJSON              = "application/json"
	MIMEHTML              = "text/html"
	MIMEXML               = "application/xml"
	MIMEXML2              = "text/xml"
	MIMEPlain             = "text/plain"
	MIMEPOSTForm          = "application/x-www-form-urlencoded"
	MIMEMultipartPOSTForm = "multipart/form-data"
	MIMEPROTOBUF          = "application/x-protobuf"
	MIMEMSGPACK           = "application/x-msgpack"
	MIMEMSGPACK2          = "application/msgpack"
	MIMEYAML              = "application/x-yaml"
	MIMEYAML2             = "application/yaml"
	MIMETOML              = "application/toml"
	MIMEBSON              = "application/bson"
)

// Binding fills a value from a request and validates it.
type Binding interface {
	// Name is the short name of what is bound: "json", "query" …
	Name() string
	// Bind decodes the request into obj, a pointer, and validates obj.
	Bind(req *http.Request, obj any) error
}

// BindingBody is a Binding that needs nothing of the request but its body, so
// that one body can be bound several times.
type BindingBody interface {
	Binding
	// BindBody decodes body into obj, a pointer, and validates obj. It does not
	// keep body.
	BindBody(body []byte, obj any) error
}

// BindingUri fills a value from path parameters.
type BindingUri interface {
	// Name is "uri".
	Name() string
	// BindUri maps params into obj, a pointer, and validates obj.
	BindUri(params map[string][]string, obj any) error
}

// StructValidator checks what was bound. Implementations are safe for concurrent
// use.
type StructValidator interface {
	// ValidateStruct returns nil for a value that keeps its rules and for one
	// that has none, a number say. It takes structs, pointers, slices and arrays.
	ValidateStruct(obj any) error
	// Engine returns the validator underneath, to register rules on.
	Engine() any
}

// Validator checks every value after it was bound. The default's Engine is a
// *validator.Validate with the tag "binding"; register rules on it at start-up,
// before the first request. nil switches validation off.
var Validator StructValidator = &defaultValidator{}

// The bindings. YAML, TOML, ProtoBuf, MsgPack and BSON need a codec, which one
// import line registers (see package codec); without it they return an error that
// names the line. ProtoBuf, BSON and Plain do not validate.
var (
	JSON          BindingBody = jsonBinding{}
	XML           BindingBody = xmlBinding{}
	Form          Binding     = formBinding{}
	Query         Binding     = queryBinding{}
	FormPost      Binding     = formPostBinding{}
	FormMultipart Binding     = formMultipartBinding{}
	ProtoBuf      BindingBody = codecBinding{name: "protobuf", trusted: true}
	MsgPack       BindingBody = codecBinding{name: "msgpack"}
	YAML          BindingBody = codecBinding{name: "yaml"}
	Uri           BindingUri  = uriBinding{}
	Header        Binding     = headerBinding{}
	Plain         BindingBody = plainBinding{}
	TOML          BindingBody = codecBinding{name: "toml"}
	BSON          BindingBody = codecBinding{name: "bson", trusted: true}
)

// Default returns the Binding for a request: Form for GET, otherwise the one of
// the media type, and Form for a media type that is empty or unknown, text/plain
// among them: Plain has to be asked for. contentType may carry parameters; its
// case does not matter.
func Default(method, contentType string) Binding {
	if method == http.MethodGet {
		return Form
	}
	switch httpfield.MediaType(contentType) {
	case MIMEJSON:
		return JSON
	case MIMEXML, MIMEXML2:
		return XML
	case MIMEPROTOBUF:
		return ProtoBuf
	case MIMEMSGPACK, MIMEMSGPACK2:
		return MsgPack
	case MIMEYAML, MIMEYAML2:
		return YAML
	case MIMETOML:
		return TOML
	case MIMEBSON:
		return BSON
	case MIMEMultipartPOSTForm:
		return FormMultipart
	default:
		return Form
	}
}
