//go:build go1.27 && goexperiment.jsonv2

package binding_test

import "github.com/dram-go/dram/codec/json"

func init() { engines["json.V2"] = json.V2{} }
