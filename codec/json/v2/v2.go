//go:build go1.27 && goexperiment.jsonv2

// Package v2 makes encoding/json/v2 the JSON engine of dram. Importing it is enough:
//
//	import _ "github.com/dram-go/dram/codec/json/v2"
//
// It needs Go 1.27. What it refuses that encoding/json reads is told at json.V2. See docs/internals/14-render.md.
package v2

import "github.com/dram-go/dram/codec/json"

func init() { json.API = json.V2{} }
