package dram

import (
	"net/http"
	"slices"

	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/observe"
	"github.com/dram-go/dram/router"
)

// This file answers what package inspect asks of an Engine (internal/observe): what it would do
// with a request, and what it has been told by the program. Nothing of it is on the way of a
// request.
// See docs/internals/03-use.md.

func init() {
	observe.Ask = func(engine any, req *http.Request) observe.Answer { return engine.(*Engine).ask(req) }
	observe.Trees = func(engine any, visit func(host, method string, tree any)) {
		e := engine.(*Engine)
		for _, host := range append([]*hostRoutes{nil}, e.hostList...) {
			trees := &e.trees
			if host != nil {
				trees = &host.trees
			}
			for _, entry := range trees.list {
				visit(host.hostPattern(), entry.method, entry.tree)
			}
		}
	}
	observe.Plain = func(engine, chain any) any { return engine.(*Engine).plain(chain.(HandlersChain)) }
	observe.FactsOf = func(engine any) observe.Facts { return engine.(*Engine).facts() }
	observe.Placed = func(engine, chain any) []string { return engine.(*Engine).placesOf(chain.(HandlersChain)) }
}

// ask goes the way of a request with a Context that is aborted: the chain is found and
// none of its handlers runs.
func (engine *Engine) ask(req *http.Request) observe.Answer {
	header := answerHeader{}
	c := &Context{engine: engine, served: engine, params: make(Params, 0, engine.maxParams())}
	c.writermem.c = c
	c.begin(header, req)
	c.index = abortIndex
	c.onError = func(*Context, error) {} // not the program's
	engine.handleHTTPRequest(c)

	chain := engine.plain(c.handlers)
	answer := observe.Answer{Host: c.FullHost(), Path: engine.requestPath(req), Pattern: c.fullPath, Params: c.Params, Chain: chain}
	switch {
	case c.fullPath != "":
		answer.Method = req.Method
		if tree := c.trees().get(req.Method); tree == nil || !isRouteOf(tree, answer.Path, c.handlers) {
			answer.Method = http.MethodGet
		}
	case c.Writer.Status() == http.StatusOK: // a redirect, which is the chain's own handler
		chain.Last()(c)
		fallthrough
	default:
		answer.Status, answer.Header = c.Writer.Status(), http.Header(header)
		if answer.Status != http.StatusBadRequest && req.Method != http.MethodConnect && answer.Path != "/" {
			answer.Slash, _ = engine.slashTarget(c, answer.Path)
			answer.Fixed, _ = engine.fixedTarget(c, answer.Path)
		}
	}
	return answer
}

// firstOf tells chains apart: two that have the same handlers have them in arrays of their own.
func firstOf(chain HandlersChain) *HandlerFunc {
	if len(chain) == 0 {
		return nil
	}
	return &chain[0]
}

// isRouteOf reports whether it is a tree's route of a path that has the chain.
func isRouteOf(tree *routeTree, path string, chain HandlersChain) bool {
	route := tree.Lookup(path, new(Params))
	return route != nil && firstOf(route.Value) == firstOf(chain)
}

// answerHeader is the writer of an answer of which only the header matters.
type answerHeader http.Header

func (h answerHeader) Header() http.Header         { return http.Header(h) }
func (h answerHeader) WriteHeader(int)             {}
func (h answerHeader) Write(p []byte) (int, error) { return len(p), nil }

// facts collects what the program has set up, and what is probably not meant by it.
func (engine *Engine) facts() observe.Facts {
	facts := observe.Facts{
		Findings:  engine.findings[:len(engine.findings):len(engine.findings)],
		Proxies:   engine.proxies,
		ProxiesAt: engine.proxiesAt,
		Loaded:    engine.loaded != nil,
	}
	if len(engine.noRoute) > 0 {
		facts.Misses = append(facts.Misses, observe.Miss{Name: "NoRoute", Source: engine.beside.noRoute.source, Chain: engine.plain(engine.allNoRoute)})
	}
	if len(engine.noMethod) > 0 {
		facts.Misses = append(facts.Misses, observe.Miss{Name: "NoMethod", Source: engine.noMethodAt, Chain: engine.plain(engine.allNoMethod)})
	}
	engine.eachRoute(func(host *hostRoutes, method string, route *router.Route[HandlersChain]) bool {
		found := engine.patternFindings(besideRoute{host, method, route.Given(), route.Source, nil})
		facts.Findings = append(facts.Findings, found...)
		return true
	})
	facts.Findings = append(facts.Findings, engine.besideFindings()...)
	return facts
}

// warn keeps a finding for package inspect, and prints it in debug mode.
func (engine *Engine) warn(found observe.Finding) {
	engine.findings = append(engine.findings, found)
	engine.printFinding(found)
}

func (engine *Engine) printFinding(found observe.Finding) {
	engine.debugPrint("[WARNING] %s: %s", found.Text, found.Mend)
}

// placed is a layer of a group, and where it was put there.
type placed struct {
	layer  HandlerFunc
	source string
}

// place notes where layers were put around the routes of the group that come.
func (group *RouterGroup) place(layers HandlersChain, source string) {
	for _, layer := range layers {
		group.placed = append(group.placed, placed{layer, source})
	}
}

// keepPlaces keeps where the layers of a chain come from, which a group is to register: not in
// release mode, where it would be memory that nobody looks at.
func (engine *Engine) keepPlaces(chain HandlersChain, places []placed) {
	if Mode() == ReleaseMode {
		return
	}
	if engine.places == nil {
		engine.places = make(map[*HandlerFunc][]placed)
	}
	engine.places[firstOf(chain)] = places
}

// placesOf returns, for each handler of a chain as it was registered, where it was put around the route; "" for
// the route's own. A program may have set the Handlers of a group: what it has left out or put between is passed over.
func (engine *Engine) placesOf(chain HandlersChain) []string {
	places, known := engine.places[firstOf(chain)]
	if !known { // a miss, which the Engine's own layers are around, or a route of release mode
		places = engine.placed
	}
	sources := make([]string, len(chain))
	for i, handler := range chain {
		at := slices.IndexFunc(places, func(p placed) bool { return caller.Address(p.layer) == caller.Address(handler) })
		if at >= 0 {
			sources[i], places = places[at].source, places[at+1:]
		}
	}
	return sources
}
