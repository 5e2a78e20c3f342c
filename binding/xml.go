package binding

// XML bodies.
// See docs/internals/15-binding.md.

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"reflect"
)

var (
	// errTrailingXML is of a body with more than one element.
	errTrailingXML = errors.New("the body goes on after its element; send exactly one")
	// errTextXML is of a body with text that is in no element.
	errTextXML = errors.New("the body has text outside of its element")
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

// decodeXML decodes exactly one element into obj. encoding/xml leaves alone what stands around it.
func decodeXML(body []byte, obj any) (err error) {
	defer withoutReceiver(reflect.TypeOf(obj), &err)
	dec := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	start, err := nextElement(dec)
	if err != nil {
		return err
	}
	if err := dec.DecodeElement(obj, &start); err != nil {
		return err
	}
	switch _, err := nextElement(dec); {
	case err == nil:
		return errTrailingXML
	case !errors.Is(err, io.EOF):
		return err
	}
	return nil
}

// nextElement returns the beginning of the next element. Comments and the like may stand in front
// of it, text may not.
func nextElement(dec *xml.Decoder) (xml.StartElement, error) {
	for {
		token, err := dec.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			return token, nil
		case xml.CharData:
			if !isBlank(token) {
				return xml.StartElement{}, errTextXML
			}
		}
	}
}
