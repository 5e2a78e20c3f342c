// Package wraptest holds tests only: net/http middleware of others inside a
// chain, by dram.WrapMiddleware, and a WebSocket library through
// middleware.Proxy. What stands in the tests is what a program would write.
package wraptest
