package dram

import (
	"context"
	"errors"
	"iter"

	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/render"
)

// This file is where SSE has its events from. A channel is read as it is; an iterator
// runs on a goroutine of its own, since it may wait while heartbeats are due.
// See docs/internals/14-render.md.

// EventSource is what SSE takes events from: an iterator, one that may fail, or a channel.
type EventSource interface {
	iter.Seq[render.SSEvent] | iter.Seq2[render.SSEvent, error] | <-chan render.SSEvent | chan render.SSEvent
}

var errNoEvents = errors.New("dram: SSE: the events are nil: return an error with them, ErrNoReconnect if there will be none")

// eventSource is an EventSource: one of its channels is not nil, once it was started.
type eventSource struct {
	plain   <-chan render.SSEvent
	failing chan failingEvent
	all     iter.Seq2[render.SSEvent, error] // what goes into failing

	// panicked is what an iterator has ended with, and origin from where; to be read when
	// failing is closed.
	panicked any
	origin   string
}

// failingEvent is an event, or the error in its place.
type failingEvent struct {
	event render.SSEvent
	err   error
}

// sourceOf is what events are read from.
func sourceOf(events any) (s eventSource, err error) {
	switch events := events.(type) {
	case chan render.SSEvent:
		s.plain = events
	case <-chan render.SSEvent:
		s.plain = events
	case iter.Seq2[render.SSEvent, error]:
		s.all = events
	case iter.Seq[render.SSEvent]:
		if events != nil {
			s.all = withoutErrors(events)
		}
	}
	if s.plain == nil && s.all == nil {
		return s, errNoEvents
	}
	return s, nil
}

func withoutErrors(events iter.Seq[render.SSEvent]) iter.Seq2[render.SSEvent, error] {
	return func(yield func(render.SSEvent, error) bool) {
		events(func(event render.SSEvent) bool { return yield(event, nil) })
	}
}

// start has an iterator run until ctx ends. What it returns ends ctx by cancel, waits for the
// iterator, and panics if that has.
func (s *eventSource) start(ctx context.Context, c *Context) (end func(cancel context.CancelFunc)) {
	if s.all == nil {
		return func(context.CancelFunc) {} // SSE cancels
	}
	out := make(chan failingEvent)
	s.failing = out
	go func() {
		defer close(out)
		defer func() {
			if s.panicked = recover(); s.panicked != nil {
				s.origin = caller.Stack()
			}
		}()
		s.all(func(event render.SSEvent, err error) bool {
			select {
			case out <- failingEvent{event, err}:
				return err == nil
			case <-ctx.Done():
				return false
			}
		})
	}()
	return func(cancel context.CancelFunc) {
		cancel()
		for range out { // until it has returned
		}
		s.passPanic(c)
	}
}

// passPanic has the goroutine of the Context panic as the iterator did, once, and Recovery
// know from where.
func (s *eventSource) passPanic(c *Context) {
	if panicked := s.panicked; panicked != nil {
		s.panicked = nil
		c.origin, c.unusual = s.origin, true
		panic(panicked)
	}
}
