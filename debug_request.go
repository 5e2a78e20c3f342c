package dram

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/router"
)

// This file prints, in debug mode, what went wrong with one request and is not seen from
// outside: a body that could not be bound or rendered, a second answer.
// See docs/internals/13-writer.md.

// firstWriter is under the writer of a Context, in debug mode and for who observes, until the header
// goes out: it notes who has sent it.
type firstWriter struct {
	http.ResponseWriter
	c        *Context
	sent     caller.Calls // that have sent the header
	streams  bool         // the answer is one of several parts
	rendered bool
	warned   bool
}

// Unwrap is the writer under this one, for http.ResponseController.
func (w *firstWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader notes the calls that lead to it, and takes the writer away.
func (w *firstWriter) WriteHeader(code int) {
	if !httpfield.Informational(code) {
		w.sent = caller.Note()
		w.c.headerGoesOut(w.sent)
		if w.c.writermem.ResponseWriter == w {
			w.c.writermem.ResponseWriter = w.ResponseWriter
		}
	}
	w.ResponseWriter.WriteHeader(code)
}

// at says where the header was sent.
func (w *firstWriter) at() string {
	if w == nil {
		return "before"
	}
	if position := w.sent.Program(); position != "" {
		return "at " + position
	}
	return "before"
}

// warnSecondAnswer says that a status comes after the header.
func (c *Context) warnSecondAnswer(sent, wanted int) {
	if !c.engine.debugging() {
		return
	}
	c.engine.debugPrint("[WARNING] Headers were already written. Wanted to override status code %d with %d: %s was answered %s, and again%s; return after the first answer",
		sent, wanted, c.routeAt(), c.first.at(), programAt())
}

// watch looks at an answer that is about to be rendered, in debug mode.
func (c *Context) watch(code int) {
	if c.first != nil {
		c.warnAgain(code)
	}
}

// warnAgain says that an answer with the same status follows another one that was a whole:
// the chain was aborted, or it is JSON.
func (c *Context) warnAgain(code int) {
	w := c.Writer
	if w.Size() <= 0 {
		c.first.rendered = c.first.rendered || code > 0
		return
	}
	isWhole := c.IsAborted() || httpfield.MediaType(w.Header().Get("Content-Type")) == MIMEJSON
	if w.Status() == code && isWhole && c.first.rendered && !c.first.streams && !c.first.warned {
		c.first.warned = true
		c.warnSecondAnswer(code, code)
	}
}

// watchWhole looks, in debug mode, at an answer that is a whole whatever was written before: a file,
// an event stream.
func (c *Context) watchWhole(code int) {
	if c.first != nil && c.Writer.Size() > 0 && !c.first.streams && !c.first.warned {
		c.first.warned = true
		c.warnSecondAnswer(c.Writer.Status(), code)
	}
}

// warnLate says that a header comes after the one that was sent.
func (c *Context) warnLate(name string) {
	if c.Writer.Size() > 0 && !c.first.streams && !c.first.warned && !isTrailer(c.Writer.Header(), name) {
		c.first.warned = true
		c.engine.debugPrint("[WARNING] %s: the header %s (%s) comes after the answer has begun (%s), and is not sent: set it before",
			c.routeAt(), name, caller.Program(), c.first.at())
	}
}

// warnCookie says that a cookie is not sent, in debug mode: it comes too late, or its name is
// not one, so that net/http drops it.
func (c *Context) warnCookie(name string) {
	if c.first == nil {
		return
	}
	c.warnLate("Set-Cookie")
	if !httpfield.IsToken(name) {
		c.engine.debugPrint("[WARNING] %s: the cookie %q (%s) is not sent: its name may have letters, digits and !#$%%&'*+-.^_`|~ only",
			c.routeAt(), name, caller.Program())
	}
}

// isTrailer reports whether a header may come behind the body.
func isTrailer(h http.Header, name string) bool {
	return strings.HasPrefix(name, http.TrailerPrefix) || httpfield.Has(h["Trailer"], name)
}

// warnFailure says that a step of the answer to a request failed.
func (c *Context) warnFailure(what string, err error) {
	if c.engine != nil && c.engine.debugging() {
		c.engine.debugPrint("[WARNING] %s: %s%s: %v", c.routeAt(), what, programAt(), err)
	}
}

// warnTags says, in debug mode, what is wrong with the tags of the struct that a Bind method is to fill.
func (c *Context) warnTags(obj any, b binding.Binding) {
	if c.first == nil || c.engine == nil || !c.engine.debugging() {
		return
	}
	typ := reflect.TypeOf(obj)
	for typ != nil && typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ == nil || typ.Kind() != reflect.Struct {
		return
	}
	if b == binding.Query || b == binding.Form {
		c.warnUnread(typ)
	}
	if _, asked := taggedTypes.LoadOrStore(typ, true); !asked {
		if err := binding.CheckTags(typ); err != nil {
			c.warnFailure("Bind", errors.New(strings.TrimPrefix(err.Error(), binding.ErrTags.Error()+": ")))
		}
	}
}

// taggedTypes are the types whose tags were asked about.
var taggedTypes sync.Map // reflect.Type → bool

// warnUnread says that a query or a form is bound to a struct that has its names in the tag query,
// which BindAll reads: the fields would stay empty.
func (c *Context) warnUnread(typ reflect.Type) {
	for _, field := range reflect.VisibleFields(typ) {
		_, isNamed := field.Tag.Lookup("form")
		if name := field.Tag.Get("query"); name != "" && name != "-" && !isNamed {
			c.warnFailure("Bind", fmt.Errorf("the field %s of %s has the tag query, which is BindAll's: call that, or write form", field.Name, typ))
			return
		}
	}
}

// programAt is " at " and the position of the program's call; "" where the program was not called, but returned.
func programAt() string {
	if position := caller.Program(); position != "" {
		return " at " + position
	}
	return ""
}

// routeAt is the route of the Context, with the position where it was registered.
func (c *Context) routeAt() string {
	if c.Request == nil {
		return "a Context without a request"
	}
	name := c.routeName()
	if tree := c.trees().get(c.Request.Method); tree != nil {
		tree.Walk(func(route *router.Route[HandlersChain]) bool {
			if route.Pattern == c.fullPath {
				name += " (" + caller.Short(route.Source) + ")"
			}
			return route.Pattern != c.fullPath
		})
	}
	return name
}
