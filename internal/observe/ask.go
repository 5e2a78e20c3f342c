package observe

import (
	"fmt"
	"net/http"
	"net/netip"
)

// This file is what package inspect asks of an Engine. Package dram sets all of it. An engine is a
// *dram.Engine, a tree a *router.Tree[dram.HandlersChain], a chain a dram.HandlersChain.

// Answer is what an Engine does with a request before the first handler runs.
type Answer struct {
	Host    string // of Engine.Host, whose routes are asked; "" for those of the Engine itself
	Path    string // as it is matched
	Method  string // whose tree has the route: GET's may answer HEAD; "" without a route
	Pattern string // of the route, "" without one
	Params  any    // dram.Params
	Chain   any    // that runs, as it was registered
	// Status is that of a path without a route: of a redirect, with its Location in Header, 405
	// with Allow, 404, or 400 for a Host header that is not one. 0 with a route.
	Status int
	Header http.Header
	// Slash and Fixed are where RedirectTrailingSlash and RedirectFixedPath lead from a path without a route, or
	// would if they were set; "" nowhere.
	Slash, Fixed string
}

// Ask returns what an Engine does with a request, by going the way of every request up to where
// handlers run. None runs, and the Engine may serve meanwhile.
var Ask func(engine any, req *http.Request) Answer

// Trees calls visit for each tree: the Engine's own first, then those of each host.
var Trees func(engine any, visit func(host, method string, tree any))

// Plain returns the chain that was registered for one in a tree.
var Plain func(engine, chain any) any

// Finding is what is probably not meant.
type Finding struct {
	Rule     string // in a word
	Position string // file:line
	Text     string // what is wrong, and where
	Mend     string // what to do
}

// More says that a finding stands for others of its kind at its position, which routes of a loop have in common.
func More(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more like it at this line)", n)
}

// Facts are what a program has set up that no method of the Engine tells.
type Facts struct {
	Findings  []Finding // what debug mode has said, or would have, while routes were registered
	Proxies   []netip.Prefix
	ProxiesAt string // where SetTrustedProxies was called
	Loaded    bool   // a LoadHTML method has loaded the templates
	Misses    []Miss
}

// Miss is what runs without a route: NoRoute or NoMethod.
type Miss struct {
	Name, Source string
	Chain        any // a dram.HandlersChain, as it was registered
}

// FactsOf returns the facts. No route may be registered meanwhile.
var FactsOf func(engine any) Facts

// Placed returns, for each handler of a chain that was registered, the file:line at which it was given to
// Use, Group or Host; "" for those of the route itself.
var Placed func(engine, chain any) []string
