package dram

import (
	"net/http"
	"net/url"

	"github.com/dram-go/dram/internal/pathspell"
	"github.com/dram-go/dram/router"
)

// This file decides which form of the request's path is matched, before the
// tree is asked, and how the values of params are decoded after it answered.

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
	plain := c.decoded(path)
	return path, pathspell.Fault(plain, c.Request.URL.RawPath, pathspell.File) == "" && c.isRouteOf(plain, path)
}

// isRouteOf reports whether a path that was matched escaped has the route that it
// has when it is escaped as usual: to a file system "/a%40b" is "/a@b".
func (c *Context) isRouteOf(plain, matched string) bool {
	usual, method := plain, c.Request.Method
	if c.engine.UseEscapedPath {
		usual = pathspell.Escape(plain)
	}
	if usual == matched {
		return true
	}
	if method == http.MethodHead {
		method = http.MethodGet
	}
	pattern := ""
	if tree := c.engine.trees.get(method); tree != nil {
		if route := tree.Lookup(usual, new(Params)); route != nil {
			pattern = route.Pattern
		}
	}
	return pattern == c.fullPath
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
