package binding

// XML bodies.
// See docs/internals/15-binding.md.

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"reflect"
)

type xmlBinding struct{}

func (xmlBinding) Name() string { return "xml" }

func (b xmlBinding) Bind(req *http.Request, obj any) error {
	return withBody(req, sourceXML, func(body []byte) error { return b.BindBody(body, obj) })
}

func (xmlBinding) BindBody(body []byte, obj any) error {
	if err := decodeXML(body, obj); err != nil {
		return syntaxErrors(sourceXML, err)
	}
	return validate(obj, sourceXML)
}

func decodeXML(body []byte, obj any) (err error) {
	defer withoutReceiver(reflect.TypeOf(obj), &err)
	return xml.NewDecoder(bytes.NewReader(body)).Decode(obj)
}
