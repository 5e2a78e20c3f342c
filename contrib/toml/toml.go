// Package toml lets dram read and write TOML. Importing it is enough:
//
//	import _ "github.com/dram-go/dram/contrib/toml"
//
// It enables c.TOML, c.ShouldBindTOML, binding.TOML, render.TOML and content
// negotiation for the format. The library is github.com/pelletier/go-toml/v2:
// TOML 1.0, struct tags `toml:"name,omitempty"`, errors with line and column.
//
// Documents are limited, so that a client cannot cause excessive work; see
// Codec. A program that reads larger documents registers the codec again, with
// other limits:
//
//	codec.Register(toml.Codec{MaxKeys: 100_000})
//
// See docs/contrib.md.
package toml

import (
	"errors"

	"github.com/pelletier/go-toml/v2"

	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/contrib/internal/decoding"
)

// The limits of a zero Codec.
const (
	// DefaultMaxDepth is how deep tables and arrays may nest.
	DefaultMaxDepth = 100
	// DefaultMaxKeys is how many keys a document may have.
	DefaultMaxKeys = 5_000
)

// ErrTooLarge is the error that errors about a document beyond the limits of a
// Codec unwrap to.
var ErrTooLarge = errors.New("too large")

// Codec is the TOML codec. Its zero value is ready to use, and is registered by
// importing the package. It is safe for concurrent use.
type Codec struct {
	// MaxDepth is how deep tables and arrays may nest in a document that is
	// decoded. Zero means DefaultMaxDepth.
	MaxDepth int
	// MaxKeys is how many keys such a document may have, including table headers
	// and the keys of inline tables: the time to decode grows with the square of
	// their number. Zero means DefaultMaxKeys.
	MaxKeys int
}

func init() { codec.Register(Codec{}) }

// Name returns "toml".
func (Codec) Name() string { return "toml" }

// MIMETypes returns application/toml.
func (Codec) MIMETypes() []string { return []string{"application/toml"} }

// Marshal encodes v, which must be a struct or a map, since a TOML document is
// a table.
func (Codec) Marshal(v any) ([]byte, error) { return toml.Marshal(v) }

// Unmarshal decodes the document data into v. For a document beyond c's limits
// it returns an error that unwraps to ErrTooLarge, for an invalid one an error
// that unwraps to the library's *toml.DecodeError, which has the position.
func (c Codec) Unmarshal(data []byte, v any) error {
	if err := newBounds(c).check(data); err != nil {
		return err
	}
	return decoding.Within("github.com/pelletier/go-toml", func() error { return toml.Unmarshal(data, v) })
}
