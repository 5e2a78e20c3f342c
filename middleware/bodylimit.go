package middleware

import (
	"cmp"
	"io"
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/body"
)

// BodyLimit bounds what a client may make the server read.

// DefaultMaxBody is the limit used when BodyLimitConfig.Max is zero: 1 MiB.
const DefaultMaxBody = 1 << 20

// BodyLimitConfig sets up BodyLimit. Its zero value allows 1 MiB.
type BodyLimitConfig struct {
	// Max is how many bytes a body may have. Zero means DefaultMaxBody; negative
	// means unlimited, for a route inside a group that has a limit.
	Max int64
	// OnError answers with 413 if the handler has written nothing; see
	// ErrorHandler.
	OnError ErrorHandler
}

// Validate returns nil: every BodyLimitConfig is valid.
func (cfg BodyLimitConfig) Validate() error { return nil }

// BodyLimit limits the size of the request's body. The limit of a route or
// group replaces that of the layers outside it, in both directions: an upload
// may be larger than other requests, a log-in smaller. A larger limit than
// Engine.MaxBodyMemory replaces that as well.
//
// The limit is applied at the handler's first read, so that inner layers can
// still replace it. That read fails with *http.MaxBytesError immediately if
// Content-Length exceeds the limit (a client that sent Expect: 100-continue
// then does not send its body); otherwise the read that exceeds the limit does.
// Context.Bind answers such an error with 413; if the handler writes nothing,
// the layer does.
func BodyLimit(cfg BodyLimitConfig) dram.HandlerFunc {
	must(cfg.Validate())
	limit := cmp.Or(cfg.Max, DefaultMaxBody)
	return func(c *dram.Context) {
		if c.Request.Body == nil || c.Request.Body == http.NoBody {
			return
		}
		limited, ok := c.Value(dram.BodyLimitKey).(*body.Limited)
		if ok { // a layer outside has made it
			limited.Limit = limit
			c.Next()
		} else {
			limited = &body.Limited{ReadCloser: c.Request.Body, Length: c.Request.ContentLength, Limit: limit}
			c.Set(dram.BodyLimitKey, limited)
			c.NextWith(nil, withBody(c.Request, limited))
		}
		if limited.Exceeded() && !c.Writer.Written() {
			refuse(c, cfg.OnError, http.StatusRequestEntityTooLarge, "the body is larger than this resource takes")
		}
	}
}

// withBody returns the request with another body. It is a copy: net/http looks at the body of
// the one that it made to learn whether the client still waits for 100 Continue or has
// more to send.
func withBody(req *http.Request, body io.ReadCloser) *http.Request {
	copied := *req
	copied.Body = body
	return &copied
}
