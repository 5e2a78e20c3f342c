package docsui_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/docsui"
	"github.com/dram-go/dram/typed"
)

func ExampleMount() {
	r := dram.New()
	api := typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1.2"})
	typed.GET(api, "/books", func(context.Context, *struct{}) ([]string, error) { return nil, nil })
	api.Spec("/openapi.json")
	docsui.Mount(&r.RouterGroup, "/docs", docsui.Config{Spec: "/openapi.json", Title: "Library", InAllModes: true})

	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/docs/", nil))
	fmt.Println(w.Code, strings.Contains(w.Body.String(), "swagger-ui-bundle.js"))
	// Output: 200 true
}
