package middleware

import (
	"cmp"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/httpfield"
)

// Decompress lets handlers read compressed request bodies as if they were
// plain, without letting a few bytes expand to gigabytes.

// The limits used when those of DecompressConfig are zero.
const (
	// DefaultMaxDecompressed is the default of MaxSize: 8 MiB.
	DefaultMaxDecompressed = 8 << 20
	// DefaultMaxRatio is the default of MaxRatio. Text usually shrinks to a tenth
	// of its size, a decompression bomb to a thousandth.
	DefaultMaxRatio = 100
)

// ratioGrace is how much a body may expand before its ratio counts: a short
// text of one repeated letter is not a bomb.
const ratioGrace = 64 << 10

// Decoding returns a reader that decompresses the data read from its argument.
// It may read the head of the body, and return an error if that is invalid.
type Decoding func(io.Reader) (io.ReadCloser, error)

// DecompressConfig sets up Decompress. Its zero value accepts gzip and deflate,
// up to 8 MiB of plain bytes and 100 plain bytes for each byte received.
type DecompressConfig struct {
	// Decodings are the accepted codings, by their names in Content-Encoding.
	// Default: "gzip" and "deflate".
	Decodings map[string]Decoding
	// MaxSize is how many plain bytes a body may have. Zero means
	// DefaultMaxDecompressed.
	MaxSize int64
	// MaxRatio is how many plain bytes a body may have for each byte received,
	// beyond the first 64 KiB. Zero means DefaultMaxRatio.
	MaxRatio int64
	// OnError answers with 415 to unknown codings, with 400 to bodies that do not
	// begin as their coding requires, and with 413 to those beyond a limit if the
	// handler has written nothing; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg DecompressConfig) Validate() error {
	for name, decoding := range cfg.Decodings {
		if !httpfield.IsToken(name) || name != strings.ToLower(name) || decoding == nil {
			return misconfigured("Decompress", "Decodings", `%q has no usable name or no function; write one like "zstd"`, name)
		}
	}
	if cfg.MaxSize < 0 || cfg.MaxRatio < 0 {
		return misconfigured("Decompress", "MaxSize", "neither it nor MaxRatio may be negative; leave them 0 for %d and %d", DefaultMaxDecompressed, DefaultMaxRatio)
	}
	return nil
}

// Decompress replaces a body that has a Content-Encoding with its plain bytes,
// and removes Content-Encoding, Content-Length and digests of the bytes that came
// (Content-Digest, Repr-Digest) from the request. One coding
// is accepted; two, or an unknown one, are answered with 415 and an
// Accept-Encoding that lists the known ones (RFC 9110 section 15.5.16).
//
// Reading a body beyond a limit fails with *http.MaxBytesError, which
// Context.Bind answers with 413, as the layer does if the handler writes
// nothing. BodyLimit outside this layer counts the bytes received, inside it
// the plain ones. Of two, the inner one replaces the limit of the outer, which
// still counts the bytes received.
func Decompress(cfg DecompressConfig) dram.HandlerFunc {
	must(cfg.Validate())
	if cfg.Decodings == nil {
		cfg.Decodings = map[string]Decoding{"gzip": decodeGzip, "deflate": zlib.NewReader}
	}
	cfg.MaxSize = cmp.Or(cfg.MaxSize, DefaultMaxDecompressed)
	cfg.MaxRatio = cmp.Or(cfg.MaxRatio, DefaultMaxRatio)
	accepted := acceptedCodings(cfg.Decodings)
	return func(c *dram.Context) {
		lines := c.Request.Header["Content-Encoding"]
		if len(lines) == 0 {
			return
		}
		name := strings.ToLower(strings.TrimSpace(strings.Join(lines, ",")))
		if name == "x-gzip" {
			name = "gzip"
		}
		if name == "identity" || name == "" || c.Request.Body == nil || c.Request.Body == http.NoBody {
			return
		}
		decode, ok := cfg.Decodings[name]
		if !ok {
			c.Header("Accept-Encoding", accepted)
			refuse(c, cfg.OnError, http.StatusUnsupportedMediaType, "the body's Content-Encoding is not known here")
			return
		}
		cfg.serve(c, decode)
	}
}

func decodeGzip(src io.Reader) (io.ReadCloser, error) { return gzip.NewReader(src) }

// acceptedCodings returns the list for Accept-Encoding.
func acceptedCodings(decodings map[string]Decoding) string {
	names := []string{"identity"}
	for name := range decodings {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// serve runs the rest of the chain with the plain body.
func (cfg DecompressConfig) serve(c *dram.Context, decode Decoding) {
	plain := &plainBody{received: body.Blame(c.Request.Body), decode: decode, maxRatio: cfg.MaxRatio}
	limited := &body.Limited{ReadCloser: plain, Limit: cfg.MaxSize}
	req := withBody(c.Request, limited)
	req.ContentLength, req.Header = -1, req.Header.Clone()
	delete(req.Header, "Content-Encoding")
	httpfield.DropBytes(req.Header)
	defer plain.release()
	status := c.Writer.Status()
	c.NextWith(nil, req)
	if c.Writer.Written() || c.Writer.Status() != status {
		return // the handler has answered
	}
	switch broken := plain.fault(); {
	case limited.Exceeded():
		refuse(c, cfg.OnError, http.StatusRequestEntityTooLarge, "the body is larger than this resource takes")
	case body.IsLate(broken):
		refuse(c, cfg.OnError, http.StatusRequestTimeout, "the body did not arrive in time")
	case broken != nil:
		refuse(c, cfg.OnError, http.StatusBadRequest, "the body does not begin as its Content-Encoding does")
	}
}

// plainBody decodes a body while it is read, and counts the bytes on both
// sides. Nothing is read before the handler reads.
type plainBody struct {
	received io.ReadCloser
	decode   Decoding
	maxRatio int64

	plain   io.ReadCloser // set by the first read
	in, out int64
	err     error // of the first read, or of the ratio
	broken  error // of a decoder that could not begin

	mu                sync.Mutex
	reading, released bool
}

// Read decodes. The transport of a proxy reads on when the server behind has answered: the decoder is
// let go of when nobody reads, since it may then be that of another request.
func (b *plainBody) Read(p []byte) (int, error) {
	if !b.begin() {
		return 0, http.ErrBodyReadAfterClose
	}
	defer b.end()
	return b.read(p)
}

// begin is false if the request has ended.
func (b *plainBody) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = !b.released
	return b.reading
}

func (b *plainBody) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reading = false; b.released {
		b.closePlain()
	}
}

// read decodes, until the ratio is reached.
func (b *plainBody) read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.plain == nil {
		plain, err := b.decode(countingReader{b})
		if err != nil {
			return 0, b.fail(err)
		}
		b.plain = plain
	}
	n, err := b.plain.Read(p)
	b.out += int64(n)
	if b.out > ratioGrace && b.out/b.maxRatio > b.in {
		b.err = &http.MaxBytesError{Limit: b.out}
		return n, b.err
	}
	return n, err
}

// fail ends a body whose decoder cannot begin.
func (b *plainBody) fail(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // an empty body would be read as one without an error
	}
	if !body.IsTooLarge(err) {
		b.broken = err
	}
	b.err = fmt.Errorf("dram: middleware.Decompress: the body is not what Content-Encoding says: %w", err)
	return b.err
}

// fault is why the decoder could not begin; nil while it is read.
func (b *plainBody) fault() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reading {
		return nil
	}
	return b.broken
}

// release lets go of the decoder, or has the read that is going on do so.
func (b *plainBody) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.released = true; !b.reading {
		b.closePlain()
	}
}

func (b *plainBody) closePlain() {
	if b.plain != nil {
		_ = b.plain.Close() // the bytes were read or are not wanted
	}
}

// Close closes the body that the server made.
func (b *plainBody) Close() error { return b.received.Close() }

// countingReader counts what a plainBody's decoder reads.
type countingReader struct{ b *plainBody }

func (r countingReader) Read(p []byte) (int, error) {
	n, err := r.b.received.Read(p)
	r.b.in += int64(n)
	return n, err
}
