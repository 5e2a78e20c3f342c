package inspect

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/observe"
	"github.com/dram-go/dram/router"
)

// This file says what is answered where no route matches, and which options would have made it
// another answer.

// miss says what is answered without a route.
func (e *explanation) miss() {
	switch status := e.asked.Status; {
	case status == http.StatusBadRequest:
		e.line("answer", "400, since the Host header %q is not a host; no layer runs", quoted(e.req.Host))
	case status == http.StatusNotFound:
		outside := ""
		if e.engine.BareMisses && len(e.asked.Chain.(dram.HandlersChain)) == 0 {
			outside = ", outside of all layers, since BareMisses is set"
		}
		e.line("answer", "404%s", outside)
		e.others("HandleMethodNotAllowed is not set, with which the answer would be 405")
	case status == http.StatusMethodNotAllowed:
		e.line("answer", "405, Allow: %s, since the path has routes of other methods", e.asked.Header.Get("Allow"))
		e.others("")
	default:
		e.line("answer", "%d to %s, since %s", status, e.asked.Header.Get("Location"), e.meant())
		return
	}
	for _, hint := range e.near() {
		e.line("", "%s", hint)
	}
}

// others lists the routes that the path has under other methods.
func (e *explanation) others(hint string) {
	observe.Trees(e.engine, func(host, method string, tree any) {
		if host != e.asked.Host || method == e.req.Method {
			return
		}
		if found := tree.(*routeTree).Lookup(e.asked.Path, new(dram.Params)); found != nil {
			e.line("", "%s has the path", named(host, method, found))
			if hint != "" {
				e.line("", "%s", hint)
				hint = ""
			}
		}
	})
}

// meant says what a redirect mends.
func (e *explanation) meant() string {
	if slash, ok := e.slash(); ok && e.engine.RedirectTrailingSlash {
		return fmt.Sprintf("the path has a route %s its last slash (RedirectTrailingSlash)", withSlash(slash))
	}
	return "that has a route: it is the path cleaned, and in the case of the route (RedirectFixedPath)"
}

func withSlash(variant string) string {
	if strings.HasSuffix(variant, "/") {
		return "with"
	}
	return "without"
}

// near names the paths with a route that a redirect would have led to.
func (e *explanation) near() (hints []string) {
	if slash, ok := e.slash(); ok {
		hints = append(hints, fmt.Sprintf("%s has a route: RedirectTrailingSlash would lead there", slash))
	} else if fixed, ok := e.fixed(); ok && fixed != e.asked.Path {
		hints = append(hints, fmt.Sprintf("%s has a route: RedirectFixedPath would lead there", fixed))
	}
	return hints
}

// slash is the path with one slash more or less at its end, if that has a route.
func (e *explanation) slash() (string, bool) {
	return e.ask(func(tree *routeTree) (string, bool) { return tree.FindTrailingSlash(e.asked.Path) })
}

// fixed is the path cleaned, and in the case of a route.
func (e *explanation) fixed() (string, bool) {
	return e.ask(func(tree *routeTree) (string, bool) {
		return tree.FindCaseInsensitive(router.CleanPath(e.asked.Path), true)
	})
}

// ask asks the trees that answer the request's method.
func (e *explanation) ask(find func(*routeTree) (string, bool)) (string, bool) {
	for _, method := range []string{e.req.Method, http.MethodGet} {
		if tree := e.tree(method); tree != nil && (method == e.req.Method || e.req.Method == http.MethodHead) {
			if found, ok := find(tree); ok {
				return found, true
			}
		}
	}
	return "", false
}
