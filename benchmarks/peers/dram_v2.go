//go:build go1.27 && goexperiment.jsonv2

package peers

import "github.com/dram-go/dram/codec/json"

func init() { engines = append(engines, Peer{Name: "dram+v2", App: dramApp, codec: json.V2{}}) }
