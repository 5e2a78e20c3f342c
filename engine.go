package dram

import (
	"fmt"
	"html/template"
	"net"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/observe"
	"github.com/dram-go/dram/internal/peer"
	"github.com/dram-go/dram/internal/serve"
	"github.com/dram-go/dram/render"
	"github.com/dram-go/dram/router"
)

// This file is the first stop of a request: net/http calls ServeHTTP, which
// takes a Context from the pool (pool.go), has handleHTTPRequest run the chain of
// the route that the tree finds, and gives the Context back. What happens when the
// tree finds nothing is in engine_miss.go.
// See docs/internals/07-servehttp.md and docs/internals/08-handlehttprequest.md.

// defaultMultipartMemory is how much of a multipart form is kept in memory: 32 MiB.
const defaultMultipartMemory = 32 << 20

// HandlerFunc is a handler or a middleware: one layer of the onion.
type HandlerFunc func(*Context)

// HandlersChain is the onion of one route, the outermost layer first.
type HandlersChain []HandlerFunc

// Last returns the chain's innermost handler, the route's own; nil for an empty
// chain.
func (chain HandlersChain) Last() HandlerFunc {
	if len(chain) == 0 {
		return nil
	}
	return chain[len(chain)-1]
}

// OptionFunc changes an Engine while it is made; see New and Engine.With.
type OptionFunc func(*Engine)

// Engine is the framework's instance: the routes, the options and the pool of
// Contexts. It is an http.Handler. Make one with New or Default, register the
// routes, then serve: options and routes must not change while it serves.
type Engine struct {
	RouterGroup

	// RedirectTrailingSlash answers a path whose only fault is a missing or an
	// extra trailing slash with a redirect to the route: 301 for GET and HEAD,
	// 307 for the other methods. Default true.
	RedirectTrailingSlash bool
	// RedirectFixedPath redirects a path that matches once it is cleaned
	// (.., //) and compared without case. Default false.
	RedirectFixedPath bool
	// HandleMethodNotAllowed answers 405 with an Allow header when the path has
	// a route under another method. Default false: such a request is a 404.
	HandleMethodNotAllowed bool

	// BareMisses answers paths that have no route under any method outside the global
	// middleware, with OnError or the plain 404. Most of such requests are a scanner's, and the
	// layers, logs and limits are spared. What is lost on them: the log line, metrics and
	// traces, headers (CORS, security), rate limits, refusals (HostAllowlist, log-in),
	// Recovery around OnError, and every layer that answers paths without a route (Health,
	// Static, SPA, CleanPath, …), for which debug mode prints a line. Redirects, 405 and
	// preflights of paths with a route still pass the layers. Where NoRoute has handlers,
	// which a layer may have to guard, it changes nothing. Default false.
	BareMisses bool

	// ForwardedByClientIP lets ClientIP read RemoteIPHeaders of requests whose
	// peer is a trusted proxy. Default true; no proxy is trusted until
	// SetTrustedProxies names one.
	ForwardedByClientIP bool
	// RemoteIPHeaders are the headers that ClientIP reads, in this order.
	// Default X-Forwarded-For, X-Real-IP.
	RemoteIPHeaders []string
	// TrustedPlatform names one header, set by the platform in front of the
	// program, that holds the client's address: see the Platform constants.
	// Default "": none.
	TrustedPlatform string
	// AppEngine trusts X-Appengine-Remote-Addr.
	//
	// Deprecated: set TrustedPlatform to PlatformGoogleAppEngine.
	AppEngine bool

	// UseRawPath matches against URL.RawPath when it is not empty, so that an
	// escaped slash (%2F) stays inside its segment. Default false.
	UseRawPath bool
	// UseEscapedPath matches against URL.EscapedPath(); it overrides
	// UseRawPath. Default false.
	UseEscapedPath bool
	// UnescapePathValues decodes the values of params when one of the two above
	// is on. A value that cannot be decoded stays as it is. Default true.
	UnescapePathValues bool
	// RemoveExtraSlash cleans the path (//, ., ..) before it is matched; handlers find
	// it in Context.RoutePath. Default false.
	RemoveExtraSlash bool

	// MaxMultipartMemory is how many bytes of a multipart form are kept in
	// memory; the rest of its files goes to temporary files. Default 32 MiB.
	MaxMultipartMemory int64
	// MaxBodyMemory is how many bytes of a body the Bind and ShouldBind methods,
	// GetRawData, PostForm and its kin read into memory, decompressed ones if a layer
	// decompresses. Beyond it Bind answers 413 and the error is a *http.MaxBytesError;
	// PostForm finds no values, and never more than net/http's 10 MB. Of a multipart form
	// the values count, not the files; a handler that reads c.Request.Body itself is
	// not concerned. middleware.BodyLimit sets another limit for a route. 0 is the
	// default, 32 MiB; a negative value removes the limit.
	MaxBodyMemory int64
	// UseH2C serves HTTP/2 without TLS (RFC 9113 section 3.3, prior knowledge)
	// beside HTTP/1.1. Default false.
	UseH2C bool
	// ContextWithFallback makes Deadline, Done, Err and Value of a Context fall
	// back to the request's context. Default true.
	ContextWithFallback bool

	// ShutdownTimeout is how long RunContext waits for requests in flight, the
	// functions of OnShutdown, and the jobs of Context.Go, once its context is done. Default 10
	// seconds; 0 or less waits for ever.
	ShutdownTimeout time.Duration
	// OnListen, if set, is called with the bound address of each listener
	// before it serves: how a program that listens on ":0" learns its port.
	OnListen func(net.Addr)

	// HTMLRender finds the templates for Context.HTML; the LoadHTML methods set it.
	HTMLRender render.HTMLRender
	// FuncMap holds the functions of templates that the LoadHTML methods parse.
	FuncMap template.FuncMap

	delims           render.Delims
	secureJSONPrefix string

	allNoRoute  HandlersChain // the global middleware and noRoute
	allNoMethod HandlersChain
	noRoute     HandlersChain
	noMethod    HandlersChain

	trees     methodTrees
	hosts     *hostTree // nil without Host
	hostList  []*hostRoutes
	hostPorts bool // a host has a port
	source    caller.Position
	beside    besideRoutes
	onError   ErrorFunc
	pool      sync.Pool
	proxies   peer.Networks
	life      serve.Life
	panics    sync.Mutex // one report of a job's panic at a time

	loaded func()                   // keeps the templates of the LoadHTML methods; nil without any
	kept   atomic.Pointer[settings] // nil until the Engine serves
	serves sync.Once
	poison bool        // that of kept, at hand
	begun  atomic.Bool // a request has come
	late   atomic.Bool // something was registered since

	// What package inspect asks for: findings, and the positions of layers, of
	// SetTrustedProxies and NoMethod.
	findings              []observe.Finding
	places                map[*HandlerFunc][]placed // of a registered chain, by its first handler
	proxiesAt, noMethodAt string

	observers []observer // of the handlers of all chains; nil but in tests and while somebody looks
}

var _ http.Handler = (*Engine)(nil)

// New returns a new Engine without middleware. Unlike Default it neither logs nor
// recovers from panics.
func New(opts ...OptionFunc) *Engine {
	engine := &Engine{
		RouterGroup:           RouterGroup{basePath: "/", root: true},
		RedirectTrailingSlash: true,
		ForwardedByClientIP:   true,
		RemoteIPHeaders:       []string{"X-Forwarded-For", "X-Real-IP"},
		UnescapePathValues:    true,
		MaxMultipartMemory:    defaultMultipartMemory,
		MaxBodyMemory:         defaultMaxBodyMemory,
		ContextWithFallback:   true,
		ShutdownTimeout:       10 * time.Second,
		FuncMap:               template.FuncMap{},
		delims:                render.Delims{Left: "{{", Right: "}}"},
		secureJSONPrefix:      "while(1);",
	}
	engine.RouterGroup.engine = engine
	engine.life.Listening, engine.life.Failed = engine.listening, engine.printFailure
	engine.pool.New = engine.firstContext
	engine.debugPrintNew()
	return engine.With(opts...)
}

// Default returns a new Engine with the layers Logger and, inside it, Recovery.
// The options are applied last.
func Default(opts ...OptionFunc) *Engine {
	engine := New()
	engine.Use(Logger(), Recovery())
	return engine.With(opts...)
}

// With applies options and returns the Engine.
func (engine *Engine) With(opts ...OptionFunc) *Engine {
	for _, opt := range opts {
		opt(engine)
	}
	return engine
}

// Use puts middleware around every route that is registered after the call,
// and around the answers to paths without a route: 404, 405 and redirects.
func (engine *Engine) Use(middleware ...HandlerFunc) IRoutes {
	engine.RouterGroup.Use(middleware...)
	engine.rebuildMissChains()
	return engine
}

// SecureJsonPrefix sets what Context.SecureJSON puts before an array. Default
// "while(1);".
func (engine *Engine) SecureJsonPrefix(prefix string) *Engine {
	engine.secureJSONPrefix = prefix
	return engine
}

// ServeHTTP answers one request: it takes a Context from the pool, runs the chain
// and puts the Context back.
func (engine *Engine) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	c := engine.pool.Get().(*Context)
	c.begin(w, req)
	if reflect.TypeOf(w) != c.plain {
		c.beginUnder(w)
	}
	if req.ContentLength != 0 {
		c.noteOwn(req)
	}
	engine.handleHTTPRequest(c)
	c.writermem.end()
	if c.own.req != nil {
		c.showOwn()
	}
	if c.isUnusual(req) {
		engine.releaseUnusual(c, req)
	} else {
		engine.release(c)
	}
}

// HandleContext serves a Context again after its request was changed, most often
// the URL's path. It clears the keys, errors and params and runs the whole chain of
// the new route with the present Writer; then the caller's own chain goes on. It panics if
// a request is served again 16,384 times inside itself.
func (engine *Engine) HandleContext(c *Context) {
	c.live()
	rewrites := c.rewrites
	if rewrites == maxRewrites {
		panic(fmt.Sprintf("dram: HandleContext: the path %q is one of a circle: %d requests are inside of one another, each served again as the next", c.Request.URL.Path, maxRewrites))
	}
	index, handlers, writer, miss := c.index, c.handlers, c.Writer, c.miss
	onError, failing := c.onError, c.failing
	c.mu.Lock() // somebody may ask the Context for a value
	c.reset()
	c.mu.Unlock()
	c.failing, c.rewrites = failing, rewrites+1
	c.Writer, c.miss = writer, nil
	engine.handleHTTPRequest(c)
	c.index, c.handlers, c.miss, c.onError = index, handlers, miss, onError
	c.rewrites = rewrites
	if index < 0 { // of no chain: a Context of CreateTestContext
		c.writermem.WriteHeaderNow()
	}
}

// maxRewrites is how many requests may be inside of one another. Each takes some kilobytes of
// the stack, and one that is full ends the program.
const maxRewrites = 1 << 14

// HandleContextWith is like HandleContext, with another request. When it returns,
// or a panic passes, c.Request is again what it was; see NextWith. A request with a context
// of its own, of which Done was asked, leaves about 1 KB until the request outside ends: to
// serve many, one after the other, give them the context of c.Request.
func (engine *Engine) HandleContextWith(c *Context, req *http.Request) {
	c.with(nil, req, engine.HandleContext)
}

// handleHTTPRequest finds the route of the request and runs its chain.
func (engine *Engine) handleHTTPRequest(c *Context) {
	if c.Request.ProtoMajor > 1 && !httpfield.FitsALine(c.Request) {
		c.refuse(notRequest)
		return
	}
	if c.query.Load() != nil { // of a URL that may come again, changed
		c.query.Store(nil)
	}
	path := c.Request.URL.Path
	escaped := engine.UseRawPath || engine.UseEscapedPath
	if escaped || engine.RemoveExtraSlash {
		path = engine.requestPath(c.Request)
	}
	c.routed = path
	trees := &engine.trees
	if engine.hosts != nil {
		if !engine.enterHost(c) {
			return
		}
		trees = c.trees()
	}
	if tree := trees.get(c.Request.Method); tree != nil {
		route := tree.Lookup(path, &c.params)
		if route != nil && (tree != trees.common[methodHead] || !c.isForGet(path, route)) {
			c.enter(route)
			if engine.hosts != nil || escaped {
				c.addHostParams()
				engine.unescapeParams(c)
			}
			c.Next()
			return
		}
	}
	engine.handleMiss(c, path)
}

// enter makes the Context that of a route: what the chain finds in it.
func (c *Context) enter(route *router.Route[HandlersChain]) {
	c.Params, c.handlers, c.fullPath = c.params, route.Value, route.Pattern
}
