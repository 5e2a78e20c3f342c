// Package bson lets dram read and write BSON, the format of MongoDB. Importing
// it is enough:
//
//	import _ "github.com/dram-go/dram/contrib/bson"
//
// It enables c.BSON, c.ShouldBindWith(&v, binding.BSON), render.BSON and
// content negotiation for the format. The library is
// go.mongodb.org/mongo-driver/v2/bson, with struct tags
// `bson:"name,omitempty"`; no other part of the driver is linked. See docs/contrib.md.
package bson

import (
	"errors"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/dram-go/dram/codec"
)

// MaxDepth is how deep documents and arrays may nest in a document that is
// decoded. It is the same as the limit of MongoDB.
const MaxDepth = 100

// ErrTooDeep is returned by Unmarshal when documents and arrays nest more than
// MaxDepth.
var ErrTooDeep = errors.New("dram: the BSON nests more than 100 documents and arrays")

// Codec is the BSON codec, safe for concurrent use. Importing the package
// registers it.
type Codec struct{}

func init() { codec.Register(Codec{}) }

// Name returns "bson".
func (Codec) Name() string { return "bson" }

// MIMETypes returns application/bson.
func (Codec) MIMETypes() []string { return []string{"application/bson"} }

// Marshal encodes v, which must be a struct or a map, since BSON has only
// documents.
func (Codec) Marshal(v any) ([]byte, error) { return bson.Marshal(v) }

// Unmarshal decodes the document data into v. It returns ErrTooDeep for a
// document that nests more than MaxDepth, and io.EOF if data is empty.
func (Codec) Unmarshal(data []byte, v any) error {
	if len(data) == 0 {
		return io.EOF
	}
	// The check walks the document once without decoding it, to find a false
	// length before memory is allocated for it, and endless nesting before the
	// decoder, which is recursive, exhausts the stack and so ends the process.
	if err := check(data, 1); err != nil {
		return err
	}
	err := bson.Unmarshal(data, v)
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("dram: the BSON breaks off: %w", io.ErrUnexpectedEOF) // it is not empty
	}
	return err
}

// check reports whether a document, at the given depth, is complete and does
// not nest too deep.
func check(document bson.Raw, depth int) error {
	if depth > MaxDepth {
		return ErrTooDeep
	}
	elements, err := document.Elements()
	if err != nil {
		return fmt.Errorf("dram: not a BSON document: %w", err)
	}
	for _, e := range elements {
		inner, ok := nested(e.Value())
		if !ok {
			continue
		}
		if err := check(inner, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// nested returns the document that a value holds, if it holds one.
func nested(v bson.RawValue) (bson.Raw, bool) {
	switch v.Type {
	case bson.TypeEmbeddedDocument:
		return v.DocumentOK()
	case bson.TypeArray:
		array, ok := v.ArrayOK()
		return bson.Raw(array), ok
	case bson.TypeCodeWithScope:
		_, scope, ok := v.CodeWithScopeOK()
		return scope, ok
	}
	return nil, false
}
