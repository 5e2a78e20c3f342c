//go:build go1.27 && goexperiment.jsonv2

package v2_test

import (
	"fmt"

	"github.com/dram-go/dram/codec/json"
	_ "github.com/dram-go/dram/codec/json/v2"
)

func Example() {
	// The import alone has swapped the engine.
	fmt.Printf("%T\n", json.API)

	var login struct {
		Role string `json:"role"`
	}
	twice := []byte(`{"role":"user","role":"admin"}`)
	fmt.Println(json.API.Unmarshal(twice, &login) != nil)

	data, err := json.API.Marshal(map[string]string{"b": "<dram>", "a": "é"})
	fmt.Printf("%s %v\n", data, err)
	// Output:
	// json.V2
	// true
	// {"a":"é","b":"\u003cdram\u003e"} <nil>
}
