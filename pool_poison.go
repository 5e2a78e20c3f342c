package dram

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/dram-go/dram/router"
)

// This file is what a Context becomes when its handler has returned. In release
// mode it goes back to the pool, and whoever still holds it sees another
// request's data. In the other modes it never does: it is poisoned, so that
// the mistake shows at once, where it is made.
// See docs/internals/12-context.md.

// ErrReleased is what Err of a Context wraps after its handler has returned, in
// debug and test mode. In release mode its writer returns it until the Context
// serves another request.
var ErrReleased = errors.New("dram: Context used after its handler returned")

// releasedError is the Err of one released Context.
type releasedError string

func (e releasedError) Error() string   { return string(e) }
func (e releasedError) Unwrap() []error { return []error{ErrReleased, context.Canceled} }

// closedChan is the Done of every released Context.
var closedChan = func() <-chan struct{} {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx.Done()
}()

// live panics if the Context was released.
func (c *Context) live() {
	if message := c.gone.Load(); message != nil {
		panic(*message)
	}
}

// poison makes every later use of c, its Params and its Writer panic with the
// route's name and the advice. As a context.Context it does not panic but counts
// as cancelled; and if Done was asked for before, it goes on as it was, since
// libraries let go of a parent context in goroutines that may outlast a correct
// handler.
func (c *Context) poison() {
	msg := "dram: the Context of " + c.routeName() +
		" was used after its handler returned: give a goroutine c.Copy(), or the values it needs"

	c.gone.Store(&msg)
	c.writermem.ResponseWriter = goneWriter(msg)
	c.writermem.size, c.writermem.status = noWritten, 0
	c.Writer = &c.writermem
	if cap(c.params) == 0 {
		c.params = make(Params, 0, 1)
	}
	router.Poison(c.params, msg)
	c.Params = c.params[:1]
	c.handlers, c.index = HandlersChain{func(*Context) { panic(msg) }}, -1
	c.Request = goneRequest(msg)
}

// routeName is the method and the pattern of the request, for messages.
func (c *Context) routeName() string {
	if c.fullPath != "" {
		return c.Request.Method + " " + c.host.hostPattern() + c.fullPath
	}
	return c.Request.Method + " " + c.Request.URL.Path + " (no route)"
}

// goneAnswer is outside a layer's writer whose layer has returned.
func goneAnswer(c *Context) ResponseWriter {
	msg := "dram: a writer of " + c.routeName() + " was used after the layer that made it has returned: write in the handler, not in a goroutine"
	gone := &Context{engine: c.engine}
	gone.gone.Store(&msg)
	gone.writermem = responseWriter{ResponseWriter: goneWriter(msg), size: noWritten, c: gone}
	return &gone.writermem
}

// goneRequest is the request of a released Context. Its fields cannot panic:
// those that are text say what happened, and its URL is nil, so that a use of
// it ends where it stands.
func goneRequest(msg string) *http.Request {
	req := &http.Request{Method: msg, Proto: msg, Host: msg, RemoteAddr: msg, RequestURI: msg, Body: goneBody(msg)}
	return req.WithContext(goneContext{context.Background(), msg})
}

// goneWriter is under the writer of a released Context.
type goneWriter string

func (w goneWriter) Header() http.Header                          { panic(string(w)) }
func (w goneWriter) Write([]byte) (int, error)                    { panic(string(w)) }
func (w goneWriter) WriteHeader(int)                              { panic(string(w)) }
func (w goneWriter) Flush()                                       { panic(string(w)) }
func (w goneWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) { panic(string(w)) }

// goneBody is the request's body of a released Context.
type goneBody string

func (b goneBody) Read([]byte) (int, error) { panic(string(b)) }
func (b goneBody) Close() error             { panic(string(b)) }

// goneContext is the context of the request of a released Context.
type goneContext struct {
	context.Context
	msg string
}

func (c goneContext) Done() <-chan struct{} { return closedChan }
func (c goneContext) Err() error            { return releasedError(c.msg) }
func (c goneContext) Value(any) any         { panic(c.msg) }
