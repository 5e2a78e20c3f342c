package gateway

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/change"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/seen"
	"github.com/dram-go/dram/router"
)

// table has the routes of a file, each registered once: those for all hosts in an Engine of their own, to which
// the one of the hosts passes on what it has no route for, or a less specific one.
type table struct {
	names  seen.Names
	layers []dram.HandlerFunc                // of all requests
	all    *dram.Engine                      // of routes for all hosts
	hosts  *dram.Engine                      // of the others, nil without any
	trees  map[string]*router.Tree[struct{}] // the paths of all, by method
}

func newEngine(file *config.File) (*dram.Engine, error) {
	e := dram.New()
	e.HandleMethodNotAllowed = true
	e.OnError(change.Own)
	return e, e.SetTrustedProxies(file.TrustedProxies)
}

func newTable(file *config.File, names seen.Names, layers []dram.HandlerFunc) (*table, error) {
	t := &table{names: names, layers: layers, trees: make(map[string]*router.Tree[struct{}])}
	var err error
	if t.all, err = newEngine(file); err != nil {
		return nil, err
	}
	t.all.Use(layers...)
	if !slices.ContainsFunc(file.Routes, func(r *config.Route) bool { return len(r.Hosts) > 0 }) {
		return t, nil
	}
	if t.hosts, err = newEngine(file); err != nil {
		return nil, err
	}
	t.hosts.NoRoute(t.pass)
	t.hosts.NoMethod(t.pass)
	t.all.NoRoute(func(c *dram.Context) {
		if allow := allowed(c); allow != "" {
			c.Header("Allow", allow)
			c.Fail(dram.NewProblem(http.StatusMethodNotAllowed, ""))
		}
	})
	t.all.NoMethod(func(c *dram.Context) {
		if allow := allowed(c); allow != "" {
			c.Header("Allow", allow+", "+c.Writer.Header().Get("Allow"))
		}
	})
	return t, nil
}

// engine is the one that requests come to.
func (t *table) engine() *dram.Engine {
	if t.hosts != nil {
		return t.hosts
	}
	return t.all
}

type allowKey struct{}

// allowed are the methods that the request's host has for its path.
func allowed(c *dram.Context) string {
	allow, _ := c.Request.Context().Value(allowKey{}).(string)
	return allow
}

// pass answers with the routes for all hosts.
func (t *table) pass(c *dram.Context) {
	req := c.Request
	if allow := c.Writer.Header().Get("Allow"); allow != "" {
		c.Writer.Header().Del("Allow")
		req = req.WithContext(context.WithValue(req.Context(), allowKey{}, allow))
	}
	t.all.ServeHTTP(c.Writer, req)
	c.Writer.WriteHeaderNow()
	c.Abort()
}

// yield is the layer in front of a route for a host: it passes on what a more specific one for all hosts answers.
func (t *table) yield(own *router.Route[struct{}]) dram.HandlerFunc {
	return func(c *dram.Context) {
		methods := []string{c.Request.Method, http.MethodGet}
		if c.Request.Method != http.MethodHead {
			methods = methods[:1]
		}
		for _, method := range methods {
			if tree := t.trees[method]; tree != nil {
				if other := tree.Lookup(c.Request.URL.Path, new(router.Params)); other != nil && other.Precedes(own) {
					t.pass(c)
					return
				}
			}
		}
	}
}

// allMethods are those of a route that names none: not TRACE, with which a client would see what
// upstreams only are told, and not CONNECT.
var allMethods = strings.Fields("GET HEAD POST PUT PATCH DELETE OPTIONS " + dram.MethodQuery)

// register registers a route.
func (t *table) register(r *route, chain []dram.HandlerFunc) error {
	methods := r.Methods
	if len(methods) == 0 {
		methods = allMethods
	}
	groups := []*dram.RouterGroup{&t.all.RouterGroup}
	if len(r.Hosts) > 0 {
		groups = nil
		var alone router.Tree[struct{}]
		if err := alone.Add(r.Path, struct{}{}, ""); err != nil {
			return err
		}
		alone.Walk(func(own *router.Route[struct{}]) bool {
			chain = slices.Concat([]dram.HandlerFunc{t.yield(own)}, t.layers, chain)
			return false
		})
		for _, host := range r.Hosts {
			groups = append(groups, t.hosts.Host(host))
		}
	}
	for _, group := range groups {
		for _, method := range methods {
			group.Handle(method, r.Path, chain...)
			t.names[[3]string{method, group.FullHost(), r.Path}] = r.name
			if len(r.Hosts) == 0 {
				if t.trees[method] == nil {
					t.trees[method] = new(router.Tree[struct{}])
				}
				if err := t.trees[method].Add(r.Path, struct{}{}, ""); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
