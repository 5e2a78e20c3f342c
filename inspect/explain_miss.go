package inspect

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/observe"
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
	if e.asked.Slash != "" && e.engine.RedirectTrailingSlash {
		with := "without"
		if strings.HasSuffix(e.asked.Slash, "/") {
			with = "with"
		}
		return fmt.Sprintf("the path has a route %s its last slash (RedirectTrailingSlash)", with)
	}
	return "that has a route: it is the path cleaned, and in the case of the route (RedirectFixedPath)"
}

// near names the paths with a route that a redirect would have led to.
func (e *explanation) near() (hints []string) {
	if e.asked.Slash != "" {
		hints = append(hints, fmt.Sprintf("%s has a route: RedirectTrailingSlash would lead there", e.asked.Slash))
	}
	if e.asked.Fixed != "" && e.asked.Fixed != e.asked.Slash {
		hints = append(hints, fmt.Sprintf("%s has a route: RedirectFixedPath would lead there", e.asked.Fixed))
	}
	return hints
}
