package body

import (
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// Clock keeps the reads of a request's body to the times that layers give it.
//
// A deadline of the connection stands only while somebody reads: net/http reads on at the end
// of the body, to learn whether the client has left, and would take a time that is up for
// that, and the connection with it. Nobody here knows when it is at that end: a layer may have
// read the body already. So nothing is bounded but reads, and what a handler leaves unread
// is the server's to bound (http.Server.ReadTimeout); a server that does is left alone.
type Clock struct {
	io.ReadCloser

	mu      sync.Mutex
	server  deadliner
	terms   []*Term
	reading bool
	done    bool // no deadline is set any more; one that stands stays
}

// Term is what one layer gives.
type Term struct {
	deadline time.Time
	up       func()
}

type deadliner interface{ SetReadDeadline(time.Time) error }

// NewClock puts a Clock around the request's body; nil if its server knows no deadlines, or
// has a ReadTimeout. It asks the server's writer, below those of Contexts, which other
// requests use when this one has ended.
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
	if server, _ := req.Context().Value(http.ServerContextKey).(*http.Server); server != nil && server.ReadTimeout > 0 {
		return nil
	}
	return &Clock{ReadCloser: req.Body, server: server}
}

// Begin bounds the reads that follow. When one fails because of it, up is called.
func (c *Clock) Begin(deadline time.Time, up func()) *Term {
	c.mu.Lock()
	defer c.mu.Unlock()
	term := &Term{deadline, up}
	c.terms = append(c.terms, term)
	return term
}

// Lift removes a Term, also for the read that is going on.
func (c *Clock) Lift(term *Term) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.terms, term); i >= 0 {
		c.terms = slices.Delete(slices.Clone(c.terms), i, i+1) // expire may be at the others
		if c.reading {
			c.set(c.first())
		}
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
	c.stop(late)
	if late {
		c.expire()
	}
	return n, blame(err)
}

// start sets the deadline of a read. One that is over, or all but, fails at once.
func (c *Clock) start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done || len(c.terms) == 0 {
		return nil
	}
	first := c.first()
	if time.Until(first) < time.Millisecond {
		return os.ErrDeadlineExceeded
	}
	c.reading = true
	c.set(first)
	return nil
}

// stop lifts the deadline of a read. That of a late one stays: net/http reads what is left of a
// body before it answers, and is not to wait for it.
func (c *Clock) stop(late bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reading && !late {
		c.set(time.Time{})
	}
	c.reading = false
	c.done = c.done || late
}

// first is the earliest deadline, none without a Term.
func (c *Clock) first() (first time.Time) {
	for _, t := range c.terms {
		if first.IsZero() || t.deadline.Before(first) {
			first = t.deadline
		}
	}
	return first
}

func (c *Clock) set(deadline time.Time) {
	if !c.done {
		_ = c.server.SetReadDeadline(deadline)
	}
}

// expire tells the layers whose time is up.
func (c *Clock) expire() {
	c.mu.Lock()
	terms := c.terms
	c.mu.Unlock()
	for _, t := range terms {
		if time.Until(t.deadline) < time.Millisecond {
			t.up()
		}
	}
}
