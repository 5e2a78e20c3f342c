// Package middleware holds the layers of the onion that real services wear
// around their handlers, beside Logger, Recovery and BasicAuth of package dram.
// It needs nothing but the standard library; what needs more is in contrib.
//
// # Conventions
//
// Each layer is a function that takes a configuration and returns a
// dram.HandlerFunc:
//
//	r.Use(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://app.example.com"}}))
//
// The zero value of a configuration is the safe default. Where there is none
// (KeyAuth cannot know the keys) and where a value is wrong or dangerous ("*"
// with credentials), the constructor panics with a *ConfigError that says what
// to write instead; Validate returns the same error, for configurations that
// are read from files. Skip and Only put a
// condition around any layer, of this package or not. What belongs to a client is found by functions
// (Key, Scope, Extract). Nothing is global: two layers share only what is given
// to both, a store say.
//
// A layer that stops a request aborts the chain and answers with problem
// details (application/problem+json, RFC 9457), or has the field OnError answer.
// No layer buffers a response; Compress and ETag hold back its beginning, up to
// a bound.
//
// # The order
//
// A layer protects, and sees, what stands inside of it. The usual set, outermost
// first:
//
//	RequestID       names the request before anything is written about it
//	Health          probes are answered before anything can refuse them
//	Readiness
//	AccessLog       sees the status of every answer, refusals and panics too
//	dram.Recovery   turns panics of all that follows into 500
//	ServerTiming    in development
//	Secure          errors wear the security headers too
//	HostAllowlist   before anything believes the Host header
//	CleanPath       where handlers clean paths that the router takes as they come
//	CORS            before anything that may refuse: pages can read only answers that
//	                wear its headers, and preflights carry no credentials
//	Concurrency     before work is done for the request
//	RateLimit       by address; by user, once more, after the user is known
//	CSRF            before the body is read
//	BodyLimit       before anything reads the body
//	Timeout         the deadline starts when the work does
//	Compress, ETag  outside of what answers, so that refusals are compressed too
//	Decompress      inside BodyLimit, which counts what was received
//	KeyAuth, BasicAuth
//	Idempotency     knows whose keys they are
//
// MethodOverride and Rewrite change the route of a request and let its chain
// run: they stand before all others.
//
// Layers given to Engine.Use also run for paths without a route, so a scan for
// paths is counted, logged and answered with the headers as everything else.
package middleware
