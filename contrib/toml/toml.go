// Package toml lets dram read and write TOML. One import line does it:
//
//	import _ "github.com/dram-go/dram/contrib/toml"
//
// From then on c.TOML, c.ShouldBindTOML, binding.TOML, render.TOML and content
// negotiation know the format. The library is github.com/pelletier/go-toml/v2:
// TOML 1.0, struct tags `toml:"name,omitempty"`, errors with line and column.
//
// What comes from a client is bounded before it costs much; see Codec. A program
// that reads larger documents registers the codec again, with its own bounds:
//
//	codec.Register(toml.Codec{MaxKeys: 100_000})
package toml

import (
	"errors"

	"github.com/pelletier/go-toml/v2"

	"github.com/dram-go/dram/codec"
)

// The bounds of a zero Codec.
const (
	// DefaultMaxDepth is how deep tables and arrays may nest.
	DefaultMaxDepth = 100
	// DefaultMaxKeys is how many keys a document may have.
	DefaultMaxKeys = 5_000
)

// ErrTooLarge is what the error of a document beyond a Codec's bounds unwraps to.
var ErrTooLarge = errors.New("too large")

// Codec is TOML as a codec. The zero value is ready to use, safe for concurrent
// use, and the one that the import registers.
type Codec struct {
	// MaxDepth is how deep tables and arrays may nest in a document that is
	// decoded; 0 is DefaultMaxDepth.
	MaxDepth int
	// MaxKeys is how many keys such a document may have, table headers and the
	// keys of inline tables included: the time to decode grows with their
	// square. 0 is DefaultMaxKeys.
	MaxKeys int
}

func init() { codec.Register(Codec{}) }

// Name is "toml".
func (Codec) Name() string { return "toml" }

// MIMETypes is application/toml.
func (Codec) MIMETypes() []string { return []string{"application/toml"} }

// Marshal encodes v, a struct or a map: a TOML document is a table.
func (Codec) Marshal(v any) ([]byte, error) { return toml.Marshal(v) }

// Unmarshal decodes the document data into v. A document beyond c's bounds is an
// error that unwraps to ErrTooLarge; that of one with a fault in it unwraps to
// the library's *toml.DecodeError, which knows the place.
func (c Codec) Unmarshal(data []byte, v any) error {
	if err := newBounds(c).check(data); err != nil {
		return err
	}
	return toml.Unmarshal(data, v)
}
