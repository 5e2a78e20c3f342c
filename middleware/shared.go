package middleware

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/dram-go/dram"
)

// This file holds small helpers of several layers: running the rest of the
// chain under another context, and grammar of RFC 9110.

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

// isToken tells whether s is a token (RFC 9110 section 5.6.2): a header's name,
// a method.
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlphaNum(c) && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// isAlphaNum tells whether c is an ASCII letter or digit.
func isAlphaNum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// isQuotable tells whether s may stand between double quotes in a header as it
// is: printable ASCII without a quote or a backslash.
func isQuotable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
