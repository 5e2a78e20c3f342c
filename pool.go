package dram

import (
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"github.com/dram-go/dram/internal/serve"
)

// This file is where a Context comes from and where it goes. An Engine keeps
// Contexts in a sync.Pool, so that a request allocates none: ServeHTTP takes one,
// begin makes it new for the request, release gives it back. In between it belongs
// to the request alone. What each request needs of them is small enough to be inlined in
// ServeHTTP: as calls, begin and release take a twentieth of a request that does nothing else.
//
// Three rules follow. A Context does not outlive its handler: what does is given
// a Copy. A Context that a library may still be waiting on (see Done) does not go
// back. And outside release mode none goes back: each is poisoned, so that a
// use that comes too late shows itself (pool_poison.go).
// See docs/internals/07-servehttp.md.

// allocateContext makes a Context for the pool, with room for the params of
// the route that has most of them.
func (engine *Engine) allocateContext() *Context {
	engine.keepSettings()
	c := &Context{engine: engine, served: engine, params: make(Params, 0, engine.maxParams())}
	c.writermem.c = c
	if engine.debugging() || engine.watchesHeaders() {
		c.first = &firstWriter{c: c}
	}
	c.unusual = engine.poison
	return c
}

// firstContext is where the pool has its Contexts from: the first one is that of the first request.
func (engine *Engine) firstContext() any {
	engine.begun.Store(true)
	return engine.allocateContext()
}

// begin makes a Context from the pool new for a request.
func (c *Context) begin(w http.ResponseWriter, req *http.Request) {
	c.writermem.reset(w)
	c.Request = req
	c.served, c.counted = c.engine, c.counted[:0]
	c.hadForm = req.MultipartForm != nil
	c.reset()
}

// beginUnder is the rest of begin, under a writer that is not known to be plain. A request that
// comes from a Context of another Engine, by one of its writers, belongs to what that one belongs to:
// to the life of its servers, and to the layers that have counted it. That Context may be over, and
// another request's, when somebody asks: it is read now. A plain writer, a server's, leads to no other
// one. Its type is remembered: to ask it each time takes about a twentieth of a request with one param.
func (c *Context) beginUnder(w http.ResponseWriter) {
	if c.first != nil {
		c.first.ResponseWriter, c.writermem.ResponseWriter = w, c.first
	}
	if _, leads := w.(interface{ Unwrap() http.ResponseWriter }); leads {
		if outer := outerOf(w); outer != nil {
			c.served = outer.served
			c.counted = append(c.counted, outer.counted...)
		}
	} else if c.first == nil { // which is put around each writer, a plain one too
		c.plain = reflect.TypeOf(w)
	}
}

// outerOf is the Context whose writer is w, or is under it; nil without one.
func outerOf(w http.ResponseWriter) *Context {
	if own, ok := findUnder[*responseWriter](w); ok {
		return own.c
	}
	return nil
}

// reset makes the Context new for a chain of handlers; the route's part of it is
// set by enter, or by handleMiss.
func (c *Context) reset() {
	c.Writer = &c.writermem
	c.index = -1
	c.Keys = nil
	c.Errors = nil
	c.Accepted = nil
	c.sameSite = 0
	c.onError, c.failing, c.rewrites = nil, false, 0
}

// isUnusual reports whether a request has left something behind that begin does not make new.
func (c *Context) isUnusual(req *http.Request) bool {
	return c.unusual || c.Request != req || req.MultipartForm != nil || c.form.Load() != nil || c.pinned.Load() != nil
}

// release gives the Context back to the pool.
func (engine *Engine) release(c *Context) {
	c.writermem.ResponseWriter = releasedWriter{} // the server's does not outlive the request, and would panic
	engine.pool.Put(c)
}

// releaseUnusual is release for what few requests leave behind.
func (engine *Engine) releaseUnusual(c *Context, req *http.Request) {
	c.putBack(req, req.URL)
	if c.head.ResponseWriter != nil {
		c.head.finish()
	}
	if c.note != nil {
		c.isOver()
	}
	keepForm(c.Request, req)
	abort := c.cut != uncut && isCutByAbort(c.cut, req)
	c.endForms(req, abort)
	if c.endsByClose && c.cut == uncut {
		serve.ResetUnlessWhole(req.Context(), true)
	}
	c.unusual, c.cut, c.lost, c.origin, c.endsByClose = false, uncut, false, "", false
	c.retire()
	if !engine.poison && c.pinned.Load() == nil {
		engine.pool.Put(c)
	}
	if abort {
		panic(http.ErrAbortHandler)
	}
}

// retire ends what a Context was to its request.
func (c *Context) retire() {
	if c.engine.poison {
		c.poison()
	} else {
		c.writermem.ResponseWriter = releasedWriter{}
	}
	c.head = headWriter{} // not sooner: observers look at the answer to HEAD through it
}

// putBack gives the Context its request again, with its URL, if a handler has set one of them to nil, or the request to another
// one without a URL: of that nothing could be logged.
func (c *Context) putBack(req *http.Request, address *url.URL) {
	if c.Request == nil || c.Request.URL == nil {
		c.Request = req
		if req.URL == nil {
			req.URL = address
		}
	}
}

// keepForm hands a multipart form that was parsed on a copy of the request (a
// middleware's c.Request.WithContext, say) to the request that net/http knows,
// which removes the form's temporary files in the end.
func keepForm(from, to *http.Request) {
	if from != to && from != nil && to != nil && to.MultipartForm == nil {
		to.MultipartForm = from.MultipartForm
	}
}

// endForms has the temporary files of the forms that the Context has read removed when the request is over. No
// server does so for sure: what is around may have given the Engine a copy of the request, whose form the
// server does not see. Nor does it for a form that was there before, but with HTTP/1: those of HTTP/2,
// since Go 1.27, of HTTP/3, FastCGI and CGI leave it to the program. Who is around may use the files until then.
func (c *Context) endForms(req *http.Request, cut bool) {
	if form := req.MultipartForm; form != nil && (!c.hadForm || cut || req.ProtoMajor != 1 || req.Context().Value(http.ServerContextKey) == nil) {
		c.takeForm(form)
	}
	if c.form.Load() == nil {
		return
	}
	outer := outerOf(c.writermem.ResponseWriter)
	if outer != nil && !cut && !endsWithRequest(req.Context()) { // it is over when the outer one is
		for form := c.form.Load(); form != nil; form = form.before {
			outer.takeForm(form.files)
		}
	} else {
		c.removeForms(req.Context(), nil, cut)
	}
	c.form.Store(nil)
}

// takeForm has the files of a form removed with those that the Context has read.
func (c *Context) takeForm(form *multipart.Form) {
	if last := c.form.Load(); form != nil && (last == nil || last.files != form) {
		c.form.Store(&readForm{files: form, before: last})
	}
}

// removeForms removes the files of the forms that the Context has read or taken since another one, when the request with this
// context is over, or now if that is asked for, or if the context does not tell.
func (c *Context) removeForms(ctx context.Context, since *readForm, now bool) {
	for form := c.form.Load(); form != nil && form != since; form = form.before {
		if files := form.files; files == nil {
			continue
		} else if now || !endsWithRequest(ctx) {
			_ = files.RemoveAll() // what cannot be removed is left to the system
		} else {
			context.AfterFunc(ctx, func() { _ = files.RemoveAll() })
		}
	}
}

// endsWithRequest reports whether a context is done when its request is over. A server's is. That of a program which calls the
// Engine by itself may never be done, or with the program.
func endsWithRequest(ctx context.Context) bool {
	return ctx.Done() != nil && cameOverConnection(ctx)
}

// Copy returns a Context that may be used after the handler has returned, for
// example in another goroutine. It has no handlers, is aborted, and cannot write:
// its Writer returns ErrDetached. The request is shared: its body must not be read.
// As a context.Context the copy has the values of the request's context, but is
// never cancelled.
func (c *Context) Copy() *Context {
	c.live()
	cp := &Context{
		Request:  c.Request,
		Params:   slices.Clone(c.Params),
		index:    abortIndex,
		fullPath: c.fullPath,
		routed:   c.routed,
		host:     c.host,
		engine:   c.engine,
		served:   c.served,
		Keys:     c.copyKeys(),
		Errors:   slices.Clone(c.Errors),
		Accepted: slices.Clone(c.Accepted),
		sameSite: c.sameSite,
	}
	cp.form.Store(c.form.Load())
	cp.pinWithoutEnd(c)
	cp.writermem = responseWriter{
		ResponseWriter: newDetachedWriter(c.writermem.ResponseWriter),
		c:              cp,
		size:           c.writermem.size,
		status:         c.writermem.status,
	}
	cp.Writer = &cp.writermem
	return cp
}
