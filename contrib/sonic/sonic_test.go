package sonic_test

import (
	"fmt"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/dram-go/dram/codec/json"
	"github.com/dram-go/dram/contrib/internal/jsontest"
	_ "github.com/dram-go/dram/contrib/sonic"
	"github.com/dram-go/dram/render"
)

func Example() {
	// The import alone has swapped the engine.
	fmt.Printf("%T\n", json.API)

	w := httptest.NewRecorder()
	err := render.JSON{Data: map[string]string{"b": "<dram>", "a": "é"}}.Render(w)
	fmt.Println(err, w.Body)
	// Output:
	// sonic.Engine
	// <nil> {"a":"é","b":"\u003cdram\u003e"}
}

func TestEngine(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		jsontest.Run(t)
		return
	}
	jsontest.Run(t, "form feed", "backspace", "bool keys", `{"mi":{"01":"a"}}`)
}
