package middleware

import (
	"context"
	"io"
	"net/http"

	"github.com/dram-go/dram"
)

// This file holds small helpers of several layers: running the rest of the
// chain under another context.

// nextWithContext runs the rest of the chain with ctx as the request's context.
// With restore, the layers outside get back the request that they had: they
// must not see a context that has been cancelled meanwhile.
func nextWithContext(c *dram.Context, ctx context.Context, restore bool) {
	nextWithRequest(c, c.Request.WithContext(ctx), restore)
}

// nextWithBody runs the rest of the chain with another body. The body is changed
// in a copy of the request: net/http looks at the one that it made to learn, from
// its body, whether the client still waits for 100 Continue or has more to send.
func nextWithBody(c *dram.Context, body io.ReadCloser) {
	r := *c.Request
	r.Body = body
	nextWithRequest(c, &r, false)
}

// nextWithRequest runs the rest of the chain with a copy of the request.
//
// net/http removes the temporary files of uploads only from the request that it
// made: so the parsed form is handed back to it.
func nextWithRequest(c *dram.Context, r *http.Request, restore bool) {
	outer := c.Request
	c.Request = r
	defer func() {
		if outer.MultipartForm == nil {
			outer.MultipartForm = c.Request.MultipartForm
		}
		if restore {
			c.Request = outer
		}
	}()
	c.Next()
}
