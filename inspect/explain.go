package inspect

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/observe"
	"github.com/dram-go/dram/router"
)

// This file says of one request, as text, why it gets the answer that it gets. What the answer is, the
// Engine itself says (observe.Ask); the way through the tree is router.Tree.Trace.

// routeTree is the tree of one method.
type routeTree = router.Tree[dram.HandlersChain]

// route is a route of it.
type route = router.Route[dram.HandlersChain]

// Explain returns why a request gets the answer that it gets from an Engine: whose tree is asked for
// which spelling of the path, the nodes in the order in which the lookup enters them, where it turns
// back and why, what each param catches, which routes match as well and why they do not win, and the
// chain, with the positions of its handlers; or why there is no route, and what is answered then. It is for tests,
// CI and a terminal; the page Tree shows the same.
//
// The path is one as a client sends it, with its escapes and perhaps a query, or a whole URL where the
// host or the scheme matters. No handler runs, and the Engine may serve meanwhile; it must have its routes.
func Explain(r *dram.Engine, method, path string) string {
	if r == nil {
		return "dram: inspect.Explain was given no engine: pass that of dram.New or dram.Default\n"
	}
	req, err := requestFor(method, path)
	if err != nil {
		return fmt.Sprintf("dram: inspect.Explain: %v: write a path, such as /users/7?full=1, or a URL with a host\n", err)
	}
	e := &explanation{engine: r, req: req, asked: observe.Ask(r, req)}
	fmt.Fprintf(&e.out, "%s %s\n", onOneLine(req.Method), onOneLine(path))
	e.table = tabwriter.NewWriter(&e.out, 0, 0, 2, ' ', 0)
	e.host(path)
	e.spelling()
	e.lookups()
	if e.asked.Pattern != "" {
		e.winner()
	} else {
		e.miss()
	}
	e.chain()
	_ = e.table.Flush() // it writes to memory
	return e.out.String()
}

// requestFor makes the request that a client sends.
func requestFor(method, target string) (*http.Request, error) {
	if method == "" {
		method = http.MethodGet
	}
	if method == http.MethodConnect && !strings.HasPrefix(target, "/") { // a host and a port
		target = "http://" + strings.TrimPrefix(target, "http://")
	}
	u, err := url.ParseRequestURI(target)
	if err == nil && u.Path == "" && method != http.MethodConnect {
		u.Path = "/"
	}
	switch {
	case err != nil:
		return nil, err
	case u.Scheme != "" && u.Host == "":
		return nil, fmt.Errorf("parse %q: %w", target, errors.New("no host"))
	}
	req := &http.Request{Method: method, URL: u, Host: u.Host, Header: http.Header{}, Body: http.NoBody, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if u.Scheme == "https" {
		req.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
	u.Scheme, u.Host = "", ""
	return req.WithContext(context.Background()), nil
}

// explanation is the text while it is written.
type explanation struct {
	engine *dram.Engine
	req    *http.Request
	asked  observe.Answer
	out    strings.Builder
	table  *tabwriter.Writer // of lines with two or more columns
}

// line writes a line under a heading, which may be "".
func (e *explanation) line(heading, format string, values ...any) {
	if heading != "" {
		_, _ = fmt.Fprintln(e.table)
	}
	for i, value := range values { // whatever a client or a program has put there, it makes no line of its own
		if text, ok := value.(string); ok {
			values[i] = onOneLine(text)
		}
	}
	_, _ = fmt.Fprintf(e.table, "%-8s%s\n", heading, fmt.Sprintf(format, values...))
}

// host says whose trees are asked.
func (e *explanation) host(path string) {
	hosts := false
	observe.Trees(e.engine, func(host, _ string, _ any) { hosts = hosts || host != "" })
	switch {
	case e.asked.Status == http.StatusBadRequest: // as miss says
	case e.asked.Host != "":
		e.line("host", "%s, which has routes of its own", e.asked.Host)
	case hosts && e.req.Host == "":
		e.line("host", "none: the routes of any host are asked; for one of Engine.Host write http://example.com%s", path)
	case hosts:
		e.line("host", "%q has no routes of its own: those of any host are asked", quoted(e.req.Host))
	}
}

// spelling says what is matched.
func (e *explanation) spelling() {
	matched, sent := e.asked.Path, e.req.URL.Path
	how := ""
	switch {
	case e.engine.UseEscapedPath:
		sent, how = e.req.URL.EscapedPath(), "with its escapes, since UseEscapedPath is set"
	case e.engine.UseRawPath && e.req.URL.RawPath != "":
		sent, how = e.req.URL.RawPath, "with the escapes that it came with, since UseRawPath is set"
	case e.req.URL.EscapedPath() != sent:
		how = "decoded from " + e.req.URL.EscapedPath()
	}
	if matched != sent {
		how = strings.TrimPrefix(how+fmt.Sprintf(", cleaned from %s, since RemoveExtraSlash is set", onOneLine(sent)), ", ")
	}
	switch {
	case matched == "":
		how = "none: CONNECT names a host"
	case how != "":
		how = "   " + how
	}
	e.line("path", "%s%s", matched, how)
}

// onOneLine quotes a text that has control characters, or such as begin a line or turn the text around.
func onOneLine(text string) string {
	if strings.ContainsFunc(text, func(c rune) bool { return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }) || !utf8.ValidString(text) {
		return strconv.Quote(text)
	}
	return text
}

// quoted is a text that is written with %q.
type quoted string

// tree returns a tree of the host that is asked, nil if it has none for the method.
func (e *explanation) tree(method string) *routeTree {
	return treeOf(e.engine, e.asked.Host, method)
}

func treeOf(r *dram.Engine, host, method string) (found *routeTree) {
	observe.Trees(r, func(h, m string, t any) {
		if h == host && m == method {
			found = t.(*routeTree)
		}
	})
	return found
}

// lookups shows how the tree is looked up; for HEAD also that of GET.
func (e *explanation) lookups() {
	if e.asked.Status == http.StatusBadRequest {
		return
	}
	own := e.tree(e.req.Method)
	if own == nil {
		e.line("lookup", "there is no tree of %s, since no route of this method was registered", e.req.Method)
	} else {
		e.lookup(e.req.Method, own.Trace(e.asked.Path))
	}
	if get := e.tree(http.MethodGet); e.req.Method == http.MethodHead && get != nil {
		e.lookup("GET, whose routes answer HEAD where HEAD has none, or they are more specific", get.Trace(e.asked.Path))
	}
}

// lookup shows one.
func (e *explanation) lookup(tree string, trace *router.Trace[dram.HandlersChain]) {
	e.line("lookup", "in the tree of %s", tree)
	if trace.Direct {
		e.line("", "found at once, in the table of routes without params; in the tree it is here:")
	}
	depth, levels := 0, map[router.Node[dram.HandlersChain]]int{}
	for _, step := range trace.Steps {
		if step.Back != "" {
			depth = levels[step.Node]
			e.line("", "%*s%s\tturns back: %s", 2*depth, "", step.Node.Path(), step.Back)
			continue
		}
		levels[step.Node] = depth
		format := "%*s%s\treads %q"
		values := []any{2 * depth, "", step.Node.Path(), quoted(trace.Path[step.From:step.To])}
		if route := step.Node.Route(); route != nil && route == trace.Route {
			format, values = format+"\troute %s", append(values, route.Pattern)
		}
		e.line("", format, values...)
		depth++
	}
	if trace.Route == nil {
		e.line("", "no route")
	}
}

// winner shows the route, its params, and what it has won over.
func (e *explanation) winner() {
	trace := e.tree(e.asked.Method).Trace(e.asked.Path)
	e.line("route", "%s", named(e.asked.Host, e.asked.Method, trace.Route))
	if e.asked.Method != e.req.Method {
		e.line("", "it answers HEAD without the body")
	}
	for _, param := range e.asked.Params.(dram.Params) {
		e.line("", "%s = %q", param.Key, quoted(param.Value))
	}
	methods := []string{e.req.Method}
	if e.req.Method == http.MethodHead {
		methods = append(methods, http.MethodGet)
	}
	for _, method := range methods {
		if tree := e.tree(method); tree != nil {
			e.over(trace.Route, method, tree.Trace(e.asked.Path))
		}
	}
}

// over lists what the winner has won over in a tree.
func (e *explanation) over(won *route, method string, trace *router.Trace[dram.HandlersChain]) {
	for _, other := range append([]*route{trace.Route}, trace.Others...) {
		if other == nil || other == won {
			continue
		}
		why := won.Over(other)
		if why == "" {
			why = "HEAD's own route comes before one of GET that is as specific"
		}
		e.line("", "it wins over %s: %s", named(e.asked.Host, method, other), why)
	}
}

// named is a route with its position.
func named(host, method string, r *route) string {
	return fmt.Sprintf("%s %s%s (%s)", method, host, r.Pattern, caller.Short(r.Source))
}

// chain lists what runs.
func (e *explanation) chain() {
	heading := "chain"
	for i, l := range layersOfChain(e.engine, e.asked.Chain.(dram.HandlersChain)) {
		switch {
		case l.Placed != "":
			e.line(heading, "%d  %s\tlayer of %s", i+1, l.Name, caller.Short(l.Placed))
		case l.Defined != "":
			e.line(heading, "%d  %s\tdefined at %s", i+1, l.Name, caller.Short(l.Defined))
		default:
			e.line(heading, "%d  %s", i+1, l.Name)
		}
		heading = ""
	}
}
