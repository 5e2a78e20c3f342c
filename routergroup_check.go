package dram

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/observe"
	"github.com/dram-go/dram/router"
)

// This file says, where a route or a layer is registered, what is probably not meant:
// a nil handler panics; a layer that comes too late for routes, and a pattern in
// another router's syntax, are a debug line.
// See docs/internals/04-handle.md.

// mustHandle panics if the Engine was not made, or if one of the handlers that a registering call was given is nil: as
// a route it would answer 200 to everything, as a layer it would guard nothing.
func (group *RouterGroup) mustHandle(call, path string, handlers HandlersChain) {
	if group.engine == nil {
		panic(fmt.Sprintf("dram: %s '%s': the Engine is a zero value: make it by New or Default", call, path))
	}
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

// noteRoute counts a route for its group and for those above it. It says
// when layers of a parent came after the group was made.
func (group *RouterGroup) noteRoute(added besideRoute) {
	for g := group; g != nil; g = g.late.parent {
		if g.late.routes++; g.late.routes == 1 {
			g.late.first = added
		}
		parent := g.late.parent
		if parent != nil && len(parent.Handlers) > g.late.taken && parent.late.last != "" {
			group.engine.warn(observe.Finding{
				Rule: "late-use", Position: parent.late.last,
				Text: fmt.Sprintf("%s %s%s (%s) runs without the layers of Use (%s): its group %s was made before (%s)",
					added.method, added.host.hostPattern(), added.path, caller.Short(added.source), caller.Short(parent.late.last), g.basePath, caller.Short(g.late.made)),
				Mend: "call Use first",
			})
			g.late.taken = len(parent.Handlers) // once is enough
		}
	}
}

// mustFS panics if a call that serves files is given none to serve from.
func (group *RouterGroup) mustFS(call, path string, fs http.FileSystem) {
	if fs == nil {
		panic(fmt.Sprintf("dram: %s '%s' (%s): the file system is nil: pass one, http.Dir(\"public\") or http.FS(files)", call, path, group.engine.source.Of()))
	}
}

// warnMissing says, in debug mode, that a file or a directory to be served is not there, or not
// what is meant.
func (group *RouterGroup) warnMissing(call, path, name string) {
	group.mustHandle(call, path, nil)
	if !group.engine.debugging() {
		return
	}
	warn := func(what string) {
		group.engine.debugPrint("[WARNING] %s %s (%s): %s", call, path, caller.Short(group.engine.source.Of()), what)
	}
	isDir := call == "Static"
	hasPage := func() bool { _, err := os.Stat(filepath.Join(name, "index.html")); return err == nil }
	switch info, err := os.Stat(name); {
	case isDir && name == "":
		warn("the name of the directory is empty, which serves all that is in the working directory; write \".\" if that is meant")
	case err != nil:
		warn(err.Error() + relativeTo())
	case isDir && !info.IsDir():
		warn(name + " is not a directory; for a file there is StaticFile")
	case !isDir && info.IsDir() && !hasPage():
		warn(name + " is a directory, and has no index.html; for what is in it there is Static")
	}
}

// warnMissingIn is warnMissing for a file of fs, which is asked as FileFromFS asks it.
func (group *RouterGroup) warnMissingIn(path, name string, fs http.FileSystem) {
	group.mustHandle("StaticFileFS", path, nil)
	if !group.engine.debugging() {
		return
	}
	file, err := fs.Open("/" + strings.Trim(name, "/"))
	if err != nil {
		group.engine.debugPrint("[WARNING] StaticFileFS %s (%s): %v; the name is one of the file system that was passed", path, caller.Short(group.engine.source.Of()), err)
		return
	}
	file.Close()
}

// warnNoRoot says, in debug mode, that a file system to be served has no root: fs.Sub does not look whether
// its folder is there.
func (group *RouterGroup) warnNoRoot(path string, fs http.FileSystem) {
	if group.mustFS("StaticFS", path, fs); !group.engine.debugging() {
		return
	}
	root, err := fs.Open("/")
	if err == nil {
		root.Close()
	} else if errors.Is(err, os.ErrNotExist) {
		group.engine.debugPrint("[WARNING] StaticFS %s (%s): the file system has no root: %v; is the folder of fs.Sub there?", path, caller.Short(group.engine.source.Of()), err)
	}
}

// noteLate says, once and in all modes but that of tests, that what requests read is changed
// although they may come at the same time.
func (engine *Engine) noteLate(call, path string) {
	now := engine.settings()
	if !engine.begun.Load() || now.poison && !now.debug || engine.late.Swap(true) {
		return
	}
	engine.printLine("WARNING", fmt.Sprintf("%s '%s' (%s) comes after the first request: one that comes at the same time reads what is being changed, which may end the program; "+
		"call it before, or make another Engine and exchange the two", call, path, caller.Short(engine.source.Of())))
}

// noteUse says which routes Use comes too late for.
func (group *RouterGroup) noteUse() {
	group.late.last = group.engine.source.Of()
	if n, first := group.late.routes, group.late.first; n > 0 {
		routes, run := "a route", "runs"
		if n > 1 {
			routes, run = fmt.Sprintf("%d routes", n), "run"
		}
		group.engine.warn(observe.Finding{
			Rule: "late-use", Position: group.late.last,
			Text: fmt.Sprintf("Use (%s) comes after %s (%s %s%s, %s), which %s without its layers",
				caller.Short(group.late.last), routes, first.method, first.host.hostPattern(), first.path, caller.Short(first.source), run),
			Mend: "call Use first, or put what it is for into a Group",
		})
	}
}

// warnBareMisses says, in debug mode, which layers of package middleware BareMisses takes
// their work from: they answer paths without a route.
func (engine *Engine) warnBareMisses() {
	if len(engine.noRoute) > 0 {
		engine.debugPrint("[WARNING] BareMisses changes nothing, since NoRoute has handlers, which layers may guard: have OnError answer, or leave BareMisses out")
	}
	names := handlerNames(engine.Handlers)
	for _, layer := range []string{"Health", "Readiness", "Static", "SPA", "Pprof", "CleanPath", "Redirects", "Rewrite", "Proxy"} {
		if slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, "."+layer+".") }) {
			engine.debugPrint("[WARNING] BareMisses: the layer %s sees no path without a route: register routes for what it answers, or leave BareMisses out", layer)
		}
	}
}

// warnHeaders says which names of headers with the client's address are none.
func (engine *Engine) warnHeaders(option string, names ...string) {
	for _, name := range names {
		if name != "" && !httpfield.IsToken(name) {
			engine.debugPrint("[WARNING] %s has %q, which is not the name of a header: ClientIP does not find it; correct it", option, name)
		}
	}
}

// mustNameOnce panics if the path of a route has a param called like one of its host.
func (group *RouterGroup) mustNameOnce(added besideRoute) {
	if group.host == nil {
		return
	}
	for _, label := range group.host.labels {
		if name, ok := strings.CutPrefix(label, "{"); ok && twice("/:"+strings.TrimSuffix(name, "}")+added.path) != "" {
			panic(fmt.Sprintf("dram: %s %s%s (%s): the host and the path have each a param called %q: give them names of their own",
				added.method, group.host.pattern, added.path, added.source, strings.TrimSuffix(name, "}")))
		}
	}
}

// twice returns a name that two params of a pattern have, "" if there is none.
func twice(pattern string) string {
	seen := map[string]bool{}
	for part := range strings.SplitSeq(pattern, "/") {
		if at := router.Wildcard(part); at >= 0 {
			name := part[at+1:]
			if seen[name] {
				return name
			}
			seen[name] = true
		}
	}
	return ""
}

// warnPattern says, in debug mode, what no request is for.
func (group *RouterGroup) warnPattern(added besideRoute) {
	if group.engine.debugging() {
		for _, found := range group.engine.patternFindings(added) {
			group.engine.printFinding(found)
		}
	}
}

// patternFindings returns what is to be said of a method and a pattern.
func (engine *Engine) patternFindings(added besideRoute) (all []observe.Finding) {
	find := func(rule, mend, format string, values ...any) {
		text := fmt.Sprintf("%s %s (%s): ", added.method, added.path, caller.Short(added.source)) + fmt.Sprintf(format, values...)
		all = append(all, observe.Finding{Rule: rule, Position: added.source, Text: text, Mend: mend})
	}
	if upper := strings.ToUpper(added.method); upper != added.method {
		find("never-matches", "write "+upper, "no request has this method, since methods are compared as they are")
	}
	if name := twice(added.path); name != "" {
		find("unused-param", "give them names of their own", "two params are called %q, and Param finds the first only", name)
	}
	if part, mend := router.Foreign(added.path, engine.UseRawPath || engine.UseEscapedPath); part != "" {
		find("other-syntax", mend, "%q matches only itself", part)
	}
	return all
}
