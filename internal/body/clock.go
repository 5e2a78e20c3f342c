package body

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// Clock keeps the body of a request to the times that layers give it. A server's deadline
// stands only while somebody reads: beyond the body's end net/http reads on, to learn
// whether the client has left, and would take a time that is up for that.
type Clock struct {
	io.ReadCloser

	mu     sync.Mutex
	server deadliner
	own    time.Time // the server's deadline, which it has set itself
	terms  []*Term

	reading, ended bool
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
	c := &Clock{ReadCloser: req.Body}
	var ok bool
	if c.server, ok = w.(deadliner); !ok || req.Body == nil {
		return nil
	}
	if server, _ := req.Context().Value(http.ServerContextKey).(*http.Server); server != nil && server.ReadTimeout > 0 {
		c.own = time.Now().Add(server.ReadTimeout)
	}
	return c
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
	for i, t := range c.terms {
		if t == term {
			c.terms = append(c.terms[:i:i], c.terms[i+1:]...)
			if c.reading {
				c.set(c.first())
			}
			return
		}
	}
}

// End ends the Clock before the request does: a server's writer is not to be used afterwards.
func (c *Clock) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
}

// Read reads until the first deadline.
func (c *Clock) Read(p []byte) (n int, err error) {
	if err = c.start(); err == nil {
		n, err = c.ReadCloser.Read(p)
		c.stop()
	}
	if err != nil && err != io.EOF && errors.Is(err, os.ErrDeadlineExceeded) {
		c.expire()
	}
	return n, blame(err)
}

// start sets the deadline of a read. One that is over fails at once: a body that another
// layer has read leaves the server reading for itself.
func (c *Clock) start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.terms) == 0 {
		return nil
	}
	first := c.first()
	if !time.Now().Before(first) {
		return os.ErrDeadlineExceeded
	}
	c.reading = true
	c.set(first)
	return nil
}

func (c *Clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reading {
		c.reading = false
		c.set(c.own)
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

func (c *Clock) set(deadline time.Time) {
	if !c.ended {
		_ = c.server.SetReadDeadline(deadline)
	}
}

// expire tells the layers whose time is up.
func (c *Clock) expire() {
	c.mu.Lock()
	terms := c.terms
	c.mu.Unlock()
	for now := time.Now(); len(terms) > 0; terms = terms[1:] {
		if !now.Before(terms[0].deadline) {
			terms[0].up()
		}
	}
}
