//go:build !go1.27 || !goexperiment.jsonv2

package binding

// writesPaths reports whether the engine in use is one of Go 1.27's.
func writesPaths() bool { return false }
