package dram

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// This file registers routes that serve files, and serves them.

// indexPage is what a directory is answered with.
const indexPage = "index.html"

// StaticFile registers routes, GET and HEAD, that serve one file of the
// operating system.
func (group *RouterGroup) StaticFile(relativePath, filepath string) IRoutes {
	return group.staticRoutes(relativePath, relativePath, func(c *Context) { c.File(filepath) })
}

// StaticFileFS registers routes that serve one file of fs.
func (group *RouterGroup) StaticFileFS(relativePath, filepath string, fs http.FileSystem) IRoutes {
	return group.staticRoutes(relativePath, relativePath, func(c *Context) { c.FileFromFS(filepath, fs) })
}

// Static registers routes that serve the files below root, a directory of the
// operating system, without listings: a directory is answered with its
// index.html. What does not exist goes to the NoRoute handlers.
func (group *RouterGroup) Static(relativePath, root string) IRoutes {
	return group.StaticFS(relativePath, Dir(root, false))
}

// StaticFS is Static for any http.FileSystem. Directories without an index
// page are listed if fs lets them be read.
func (group *RouterGroup) StaticFS(relativePath string, fs http.FileSystem) IRoutes {
	return group.staticRoutes(relativePath, path.Join(relativePath, "/*filepath"), func(c *Context) {
		if !serveFile(c, fs, c.Param("filepath")) {
			c.serveNotFound()
		}
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

// serveFile answers with a file of fs, or a directory's index page, with
// ranges and conditions (RFC 9110 sections 13 and 14) by net/http. It returns
// false, and writes nothing, when there is nothing to serve.
func serveFile(c *Context, fs http.FileSystem, name string) bool {
	file, err := fs.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return false
	}
	if !info.IsDir() {
		http.ServeContent(c.Writer, c.Request, info.Name(), info.ModTime(), file)
		return true
	}
	if !strings.HasSuffix(c.Request.URL.Path, "/") {
		redirectToDir(c)
		return true
	}
	return serveIndex(c, fs, name, file)
}

// serveIndex answers with the index page of a directory, or with the listing
// that fs allows.
func serveIndex(c *Context, fs http.FileSystem, name string, dir http.File) bool {
	if index, err := fs.Open(path.Join(name, indexPage)); err == nil {
		defer index.Close()
		if info, err := index.Stat(); err == nil && !info.IsDir() {
			http.ServeContent(c.Writer, c.Request, indexPage, info.ModTime(), index)
			return true
		}
	}
	if _, err := dir.Readdir(1); err != nil {
		return false
	}
	serveByNetHTTP(c, fs, strings.TrimSuffix(name, "/")+"/")
	return true
}

// redirectToDir sends the client to the same path with a slash behind it, so
// that relative links in the page work. The Location is relative to the path:
// it cannot lead to another host.
func redirectToDir(c *Context) {
	location := "./" + (&url.URL{Path: path.Base(c.Request.URL.Path)}).EscapedPath() + "/"
	if query := c.Request.URL.RawQuery; query != "" {
		location += "?" + query
	}
	c.Writer.Header()["Location"] = []string{location}
	c.Writer.WriteHeader(http.StatusMovedPermanently)
	c.Writer.WriteHeaderNow()
}

// serveByNetHTTP has net/http's file server answer for a name that need not be
// the request's path.
func serveByNetHTTP(c *Context, fs http.FileSystem, name string) {
	req := *c.Request
	req.URL = &url.URL{Path: name, RawQuery: c.Request.URL.RawQuery}
	http.FileServer(fs).ServeHTTP(c.Writer, &req)
}
