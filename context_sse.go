package dram

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/dram-go/dram/internal/config"
	"github.com/dram-go/dram/render"
)

// This file sends event streams (HTML standard, section 9.2): SSE takes events from an
// iterator or a channel, and does what each of them needs: heartbeats, reconnection, the
// end. The form of one event is render.SSEvent's. Where the events come from is in
// context_sse_source.go.
// See docs/internals/14-render.md.

// ErrNoReconnect, returned in place of events, is answered with 204, which tells the client
// not to reconnect.
var ErrNoReconnect = errors.New("dram: the client shall not reconnect to this event stream")

// The values of an SSEConfig's zero fields.
const (
	defaultHeartbeat    = 15 * time.Second
	defaultWriteTimeout = 5 * time.Second
)

// opening is how long the header of an event stream waits for the first event.
const opening = time.Second

// SSEConfig sets up SSE. Its zero value is ready.
type SSEConfig struct {
	// Heartbeat is the silence after which a comment is sent, which clients skip, so
	// that proxies keep the connection and a client that is gone is noticed. 0 is 15
	// seconds; a negative value sends none.
	Heartbeat time.Duration
	// Retry, if positive, tells the client how long to wait before it reconnects.
	Retry time.Duration
	// WriteTimeout is how long a client may take to accept an event, once the
	// system's buffers are full: one that is slower is cut off, and reconnects. 0 is 5
	// seconds; a negative value waits for ever. It replaces the server's WriteTimeout.
	WriteTimeout time.Duration
}

// SSE answers with an event stream. events is called once, with the client's Last-Event-ID
// (on its first connection ""; whatever the client likes to send), and returns the events
// that come after that one. Its context ends when the client is gone, the server begins to
// end (Context.Stopping), or the stream is over: events that are waited for are waited for
// with it.
//
//	dram.SSE(c, func(ctx context.Context, last string) (iter.Seq[render.SSEvent], error) {
//		return feed.After(ctx, last)
//	})
//
// The stream ends, whole, when the iterator or channel does, or the server: browsers
// reconnect then, and have what they missed if the events have an ID. An error that comes
// before the first event is answered by c.Fail (ErrNoReconnect by 204); a later one cuts the
// answer, as a client that is gone does (ErrNoReconnect ends it, whole). Browsers do not
// reconnect after an answer other than 200. The header is sent with the first event, or
// after a second without one.
//
// Nothing is queued: an iterator is asked for an event when the one before is on its way,
// and goes on no faster than the client reads; a channel holds what its capacity is, and
// its sender says what happens when that is full: it waits, or drops. A client that does
// not read is cut off after WriteTimeout.
//
// An iterator runs on a goroutine of its own, and SSE waits for it to return: it must
// not use c, except for what goroutines may (Get, Value). A panic in it is one of SSE. A
// sender on a channel has to end with the context.
//
// HEAD gets the header that GET has, from the error of events.
func SSE[E EventSource](c *Context, events func(ctx context.Context, last string) (E, error), cfg ...SSEConfig) {
	c.live()
	c.watchWhole(http.StatusOK)
	ctx, cancel := context.WithCancel(contextOf(c.Request))
	defer cancel()
	s := &eventStream{c: c, client: contextOf(c.Request)}
	if len(cfg) > 0 {
		s.SSEConfig = cfg[0]
		if err := s.wrongTime(); err != nil {
			c.Fail(err)
			return
		}
	}
	s.Heartbeat = cmp.Or(s.Heartbeat, defaultHeartbeat)
	s.WriteTimeout = cmp.Or(s.WriteTimeout, defaultWriteTimeout)
	var last string
	if c.Request != nil {
		last = c.GetHeader("Last-Event-ID")
	}
	found, err := events(ctx, last)
	if err == nil {
		s.source, err = sourceOf(found)
	}
	switch {
	case err != nil:
		s.refuse(err)
	case c.Request != nil && c.Request.Method == http.MethodHead:
		render.SSEvent{}.WriteContentType(c.Writer)
		c.Writer.WriteHeaderNow()
	default:
		defer s.source.start(ctx, c)(cancel)
		s.run(c.Stopping())
	}
}

// wrongTime returns the error of a time without its unit, by which heartbeats would follow one
// another at once, or each client would be too slow.
func (cfg SSEConfig) wrongTime() error {
	for i, d := range [...]time.Duration{cfg.Heartbeat, cfg.Retry, cfg.WriteTimeout} {
		if fault := config.TimeFault(max(d, 0)); fault != "" {
			return errors.New("dram: SSE: " + [...]string{"Heartbeat", "Retry", "WriteTimeout"}[i] + ": " + fault)
		}
	}
	return nil
}

// eventStream is one answer of SSE.
type eventStream struct {
	SSEConfig
	c      *Context
	client context.Context
	source eventSource
	open   bool // the header was sent
	broken bool // the client did not take what was sent, or is to have another answer
}

// run sends what comes until something ends the stream. The client's end is looked at first.
func (s *eventStream) run(stopping <-chan struct{}) {
	defer s.limit(0) // the connection may serve other requests
	silence := time.NewTimer(opening)
	for s.client.Err() == nil && !s.broken {
		more, err := true, error(nil)
		select {
		case <-s.client.Done():
			continue
		case <-stopping:
			s.send(nil)
			return
		case <-silence.C:
			s.send(heartbeat)
		case event, ok := <-s.source.plain:
			more, err = ok, s.event(event, ok)
		case next, ok := <-s.source.failing:
			if !ok {
				s.source.passPanic(s.c)
			}
			if more, err = ok, next.err; err == nil {
				err = s.event(next.event, ok)
			}
		}
		if err != nil {
			s.refuse(err)
			return
		}
		if !more {
			return
		}
		silence.Stop()
		if s.Heartbeat > 0 {
			silence.Reset(s.Heartbeat)
		}
	}
	s.lost()
}

// heartbeat is what a client skips.
var heartbeat = []byte(":\n\n")

// event sends an event, or at the end of the source the header alone.
func (s *eventStream) event(event render.SSEvent, more bool) error {
	if !more {
		s.send(nil)
		return nil
	}
	var text eventText
	if err := event.Render(&text); err != nil {
		return err
	}
	s.send(text.body)
	return nil
}

// eventText takes an event that may fail to be encoded, so that it fails before the header.
type eventText struct{ body []byte }

func (t *eventText) Header() http.Header { return http.Header{} }
func (t *eventText) WriteHeader(int)     {}
func (t *eventText) Write(p []byte) (n int, err error) {
	t.body = append(t.body, p...)
	return len(p), nil
}

// send sends text, and what comes before all events if it is the first. A client that does not
// take it shows by an error here, or by the end of the request's context.
func (s *eventStream) send(text []byte) {
	s.limit(s.WriteTimeout)
	if !s.open {
		s.open = true
		render.SSEvent{}.WriteContentType(s.c.Writer)
		if ms := s.Retry.Milliseconds(); ms > 0 {
			_, _ = io.WriteString(s.c.Writer, "retry:"+strconv.FormatInt(ms, 10)+"\n\n")
		}
	}
	if len(text) > 0 {
		_, err := s.c.Writer.Write(text)
		if s.broken = err != nil; errors.Is(err, ErrDetached) || errors.Is(err, ErrReleased) {
			_ = s.c.Error(err) // which is not the client's
		}
	}
	s.c.Writer.Flush()
	s.broken = s.broken || s.c.isUnwanted()
}

// limit sets how long what is written next may take; 0 or less is for ever.
func (s *eventStream) limit(timeout time.Duration) {
	if s.c.cut != uncut {
		return // whose deadline is what cuts it
	}
	var deadline time.Time
	if timeout > 0 {
		deadline = time.Now().Add(timeout)
	}
	_ = http.NewResponseController(s.c.Writer).SetWriteDeadline(deadline) // a recorder has none
}

// refuse answers in place of an event.
func (s *eventStream) refuse(err error) {
	switch {
	case !errors.Is(err, ErrNoReconnect):
		s.c.Fail(err)
	case !s.open:
		s.c.AbortWithStatus(http.StatusNoContent)
	} // else the answer to its next connection says so
}

// lost ends the answer to a client that is gone, too slow, or whose time is up.
func (s *eventStream) lost() {
	if !s.c.Writer.Written() && s.client.Err() == context.DeadlineExceeded {
		return // a layer that has set the limit answers
	}
	s.c.fail()
}
