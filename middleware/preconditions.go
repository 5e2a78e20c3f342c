package middleware

import (
	"net/http"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file evaluates conditional requests (RFC 9110 section 13): a client that
// has a version of a resource asks for it only if it differs, or asks to change
// it only if it does not.

// Preconditions evaluates the conditions of a request against the current state
// of the resource: its entity tag, which is "" or `"*"` if it has none, and its
// modification time, which is zero if unknown. If both are missing, the
// resource does not exist. Preconditions reports whether the request may go on.
// If not, it has answered and aborted the chain: with 304 for GET, HEAD and QUERY
// of a client that has this version, with 412 otherwise.
//
// Call it before a change, with the tag that GET would send:
//
//	if !middleware.Preconditions(c, article.ETag(), article.UpdatedAt) { return }
//
// and make the change itself conditional on the same version (in a WHERE
// clause): another request may change the resource in between.
func Preconditions(c *dram.Context, etag string, modified time.Time) bool {
	status := evaluate(c.Request, etag, modified)
	if status == 0 {
		return true
	}
	if etag != "" {
		c.Header("ETag", etag)
	}
	if status == http.StatusNotModified {
		notModified(c.Writer.Header())
		c.AbortWithStatus(status)
		return false
	}
	refuse(c, nil, status, "the resource is not in the state that the request's conditions name")
	return false
}

// evaluate returns the status with which the conditions of a request end it, 0
// if they do not, in the order of RFC 9110 section 13.2.2.
func evaluate(req *http.Request, etag string, modified time.Time) int {
	exists := etag != "" || !modified.IsZero()
	reads := req.Method == http.MethodGet || req.Method == http.MethodHead || req.Method == dram.MethodQuery // RFC 10008
	if match, ok := req.Header["If-Match"]; ok {
		if !httpfield.MatchesTag(match, etag, exists, true) {
			return http.StatusPreconditionFailed
		}
	} else if since, ok := timeIn(req.Header, "If-Unmodified-Since"); ok && !modified.IsZero() {
		if modified.Truncate(time.Second).After(since) {
			return http.StatusPreconditionFailed
		}
	}
	if match, ok := req.Header["If-None-Match"]; ok {
		switch {
		case !httpfield.MatchesTag(match, etag, exists, false):
			return 0
		case reads:
			return http.StatusNotModified
		}
		return http.StatusPreconditionFailed
	}
	if since, ok := timeIn(req.Header, "If-Modified-Since"); ok && reads && !modified.IsZero() {
		if !modified.Truncate(time.Second).After(since) {
			return http.StatusNotModified
		}
	}
	return 0
}

// timeIn returns the time in a header. An invalid one is ignored (RFC 9110
// section 13.1.3).
func timeIn(h http.Header, name string) (time.Time, bool) {
	value := h.Get(name)
	if value == "" {
		return time.Time{}, false
	}
	t, err := http.ParseTime(value)
	return t, err == nil
}

// notModified drops the headers of a body that is not sent; those that a cache
// needs stay (RFC 9110 section 15.4.5).
func notModified(h http.Header) {
	for _, name := range [...]string{"Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding"} {
		delete(h, name)
	}
	if h.Get("Etag") != "" {
		delete(h, "Last-Modified")
	}
}
