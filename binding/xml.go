package binding

// XML bodies.

import (
	"bytes"
	"encoding/xml"
	"net/http"
)

type xmlBinding struct{}

func (xmlBinding) Name() string { return "xml" }

func (b xmlBinding) Bind(req *http.Request, obj any) error {
	return withBody(req, func(body []byte) error { return b.BindBody(body, obj) })
}

func (xmlBinding) BindBody(body []byte, obj any) error {
	if err := xml.NewDecoder(bytes.NewReader(body)).Decode(obj); err != nil {
		return syntaxErrors(sourceXML, err)
	}
	return validate(obj, sourceXML)
}
