package main

import "github.com/dram-go/dram"

// app is what the handlers share.
type app struct {
	store *Store
}

// routes is the map of the program: which path runs which handler.
func (a *app) routes() *dram.Engine {
	r := dram.Default()
	r.HandleMethodNotAllowed = true // 405 where a path has routes, but none of this method

	api := r.Group("/api")
	api.GET("/books", a.list)
	api.GET("/books/latest", a.latest)
	api.GET("/books/:id", a.show)
	return r
}
