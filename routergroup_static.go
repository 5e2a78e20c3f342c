package dram

import (
	"net/http"
	"net/url"
	"os"
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
// index.html. What does not exist goes to the NoRoute handlers. Symbolic links
// are followed and dotfiles served, as by http.Dir: for files that others may
// write, and for precompressed or hashed ones, take middleware.Static.
func (group *RouterGroup) Static(relativePath, root string) IRoutes {
	return group.StaticFS(relativePath, Dir(root, false))
}

// StaticFS is Static for any http.FileSystem. Directories without an index
// page are listed if fs lets them be read.
func (group *RouterGroup) StaticFS(relativePath string, fs http.FileSystem) IRoutes {
	return group.staticRoutes(relativePath, path.Join(relativePath, "/*filepath"), func(c *Context) {
		if !serveStatic(c, fs, c.Param("filepath")) {
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

// serveStatic answers with a file of fs at the one path that it has: a
// directory's ends with a slash, a file's does not, and an index page's is its
// directory's. A client that asks for another form is redirected, so that
// relative links in the page work. It returns false, and writes nothing, when
// there is nothing to serve.
func serveStatic(c *Context, fs http.FileSystem, name string) bool {
	file, info := openFile(fs, name)
	if file == nil {
		return false
	}
	defer file.Close()
	asked := c.Request.URL.Path
	switch slash := strings.HasSuffix(asked, "/"); {
	case info.IsDir() && !slash:
		redirectRelative(c, "./"+escapePath(path.Base(asked))+"/")
	case !info.IsDir() && slash:
		redirectRelative(c, "../"+escapePath(path.Base(asked)))
	case !info.IsDir() && path.Base(asked) == indexPage:
		redirectRelative(c, "./")
	default:
		return serveOpened(c, fs, name, file, info)
	}
	return true
}

// serveFile answers with a file of fs whose name has nothing to do with the
// request's path. It returns false, and writes nothing, when there is nothing
// to serve.
func serveFile(c *Context, fs http.FileSystem, name string) bool {
	file, info := openFile(fs, name)
	if file == nil {
		return false
	}
	defer file.Close()
	return serveOpened(c, fs, name, file, info)
}

// openFile opens a file or a directory of fs; nil if there is none.
func openFile(fs http.FileSystem, name string) (http.File, os.FileInfo) {
	file, err := fs.Open(name)
	if err != nil {
		return nil, nil
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, nil
	}
	return file, info
}

// serveOpened answers with a file, or a directory's index page, with ranges and
// conditions (RFC 9110 sections 13 and 14) by net/http.
func serveOpened(c *Context, fs http.FileSystem, name string, file http.File, info os.FileInfo) bool {
	if info.IsDir() {
		return serveIndex(c, fs, name, file)
	}
	http.ServeContent(c.Writer, c.Request, info.Name(), info.ModTime(), file)
	return true
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

// redirectRelative sends the client to a location that is relative to the
// request's path: it cannot lead to another host.
func redirectRelative(c *Context, location string) {
	if query := c.Request.URL.RawQuery; query != "" {
		location += "?" + query
	}
	c.Writer.Header()["Location"] = []string{location}
	c.Writer.WriteHeader(http.StatusMovedPermanently)
	c.Writer.WriteHeaderNow()
}

func escapePath(path string) string { return (&url.URL{Path: path}).EscapedPath() }

// serveByNetHTTP has net/http's file server answer for a name that need not be
// the request's path.
func serveByNetHTTP(c *Context, fs http.FileSystem, name string) {
	req := *c.Request
	req.URL = &url.URL{Path: name, RawQuery: c.Request.URL.RawQuery}
	http.FileServer(fs).ServeHTTP(c.Writer, &req)
}
