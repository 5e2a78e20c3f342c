// Package yaml lets dram read and write YAML. Importing it is enough:
//
//	import _ "github.com/dram-go/dram/contrib/yaml"
//
// It enables c.YAML, c.ShouldBindYAML, binding.YAML, render.YAML and content
// negotiation for the format. The library is github.com/goccy/go-yaml: YAML
// 1.2, struct tags `yaml:"name,omitempty"`, errors with line and column.
//
// Documents are limited, so that a client cannot cause excessive work; see
// Codec. A program that reads larger documents registers the codec again, with
// other limits:
//
//	codec.Register(yaml.Codec{MaxValues: 1_000_000})
//
// See docs/contrib.md.
package yaml

import (
	"errors"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"

	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/contrib/internal/decoding"
)

// The limits of a zero Codec.
const (
	// DefaultMaxDepth is how deep collections may nest.
	DefaultMaxDepth = 100
	// DefaultMaxValues is how many values a document may hold.
	DefaultMaxValues = 5_000
)

// ErrTooLarge is the error that errors about a document beyond the limits of a
// Codec unwrap to.
var ErrTooLarge = errors.New("too large")

// Codec is the YAML codec. Its zero value is ready to use, and is registered by
// importing the package. It is safe for concurrent use.
type Codec struct {
	// MaxDepth is how deep collections may nest in a document that is decoded,
	// with aliases expanded. Zero means DefaultMaxDepth.
	MaxDepth int
	// MaxValues is how many scalars and collections such a document may hold,
	// where each alias counts as much as what it refers to: nine lines of aliases
	// can stand for a billion values. Zero means DefaultMaxValues.
	MaxValues int
}

func init() { codec.Register(Codec{}) }

// Name returns "yaml".
func (Codec) Name() string { return "yaml" }

// MIMETypes returns application/yaml (RFC 9512) and the older
// application/x-yaml.
func (Codec) MIMETypes() []string { return []string{"application/yaml", "application/x-yaml"} }

// Marshal encodes v.
func (Codec) Marshal(v any) ([]byte, error) { return yaml.Marshal(v) }

// Unmarshal decodes data, a single document, into v. For a document beyond c's
// limits it returns an error that unwraps to ErrTooLarge, for one without
// content an error that unwraps to io.EOF.
func (c Codec) Unmarshal(data []byte, v any) error {
	b := newBounds(c)
	if err := b.checkText(data); err != nil {
		return err
	}
	tokens := lexer.Tokenize(string(data))
	if err := b.checkTokens(tokens); err != nil {
		return err
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return decodeError{err}
	}
	body, err := onlyDocument(file)
	if err != nil {
		return err
	}
	if err := b.checkNode(body, 0); err != nil {
		return err
	}
	err = decoding.Within("github.com/goccy/go-yaml", func() error { return yaml.NodeToValue(body, v) })
	if err != nil {
		return decodeError{err}
	}
	return nil
}

// decodeError is an error of the library without its excerpt of the document:
// what a client sent does not belong in a log, and may be a line of several
// megabytes.
type decodeError struct{ err error }

func (e decodeError) Error() string { return "dram: YAML: " + yaml.FormatError(e.err, false, false) }

func (e decodeError) Unwrap() error { return e.err }

// onlyDocument returns the content of the one document that file holds.
func onlyDocument(file *ast.File) (ast.Node, error) {
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType || doc.Body.Type() == ast.DirectiveType {
			continue
		}
		if body != nil {
			return nil, errors.New("dram: the YAML holds several documents, but only one fits; remove all from the second --- on")
		}
		body = doc.Body
	}
	if body == nil {
		return nil, fmt.Errorf("dram: the YAML holds no document: %w", io.EOF)
	}
	return body, nil
}
