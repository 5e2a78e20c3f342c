package main

// This file is the map of the application: what it is made of, and which route
// runs through which middleware to which handler.

import (
	"context"
	"embed"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

//go:embed web/*.html
var templates embed.FS

//go:embed web/style.css
var styleSheet []byte

// contentPolicy is what the pages may load, run and send forms to: ours only.
const contentPolicy = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// App is what the handlers share. They give the store the request's context, not
// dram's: database/sql may look at it for a moment after the handler has returned.
type App struct {
	config   Config
	store    *Store
	log      *slog.Logger
	throttle *throttle
}

// engine registers the routes. Once stopping is done, /readyz says no.
func (a *App) engine(stopping context.Context) (*dram.Engine, error) {
	e := dram.New()
	e.HandleMethodNotAllowed = true
	e.ShutdownTimeout = a.config.ShutdownTimeout
	if err := e.SetTrustedProxies(a.config.TrustedProxies); err != nil {
		return nil, err
	}
	e.SetHTMLTemplate(template.Must(template.New("").Funcs(pageFuncs).ParseFS(templates, "web/*.html")))

	// The onion, from the outside in, and the one who answers for whatever fails in it.
	e.Use(
		middleware.RequestID(middleware.RequestIDConfig{}),
		dram.LoggerWithSlog(a.log),
		dram.Recovery(),
		middleware.Secure(middleware.SecureConfig{ContentSecurityPolicy: contentPolicy, ReferrerPolicy: "same-origin"}),
		func(c *dram.Context) { c.Header("Cache-Control", "private, no-cache") }, // nobody gets another's answer
		middleware.Health(middleware.HealthConfig{Path: "/healthz"}),
		middleware.Readiness(middleware.ReadinessConfig{
			Checks:   map[string]func(context.Context) error{"database": a.store.sql.PingContext},
			Stopping: stopping,
		}),
		middleware.CSRF(a.trustedOrigins()),
		middleware.BodyLimit(middleware.BodyLimitConfig{}),
	)
	e.OnError(a.onError)
	e.NoRoute(a.identify) // the page of the error shows who is logged in
	e.NoMethod(a.identify)

	e.GET("/style.css", func(c *dram.Context) {
		c.Header("Cache-Control", "public, max-age=31536000, immutable") // its URL changes with it
		c.Data(http.StatusOK, "text/css; charset=utf-8", styleSheet)
	})
	a.apiRoutes(e.Group("/api", a.identify))
	a.pageRoutes(e.Group("", a.identify))
	return e, nil
}

func (a *App) apiRoutes(api *dram.RouterGroup) {
	api.POST("/session", dram.Try(a.createSession))
	api.GET("/books", dram.Try(a.listBooks))
	api.GET("/books/:id", dram.Try(a.getBook))

	reader := api.Group("", needs(Reader))
	reader.GET("/session", a.getSession)
	reader.DELETE("/session", dram.Try(a.deleteSession))
	reader.POST("/books/:id/loans", dram.Try(a.borrowBook))
	reader.GET("/loans", dram.Try(a.listLoans))
	reader.GET("/loans/:id", dram.Try(a.getLoan))
	reader.POST("/loans/:id/return", dram.Try(a.returnLoan))

	editor := api.Group("", needs(Editor))
	editor.POST("/books", dram.Try(a.createBook))
	editor.PATCH("/books/:id", dram.Try(a.patchBook))
	editor.DELETE("/books/:id", dram.Try(a.deleteBook))

	admin := api.Group("", needs(Admin))
	admin.GET("/users", dram.Try(a.listUsers))
	admin.POST("/users", dram.Try(a.createUser))
}

func (a *App) pageRoutes(pages *dram.RouterGroup) {
	pages.GET("/", func(c *dram.Context) { c.Redirect(http.StatusFound, "/books") })
	pages.GET("/login", a.loginPage)
	pages.POST("/login", dram.Try(a.loginForm))
	pages.GET("/books", dram.Try(a.booksPage))
	pages.GET("/books/:id", dram.Try(a.bookPage))

	reader := pages.Group("", needs(Reader))
	reader.POST("/logout", dram.Try(a.logoutForm))
	reader.POST("/books/:id/borrow", dram.Try(a.borrowForm))
	reader.GET("/loans", dram.Try(a.loansPage))
	reader.POST("/loans/:id/return", dram.Try(a.returnForm))

	editor := pages.Group("", needs(Editor))
	editor.GET("/books/new", a.newBookPage)
	editor.POST("/books", dram.Try(a.createBookForm))
	editor.GET("/books/:id/edit", dram.Try(a.editBookPage))
	editor.POST("/books/:id/edit", dram.Try(a.editBookForm))
	editor.POST("/books/:id/delete", dram.Try(a.deleteBookForm))
}

// trustedOrigins are whose pages may send forms: those that browsers see here,
// behind a proxy that has changed Host, too.
func (a *App) trustedOrigins() middleware.CSRFConfig {
	if a.config.BaseURL == nil {
		return middleware.CSRFConfig{}
	}
	return middleware.CSRFConfig{TrustedOrigins: []string{a.config.BaseURL.Scheme + "://" + a.config.BaseURL.Host}}
}
