package middleware

import (
	"net/http"
	"slices"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file records an answer while it is sent to the client, so that
// Idempotency can repeat it.

// unrepeatable are headers that belong only to one answer, or one connection.
var unrepeatable = []string{"Connection", "Content-Length", "Date", "Keep-Alive", "Trailer", "Transfer-Encoding", "Upgrade"}

// isAdded reports whether the handlers add to what the layers outside have set of a header, a cookie
// of theirs say, and do not replace it.
func isAdded(name string) bool { return listHeaders[name] && name != "Cache-Control" }

// recorder keeps a copy of an answer.
type recorder struct {
	outside  http.Header // as the layers outside had set it
	limit    int
	given    bool // there was an answer
	hijacked bool
	IdempotencyRecord
}

// look keeps what the handlers changed in the header, before the layers outside
// (compression) see the body and change more: those will do so again for the
// repetition, and have their own values for it (a request id).
func (r *recorder) look(a dram.Answer) {
	r.given, r.hijacked = a.Given(), a.Status() == http.StatusSwitchingProtocols
	r.Status, r.Body, r.TooLarge = a.Status(), nil, false
	r.Header = make(http.Header)
	for name, values := range a.Header() {
		before := r.outside[name]
		if isAdded(name) && len(values) > len(before) && slices.Equal(values[:len(before)], before) {
			values, before = values[len(before):], nil
		}
		if !slices.Equal(values, before) && !slices.Contains(unrepeatable, name) {
			r.Header[name] = slices.Clone(values)
		}
	}
	for name := range r.outside {
		if _, kept := a.Header()[name]; !kept {
			r.Header[name] = nil // the handlers have removed it
		}
	}
	a.Tee(r)
}

// Write keeps p if there is room.
func (r *recorder) Write(p []byte) (int, error) {
	if len(r.Body)+len(p) > r.limit {
		r.TooLarge, r.Body = true, nil
	}
	if !r.TooLarge {
		r.Body = append(r.Body, p...)
	}
	return len(p), nil
}

// replay answers with a stored answer.
func replay(c *dram.Context, record IdempotencyRecord) {
	c.Abort()
	h := c.Writer.Header()
	for name, values := range record.Header {
		switch {
		case len(values) == 0:
			delete(h, name)
		case name == "Vary":
			httpfield.ShareVary(h, slices.Clip(values))
		case isAdded(name):
			h[name] = append(slices.Clip(h[name]), values...)
		default:
			h[name] = values
		}
	}
	h.Set("Idempotency-Replayed", "true")
	c.Status(record.Status)
	_, _ = c.Writer.Write(record.Body) // and the header, if there is no body; the client may be gone
}
