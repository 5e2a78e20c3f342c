// Package ginS holds Gin's methods as functions over one Engine, which gin.Default
// makes when the first of them is called. It is for programs that have it already:
// an Engine of one's own can be tested and made twice. See docs/migration.md.
package ginS

import (
	"html/template"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
)

var engine = sync.OnceValue(func() *gin.Engine { return gin.Default() })

// LoadHTMLGlob is Engine.LoadHTMLGlob.
func LoadHTMLGlob(pattern string) { engine().LoadHTMLGlob(pattern) }

// LoadHTMLFiles is Engine.LoadHTMLFiles.
func LoadHTMLFiles(files ...string) { engine().LoadHTMLFiles(files...) }

// LoadHTMLFS is Engine.LoadHTMLFS.
func LoadHTMLFS(fs http.FileSystem, patterns ...string) { engine().LoadHTMLFS(fs, patterns...) }

// SetHTMLTemplate is Engine.SetHTMLTemplate.
func SetHTMLTemplate(templ *template.Template) { engine().SetHTMLTemplate(templ) }

// NoRoute is Engine.NoRoute.
func NoRoute(handlers ...gin.HandlerFunc) { engine().NoRoute(handlers...) }

// NoMethod is Engine.NoMethod.
func NoMethod(handlers ...gin.HandlerFunc) { engine().NoMethod(handlers...) }

// Group is RouterGroup.Group.
func Group(relativePath string, handlers ...gin.HandlerFunc) *gin.RouterGroup {
	return engine().Group(relativePath, handlers...)
}

// Handle is RouterGroup.Handle.
func Handle(httpMethod, relativePath string, handlers ...gin.HandlerFunc) gin.IRoutes {
	return engine().Handle(httpMethod, relativePath, handlers...)
}

// Any is RouterGroup.Any.
func Any(relativePath string, handlers ...gin.HandlerFunc) gin.IRoutes {
	return engine().Any(relativePath, handlers...)
}

// GET is RouterGroup.GET.
func GET(relativePath string, handlers ...gin.HandlerFunc) gin.IRoutes {
	return engine().GET(relativePath, handlers...)
}

// POST is RouterGroup.POST.
func POST(relativePath string, handlers ...gin.HandlerFunc) gin.IRoutes {
	return engine().POST(relativePath, handlers...)
}

// PUT is RouterGroup.PUT.
func PUT(relativePath string, handlers ...gin.HandlerFunc) gin.IRoutes {
	return engine().PUT(relativePath, handlers...)
}

// PATCH is RouterGroup.PATCH.
func PATCH(relativePath string, handlers ...gin.HandlerFunc) gin.IRoutes {
	return engine().PATCH(relativePath, handlers...)
}

// DELETE is RouterGroup.DELETE.
func DELETE(relativePath string, handlers ...gin.HandlerFunc) gin.IRoutes {
	return engine().DELETE(relativePath, handlers...)
}

// OPTIONS is RouterGroup.OPTIONS.
func OPTIONS(relativePath string, handlers ...gin.HandlerFunc) gin.IRoutes {
	return engine().OPTIONS(relativePath, handlers...)
}

// HEAD is RouterGroup.HEAD.
func HEAD(relativePath string, handlers ...gin.HandlerFunc) gin.IRoutes {
	return engine().HEAD(relativePath, handlers...)
}

// StaticFile is RouterGroup.StaticFile.
func StaticFile(relativePath, filepath string) gin.IRoutes {
	return engine().StaticFile(relativePath, filepath)
}

// Static is RouterGroup.Static.
func Static(relativePath, root string) gin.IRoutes { return engine().Static(relativePath, root) }

// StaticFS is RouterGroup.StaticFS.
func StaticFS(relativePath string, fs http.FileSystem) gin.IRoutes {
	return engine().StaticFS(relativePath, fs)
}

// Use is Engine.Use.
func Use(middleware ...gin.HandlerFunc) gin.IRoutes { return engine().Use(middleware...) }

// Routes is Engine.Routes.
func Routes() gin.RoutesInfo { return engine().Routes() }

// Run is Engine.Run.
func Run(addr ...string) error { return engine().Run(addr...) }

// RunTLS is Engine.RunTLS.
func RunTLS(addr, certFile, keyFile string) error { return engine().RunTLS(addr, certFile, keyFile) }

// RunUnix is Engine.RunUnix.
func RunUnix(file string) error { return engine().RunUnix(file) }

// RunFd is Engine.RunFd.
func RunFd(fd int) error { return engine().RunFd(fd) }
