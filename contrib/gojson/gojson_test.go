package gojson_test

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/dram-go/dram/codec/json"
	_ "github.com/dram-go/dram/contrib/gojson"
	"github.com/dram-go/dram/contrib/internal/jsontest"
	"github.com/dram-go/dram/render"
)

func Example() {
	// The import alone has swapped the engine.
	fmt.Printf("%T\n", json.API)

	w := httptest.NewRecorder()
	err := render.JSON{Data: map[string]string{"b": "<dram>", "a": "é"}}.Render(w)
	fmt.Println(err, w.Body)
	// Output:
	// gojson.Engine
	// <nil> {"a":"é","b":"\u003cdram\u003e"}
}

func TestEngine(t *testing.T) { jsontest.Run(t) }
