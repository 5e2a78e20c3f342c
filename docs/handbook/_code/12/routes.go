package main

import (
	"context"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/middleware"
	"github.com/dram-go/dram/typed"
)

//go:embed templates static
var files embed.FS

// app is what the handlers share.
type app struct {
	store *Store
	watch []dram.HandlerFunc // layers that measure: see observe

	limits   middleware.RateLimitStore // nil is the memory of this process
	stopping context.Context           // is done when the process is to end
	api      *typed.API
	added    bell // of new books
}

// routes is the map of the program: which path runs which handler.
func (a *app) routes() *dram.Engine {
	r := dram.New()
	r.HandleMethodNotAllowed = true // 405 where a path has routes, but none of this method
	r.OnError(onError)
	a.useLayers(r)
	r.SetHTMLTemplate(template.Must(template.ParseFS(files, "templates/*.html")))

	static, _ := fs.Sub(files, "static") // it is in the program
	r.StaticFS("/static", http.FS(static))

	visitor := session.Sessions(session.Config{Store: sessions{a.store}, Insecure: dram.IsDebugging()}) // http is for development
	logIn := middleware.RateLimit(middleware.RateLimitConfig{Limit: 10, Name: "log-in", Store: a.limits})
	site := r.Group("/", visitor)
	site.GET("/", dram.Try(a.booksPage))
	site.POST("/", a.only(editor), dram.Try(a.addForm))
	site.POST("/login", logIn, dram.Try(a.logIn))
	site.POST("/logout", dram.Try(a.logOut))
	site.GET("/books.csv", dram.Try(a.export))

	api := r.Group("/api", visitor)
	api.Use(middleware.RateLimit(middleware.RateLimitConfig{Limit: 60, Window: time.Minute, Store: a.limits}))
	api.GET("/events", middleware.Concurrency(middleware.ConcurrencyConfig{Max: 1000}), a.events)
	a.api = a.describe(api)
	return r
}
