// Rung 07: from a path to a handler.
//
// Rung 06's application found its handlers by a switch that somebody had written: a line more
// for each route, asked one after the other, and each param cut out by hand. This rung makes
// the routes data: a pattern and a handler, kept by something that finds them again.
//
//   - route/map.go: a map, which has one look, and no place for params;
//   - route/trie.go: a trie, a node for each segment;
//   - route/radix.go: a radix tree, the trie with its single children joined: 75 lines of code.
//
// Read route/radix.go last; route/route.go and route/dump.go are what the three share.
//
// There is one router for each method, as in dram (engine_trees.go#methodTrees) and in Gin. In the
// standard library look at net/http/routing_tree.go#routingNode, which is a trie of segments;
// docs/internals/10-tree.md goes on with dram's tree.
//
//	go run ./examples/ladder/07-router [-router map|trie|radix]
//	go run ./examples/ladder/07-router -dump
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/httphandler"
	"github.com/dram-go/dram/examples/ladder/07-router/route"
	"github.com/dram-go/dram/examples/ladder/internal/answers"
	"github.com/dram-go/dram/examples/ladder/internal/listen"
)

// handle is an http.HandlerFunc that is given the params of its route.
type handle func(w http.ResponseWriter, r *http.Request, ps route.Params)

// routers are the ways to keep routes.
var routers = map[string]func() route.Router[handle]{
	"map":   func() route.Router[handle] { return new(route.Map[handle]) },
	"trie":  func() route.Router[handle] { return new(route.Trie[handle]) },
	"radix": func() route.Router[handle] { return new(route.Radix[handle]) },
}

// mux is an http.Handler made of a router for each method.
type mux struct{ get, post route.Router[handle] }

func (m *mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	router := m.get
	switch r.Method {
	case "GET", "HEAD":
	case "POST":
		router = m.post
	default:
		answers.NotFound(w, r)
		return
	}
	if handle, params, ok := router.Find(r.URL.Path); ok {
		handle(w, r, params)
		return
	}
	answers.NotFound(w, r)
}

// newMux registers the routes. What the router has no place for is said, and not answered.
func newMux(newRouter func() route.Router[handle]) (*mux, error) {
	m := &mux{get: newRouter(), post: newRouter()}
	plain := func(h http.HandlerFunc) handle {
		return func(w http.ResponseWriter, r *http.Request, _ route.Params) { h(w, r) }
	}
	return m, errors.Join(
		m.get.Add("/", plain(answers.Root)),
		m.get.Add("/hello/:name", func(w http.ResponseWriter, _ *http.Request, ps route.Params) {
			answers.Hello(w, ps.Get("name"))
		}),
		m.get.Add("/slow", plain(answers.Slow)),
		m.get.Add("/stream", plain(answers.Stream)),
		m.post.Add("/echo", plain(answers.Echo)),
	)
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	name := flag.String("router", "radix", "map, trie or radix")
	dump := flag.Bool("dump", false, "show what is stored instead of serving")
	flag.Parse()
	newRouter, ok := routers[*name]
	if !ok {
		log.Fatalf("-router is %q: use map, trie or radix", *name)
	}
	handler, err := newMux(newRouter)
	if err != nil {
		log.Print(err)
	}
	if *dump {
		fmt.Printf("GET\n%sPOST\n%s", handler.get.Dump(), handler.post.Dump())
		return
	}
	ln, err := listen.On(*addr)
	if err != nil {
		log.Fatal(err)
	}
	if err := httphandler.Serve(ln, handler); !errors.Is(err, net.ErrClosed) {
		log.Fatal(err)
	}
}
