package rows

import (
	"embed"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/dram-go/dram/benchmarks/peers"
)

// tables are the route tables, one route a line: METHOD /path. github, static, gplus and parse are those that router
// benchmarks of this field have always used; siblings is ours.
//
//go:embed testdata/*.txt
var tables embed.FS

// table reads a route table. It panics on one that is not there.
func table(name string) []peers.Route {
	text, err := tables.ReadFile("testdata/" + name + ".txt")
	if err != nil {
		panic(err)
	}
	var routes []peers.Route
	for line := range strings.Lines(string(text)) {
		method, pattern, _ := strings.Cut(strings.TrimSpace(line), " ")
		routes = append(routes, peers.Route{Method: method, Pattern: pattern})
	}
	return routes
}

func find(routes []peers.Route, method, pattern string) *peers.Route {
	return &routes[slices.Index(routes, peers.Route{Method: method, Pattern: pattern})]
}

// hit is a request for a route with these values in place of its params.
func hit(route *peers.Route, values ...string) Request {
	target := route.Pattern
	for i, name := range route.Params() {
		target = strings.Replace(target, ":"+name, values[i], 1)
	}
	return Request{Method: route.Method, Target: target, Status: http.StatusOK, Route: route, Params: values}
}

// one is a row of one route.
func one(name, pattern string, values ...string) Row {
	app := peers.App{Routes: get(pattern)}
	return Row{Name: name, App: app, Requests: []Request{hit(&app.Routes[0], values...)}}
}

// whole is a row that asks for every route of a table once; the values of params
// are their names.
func whole(name string, routes []peers.Route) Row {
	row := Row{Name: name, App: peers.App{Routes: routes}}
	for i := range routes {
		row.Requests = append(row.Requests, hit(&routes[i], routes[i].Params()...))
	}
	return row
}

// siblings is the row that the classic tables lack: literals beside params. Its
// requests are those of a person who clicks around: many params begin like a
// sibling ("mel", "newton"), and some paths follow a literal before they turn
// back to the param ("/users/me/posts").
func siblings() Row {
	routes := table("siblings")
	row := Row{Name: "siblings, all", App: peers.App{Routes: routes}}
	for _, want := range []string{
		"GET /users", "POST /users", "GET /users/me", "GET /users/:id mel", "GET /users/new", "GET /users/me/settings",
		"GET /users/:id/posts me", "GET /users/:id/posts/latest me", "GET /users/:id/posts/:post 42 late",
		"GET /users/:id/posts/:post/comments 42 latest", "GET /orgs/:org mine-craft", "GET /orgs/mine",
		"GET /orgs/:org/members mine", "GET /orgs/:org/members/me dram", "GET /orgs/:org/members/:user dram melissa",
		"GET /search", "GET /search/popular", "GET /search/:term pop", "GET /search/:term/pages popular", "GET /users/new/form",
	} {
		words := strings.Fields(want) // the method, the pattern, and the values of its params
		row.Requests = append(row.Requests, hit(find(routes, words[0], words[1]), words[2:]...))
	}
	return row
}

// wildcards is a pattern of n params.
func wildcards(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "/:%c", 'a'+i)
	}
	return b.String()
}
