// Package codec is the registry of body formats.
//
// binding and render know JSON, XML, forms and plain text by themselves. Every
// other format is a Codec that a package registers from its init function, as
// the drivers of database/sql do:
//
//	import _ "github.com/dram-go/dram/contrib/yaml"
//
// A format that is asked for but not registered is an error that names the
// import line that is missing. See docs/internals/14-render.md.
package codec

// A Codec turns values into the bytes of one body format, and back.
// Implementations are safe for concurrent use.
type Codec interface {
	// Name is the format's short name, "yaml" say: the key of the registry.
	Name() string
	// MIMETypes are the media types of the format, lower case and without
	// parameters. The first is the one that a response carries.
	MIMETypes() []string
	// Marshal encodes v.
	Marshal(v any) ([]byte, error)
	// Unmarshal decodes data into v, a non-nil pointer.
	Unmarshal(data []byte, v any) error
}
