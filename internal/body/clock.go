package body

import (
	"errors"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"sync"
	"time"
)

// Clock keeps the body of a request to the times that layers give it.
//
// The deadline of net/http's own body stands until its end: what a handler leaves unread, the
// server reads, and waits for. At its end it is lifted: there the server reads on, to learn
// whether the client has left, and would take a time that is up for that. Of a body that a
// layer has put in its place nobody knows where the server's own has got to: its deadline
// stands only while somebody reads.
type Clock struct {
	io.ReadCloser

	mu      sync.Mutex
	server  deadliner
	own     time.Time // the server's deadline, which it has set itself
	stands  time.Time // the one that stands now
	terms   []*Term
	direct  bool // the body is the server's
	reading bool
	done    bool // what stands stays
}

// Term is what one layer gives.
type Term struct {
	deadline time.Time
	up       func()
}

type deadliner interface{ SetReadDeadline(time.Time) error }

// NewClock puts a Clock around the request's body; nil if its server knows no deadlines. It
// asks the server's writer, below those of Contexts, which other requests use when this
// one has ended.
func NewClock(w http.ResponseWriter, req *http.Request) *Clock {
	for {
		under, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		w = under.Unwrap()
	}
	server, ok := w.(deadliner)
	if !ok || req.Body == nil {
		return nil
	}
	c := &Clock{ReadCloser: req.Body, server: server, direct: reflect.TypeOf(req.Body).String() == "*http.body"}
	if server, _ := req.Context().Value(http.ServerContextKey).(*http.Server); server != nil && server.ReadTimeout > 0 {
		c.own = time.Now().Add(server.ReadTimeout)
		c.stands = c.own
	}
	return c
}

// Begin bounds the reads that follow. When one fails because of it, up is called.
func (c *Clock) Begin(deadline time.Time, up func()) *Term {
	c.mu.Lock()
	defer c.mu.Unlock()
	term := &Term{deadline, up}
	c.terms = append(c.terms, term)
	c.reset()
	return term
}

// Lift removes a Term, also for the read that is going on.
func (c *Clock) Lift(term *Term) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.terms, term); i >= 0 {
		c.terms = slices.Delete(slices.Clone(c.terms), i, i+1) // expire may be at the others
		c.reset()
	}
}

// End ends the Clock before the request does: a server's writer is not to be used afterwards.
// A deadline that stands stays.
func (c *Clock) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = true
}

// Read reads until the first deadline.
func (c *Clock) Read(p []byte) (n int, err error) {
	if err = c.start(); err == nil {
		n, err = c.ReadCloser.Read(p)
	}
	late := err != nil && err != io.EOF && errors.Is(err, os.ErrDeadlineExceeded)
	c.stop(err == io.EOF, late)
	if late {
		c.expire()
	}
	return n, blame(err)
}

// start sets the deadline of a read. One that is over fails at once.
func (c *Clock) start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done || len(c.terms) == 0 {
		return nil
	}
	if !time.Now().Before(c.first()) {
		return os.ErrDeadlineExceeded
	}
	c.reading = true
	c.reset()
	return nil
}

// stop lifts the deadline of a read. That of a late one stays: what is left of the body is not
// waited for either.
func (c *Clock) stop(whole, late bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading = false
	if !late && (whole || !c.direct) {
		c.set(c.own)
	}
	c.done = c.done || late || whole
}

// reset has the first deadline stand, if one does now.
func (c *Clock) reset() {
	if c.direct || c.reading {
		c.set(c.first())
	}
}

// set has a deadline stand. The server's own is left alone until there was another one: it
// counts from the first byte of the request.
func (c *Clock) set(deadline time.Time) {
	if !c.done && !deadline.Equal(c.stands) {
		c.stands = deadline
		_ = c.server.SetReadDeadline(deadline)
	}
}

// first is the earliest deadline, the server's own among them.
func (c *Clock) first() time.Time {
	first := c.own
	for _, t := range c.terms {
		if first.IsZero() || t.deadline.Before(first) {
			first = t.deadline
		}
	}
	return first
}

// expire tells the layers whose time is up.
func (c *Clock) expire() {
	c.mu.Lock()
	terms := c.terms
	c.mu.Unlock()
	for _, t := range terms {
		if now := time.Now(); !now.Before(t.deadline) {
			t.up()
		}
	}
}
