package framework

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
)

// RouterGroup is a path and a chain that its routes begin with. dram: routergroup.go#RouterGroup.
type RouterGroup struct {
	basePath string
	handlers HandlersChain
	engine   *Engine
}

// Use adds layers to the routes that follow. dram: routergroup.go#RouterGroup.Use.
func (g *RouterGroup) Use(middleware ...HandlerFunc) {
	g.handlers = append(g.handlers, middleware...)
}

// Group makes a group below this one. dram: routergroup.go#RouterGroup.Group.
func (g *RouterGroup) Group(relativePath string, handlers ...HandlerFunc) *RouterGroup {
	return &RouterGroup{g.absolutePath(relativePath), g.combineHandlers(handlers), g.engine}
}

// Handle registers a route. dram: routergroup.go#RouterGroup.Handle, routergroup.go#RouterGroup.handle.
func (g *RouterGroup) Handle(method, relativePath string, handlers ...HandlerFunc) {
	g.engine.addRoute(method, g.absolutePath(relativePath), g.combineHandlers(handlers))
}

// GET registers a route for GET and HEAD. dram: routergroup.go#RouterGroup.GET.
func (g *RouterGroup) GET(relativePath string, handlers ...HandlerFunc) {
	g.Handle(http.MethodGet, relativePath, handlers...)
}

// POST registers a route for POST. dram: routergroup.go#RouterGroup.POST.
func (g *RouterGroup) POST(relativePath string, handlers ...HandlerFunc) {
	g.Handle(http.MethodPost, relativePath, handlers...)
}

// absolutePath joins both paths; a slash at the end stays. dram: routergroup.go#RouterGroup.absolutePath.
func (g *RouterGroup) absolutePath(relativePath string) string {
	if relativePath == "" {
		return g.basePath
	}
	joined := path.Join(g.basePath, relativePath)
	if strings.HasSuffix(relativePath, "/") && joined != "/" {
		joined += "/"
	}
	return joined
}

// combineHandlers copies, so that no two chains share memory. dram:
// routergroup.go#RouterGroup.combineHandlers, routergroup.go#abortIndex.
func (g *RouterGroup) combineHandlers(handlers HandlersChain) HandlersChain {
	chain := slices.Concat(g.handlers, handlers)
	if len(chain) == 0 || len(chain) >= int(abortIndex) {
		panic(fmt.Sprintf("framework: a chain of %d handlers below %s: it takes 1 to %d", len(chain), g.basePath, abortIndex-1))
	}
	return chain
}
