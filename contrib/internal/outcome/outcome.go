// Package outcome finds out what became of a request, for the layers that count.
// See docs/contrib.md.
package outcome

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// The faults of an Outcome.
const (
	Panic   = "panic"
	Aborted = "aborted" // the answer broke off while the client was there
)

// Outcome is what became of a request.
type Outcome struct {
	// Status is the one that was sent, or 101 for a connection that was taken over.
	// With a Fault it is 500, whatever was sent before.
	Status int
	Fault  string // Panic, Aborted or ""
}

// Upgraded reports whether the connection was taken over, by a WebSocket say: how long
// it lasted says nothing about the server.
func (o Outcome) Upgraded() bool { return o.Status == http.StatusSwitchingProtocols }

// Watch runs the rest of the chain, with req unless it is nil, and calls done with the
// outcome and the size of the request's body, also when a panic passes. It allocates
// nothing in release mode for a request without a body.
func Watch(c *dram.Context, req *http.Request, done func(o Outcome, received int64)) {
	w := watches.Get().(*watch)
	w.upgraded = false
	claimed := c.Request.ContentLength
	counted, body := counting(cmp.Or(req, c.Request))
	if body != nil {
		req = counted
	}
	ctx, whole := c.Request.Context(), false
	defer func() {
		fault := ""
		switch value := recover(); {
		case value != nil:
			defer panic(value) // it goes on, and its stack with it
			fault = Panic
			if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				fault = Aborted
			}
		case !whole:
			fault = Aborted
		}
		o := Outcome{c.Writer.Status(), fault}
		switch {
		case fault == Aborted && ctx.Err() == context.Canceled: // the client has left
			if o.Fault = ""; !c.Writer.Written() {
				o.Status = httpfield.StatusClientGone
			}
		case fault != "":
			o.Status = http.StatusInternalServerError
		case w.upgraded:
			o.Status = http.StatusSwitchingProtocols
		}
		watches.Put(w)
		done(o, body.size(claimed))
	}()
	whole = c.NextAnswer(req, w.look)
}

// Sent returns how many bytes of a body the client was sent: none in answer to HEAD,
// whatever the handler wrote.
func Sent(c *dram.Context) int {
	if c.Request.Method == http.MethodHead {
		return 0
	}
	return c.BodySize()
}

// watch records whether the connection is taken over.
type watch struct {
	upgraded bool
	look     func(dram.Answer)
}

var watches = sync.Pool{New: func() any {
	w := new(watch)
	w.look = func(a dram.Answer) { w.upgraded = a.Status() == http.StatusSwitchingProtocols }
	return w
}}
