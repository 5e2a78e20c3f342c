// Package wraptest holds tests only: third-party net/http middleware inside a
// chain, by dram.WrapMiddleware, and a WebSocket library through
// middleware.Proxy. The tests are written as a program would be. See docs/internals/09-onion.md.
package wraptest
