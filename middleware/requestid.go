package middleware

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// RequestID is the outermost layer: it gives the request an id, by which every
// line that the other layers and the handlers log can be found.

// RequestIDKey is the Context key of the id of the request.
const RequestIDKey = "request_id"

// maxRequestID is the maximum length of an id that is accepted from a client.
const maxRequestID = 128

// requestIDKey is the key of the id in the context of the request.
type requestIDKey struct{}

// RequestIDConfig sets up RequestID. Its zero value keeps well-formed ids in
// X-Request-Id and makes one for requests without.
type RequestIDConfig struct {
	// Header is the name of the header that holds the id, in requests and
	// responses. Default "X-Request-Id".
	Header string
	// Generate returns a new id. Default: 128 random bits as 32 hexadecimal
	// digits.
	Generate func() string
	// IgnoreIncoming gives every request a new id, whatever the client sends.
	IgnoreIncoming bool
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg RequestIDConfig) Validate() error {
	if cfg.Header != "" && !httpfield.IsToken(cfg.Header) {
		return misconfigured("RequestID", "Header", "%q is not a header name; write X-Request-Id", cfg.Header)
	}
	return nil
}

// RequestID gives each request an id, in the response header, under
// RequestIDKey in the Context and, for code without a Context, in the context
// of the request (RequestIDFrom). The id that a client sends is kept if it has
// at most 128 letters, digits and -._~+/=:@ and is replaced otherwise, so that
// no id can forge a log line or carry a payload.
func RequestID(cfg RequestIDConfig) dram.HandlerFunc {
	must(cfg.Validate())
	header, generate := http.CanonicalHeaderKey(cmp.Or(cfg.Header, "X-Request-Id")), cfg.Generate
	if generate == nil {
		generate = newRequestID
	}
	return func(c *dram.Context) {
		var id string
		if incoming := c.Request.Header[header]; len(incoming) == 1 && !cfg.IgnoreIncoming {
			id = incoming[0]
		}
		if !isSaneID(id) {
			id = generate()
		}
		n := &named{Context: c.Request.Context(), id: id, header: [1]string{id}}
		c.Set(RequestIDKey, n.id)
		c.Writer.Header()[header] = n.header[:]
		c.NextWith(nil, c.Request.WithContext(n))
	}
}

// named is the context of a request with an id, and the header of the answer, in one allocation.
type named struct {
	context.Context
	id     any
	header [1]string
}

func (n *named) Value(key any) any {
	if key == (requestIDKey{}) {
		return n.id
	}
	return n.Context.Value(key)
}

// RequestIDFrom returns the id of the request in ctx, which may be a Context or
// the context of a request; "" if RequestID did not run.
func RequestIDFrom(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// newRequestID returns an id that cannot be guessed.
func newRequestID() string {
	var id [16]byte
	rand.Read(id[:]) // never fails: the runtime ends the program when there is no randomness
	var text [32]byte
	hex.Encode(text[:], id[:])
	return string(text[:])
}

// isSaneID reports whether a client's id is harmless in headers, logs and pages.
func isSaneID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		if c := id[i]; !httpfield.IsAlphaNum(c) && strings.IndexByte("-._~+/=:@", c) < 0 {
			return false
		}
	}
	return true
}
