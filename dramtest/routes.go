package dramtest

import (
	"cmp"
	"strings"
	"testing"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/router"
)

// This file asks every route.

// EachRoute runs a subtest for each route of an Engine, with a new client.
//
//	dramtest.EachRoute(t, router, func(r dram.RouteInfo, c *dramtest.Client) {
//		c.Visit(r).Want(http.StatusUnauthorized) // without a log-in
//	})
func EachRoute(t *testing.T, engine *dram.Engine, visit func(r dram.RouteInfo, c *Client), options ...Option) {
	t.Helper()
	routes := engine.Routes()
	if len(routes) == 0 {
		t.Fatal("dramtest: EachRoute: the Engine has no routes")
	}
	for _, route := range routes {
		t.Run(route.Method+" "+route.Host+route.Path, func(t *testing.T) {
			visit(route, New(t, engine, options...))
		})
	}
}

// Visit sends a request to a route. The params, those of its host too, are what the options Param say, else "1". It fails the test
// if another route gets the request.
func (c *Client) Visit(route dram.RouteInfo, options ...Option) *Response {
	c.t.Helper()
	options = append(options[:len(options):len(options)], func(r *request) {
		r.http.URL.Path = strings.ReplaceAll(r.fill(cmp.Or(route.Pattern, route.Path), "/", router.Wildcard), `\:`, ":")
		if route.Host != "" {
			r.http.Host = r.fill(route.Host, ".", func(label string) int { return strings.IndexByte(label, '{') })
			r.http.URL.Host = r.http.Host
		}
	})
	res := c.Do(route.Method, "/", options...)
	if x := res.exchange; c.server.engine != nil && len(x.ran) > 0 && x.route != route.Host+route.Path {
		res.fatal("the route %s%s was meant: set its params by dramtest.Param", route.Host, route.Path)
	}
	return res
}

// fill puts params into a pattern, in whose parts mark finds where they begin.
func (r *request) fill(pattern, separator string, mark func(part string) int) string {
	segments := strings.Split(pattern, separator)
	for i, segment := range segments {
		if at := mark(segment); at >= 0 {
			value, ok := r.params[strings.Trim(segment[at:], ":*{}")]
			if !ok {
				value = "1"
			}
			segments[i] = segment[:at] + strings.TrimPrefix(value, "/") // a catch-all's begins with one
		}
	}
	return strings.Join(segments, separator)
}
