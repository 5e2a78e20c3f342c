package main

// This file is the map of the application: what it is made of, and which route
// runs through which middleware to which handler.

import (
	"context"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
)

//go:embed web/*.html
var templates embed.FS

//go:embed web/style.css
var styleSheet []byte

// App is what the handlers share. They give the store the request's context, not
// dram's: database/sql may look at it for a moment after the handler has returned.
type App struct {
	config   Config
	store    *Store
	log      *slog.Logger
	throttle *throttle
	leaving  atomic.Bool // shutting down: /readyz says no
}

// engine registers the routes.
func (a *App) engine() (*dram.Engine, error) {
	e := dram.New()
	e.HandleMethodNotAllowed = true
	e.ShutdownTimeout = a.config.ShutdownTimeout
	if err := e.SetTrustedProxies(a.config.TrustedProxies); err != nil {
		return nil, err
	}
	e.SetHTMLTemplate(template.Must(template.New("").Funcs(pageFuncs).ParseFS(templates, "web/*.html")))

	// The onion, from the outside in.
	e.Use(requestID, dram.LoggerWithSlog(a.log), a.recovery(), secureHeaders, a.sameOrigin(), limitBody)
	e.NoRoute(a.identify, a.notFound)
	e.NoMethod(a.identify, a.notAllowed)

	e.GET("/healthz", func(c *dram.Context) { c.String(http.StatusOK, "ok\n") })
	e.GET("/readyz", a.ready)
	e.GET("/style.css", func(c *dram.Context) {
		c.Header("Cache-Control", "public, max-age=31536000, immutable") // its URL changes with it
		c.Data(http.StatusOK, "text/css; charset=utf-8", styleSheet)
	})
	a.apiRoutes(e.Group("/api", a.identify))
	a.pageRoutes(e.Group("", a.identify))
	return e, nil
}

func (a *App) apiRoutes(api *dram.RouterGroup) {
	api.POST("/session", a.createSession)
	api.GET("/books", a.listBooks)
	api.GET("/books/:id", a.getBook)

	reader := api.Group("", a.require(Reader))
	reader.GET("/session", a.getSession)
	reader.DELETE("/session", a.deleteSession)
	reader.POST("/books/:id/loans", a.borrowBook)
	reader.GET("/loans", a.listLoans)
	reader.GET("/loans/:id", a.getLoan)
	reader.POST("/loans/:id/return", a.returnLoan)

	editor := api.Group("", a.require(Editor))
	editor.POST("/books", a.createBook)
	editor.PATCH("/books/:id", a.patchBook)
	editor.DELETE("/books/:id", a.deleteBook)

	admin := api.Group("", a.require(Admin))
	admin.GET("/users", a.listUsers)
	admin.POST("/users", a.createUser)
}

func (a *App) pageRoutes(pages *dram.RouterGroup) {
	pages.GET("/", func(c *dram.Context) { c.Redirect(http.StatusFound, "/books") })
	pages.GET("/login", a.loginPage)
	pages.POST("/login", a.loginForm)
	pages.GET("/books", a.booksPage)
	pages.GET("/books/:id", a.bookPage)

	reader := pages.Group("", a.require(Reader))
	reader.POST("/logout", a.logoutForm)
	reader.POST("/books/:id/borrow", a.borrowForm)
	reader.GET("/loans", a.loansPage)
	reader.POST("/loans/:id/return", a.returnForm)

	editor := pages.Group("", a.require(Editor))
	editor.GET("/books/new", a.newBookPage)
	editor.POST("/books", a.createBookForm)
	editor.GET("/books/:id/edit", a.editBookPage)
	editor.POST("/books/:id/edit", a.editBookForm)
	editor.POST("/books/:id/delete", a.deleteBookForm)
}

// ready says whether to send requests here: not while the database is away, and
// not once shutting down has begun.
func (a *App) ready(c *dram.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), time.Second)
	defer cancel()
	if a.leaving.Load() || a.store.sql.PingContext(ctx) != nil {
		c.String(http.StatusServiceUnavailable, "not ready\n")
		return
	}
	c.String(http.StatusOK, "ready\n")
}
