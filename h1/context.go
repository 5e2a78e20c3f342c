package h1

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// This file is the context of a request. Most handlers never ask when it ends: what it takes to
// know that, a goroutine that reads from the connection, begins when somebody does.

// requestContext is a context.Context with the values of the connection's. It ends when the
// client leaves, and when the handler returns.
type requestContext struct {
	parent context.Context
	w      *response
	real   atomic.Pointer[cancelable] // made when Done is first asked for
	over   atomic.Bool                // the handler has returned, or the client has gone
	gone   atomic.Bool                // the client

	mu       sync.Mutex
	wanted   bool          // somebody waits for Done
	bodyRead bool          // nothing of this request is left to read
	ended    bool          // nothing is to be watched any more
	watching chan struct{} // closed when the watcher has returned; nil if there is none
	stopped  bool          // the watcher is told to return
}

type cancelable struct {
	context.Context
	cancel context.CancelFunc
}

func (r *requestContext) Deadline() (time.Time, bool) { return r.parent.Deadline() }

// Value is asked of the real context, if there is one: package context finds it by that.
func (r *requestContext) Value(key any) any {
	if real := r.real.Load(); real != nil {
		return real.Value(key)
	}
	return r.parent.Value(key)
}

// String is what a log of the context says, which must not look into it.
func (r *requestContext) String() string { return "h1.Request" }

func (r *requestContext) Err() error {
	if real := r.real.Load(); real != nil {
		return real.Err()
	}
	if r.over.Load() {
		return context.Canceled
	}
	r.Done()
	for range 50 { // has the watcher see a client that left before
		if err := r.real.Load().Err(); err != nil {
			return err
		}
		runtime.Gosched()
	}
	return nil
}

func (r *requestContext) Done() <-chan struct{} {
	if real := r.real.Load(); real != nil {
		return real.Done()
	}
	ctx, cancel := context.WithCancel(r.parent)
	if !r.real.CompareAndSwap(nil, &cancelable{ctx, cancel}) {
		cancel()
		return r.real.Load().Done()
	}
	if r.over.Load() {
		cancel()
		return ctx.Done()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wanted = true
	r.watch()
	return ctx.Done()
}

// leave ends the context since the client has gone.
func (r *requestContext) leave() {
	r.gone.Store(true)
	r.cancel()
}

// cancel ends the context.
func (r *requestContext) cancel() {
	r.over.Store(true)
	if real := r.real.Load(); real != nil {
		real.cancel()
	}
}

// bodyIsRead is called at the end of the body: what the connection reads from now on is the
// next request, or the news that there is none.
func (r *requestContext) bodyIsRead() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bodyRead = true
	r.watch()
}

// watch starts the watcher if there is something to be watched, and somebody who wants it.
func (r *requestContext) watch() {
	in := &r.w.conn.in
	switch {
	case !r.wanted || !r.bodyRead || r.ended || r.watching != nil:
		return
	case in.err != nil: // while the last request was answered
		r.leave()
		return
	case in.w == len(in.buf) && in.r > 0:
		in.room()
	}
	if in.w == len(in.buf) && in.r < in.w {
		return // a head that does not fit is waiting
	}
	if in.r == in.w {
		in.r, in.w = 0, 0
	}
	if c := r.w.conn; !r.w.deadlines.ofReads() {
		c.readWithoutEnd()
	}
	r.watching = make(chan struct{})
	go r.watcher(r.watching)
}

// watcher reads once. What it reads is the beginning of the next request; after that nobody
// can see the client leave.
func (r *requestContext) watcher(returned chan struct{}) {
	in := &r.w.conn.in
	n, err := in.rwc.Read(in.buf[in.w:])
	r.mu.Lock()
	in.w += n
	if err != nil && !r.stopped {
		if !errors.Is(err, os.ErrDeadlineExceeded) { // which is the handler's, and ends with it
			in.err = err
		}
		r.leave()
	}
	r.mu.Unlock()
	close(returned)
}

// endWatching stops the watcher and waits for it; no other one begins.
func (r *requestContext) endWatching() {
	r.mu.Lock()
	r.ended = true
	returned := r.watching
	if returned == nil {
		r.mu.Unlock()
		return
	}
	r.stopped = true
	r.mu.Unlock()
	select {
	case <-returned:
		return
	default:
	}
	c := r.w.conn
	_ = c.rwc.SetReadDeadline(longAgo)
	<-returned
	c.readBy = noDeadline
	_ = c.rwc.SetReadDeadline(noDeadline)
}
