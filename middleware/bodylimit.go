package middleware

import (
	"errors"
	"io"
	"net/http"

	"github.com/dram-go/dram"
)

// BodyLimit bounds what a client may make the server read.

// DefaultMaxBody is the limit of a BodyLimitConfig that names none: 1 MiB.
const DefaultMaxBody = 1 << 20

// BodyLimitConfig sets up BodyLimit. Its zero value allows 1 MiB.
type BodyLimitConfig struct {
	// Max is how many bytes a body may have. Zero is DefaultMaxBody, negative
	// is no limit: for a route whose group has one.
	Max int64
	// OnError answers with 413 when the handler wrote nothing; see ErrorHandler.
	OnError ErrorHandler
}

// Validate tells what is wrong with the configuration: nothing can be.
func (cfg BodyLimitConfig) Validate() error { return nil }

// BodyLimit bounds the request's body. The limit of a route or group replaces
// that of the layers outside it, in both directions: an upload may be larger
// than the rest, a log-in smaller. One that is larger than Engine.MaxBodyMemory
// replaces it too.
//
// So that it can, nothing is decided before the handler's first read. That read
// fails with *http.MaxBytesError at once when Content-Length is beyond the limit
// (a client that sent Expect: 100-continue keeps its body then), or else as soon
// as the body is. Context.Bind answers 413 to that error by itself; if the
// handler has written nothing, the layer does.
func BodyLimit(cfg BodyLimitConfig) dram.HandlerFunc {
	must(cfg.Validate())
	limit := cfg.Max
	if limit == 0 {
		limit = DefaultMaxBody
	}
	return func(c *dram.Context) {
		if c.Request.Body == nil || c.Request.Body == http.NoBody {
			return
		}
		body, ok := c.Value(dram.BodyLimitKey).(*limitedBody)
		if ok { // a layer outside has made it
			body.limit = limit
			c.Next()
		} else {
			body = &limitedBody{original: c.Request.Body, length: c.Request.ContentLength, limit: limit}
			c.Set(dram.BodyLimitKey, body)
			req := *c.Request // net/http looks at the body of its own to learn what the client still sends
			req.Body = body
			c.NextWith(nil, &req)
		}
		if body.exceeded && !c.Writer.Written() {
			refuse(c, cfg.OnError, http.StatusRequestEntityTooLarge, "the body is larger than this resource takes")
		}
	}
}

// limitedBody is a body whose limit can be changed until it is read.
type limitedBody struct {
	original io.ReadCloser
	length   int64 // as announced; -1 when it is not
	limit    int64
	reader   io.ReadCloser // set by the first read
	exceeded bool
}

// Read refuses what was announced too large, and stops at the limit.
func (b *limitedBody) Read(p []byte) (int, error) {
	if b.limit < 0 {
		return b.original.Read(p)
	}
	if b.length > b.limit {
		b.exceeded = true
		return 0, &http.MaxBytesError{Limit: b.limit}
	}
	if b.reader == nil {
		// No writer is given: net/http closes the connection by itself when too
		// much of a body is left, and the writer may be another layer's by now.
		b.reader = http.MaxBytesReader(nil, b.original, b.limit)
	}
	n, err := b.reader.Read(p)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		b.exceeded = true
	}
	return n, err
}

// BodyLimit is the limit, for the Context, which reads no more into memory.
func (b *limitedBody) BodyLimit() int64 { return b.limit }

// Close closes the body that the server made.
func (b *limitedBody) Close() error { return b.original.Close() }
