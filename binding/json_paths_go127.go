//go:build go1.27 && goexperiment.jsonv2

package binding

import "github.com/dram-go/dram/codec/json"

// What json_paths.go asks, since Go 1.27. See docs/internals/15-binding.md.

// writesPaths reports whether the engine in use is one of Go 1.27's.
func writesPaths() bool {
	_, v2 := json.API.(json.V2)
	return v2 || json.IsStandard()
}
