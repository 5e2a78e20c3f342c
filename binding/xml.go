package binding

// XML bodies, decoded as they are read.

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
)

type xmlBinding struct{}

func (xmlBinding) Name() string { return "xml" }

func (b xmlBinding) Bind(req *http.Request, obj any) error {
	if req == nil || req.Body == nil {
		return errInvalidRequest
	}
	return b.decode(req.Body, obj)
}

func (b xmlBinding) BindBody(body []byte, obj any) error {
	return b.decode(bytes.NewReader(body), obj)
}

func (xmlBinding) decode(r io.Reader, obj any) error {
	if err := xml.NewDecoder(r).Decode(obj); err != nil {
		return err
	}
	return validate(obj, sourceXML)
}
