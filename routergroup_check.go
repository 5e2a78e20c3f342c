package dram

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/dram-go/dram/internal/caller"
)

// This file says, where a route or a layer is registered, what is probably not meant:
// a nil handler panics; a layer that comes too late for routes, and a pattern in
// another router's syntax, are a debug line.

// mustHandle panics if one of the handlers that a registering call was given is nil: as
// a route it would answer 200 to everything, as a layer it would guard nothing.
func (group *RouterGroup) mustHandle(call, path string, handlers HandlersChain) {
	for i, handler := range handlers {
		if handler == nil {
			panic(fmt.Sprintf("dram: handler %d of %s '%s' (%s) is nil: pass a function, or leave it out",
				i+1, call, path, group.engine.source.Of()))
		}
	}
}

// lateUse is what a group remembers in order to say that a layer comes too late for it.
type lateUse struct {
	parent *RouterGroup
	made   string      // where the group was made
	taken  int         // how many layers the parent had then
	routes int         // that were registered below the group
	first  besideRoute // of those
	last   string      // where Use was called last
}

// noteRoute counts a route for its group and for those above it. In debug mode it says
// when layers of a parent came after the group was made.
func (group *RouterGroup) noteRoute(added besideRoute) {
	for g := group; g != nil; g = g.late.parent {
		if g.late.routes++; g.late.routes == 1 {
			g.late.first = added
		}
		parent := g.late.parent
		if parent != nil && len(parent.Handlers) > g.late.taken && parent.late.last != "" {
			group.engine.debugPrint("[WARNING] %s %s (%s) runs without the layers of Use (%s): its group %s was made before (%s). Call Use first",
				added.method, added.path, caller.Short(added.source), caller.Short(parent.late.last), g.basePath, caller.Short(g.late.made))
			g.late.taken = len(parent.Handlers) // once is enough
		}
	}
}

// noteUse says, in debug mode, which routes Use comes too late for.
func (group *RouterGroup) noteUse() {
	group.late.last = group.engine.source.Of()
	if n, first := group.late.routes, group.late.first; n > 0 {
		routes := "a route"
		if n > 1 {
			routes = fmt.Sprintf("%d routes", n)
		}
		group.engine.debugPrint("[WARNING] Use (%s) comes after %s (%s %s, %s), which run without its layers. "+
			"Call Use first, or put what it is for into a Group", caller.Short(group.late.last), routes, first.method, first.path, caller.Short(first.source))
	}
}

// notPatterns are what other routers read in a pattern, and dram does not.
var notPatterns = []struct {
	syntax *regexp.Regexp
	mend   string
}{
	{regexp.MustCompile(`/\{(\w+)\.\.\.\}$`), "for the rest of the path write /*$1"},
	{regexp.MustCompile(`/\{\$\}$`), "a pattern matches the whole path: leave {$$} out"},
	{regexp.MustCompile(`\{(\w+)(:[^/]*)?\}`), "for a param write :$1"},
	{regexp.MustCompile(`:(\w+)(?:<.*>|\(.*\)|\?)`), "a param matches any segment: write :$1 and check its value in the handler, by ShouldBindUri for one"},
	{regexp.MustCompile(`<(?:\w+:)?(\w+)(:[^/]*)?>`), "for a param write :$1"},
	{regexp.MustCompile(`\?[^/]*$`), "a pattern has no query: leave it out, and read it by Context.Query"},
	{regexp.MustCompile(`^/(?:[A-Z]+ +/|https?:)`), "a pattern is a path alone: the method is the call's, the host a matter of middleware.HostAllowlist"},
}

// warnPattern says, in debug mode, that a pattern matches only itself.
func (group *RouterGroup) warnPattern(added besideRoute) {
	if !strings.ContainsAny(added.path, "{<?( ") && !strings.HasPrefix(added.path, "/http") {
		return
	}
	for _, other := range notPatterns {
		if at := other.syntax.FindStringSubmatchIndex(added.path); at != nil {
			mend := other.syntax.ExpandString(nil, other.mend, added.path, at)
			group.engine.debugPrint("[WARNING] %s %s (%s): %q matches only itself: %s",
				added.method, added.path, caller.Short(added.source), added.path[at[0]:at[1]], mend)
			return
		}
	}
}
