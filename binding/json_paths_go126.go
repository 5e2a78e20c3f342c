//go:build !go1.27 || !goexperiment.jsonv2

package binding

// What json_paths.go asks, before Go 1.27. See docs/internals/15-binding.md.

// writesPaths reports whether the engine in use is one of Go 1.27's.
func writesPaths() bool { return false }
