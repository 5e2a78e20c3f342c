// Package middleware has the layers of the onion that real services need around
// their handlers, besides Logger, Recovery and BasicAuth of package dram. It
// depends on nothing but dram and the standard library; layers that need more
// are in contrib. How a layer runs is in docs/internals/09-onion.md, how one looks at an
// answer in docs/internals/13-writer.md.
//
// # Conventions
//
// Each layer is a function that takes a configuration and returns a
// dram.HandlerFunc:
//
//	r.Use(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://app.example.com"}}))
//
// The zero value of a configuration is the safe default. Where there is no such
// default (KeyAuth cannot know the keys), or where a value is wrong or dangerous
// ("*" with credentials), the constructor panics with a *ConfigError that says
// what to write instead; Validate returns the same error, for configurations
// that are read from files. Skip and Only put a condition around any layer, of
// this package or not. Fields such as Key, Scope and Extract are functions that
// identify the client of a request. There is no global state: two layers share
// only what is given to both, such as a store.
//
// A layer that stops a request aborts the chain and answers with problem
// details (application/problem+json, RFC 9457), or calls its OnError to answer.
// No layer buffers a whole response; Compress and ETag hold back its beginning,
// up to a limit, and Cache and Idempotency copy it as it passes.
//
// # The order
//
// A layer protects, and observes, what is inside of it. The usual set, outermost
// first:
//
//	RequestID       gives the request an id before anything is logged about it
//	Health          answers probes before anything can refuse them
//	Readiness
//	AccessLog       logs the status of every answer, of refusals and panics too
//	dram.Recovery   turns panics of everything inside into 500
//	ServerTiming    in development
//	Secure          so that errors have the security headers too
//	HostAllowlist   before anything trusts the Host header
//	CleanPath       if handlers clean paths that the router takes as they are
//	CORS            before anything that may refuse: pages can only read answers
//	                with its headers, and preflights have no credentials
//	Concurrency     before work is done for the request
//	RateLimit       by address; another one, by user, once the user is known
//	CSRF            before the body is read
//	BodyLimit       before anything reads the body
//	Timeout         so that the deadline starts when the work does
//	Compress, ETag  outside the layers that answer, so that refusals are compressed too
//	Decompress      inside BodyLimit, which counts what was received
//	KeyAuth, BasicAuth
//	Idempotency     once the user is known, to whom the keys belong
//	Deprecated      on groups and routes, outside what refuses there
//	Cache           inside all that refuses: what it keeps is sent without the layers inside
//
// MethodOverride and Rewrite change the route of a request and run its chain:
// they come before all others.
//
// Layers given to Engine.Use also run for paths without a route, so scans for
// paths are counted, logged and answered with the headers like all other requests.
package middleware
