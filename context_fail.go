package dram

import (
	"context"
	"errors"
	"net/http"

	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file is the one place through which a request goes that fails: handlers that return
// an error (Try), layers that refuse, and with Engine.OnError also paths without a route,
// panics, and files that cannot be sent.
// See docs/internals/11-misses.md.

// ErrorFunc answers a request that failed with err; see Engine.OnError.
type ErrorFunc func(c *Context, err error)

// Try makes a handler of a function that returns an error, which is answered by
// Context.Fail. Routes and logs name the function.
func Try(handle func(*Context) error) HandlerFunc {
	if handle == nil {
		panic("dram: Try: the function is nil: pass one, or leave the route out")
	}
	handler := func(c *Context) {
		if err := handle(c); err != nil {
			c.Fail(err)
		}
	}
	caller.Rename(handler, handle)
	return handler
}

// Fail answers a request that failed: it aborts the chain, attaches err to the Context's
// errors (as a private one if it is answered with 5xx, otherwise as a public one, of a Problem
// what has led to it), and has the OnError function of the group or the engine answer; without
// one, and for what fails inside of it, it is c.WriteProblem(ProblemOf(err)). Headers that
// describe another body are removed. An answer that has begun is cut: it is not the whole.
// An error that would be a 500 is answered, and given to OnError, as a *Problem of 503 if the
// time of the request is up (middleware.Timeout), and of 499 if its client is gone and err is
// context.Canceled, or wraps it, or that for which its connection is closed (HTTP/3): the program
// is not at fault. Of nil it does nothing.
func (c *Context) Fail(err error) {
	if err == nil {
		return
	}
	if problem, ok := err.(*Problem); ok && problem == nil {
		err = errNilProblem
	}
	problem := ProblemOf(err)
	if ended := c.endOf(err, problem); ended != nil {
		problem, err = ended, ended
	}
	attached := c.attach(err, problem)
	c.Abort()
	if c.Writer.Written() {
		c.warnFailure("Fail, behind the first byte, cuts the answer", err)
		c.fail()
		return
	}
	answer := c.errorFunc()
	if answer == nil {
		c.WriteProblem(problem)
		return
	}
	httpfield.DropEntity(c.Writer.Header())
	c.Writer.WriteHeader(problem.Status) // should nobody write
	c.failing = true                     // and so it stays if answer panics: Recovery does not ask it again
	answer(c, err)
	c.failing = false
	if attached != nil {
		attached.SetType(errorType(c.Writer.Status()))
	}
}

// failBare is how a call fails that answers by itself and has no OnError: with a status, and
// without the headers of the answer that was meant.
func (c *Context) failBare(status int) {
	if !c.Writer.Written() {
		httpfield.DropEntity(c.Writer.Header())
	}
	c.AbortWithStatus(status)
}

// endOf returns the Problem of a handler that could not go on because the request has ended,
// nil if that is not the reason: 503 when its time was up, whatever the error is, since
// drivers say it in words of their own, and 499 when its client was gone and the error says so.
func (c *Context) endOf(err error, problem *Problem) *Problem {
	if problem.Status != http.StatusInternalServerError || err == error(problem) || c.Request == nil {
		return nil
	}
	switch ctx := c.Request.Context(); {
	case ctx.Err() == context.DeadlineExceeded:
		return NewProblem(http.StatusServiceUnavailable, "The request took too long.").Because(err)
	case httpfield.IsClientGone(ctx, err):
		gone := NewProblem(httpfield.StatusClientGone, "The client has closed the connection.").Because(err)
		gone.Title = "Client Closed Request"
		return gone
	}
	return nil
}

// errNilProblem is what is logged of a function that returns a nil *Problem as an error, which
// is not nil.
var errNilProblem = errors.New("dram: the error is a nil *Problem: return nil, or one of NewProblem")

// attach has the log see an error, unless it is a mere refusal, which its status tells. It
// returns what it has attached, or nil.
func (c *Context) attach(err error, problem *Problem) *Error {
	kind := errorType(problem.Status)
	if err == error(problem) {
		if problem.cause != nil {
			err = problem.cause
		} else if kind == ErrorTypePublic {
			return nil
		}
	}
	for _, known := range c.Errors {
		if errors.Is(err, known) {
			return nil
		}
	}
	return c.Error(err).SetType(kind)
}

// errorType is the type of an error that a status is the answer to.
func errorType(status int) ErrorType {
	if status < http.StatusInternalServerError {
		return ErrorTypePublic
	}
	return ErrorTypePrivate
}

// errorFunc is the OnError function of the route's group, or of the engine; nil inside of it.
func (c *Context) errorFunc() ErrorFunc {
	if c.failing {
		return nil
	}
	if c.onError != nil || c.engine == nil {
		return c.onError
	}
	return c.engine.onError
}

// OnError sets the function that answers requests which failed, in place of
// c.WriteProblem(ProblemOf(err)): what handlers return to Try, what layers refuse. With
// one, paths without a route, wrong methods, panics that Recovery has caught, and files that
// cannot be sent go to it as well, as a *Problem of 404, 405, 500, 412 or 416, and so do what
// Negotiate (406) and JSONP (400) refuse, and the error of what cannot be rendered; without one
// they have the short answers that they have in Gin.
//
// The status is set already. The function may write anything (c.JSON, c.HTML, c.Data) but a
// file, which has a status of its own, and what fails inside of it does not come back to it.
// OnError(dram.WriteError) has all of them answered by problem details or a page.
func (engine *Engine) OnError(answer ErrorFunc) {
	engine.noteLate("OnError of", "/")
	engine.onError = answer
	engine.rebuildMissChains()
}

// OnError is Engine.OnError for the routes that are registered on the group after the call.
// Paths without a route belong to no group, and what a layer outside of the group answers
// (Recovery, say) is not the group's.
func (group *RouterGroup) OnError(answer ErrorFunc) {
	if answer == nil {
		panic("dram: OnError of the group '" + group.basePath + "': the function is nil: pass one, or leave the call out")
	}
	group.Use(func(c *Context) {
		outside := c.onError
		c.onError = answer
		defer func() { c.onError = outside }()
		c.Next()
	})
}

// WriteError is the ErrorFunc that answers with c.WriteProblem(ProblemOf(err)).
func WriteError(c *Context, err error) { c.WriteProblem(ProblemOf(err)) }
