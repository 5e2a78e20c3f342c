package dram

import (
	"encoding/xml"
	"maps"
	"slices"
)

// This file is the value that handlers answer with most. See docs/internals/14-render.md.

// H is short for map[string]any, the quickest value to answer with:
//
//	c.JSON(http.StatusOK, dram.H{"status": "ok"})
type H map[string]any

// MarshalXML encodes H as the element map, with an element for each key in the
// order of the keys.
func (h H) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	start.Name = xml.Name{Local: "map"}
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(h)) {
		element := xml.StartElement{Name: xml.Name{Local: key}}
		if err := e.EncodeElement(h[key], element); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}
