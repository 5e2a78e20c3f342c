// Package dram is a small web framework with Gin's vocabulary on an engine of its own.
//
// A program written for Gin runs on it by changing one import line. What is
// inside can be read in one sitting, along the way of a request:
//
//	engine.go            New, ServeHTTP, handleHTTPRequest: a Context from the pool, a route from the tree
//	router/              the radix tree that finds the route and fills the Params
//	routergroup.go       how a route gets its chain of handlers
//	context.go           the Context: its life, Next and Abort (the onion), keys, errors
//	context_request.go   what a handler reads
//	context_bind.go      what it decodes, with binding/
//	context_response.go  what it writes, with render/
//	writer.go            the writer under it: one header, once
//	layer_*.go           the layers that Default puts around every handler, and their kin
//	run.go               the servers that listen, over internal/serve: their life
package dram
