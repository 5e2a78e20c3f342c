package dram

import (
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"unicode"
)

// This file is the value that handlers answer with most. See docs/internals/14-render.md.

// H is short for map[string]any, the quickest value to answer with:
//
//	c.JSON(http.StatusOK, dram.H{"status": "ok"})
type H map[string]any

// MarshalXML encodes H as the element map, with an element for each key in the
// order of the keys. A key that cannot be the name of an element is an error: written as it
// is, one that came from a client could be markup.
func (h H) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start.Name = xml.Name{Local: "map"}
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(h)) {
		if !isXMLName(key) {
			return fmt.Errorf("dram: the key %q of an H is not a name that XML elements can have; take letters, digits and _ for it, or write a struct", key)
		}
		element := xml.StartElement{Name: xml.Name{Local: key}}
		if err := e.EncodeElement(h[key], element); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

// isXMLName reports whether s can be the name of an element (XML 1.0, section 2.3).
func isXMLName(s string) bool {
	for i, r := range s {
		later := i > 0 && (r == '-' || r == '.' || r == ':' || unicode.IsDigit(r) || unicode.IsMark(r))
		if !later && r != '_' && !unicode.IsLetter(r) {
			return false
		}
	}
	return s != ""
}
