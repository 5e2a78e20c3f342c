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
	api.GET("/books", dram.Try(a.list))
	api.GET("/books/:id", dram.Try(a.show))
	api.POST("/books", dram.Try(a.add))
	api.PUT("/books/:id", dram.Try(a.update))
	return r
}
