package dram

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/dram-go/dram/internal/caller"
)

// This file is what a handler has to do with the life of the server: to learn that it
// ends, and to leave work behind that the end waits for. See run_life.go.
// See docs/internals/12-context.md.

// Stopping returns a channel that is closed when the server begins to end: by
// Engine.Shutdown, because the context of RunContext is done, or with the servers of
// contrib/http3 and contrib/autotls, which are the Engine's. What keeps a request open, such
// as a stream or a long poll, waits for it too, and returns; it would otherwise hold the end up
// for ShutdownTimeout, and be cut off.
//
//	select {
//	case message := <-messages:
//	case <-c.Request.Context().Done(): // the client is gone
//	case <-c.Stopping(): // the server wants to end
//	}
//
// Stream and SSE do so by themselves. A server of the program's own (see Engine.Server) is
// told of by server.RegisterOnShutdown, in which Engine.Shutdown may be called. The channel
// may be kept beyond the handler. It is nil for a Context without an Engine; in an Engine inside
// another one it is the outer one's (see WrapH).
func (c *Context) Stopping() <-chan struct{} {
	c.live()
	if c.served == nil {
		return nil
	}
	return c.served.life.Stopping()
}

// Go runs job in a goroutine of its own, which goes on when the request has been answered.
// Its context has the values of the Context (what Set stored included) and of its request,
// but not their end: Value(ContextKey) is a Copy. RunContext and Shutdown wait for the job
// when all requests are done, within ShutdownTimeout. If it has not returned by then its
// context is cancelled, and their error names it; the program may then end at any moment. A job
// that has to put unfinished work aside before that waits for Stopping as well.
//
// A job may be begun while the server ends: it runs, and is waited for. When the end is
// over, which only handlers see whose connection was taken over or cut off, a job still runs, but
// nobody waits for it, and its context is cancelled from the beginning.
//
// A panic in job is logged to DefaultErrorWriter as Recovery does it, and ends nothing but
// the job; http.ErrAbortHandler is silent, as elsewhere. How many jobs run at once is not limited: each request that may begin one can
// be, by middleware.RateLimit, or the job by a semaphore of the program's.
func (c *Context) Go(job func(ctx context.Context)) {
	if job == nil {
		panic("dram: Go: the job is nil; pass a function")
	}
	cp := c.Copy()
	if cp.pinned.Load() == nil { // without ContextWithFallback
		cp.pinned.Store(&pin{ctx: context.WithoutCancel(contextOf(c.Request))})
	}
	var method, path string
	if c.Request != nil { // a Context of a test may have none
		method, path = c.Request.Method, c.Request.URL.Path
	}
	engine, pattern := c.engine, c.fullPath
	c.served.life.Go(cp, caller.Name(job), func(ctx context.Context) {
		defer engine.recoverJob(method, pattern, path)
		job(ctx)
	})
}

// recoverJob is deferred by a job.
func (engine *Engine) recoverJob(method, pattern, path string) {
	panicked := recover()
	out := engine.settings().errOut
	if err, ok := panicked.(error); panicked == nil || out == nil || ok && errors.Is(err, http.ErrAbortHandler) {
		return
	}
	report := jobReport(method, pattern, path, panicked)
	engine.panics.Lock()
	defer engine.panics.Unlock()
	_, _ = io.WriteString(out, report) // a log that cannot be written must not fail the program
}
