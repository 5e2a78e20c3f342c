// Package render turns a value into the body of a response.
//
// It is the last step of a request (docs/internals/14-render.md): a handler hands a value
// to the Context, which picks a Render, which writes to the response. A Render knows
// only its http.ResponseWriter, so it works in any net/http handler as well:
//
//	err := render.JSON{Data: user}.Render(w)
//
// Whatever can fail is done before anything is sent: a value that cannot be
// encoded, a template that breaks off half-way, a codec that is not registered
// leave neither a header nor a byte of the body behind, and the caller is free
// to answer with an error. After that only writing can fail, which means that
// the client is gone. Reader is the exception, since it streams: only its first
// read comes before.
//
// A Render never sends the status; that is up to the caller, who knows whether
// the status allows a body. It sets Content-Type only if it is absent, so a
// handler's own wins; SSEvent alone always sets it.
//
// JSON goes through codec/json. YAML, TOML, protobuf, MessagePack and BSON go
// through the codec that is registered for them in package codec. html/template
// and encoding/xml are linked only into programs that use HTML or XML.
package render

import "net/http"

// Render writes one value as the body of a response.
type Render interface {
	// Render sets the headers that the body needs and writes the body. If it
	// returns an error before the first byte, nothing was sent or set.
	Render(http.ResponseWriter) error
	// WriteContentType sets only the Content-Type, for a response whose status
	// allows no body, and for HEAD.
	WriteContentType(w http.ResponseWriter)
}

var (
	_ Render = JSON{}
	_ Render = IndentedJSON{}
	_ Render = PureJSON{}
	_ Render = SecureJSON{}
	_ Render = JsonpJSON{}
	_ Render = AsciiJSON{}
	_ Render = XML{}
	_ Render = String{}
	_ Render = Data{}
	_ Render = Reader{}
	_ Render = Redirect{}
	_ Render = HTML{}
	_ Render = YAML{}
	_ Render = TOML{}
	_ Render = ProtoBuf{}
	_ Render = MsgPack{}
	_ Render = BSON{}
	_ Render = SSEvent{}

	_ HTMLRender = HTMLProduction{}
	_ HTMLRender = HTMLDebug{}
)
