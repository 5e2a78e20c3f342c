package dram

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/dram-go/dram/internal/pathspell"
	"github.com/dram-go/dram/router"
)

// This file decides which form of the request's path is matched, before the
// tree is asked, and how the values of params are decoded after it answered.
// See docs/internals/08-handlehttprequest.md.

// requestPath is the path that routes are matched against if it is not simply
// URL.Path, which net/http has decoded: options may ask for the escaped form, or
// for a clean one.
func (engine *Engine) requestPath(req *http.Request) string {
	path := req.URL.Path
	if engine.UseEscapedPath {
		path = req.URL.EscapedPath()
	} else if engine.UseRawPath && req.URL.RawPath != "" {
		path = req.URL.RawPath
	}
	if engine.RemoveExtraSlash {
		path = router.CleanPath(path)
	}
	return path
}

// matchesEscaped reports whether routes were matched against the escaped path.
func (engine *Engine) matchesEscaped(req *http.Request) bool {
	return engine.UseEscapedPath || engine.UseRawPath && req.URL.RawPath != ""
}

// unescapeParams decodes the params of a route that was matched against the
// escaped path. It decodes as for a path: "+" is a plus sign.
func (engine *Engine) unescapeParams(c *Context) {
	if !engine.UnescapePathValues || !engine.matchesEscaped(c.Request) {
		return
	}
	for i, p := range c.Params {
		if value, err := url.PathUnescape(p.Value); err == nil {
			c.Params[i].Value = value
		}
	}
}

// matchedPath is the path that routes were matched against, and whether it is
// the one spelling that names a file.
func (c *Context) matchedPath() (path string, clean bool) {
	path = c.engine.requestPath(c.Request)
	if !strings.HasPrefix(path, "/") || strings.Contains(c.Request.URL.Path, `\`) { // which RemoveExtraSlash takes for a letter
		return path, false
	}
	fault := pathspell.Fault(c.decoded(path), c.Request.URL.RawPath, pathspell.File)
	return path, fault == "" && c.StricterSpelling() == ""
}

// StricterSpelling returns another spelling of RoutePath, for which the router has a
// more specific route, or "" if there is none. With Engine.UseRawPath or UseEscapedPath
// the router takes "/a%40b" for another path than "/a@b", and "/adm%21n" for another
// one than "/adm!n". What reads the path behind it, a file system or another server,
// does not: it has to refuse such a path, or it gets past the layers of that route.
//
// The spellings are the decoded path, the one with the escapes that it needs, and
// net/url's; an escaped slash stays one. Where a layer has cleaned the path of the request
// after its route was chosen ("//a"), the clean one is such a spelling as well.
func (c *Context) StricterSpelling() (spelling string) {
	c.live()
	engine, method := c.engine, c.Request.Method
	routed := engine.requestPath(c.Request)
	matched := routed
	if c.routed != "" && c.routed != matched && (pathspell.Fault(c.routed, "", pathspell.File) != "" || pathspell.IsSame(c.routed, matched)) {
		routed = c.routed // a layer has cleaned the path since, or taken its escapes away
	} else if !engine.UseRawPath && !engine.UseEscapedPath {
		return ""
	}
	best := c.trees().routeOf(method, routed)
	for _, other := range c.spellings(matched) {
		if other.path == routed {
			continue
		}
		route := c.trees().routeOf(method, other.path)
		if route != nil && (best == nil || route.Precedes(best) && !pathspell.IsSame(route.Pattern, best.Pattern)) {
			best, spelling = route, other.path
		}
	}
	return spelling
}

// spelling is a form of a path for the router.
type spelling struct {
	path    string
	escaped bool
}

// spellings are the forms under which what a path names may have a route: the path
// that was matched, and with UseRawPath and UseEscapedPath three more.
func (c *Context) spellings(matched string) []spelling {
	escaped := c.engine.matchesEscaped(c.Request)
	all := []spelling{{matched, escaped}}
	if c.engine.UseRawPath || c.engine.UseEscapedPath {
		forms := pathspell.Spellings(matched, escaped)
		all = append(all, spelling{forms[0], true}, spelling{forms[1], true}, spelling{forms[2], false})
	}
	return all
}

// routeOf is the route that answers requests for a path.
func (trees *methodTrees) routeOf(method, path string) (route *router.Route[HandlersChain]) {
	if tree := trees.get(method); tree != nil {
		route = tree.Lookup(path, new(Params))
	}
	if tree := trees.get(http.MethodGet); method == http.MethodHead && tree != nil {
		if get := tree.Lookup(path, new(Params)); get != nil && (route == nil || get.Precedes(route)) {
			return get
		}
	}
	return route
}

// decoded is the path, or a part of it, that was matched without its escapes.
func (c *Context) decoded(path string) string {
	if c.engine.matchesEscaped(c.Request) {
		if plain, err := url.PathUnescape(path); err == nil {
			return plain
		}
	}
	return path
}
