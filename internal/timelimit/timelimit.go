// Package timelimit has a context with a deadline that can be lifted: an answer that
// turns out to be a stream takes as long as it takes. See docs/middleware.md.
package timelimit

import (
	"context"
	"sync"
	"time"
)

// Limit is a context.Context with a deadline that can be lifted, unlike those of
// package context. Until somebody waits for it, which few requests do, it costs a timer
// alone; a ctxlink.Link follows its parent from the beginning.
type Limit struct {
	context.Context        // the request's
	Lifted          func() // if set, called by Lift
	deadline        time.Time
	timer           *time.Timer

	mu     sync.Mutex
	err    error
	lifted bool
	signal context.Context // ends when this one does; made by the first Done
	raise  context.CancelFunc
}

// Start makes a Limit of a zero one: it ends after a time, or when parent does.
func (t *Limit) Start(parent context.Context, after time.Duration) {
	t.Context, t.deadline = parent, time.Now().Add(after)
	t.mu.Lock() // the time may be up at once
	defer t.mu.Unlock()
	t.timer = time.AfterFunc(after, t.expire)
}

// Lift removes the deadline.
func (t *Limit) Lift() {
	t.mu.Lock()
	t.lifted = true
	t.timer.Stop()
	t.mu.Unlock()
	if t.Lifted != nil {
		t.Lifted()
	}
}

func (t *Limit) expire() { t.End(context.DeadlineExceeded) }

// End ends the context with err, unless it has ended, or err is that of a
// deadline that was lifted at the last moment.
func (t *Limit) End(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil || t.lifted && err == context.DeadlineExceeded {
		return
	}
	t.err = err
	t.timer.Stop()
	if t.raise != nil {
		t.raise()
	}
}

// Deadline returns the earlier of the limit and the deadline of the request.
func (t *Limit) Deadline() (time.Time, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	own, ok := t.Context.Deadline()
	if t.lifted || ok && own.Before(t.deadline) {
		return own, ok
	}
	return t.deadline, true
}

// Done returns a channel that is closed when the time is up or the context of
// the request ends.
func (t *Limit) Done() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.signal == nil {
		t.signal, t.raise = context.WithCancel(t.Context)
		if t.err != nil {
			t.raise()
		}
	}
	return t.signal.Done()
}

// Err returns context.DeadlineExceeded when the time is up, otherwise the error
// of the request.
func (t *Limit) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return t.err
	}
	return t.Context.Err()
}

// The keys under which a Limit finds itself, and layers the clock of the request's body.
type (
	key      struct{}
	ClockKey struct{}
)

// Without is ctx for another request than the one that its Limit, and the clock of its body, are of: a stream that
// answers that one has nothing to lift.
func Without(ctx context.Context) context.Context { return without{ctx} }

type without struct{ context.Context }

func (w without) Value(name any) any {
	switch name.(type) {
	case key, ClockKey:
		return nil
	}
	return w.Context.Value(name)
}

// AfterFunc spares package context a goroutine for each child.
func (w without) AfterFunc(f func()) (stop func() bool) { return context.AfterFunc(w.Context, f) }

// Of returns the innermost Limit that ctx has, nil without one.
func Of(ctx context.Context) *Limit {
	limit, _ := ctx.Value(key{}).(*Limit)
	return limit
}

// Value returns the limit itself for its key, otherwise the value of the
// context of the request.
func (t *Limit) Value(name any) any {
	if name == (key{}) {
		return t
	}
	return t.Context.Value(name)
}

// AfterFunc makes package context end the children of this context with its
// Err.
func (t *Limit) AfterFunc(f func()) (stop func() bool) {
	t.Done()
	return context.AfterFunc(t.signal, f)
}
