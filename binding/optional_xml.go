package binding

// An Optional in XML: an element or an attribute that is absent, null or a value.
// See docs/internals/15-binding.md.

import (
	"encoding"
	"encoding/xml"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// xmlNil is the attribute of an element that is null (XML Schema part 1, section 2.6.2).
var xmlNil = xml.Name{Space: "http://www.w3.org/2001/XMLSchema-instance", Local: "nil"}

// errInterfaceXML is of an Optional that encoding/xml would leave empty.
var errInterfaceXML = errors.New("dram: an Optional of an interface cannot be read from XML; say which type it is")

// errRecursiveXML is of an Optional that could be as deep as the client likes: encoding/xml
// counts the levels from each UnmarshalXML anew.
var errRecursiveXML = errors.New("dram: an Optional of a type that contains itself cannot be read from XML; use a pointer")

// UnmarshalXML sets the value, or null: for an element with xsi:nil="true" or, unless T is a
// string or a struct of elements, an empty one. It is called for an element that is there,
// and for each of a list.
func (o *Optional[T]) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	typ := reflect.TypeFor[T]()
	inner := elementType(typ)
	switch {
	case isRecursive(typ):
		return errRecursiveXML
	case inner.Kind() == reflect.Interface:
		return errInterfaceXML
	}
	for _, attr := range start.Attr {
		if attr.Name == xmlNil && (attr.Value == "true" || attr.Value == "1") {
			*o = Null[T]()
			return d.Skip()
		}
	}
	value := o.value // a list takes one more item
	if !isList(typ.Kind()) {
		value = *new(T)
	}
	if inner.Kind() == reflect.String || isNested(inner) {
		if err := d.DecodeElement(&value, &start); err != nil {
			return err
		}
		*o = Some(value)
		return nil
	}
	first, err := d.Token()
	if err != nil {
		return err
	}
	if _, empty := first.(xml.EndElement); empty {
		if o.state != present { // an empty item is not the end of a list
			*o = Null[T]()
		}
		return nil
	}
	again := xml.NewTokenDecoder(&tokens{d: d, next: []xml.Token{start, xml.CopyToken(first)}})
	if err := again.Decode(&value); err != nil {
		return err
	}
	*o = Some(value)
	return nil
}

// tokens are some that were read already, and those that follow.
type tokens struct {
	d    *xml.Decoder
	next []xml.Token
}

func (t *tokens) Token() (xml.Token, error) {
	if len(t.next) == 0 {
		return t.d.Token()
	}
	first := t.next[0]
	t.next = t.next[1:]
	return first, nil
}

// MarshalXML writes the value, an element with xsi:nil="true" for null, and nothing if the
// Optional is absent.
func (o Optional[T]) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	switch o.state {
	case present:
		return e.EncodeElement(&o.value, start) // so that methods with a pointer receiver are asked
	case null:
		start.Attr = append(start.Attr, xml.Attr{Name: xmlNil, Value: "true"})
		return e.EncodeElement("", start)
	}
	return nil
}

// UnmarshalXMLAttr sets the value from an attribute's text, or null as forms do.
func (o *Optional[T]) UnmarshalXMLAttr(attr xml.Attr) error {
	opts := options{textFirst: true, times: timeOptions{layout: time.RFC3339, location: time.Local}}
	typ := reflect.TypeFor[Optional[T]]()
	return newConverter(typ, opts)(reflect.ValueOf(o).Elem(), attr.Value)
}

// MarshalXMLAttr writes the value as text, and no attribute if there is none.
func (o Optional[T]) MarshalXMLAttr(name xml.Name) (xml.Attr, error) {
	if o.state != present {
		return xml.Attr{}, nil
	}
	if value, ok := any(&o.value).(encoding.TextMarshaler); ok {
		text, err := value.MarshalText()
		return xml.Attr{Name: name, Value: string(text)}, err
	}
	switch value := reflect.ValueOf(o.value); value.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return xml.Attr{Name: name, Value: fmt.Sprint(value)}, nil
	}
	return xml.Attr{}, &xml.UnsupportedTypeError{Type: reflect.TypeFor[T]()}
}
