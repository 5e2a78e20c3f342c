package dram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is a layer of the onion: what panics inside it is logged and
// answered with a 500, and the layers outside go on as if it had returned. What
// is logged is in layer_recovery_report.go.
// See docs/internals/16-recovery.md.

// RecoveryFunc answers a request whose chain has panicked with err. If the
// response had begun already, nothing that it writes reaches the client.
type RecoveryFunc func(c *Context, err any)

// Recovery recovers from panics of the layers inside, logs them to
// DefaultErrorWriter with their stack, and answers 500 without a body. In debug
// mode the request is logged as well, its secrets masked. The panic is attached
// to the Context as a private error.
//
// A response that had begun cannot be taken back. It is cut off, so that no
// client takes a part of it, or a 200, for the whole: over HTTP/1.1 the
// connection is closed, over HTTP/2 the stream is reset. Only a response whose
// status is a failure (4xx, 5xx) and that has no body is sent as it is.
//
// What answers in its place, an OnError function or that of CustomRecovery, is recovered from as
// well, with a 500 without a body.
//
// http.ErrAbortHandler is panicked again, for net/http to see. If the panic
// says that a connection is gone (EPIPE, ECONNRESET), and the client's is (the
// request's context has ended, or a write has failed), it is logged in one line, and
// there is no answer: its status is 499, as nginx has it, unless it had begun.
func Recovery() HandlerFunc { return RecoveryWithWriter(DefaultErrorWriter) }

// CustomRecovery is like Recovery, with handle in place of the 500.
func CustomRecovery(handle RecoveryFunc) HandlerFunc {
	return RecoveryWithWriter(DefaultErrorWriter, handle)
}

// CustomRecoveryWithWriter is like RecoveryWithWriter, with handle in place of the 500.
func CustomRecoveryWithWriter(out io.Writer, handle RecoveryFunc) HandlerFunc {
	return RecoveryWithWriter(out, handle)
}

// RecoveryWithWriter is like Recovery, but logs to out, or not at all if out is nil,
// and answers with the first of recovery, if there is one.
func RecoveryWithWriter(out io.Writer, recovery ...RecoveryFunc) HandlerFunc {
	handle := answer500
	if len(recovery) > 0 && recovery[0] != nil {
		handle = recovery[0]
	}
	reports := &reportWriter{out: out}
	return func(c *Context) {
		writer, req, address, pattern, client := c.Writer, c.Request, c.Request.URL, c.fullPath, c.Request.Context()
		end := func(answer RecoveryFunc) {
			if panicked := recover(); panicked != nil {
				c.Writer = writer // a layer inside had no chance to take its own off
				c.putBack(req, address)
				recoverFrom(c, client, pattern, panicked, reports, answer)
			}
		}
		defer end(bare500) // of what panics in handle
		defer end(handle)
		c.Next()
		c.finishAbortedMiss()
	}
}

func answer500(c *Context, panicked any) {
	if c.Writer.Written() || c.errorFunc() == nil {
		bare500(c, panicked)
		return
	}
	c.Fail(NewProblem(http.StatusInternalServerError, "").Because(c.Errors.Last()))
}

func bare500(c *Context, _ any) {
	if c.Writer.Written() {
		c.Abort()
		return
	}
	c.failBare(http.StatusInternalServerError)
}

// recoverFrom does what Recovery says. client is the context that the layer was given:
// layers inside end theirs while the panic passes; pattern is that of the route by then. It is called while the stack of the
// panic still stands.
func recoverFrom(c *Context, client context.Context, pattern string, panicked any, reports *reportWriter, handle RecoveryFunc) {
	err, _ := panicked.(error)
	if errors.Is(err, http.ErrAbortHandler) {
		if c.endsByClose { // net/http would close it
			_ = c.breakOff()
		}
		c.takeForm(c.Request.MultipartForm)
		c.removeForms(client, nil, true)
		panic(http.ErrAbortHandler)
	}
	if isConnectionGone(err) && (c.lost || client.Err() == context.Canceled) {
		reports.write(func() string { return goneReport(c, pattern, err) })
		_ = c.Error(err)
		c.Abort()
		if c.rewind() {
			httpfield.DropEntity(c.writermem.Header())
			c.writermem.WriteHeader(httpfield.StatusClientGone)
		} else {
			c.cutAnswer()
		}
		return
	}
	reports.write(func() string { return panicReport(c, pattern, panicked) })
	_ = c.Error(panicError(panicked))
	if c.rewind() {
		httpfield.DropEntity(c.Writer.Header())
		c.Writer.WriteHeader(http.StatusInternalServerError) // should nobody write
		handle(c, panicked)
		return
	}
	c.cutAnswer()
	c.Abort()
	handle(c, panicked)
}

// panicError is what a panic leaves in Context.Errors; an error stays findable.
func panicError(panicked any) error {
	if err, ok := panicked.(error); ok {
		return fmt.Errorf("dram: recovered from panic: %w", err)
	}
	return fmt.Errorf("dram: recovered from panic: %v", panicked)
}

// isConnectionGone reports whether err says that the other end of a connection is
// gone, be it the client's or another's.
func isConnectionGone(err error) bool {
	const windowsReset = syscall.Errno(10054) // WSAECONNRESET; not used elsewhere
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, windowsReset)
}
