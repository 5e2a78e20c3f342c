package dram

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/dram-go/dram/internal/files"
	"github.com/dram-go/dram/internal/pathspell"
)

// This file registers routes that serve files. Which paths name a file is
// told in internal/pathspell, and how one is sent in internal/files.
// See docs/internals/04-handle.md.

// indexPage is what a directory is answered with.
const indexPage = "index.html"

// staticParam is the catch-all of a Static route.
const staticParam = "filepath"

// StaticFile registers routes, GET and HEAD, that serve one file of the
// operating system.
func (group *RouterGroup) StaticFile(relativePath, filepath string) IRoutes {
	group.warnMissing("StaticFile", relativePath, filepath)
	return group.staticRoutes(relativePath, relativePath, func(c *Context) { c.File(filepath) })
}

// StaticFileFS registers routes that serve one file of fs.
func (group *RouterGroup) StaticFileFS(relativePath, filepath string, fs http.FileSystem) IRoutes {
	group.mustFS("StaticFileFS", relativePath, fs)
	group.warnMissingIn(relativePath, filepath, fs)
	return group.staticRoutes(relativePath, relativePath, func(c *Context) { c.FileFromFS(filepath, fs) })
}

// Static registers routes that serve the files below root, a directory of the
// operating system, without listings: a directory is answered with its
// index.html. A path that does not exist, or may not be read, goes to the NoRoute
// handlers, and so does every path that is not the canonical spelling of a file's:
// "//a", "/./a", "/x%2Fa" (docs/adr/0012). Symbolic links are followed and
// dotfiles are served, as by http.Dir: for files that others may write, and for
// precompressed or hashed ones, use middleware.Static.
func (group *RouterGroup) Static(relativePath, root string) IRoutes {
	group.warnMissing("Static", relativePath, root)
	return group.staticFS("Static", relativePath, Dir(root, false))
}

// StaticFS is like Static, for any http.FileSystem. Directories without an index
// page are listed if fs lets them be read. The group's own path may have params.
func (group *RouterGroup) StaticFS(relativePath string, fs http.FileSystem) IRoutes {
	group.warnNoRoot(relativePath, fs)
	return group.staticFS("StaticFS", relativePath, fs)
}

func (group *RouterGroup) staticFS(call, relativePath string, fs http.FileSystem) IRoutes {
	group.mustFS(call, relativePath, fs)
	sender := &files.Sender{FS: filesOf(fs), Index: indexPage, Canonical: true}
	return group.staticRoutes(relativePath, path.Join(relativePath, "/*"+staticParam), func(c *Context) {
		name, ok := c.staticName(sender)
		if !ok {
			c.serveNotFound()
			return
		}
		err := sender.Serve(c.Writer, c.Request, strings.Trim(name, "/"), strings.HasSuffix(name, "/"))
		if errors.Is(err, files.ErrDirectory) && isListed(fs, name) {
			listDirectory(c, fs, name)
			return
		}
		c.answerFile(err)
	})
}

// staticRoutes registers a handler of files for GET and HEAD.
func (group *RouterGroup) staticRoutes(relativePath, pattern string, handler HandlerFunc) IRoutes {
	if strings.ContainsAny(relativePath, ":*") {
		panic("dram: URL parameters can not be used when serving static files: '" + relativePath + "'")
	}
	group.GET(pattern, handler)
	group.HEAD(pattern, handler)
	return group.self()
}

// staticName is the path below the directory of a Static route: what its
// catch-all took, decoded. It is refused if the request's path is not clean, or
// is another spelling, on a file system without case, of a path that has a route
// of its own.
func (c *Context) staticName(sender *files.Sender) (name string, ok bool) {
	matched, clean := c.matchedPath()
	for _, param := range c.Params { // the last one: the group may have one of this name
		if param.Key == staticParam {
			name = param.Value
		}
	}
	if !c.engine.UnescapePathValues {
		name = c.decoded(name)
	}
	return name, clean && pathspell.Fault(name, "", pathspell.File) == "" && !c.isOtherCase(sender, matched, name)
}

// isOtherCase reports whether a route that is more specific than the one that
// matched has the path in another case, and both name the same file: on Windows
// and macOS "/ADMIN/a" would get past the layers of "/admin/*path".
func (c *Context) isOtherCase(sender *files.Sender, matched, name string) bool {
	below := len(c.decoded(matched)) - len(name)
	for _, spelling := range c.spellings(matched) {
		other, ok := c.trees().get(http.MethodGet).FindCaseInsensitive(spelling.path, false)
		if !ok || other == spelling.path {
			continue
		}
		if plain, err := url.PathUnescape(other); spelling.escaped && err == nil {
			other = plain
		}
		if len(other) > below && isOneFile(sender, name, other[below:]) {
			return true
		}
	}
	return false
}

// isOneFile reports whether two names are of one file, or may be.
func isOneFile(sender *files.Sender, name, other string) bool {
	asked, err := sender.Stat(strings.Trim(name, "/"))
	if err != nil {
		return files.IsFault(err)
	}
	owned, err := sender.Stat(strings.Trim(other, "/"))
	return files.IsFault(err) || err == nil && os.SameFile(asked, owned)
}

// isListed reports whether a directory of fs shows what is in it.
func isListed(fs http.FileSystem, name string) bool {
	dir, err := fs.Open(name)
	if err != nil {
		return false
	}
	defer dir.Close()
	_, err = dir.Readdir(1)
	return err == nil
}

// listDirectory has net/http's file server answer with the list of a directory.
func listDirectory(c *Context, fs http.FileSystem, name string) {
	req := *c.Request
	req.URL = &url.URL{Path: strings.TrimSuffix(name, "/") + "/"}
	http.FileServer(fs).ServeHTTP(c.Writer, &req)
}
