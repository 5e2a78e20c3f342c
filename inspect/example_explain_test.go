package inspect_test

import (
	"fmt"
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/inspect"
)

func ExampleExplain() {
	r := dram.New()
	r.GET("/users/new", func(c *dram.Context) { c.Status(http.StatusOK) })
	r.GET("/users/:id/posts", func(c *dram.Context) { c.Status(http.StatusOK) })
	fmt.Print(inspect.Explain(r, "GET", "/users/new/posts"))
	// Output:
	// GET /users/new/posts
	//
	// path    /users/new/posts
	//
	// lookup  in the tree of GET
	//         /             reads "/"
	//           users/      reads "users/"
	//             new       reads "new"
	//             new       turns back: nothing here begins as "/posts"
	//             :         reads "new"
	//               /posts  reads "/posts"  route /users/:id/posts
	//
	// route   GET /users/:id/posts (example_explain_test.go:14)
	//         id = "new"
	//
	// chain   1  inspect_test.ExampleExplain  defined at example_explain_test.go:14
}

func ExampleLint() {
	r := dram.New()
	r.GET("/users/:id", func(c *dram.Context) { c.Status(http.StatusOK) })
	r.Use(dram.Logger(), dram.Recovery()) // too late for the route
	for _, found := range inspect.Lint(r) {
		fmt.Println(found)
	}
	// Output:
	// example_explain_test.go:38: late-use: Use (example_explain_test.go:38) comes after a route (GET /users/:id, example_explain_test.go:37), which runs without its layers: call Use first, or put what it is for into a Group
}
