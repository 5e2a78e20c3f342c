package inspect_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/inspect"
)

func ExampleMount() {
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "hello") })
	if err := inspect.Mount(r, inspect.Config{}); err != nil { // in release mode, say
		fmt.Println(err)
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost:8080/debug/dram/requests", nil))
	fmt.Println(w.Code) // without the printed address there is nothing to see
	// Output: 401
}
