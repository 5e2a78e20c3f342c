package typed

import (
	"context"
	"fmt"
	"net/http"
	"reflect"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/schema"
)

// This file registers typed routes: what can be known of the types is worked out here,
// once, and a request finds it done.

// Func is a handler: a function of what it reads, which returns what it answers. One that has
// written an answer by itself, on the Context of Context, has answered: what it returns is not sent.
type Func[In, Out any] func(ctx context.Context, in *In) (Out, error)

// Route is a typed route.
type Route[In, Out any] struct{ *route }

// route is a Route without its types.
type route struct {
	operation
	api             *API
	method, pattern string
	host            string // of Engine.Host, "" for any
	source          string // the position where it was registered
	in, out         reflect.Type
	fields          []binding.Source
	input           *schema.Request
	reads           []string // the media types of a body
	// ownStatus and ownOffers report that Status and Offers are options of the route itself.
	ownStatus, ownOffers bool
	output               output
	schemas              *schema.Registry
}

// Context returns the Context of the request that a handler was called for: to set a header, or to
// ask what no field of the input has. It is nil for another context, that of a test, say.
func Context(ctx context.Context) *dram.Context {
	c, _ := ctx.Value(dram.ContextKey).(*dram.Context)
	return c
}

// GET registers a route for GET, and so for HEAD. in is filled from the path, the query,
// the header and the cookies.
func GET[In, Out any](r Router, path string, handle Func[In, Out], options ...Option) *Route[In, Out] {
	return Handle(r, http.MethodGet, path, handle, options...)
}

// POST registers a route for POST.
func POST[In, Out any](r Router, path string, handle Func[In, Out], options ...Option) *Route[In, Out] {
	return Handle(r, http.MethodPost, path, handle, options...)
}

// PUT registers a route for PUT.
func PUT[In, Out any](r Router, path string, handle Func[In, Out], options ...Option) *Route[In, Out] {
	return Handle(r, http.MethodPut, path, handle, options...)
}

// PATCH registers a route for PATCH.
func PATCH[In, Out any](r Router, path string, handle Func[In, Out], options ...Option) *Route[In, Out] {
	return Handle(r, http.MethodPatch, path, handle, options...)
}

// DELETE registers a route for DELETE.
func DELETE[In, Out any](r Router, path string, handle Func[In, Out], options ...Option) *Route[In, Out] {
	return Handle(r, http.MethodDelete, path, handle, options...)
}

// QUERY registers a route for QUERY (RFC 10008), whose body describes the query.
func QUERY[In, Out any](r Router, path string, handle Func[In, Out], options ...Option) *Route[In, Out] {
	return Handle(r, dram.MethodQuery, path, handle, options...)
}

// Handle registers a route for a method. It panics if In is not a struct that BindAll can fill
// from this route, if Out is nothing that can be answered, and where RouterGroup.Handle does.
func Handle[In, Out any](r Router, method, path string, handle Func[In, Out], options ...Option) *Route[In, Out] {
	g := r.typed()
	if g.RouterGroup == nil {
		panic("dram: typed: the Group is not one of an API: make it with Group of an API, and that with typed.New")
	}
	rt := &route{api: g.api, method: method, in: reflect.TypeFor[In](), out: reflect.TypeFor[Out]()}
	rt.source = new(caller.Position).Of()
	if handle == nil {
		rt.panic(path, "the function is nil: pass one")
	}
	rt.take(path, g.options, options)
	rt.host = g.FullHost()
	rt.pattern = g.RouterGroup.Group(path).BasePath()
	rt.mustBeSayable()
	rt.fields = rt.mustRead()
	rt.mustBeAnswer()
	rt.output = rt.mustAnswer()
	rt.mustFit(rt.output)
	rt.output.addressed = rt.mustAskMethods(rt.output.body)
	g.api.mustDescribe(rt)
	rt.warnOfTags()
	rt.reads = rt.mediaTypes()
	versioned := rt.hasIfMatch()
	handler := func(c *dram.Context) {
		if versioned && !hasVersion(c.Request) {
			c.Fail(noVersion())
			return
		}
		in := new(In)
		if err := c.ShouldBindAll(in, rt.reads...); err != nil {
			c.Fail(problemOfInput(err))
			return
		}
		out, err := handle(c, in)
		if err != nil {
			c.Fail(rt.problemOf(err))
		} else if !c.Writer.Written() {
			rt.output.answer(c, out)
		}
	}
	caller.Rename(dram.HandlerFunc(handler), handle)
	g.RouterGroup.Handle(method, path, handler)
	g.api.routes = append(g.api.routes, rt)
	return &Route[In, Out]{rt}
}

// panic says what is wrong with the route, and where.
func (rt *route) panic(path, format string, values ...any) {
	panic(fmt.Sprintf("dram: typed: %s %s (%s): %s", rt.method, path, rt.source, fmt.Sprintf(format, values...)))
}
