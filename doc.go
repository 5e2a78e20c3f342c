// Package dram is a small web framework with Gin's API on an engine of its own: a
// program written for Gin, with the libraries that it uses, runs on it by one line in go.mod.
//
//	r := dram.Default()
//	r.GET("/hello/:name", func(c *dram.Context) {
//		c.JSON(http.StatusOK, dram.H{"hello": c.Param("name")})
//	})
//	log.Fatal(r.Run()) // :8080
//
// An [Engine] holds the routes and the middleware. Each route has a chain of
// handlers, which work like the layers of an onion: a handler runs the ones further
// in with [Context.Next]. A handler reads the request and writes the response through
// its [Context].
//
// The patterns of routes are those of package router, package binding decodes and
// validates requests, and package render writes responses. Further layers are in
// package middleware.
//
// # Reading order
//
// The source is written to be read, in about an hour, along the way of a request. A guide goes
// through it from docs/internals/00-map.md on: the head of each file here and in router, binding
// and render names its page, and so does the doc of each other package.
//
//	engine.go            New, ServeHTTP, handleHTTPRequest: from net/http to the chain of a route
//	pool.go              where a Context comes from, where it goes, and what Copy keeps
//	router/              the radix tree that finds the route and fills the Params
//	routergroup.go       how a route gets its chain of handlers
//	context.go           the Context: Next, NextWith and Abort (the onion), Error
//	context_request.go   what a handler reads
//	context_bind.go      what it decodes and validates, with binding/; context_bind_all.go: from all
//	                     sources into one struct; context_as.go: one value as any type
//	context_response.go  what it writes, with render/; context_sse.go: a stream of events
//	context_fail.go      what becomes of a request that failed: Try, OnError, problem.go
//	writer.go            the writer below it, which sends the header once
//	layer_*.go           Logger and Recovery, which Default uses, BasicAuth, and adapters for net/http
//	run.go               the servers that listen; internal/serve starts and ends them
package dram

//go:generate go run ./internal/guide
//go:generate go run ./internal/llms
