package middleware

import (
	"cmp"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// Compress makes answers smaller. The core knows gzip; contrib/compress has
// zstd, brotli and a faster gzip for the field Encodings.

// DefaultMinCompress is the default of CompressConfig.MinSize, in bytes:
// shorter bodies fit in one packet anyway.
const DefaultMinCompress = 1024

// Encoder compresses one body after another. It is the API of
// compress/gzip.Writer, which zstd and brotli writers have as well. An Encoder
// writes within its methods, not from a goroutine of its own.
type Encoder interface {
	io.WriteCloser
	// Flush writes all compressed data so far to the underlying writer.
	Flush() error
	// Reset discards the state of the encoder, and makes it write to w.
	Reset(w io.Writer)
}

// Encoding is a content coding that Compress can apply.
type Encoding struct {
	// Name is the coding's name in Accept-Encoding: "gzip", "zstd", "br".
	Name string
	// New returns a new encoder; Compress reuses encoders for further bodies.
	New func() Encoder
}

// Gzip returns the gzip coding at a level of compress/gzip, from 1 (fast) to 9
// (small); 0 is level 5, a balance of time and size. It panics at other levels.
func Gzip(level int) Encoding {
	level = cmp.Or(level, 5)
	if _, err := gzip.NewWriterLevel(io.Discard, level); err != nil {
		panic(misconfigured("Gzip", "level", "%d is none; write one from 1 (fast) to 9 (small)", level))
	}
	return Encoding{Name: "gzip", New: func() Encoder {
		w, _ := gzip.NewWriterLevel(io.Discard, level) // the level was tried above
		return w
	}}
}

// CompressConfig sets up Compress. Its zero value compresses text, JSON, XML,
// scripts, fonts and the like with gzip, from 1 KiB on.
type CompressConfig struct {
	// Encodings are the codings, the best first: the order decides between codings
	// that a client prefers equally. Default Gzip(0).
	Encodings []Encoding
	// MinSize is the size in bytes from which on bodies are compressed. Zero means
	// DefaultMinCompress, 1 compresses everything. A body that is flushed before
	// it reaches MinSize is compressed whatever its size.
	MinSize int
	// Types are the media types to compress: "application/json", "text/*", or
	// "+json" for all with this suffix. Default DefaultCompressTypes, which omits
	// formats that are compressed already.
	Types []string
	// SkipTypes are media types that are not compressed, in the same notation.
	// Default "text/event-stream"; to have event streams compressed, list another
	// type. Each event is then flushed through the encoder.
	SkipTypes []string
	// OnError answers with 406 if the client accepts neither an available coding
	// nor an uncompressed body; see ErrorHandler.
	OnError ErrorHandler
}

// DefaultCompressTypes returns the media types that Compress compresses.
func DefaultCompressTypes() []string {
	return []string{
		"text/*", "+json", "+xml", "+yaml", "application/json", "application/xml",
		"application/javascript", "application/yaml", "application/toml", "application/wasm",
		"application/x-ndjson", "application/graphql", "application/sql", "application/rtf",
		"application/vnd.ms-fontobject", "font/ttf", "font/otf", "font/collection",
		"image/bmp", "image/x-icon", "image/vnd.microsoft.icon",
	}
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg CompressConfig) Validate() error {
	seen := make(map[string]bool)
	for _, encoding := range cfg.Encodings {
		if !httpfield.IsToken(encoding.Name) || encoding.New == nil || encoding.Name == "identity" {
			return misconfigured("Compress", "Encodings", "%q has no usable name or no New; write middleware.Gzip(0), or one of contrib/compress", encoding.Name)
		}
		if seen[encoding.Name] {
			return misconfigured("Compress", "Encodings", "%q is there twice; keep one", encoding.Name)
		}
		seen[encoding.Name] = true
	}
	if cfg.MinSize < 0 {
		return misconfigured("Compress", "MinSize", "%d is negative; write 1 to compress everything", cfg.MinSize)
	}
	return cmp.Or(typesFault("Types", cfg.Types), typesFault("SkipTypes", cfg.SkipTypes))
}

// typesFault says what is wrong with the patterns of a field.
func typesFault(field string, patterns []string) error {
	for _, pattern := range patterns {
		if !strings.Contains(pattern, "/") && !strings.HasPrefix(pattern, "+") || pattern != strings.ToLower(pattern) {
			return misconfigured("Compress", field, `%q is not a media type; write "application/json", "text/*" or "+json"`, pattern)
		}
	}
	return nil
}

// Compress compresses the bodies of answers with the coding that the client
// prefers (Accept-Encoding with its weights, RFC 9110 section 12.5.3). It
// buffers no more than MinSize bytes; a stream that is flushed is compressed
// and flushed on. A strong ETag becomes a weak one, since different clients get
// different bytes, and Vary names Accept-Encoding.
//
// Answers with a Content-Encoding, ranges (206) and answers with Cache-Control:
// no-transform are left alone. HEAD gets the header that GET would have got.
//
// Compression can leak secrets: an attacker who can put text into an encrypted
// answer next to a secret, and see its length, can guess the secret (BREACH).
// Do not compress pages that hold both: put Skip around the layer, keep secrets (CSRF tokens,
// session ids) out of bodies, and note that CSRF of this package needs no
// token.
func Compress(cfg CompressConfig) dram.HandlerFunc {
	must(cfg.Validate())
	p := newCompressor(cfg)
	return func(c *dram.Context) {
		coding, identity := httpfield.BestCoding(c.Request.Header["Accept-Encoding"], p.names)
		if coding == httpfield.NoCoding && !identity {
			httpfield.AddVary(c.Writer.Header(), "Accept-Encoding")
			refuse(c, cfg.OnError, http.StatusNotAcceptable, "the client takes neither a coding that there is nor a body without")
			return
		}
		w := p.answers.Get().(*compression)
		w.start(c, coding, !identity)
		defer w.end()
		c.NextAnswer(nil, w.look)
	}
}

// compressor is what the requests of one layer share.
type compressor struct {
	CompressConfig
	names    []string
	encoders []sync.Pool // one for each of Encodings
	answers  sync.Pool
}

func newCompressor(cfg CompressConfig) *compressor {
	if len(cfg.Encodings) == 0 {
		cfg.Encodings = []Encoding{Gzip(0)}
	}
	cfg.MinSize = cmp.Or(cfg.MinSize, DefaultMinCompress)
	if cfg.Types == nil {
		cfg.Types = DefaultCompressTypes()
	}
	if cfg.SkipTypes == nil {
		cfg.SkipTypes = []string{"text/event-stream"}
	}
	p := &compressor{CompressConfig: cfg, encoders: make([]sync.Pool, len(cfg.Encodings))}
	for i, encoding := range cfg.Encodings {
		p.names = append(p.names, encoding.Name)
		p.encoders[i].New = func() any { return &pooledEncoder{Encoder: encoding.New()} }
	}
	p.answers.New = func() any { return newCompression(p) }
	return p
}

// takesType reports whether bodies of this Content-Type are compressed.
func (p *compressor) takesType(contentType string) bool {
	mediaType := httpfield.MediaType(contentType)
	return matchesType(p.Types, mediaType) && !matchesType(p.SkipTypes, mediaType)
}

// matchesType compares a media type with patterns: "a/b", "a/*", "+json".
func matchesType(patterns []string, mediaType string) bool {
	for _, pattern := range patterns {
		prefix, isRange := strings.CutSuffix(pattern, "*")
		switch {
		case isRange && strings.HasPrefix(mediaType, prefix),
			pattern[0] == '+' && strings.HasSuffix(mediaType, pattern),
			pattern == mediaType:
			return true
		}
	}
	return false
}
