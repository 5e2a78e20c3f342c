package middleware

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file sends what Cache has kept.

// answer sends a record, or 304 to a client that has it (RFC 9111 section 4.3.2), in
// place of the handlers. status says where it comes from. req is the client's request.
func (l *cache) answer(c *dram.Context, req *http.Request, r *CacheRecord, now time.Time, status string) {
	c.Abort()
	h := c.Writer.Header()
	for name, values := range r.Header {
		switch {
		case name == "Vary":
			httpfield.ShareVary(h, values)
		case len(values) == 0:
			delete(h, name)
		default:
			h[name] = values
		}
	}
	h["Age"] = []string{strconv.FormatInt(int64(r.age(now)/time.Second), 10)}
	l.tell(h, status)
	if code := r.evaluate(req); code != 0 {
		notModified(h)
		c.Status(code)
		c.Writer.WriteHeaderNow()
		return
	}
	c.Status(r.Status)
	if httpfield.BodyAllowed(r.Status) {
		h["Content-Length"] = []string{strconv.Itoa(len(r.Body))}
	}
	c.Writer.WriteHeaderNow()
	if len(r.Body) > 0 && req.Method != http.MethodHead {
		_, _ = c.Writer.Write(r.Body) // the client may be gone
	}
}

// evaluate is the status with which the conditions of a request end it, 0 if they do not.
// An answer that does not say when it was changed was not changed after it was made.
func (r *CacheRecord) evaluate(req *http.Request) int {
	if r.Status != http.StatusOK || !isConditional(req) {
		return 0
	}
	modified, ok := timeIn(r.Header, "Last-Modified")
	if !ok {
		modified, _ = timeIn(r.Header, "Date")
	}
	return evaluate(req, r.Header.Get("Etag"), modified)
}

// isConditional reports whether a request asks for something only if it differs.
func isConditional(req *http.Request) bool {
	return len(req.Header["If-None-Match"]) > 0 || len(req.Header["If-Modified-Since"]) > 0
}

// What Cache-Status says of an answer (RFC 9211 section 2), behind the name of the cache.
const (
	statusHit         = "; hit"
	statusStale       = "; hit; detail=stale"
	statusCollapsed   = "; fwd=uri-miss; collapsed"
	statusStored      = "; stored"
	statusRevalidated = "; fwd=stale; fwd-status=304"
)

// untell takes the end of what tell has said back.
func (l *cache) untell(h http.Header, end string) {
	if lines := h["Cache-Status"]; l.Name != "" && len(lines) > 0 {
		last := len(lines) - 1
		h["Cache-Status"] = append(slices.Clone(lines[:last]), strings.TrimSuffix(lines[last], end))
	}
}

// tell adds this cache to Cache-Status, behind those that are nearer to the origin.
func (l *cache) tell(h http.Header, status string) {
	if l.Name != "" {
		h["Cache-Status"] = append(slices.Clip(h["Cache-Status"]), l.Name+status)
	}
}
