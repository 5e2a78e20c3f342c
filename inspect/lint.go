package inspect

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/observe"
	"github.com/dram-go/dram/render"
)

// This file looks at an Engine as it has been set up, for what is probably not meant. What debug mode
// says while routes are registered is among it, in the same words (observe.FactsOf).

// Finding is what is probably not meant.
type Finding struct {
	Rule     string // in a word, such as late-use; docs/inspect.md lists them
	Text     string // what is wrong
	Position string // file:line in the program; "" where it has none, of a field of the Engine, say
	Mend     string // what to do
}

// String returns the finding in one line, as compilers write them.
func (f Finding) String() string {
	text := fmt.Sprintf("%s: %s: %s", f.Rule, f.Text, f.Mend)
	if f.Position != "" {
		text = caller.Short(f.Position) + ": " + text
	}
	return text
}

// Lint returns what is probably not meant in an Engine that has all its routes: layers that come too late or
// twice, guards that another route gets a request past, routes that never match, limits and trust that are
// missing. A test asserts that there is nothing:
//
//	for _, found := range inspect.Lint(newRouter()) {
//		t.Error(found)
//	}
//
// The pages of this package themselves are left out.
func Lint(r *dram.Engine) []Finding {
	if r == nil {
		return []Finding{{Rule: "no-engine", Text: "Lint was given no engine", Mend: "pass that of dram.New or dram.Default"}}
	}
	facts := observe.FactsOf(r)
	var all []Finding
	for _, f := range facts.Findings {
		all = append(all, Finding{f.Rule, f.Text, f.Position, f.Mend})
	}
	return append(all, lint(r, facts)...)
}

// startLines returns what of Lint debug mode has not printed already.
func startLines(r *dram.Engine) []Finding { return lint(r, observe.FactsOf(r)) }

// linter looks at an Engine.
type linter struct {
	engine *dram.Engine
	facts  observe.Facts
	routes []lintedRoute
	misses []lintedRoute // NoRoute and NoMethod, of the method ""
	found  []Finding
	more   []int // that each of found stands for
}

// lintedRoute is a route with its chain.
type lintedRoute struct {
	*route
	host, method string
	tree         *routeTree
	layers       []placedLayer
}

func (r *lintedRoute) String() string {
	if r.method == "" {
		return fmt.Sprintf("%s (%s)", r.Pattern, caller.Short(r.Source))
	}
	return named(r.host, r.method, r.route)
}

// outer are the layers around the route's own handler.
func (r *lintedRoute) outer() []placedLayer { return r.layers[:len(r.layers)-1] }

// newLinter collects the routes of an engine but those of the pages.
func newLinter(r *dram.Engine, facts observe.Facts) *linter {
	l := &linter{engine: r, facts: facts}
	observe.Trees(r, func(host, method string, tree any) {
		t := tree.(*routeTree)
		t.Walk(func(found *route) bool {
			layers := layersOfChain(r, observe.Plain(r, found.Value).(dram.HandlersChain))
			if !isOwn(layers[len(layers)-1].handler) {
				l.routes = append(l.routes, lintedRoute{found, host, method, t, layers})
			}
			return true
		})
	})
	for _, miss := range facts.Misses {
		l.misses = append(l.misses, lintedRoute{route: &route{Pattern: miss.Name, Source: miss.Source}, layers: layersOfChain(r, miss.Chain.(dram.HandlersChain))})
	}
	return l
}

// lint applies the rules of this package.
func lint(r *dram.Engine, facts observe.Facts) []Finding {
	l := newLinter(r, facts)
	for _, rule := range []func(){l.proxies, l.templates, l.bodies, l.order, l.twice, l.guards, l.shadowed, l.escapes} {
		rule()
	}
	for i, n := range l.more {
		l.found[i].Text += observe.More(n)
	}
	return l.found
}

// find adds a finding; if there is one of the rule at the position, this counts for one more.
func (l *linter) find(rule, position, mend, format string, values ...any) {
	if at := slices.IndexFunc(l.found, func(f Finding) bool { return f.Rule == rule && f.Position == position }); position != "" && at >= 0 {
		l.more[at]++
		return
	}
	l.found, l.more = append(l.found, Finding{rule, fmt.Sprintf(format, values...), position, mend}), append(l.more, 0)
}

// proxies looks for a list of trusted proxies that holds everybody, by one network or by several.
func (l *linter) proxies() {
	for _, all := range []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)} {
		if covered, by := covers(l.facts.Proxies, all); covered {
			l.find("trusts-everybody", l.facts.ProxiesAt, "name the addresses of your proxies, or trust nobody: SetTrustedProxies(nil)",
				"SetTrustedProxies trusts %s, so any client can choose its ClientIP, Scheme and BasePath by headers", strings.Join(by, " and "))
		}
	}
}

// covers reports whether networks have all addresses of one, and which of them.
func covers(networks []netip.Prefix, all netip.Prefix) (bool, []string) {
	inside := false
	for _, n := range networks {
		if n.Bits() <= all.Bits() && n.Contains(all.Addr()) {
			return true, []string{n.String()}
		}
		inside = inside || all.Contains(n.Addr())
	}
	if !inside {
		return false, nil
	}
	low := netip.PrefixFrom(all.Addr(), all.Bits()+1)
	high := all.Addr().AsSlice()
	high[all.Bits()/8] |= 1 << (7 - all.Bits()%8)
	addr, _ := netip.AddrFromSlice(high)
	covered, by := covers(networks, low)
	if !covered {
		return false, nil
	}
	covered, more := covers(networks, netip.PrefixFrom(addr, low.Bits()))
	for _, n := range more {
		if !slices.Contains(by, n) {
			by = append(by, n)
		}
	}
	return covered, by
}

// templates looks for templates that release mode parses anew as well.
func (l *linter) templates() {
	_, anew := l.engine.HTMLRender.(render.HTMLDebug)
	if _, pointed := l.engine.HTMLRender.(*render.HTMLDebug); (anew || pointed) && !l.facts.Loaded {
		l.find("templates-reparsed", "", "load them by LoadHTMLGlob, LoadHTMLFiles or LoadHTMLFS, which parse them once in release mode",
			"HTMLRender is a render.HTMLDebug, which parses the templates anew for each page, in release mode too")
	}
}

// bodies looks for routes that read bodies of any size.
func (l *linter) bodies() {
	if l.engine.MaxBodyMemory >= 0 {
		return
	}
	var open []lintedRoute
	for _, r := range l.routes {
		takesBody := slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch, dram.MethodQuery}, r.method)
		if takesBody && !slices.ContainsFunc(r.layers, func(layer placedLayer) bool { return layer.is("BodyLimit") }) {
			open = append(open, r)
		}
	}
	if len(open) > 0 {
		more := ""
		if n := len(open) - 1; n > 0 {
			more = fmt.Sprintf(", and so do %d more routes", n)
			if n == 1 {
				more = ", and so does one more route"
			}
		}
		l.find("no-body-limit", open[0].Source, "leave MaxBodyMemory at its default, or put middleware.BodyLimit around",
			"%s reads a body of any size into memory, since MaxBodyMemory is negative and there is no BodyLimit%s", &open[0], more)
	}
}

// order looks for a Recovery around a Logger.
func (l *linter) order() {
	for _, r := range slices.Concat(l.routes, l.misses) {
		recovery := slices.IndexFunc(r.layers, func(layer placedLayer) bool { return layer.is("Recovery") })
		logger := slices.IndexFunc(r.layers, func(layer placedLayer) bool { return kindOf(layer) == "Logger" })
		if recovery >= 0 && recovery < logger {
			l.find("recovery-outside-logger", l.at(r, r.layers[logger]), "call Use(Logger(), Recovery()), in this order, as Default does",
				"%s is around %s, which logs a request that panics before it is answered: its status and size are a guess",
				r.layers[recovery].Name, r.layers[logger].Name)
		}
	}
}

// at is where a layer of a route was put there.
func (l *linter) at(r lintedRoute, layer placedLayer) string {
	if layer.Placed != "" {
		return layer.Placed
	}
	return r.Source
}

// once are the layers of which a chain needs one: the second logs or counts again, compresses what is compressed. A name
// may be a kind, of which any two are too many.
var once = map[string]string{
	"Logger": "Logger", "AccessLog": "Logger", "Recovery": "Recovery", "RequestID": "RequestID", "CORS": "CORS", "CSRF": "CSRF",
	"Compress": "Compress", "Decompress": "Decompress", "ETag": "ETag", "Secure": "Secure", "Sessions": "Sessions",
	"ServerTiming": "ServerTiming", "Health": "Health", "Readiness": "Readiness", "MethodOverride": "MethodOverride",
	"otel.Observe": "otel.Observe", "prometheus.Metrics.Layer": "prometheus.Metrics.Layer",
}

// kindOf is the kind of a layer of which a chain needs one, "" of another.
func kindOf(layer placedLayer) string {
	for name, kind := range once {
		if layer.is(name) {
			return kind
		}
	}
	return ""
}

// twice looks for layers that a chain has twice.
func (l *linter) twice() {
	for _, r := range slices.Concat(l.routes, l.misses) {
		for i, second := range r.layers {
			for _, first := range r.layers[:i] {
				kind := kindOf(second)
				if caller.Same(first.handler, second.handler) || kind != "" && kind == kindOf(first) {
					l.find("layer-twice", l.at(r, second), "leave one of them out",
						"%s is inside %s (%s), so that the chain of %s has it twice", second.Name, first.Name, caller.Short(l.at(r, first)), &r)
				}
			}
		}
	}
}
