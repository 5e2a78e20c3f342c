// Package cachetest holds tests only: the public suite for HTTP caches
// (http-tests/cache-tests, the npm package http-cache-tests) against middleware.Cache in
// front of middleware.Proxy, and against nginx beside it.
//
//	go test ./internal/cachetest            # what must pass, passes
//	go test ./internal/cachetest -v -nginx  # and the numbers of docs/cache.md, with what fails
//
// The suite is fetched by npm into a temporary directory; without node, npm or their
// registry the tests are skipped.
package cachetest
