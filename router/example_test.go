package router_test

import (
	"errors"
	"fmt"

	"github.com/dram-go/dram/router"
)

func ExampleTree() {
	var tree router.Tree[string]
	for _, route := range []struct{ pattern, does string }{
		{"/users/new", "show the form"},
		{"/users/:id", "show a user"},
		{"/users/:user/posts", "list the user's posts"},
		{"/*path", "serve a file"},
	} {
		if err := tree.Add(route.pattern, route.does, ""); err != nil {
			fmt.Println(err)
		}
	}
	ps := make(router.Params, 0, tree.MaxParams())
	for _, path := range []string{"/users/new", "/users/7", "/users/new/posts", "/users/7/likes"} {
		if route := tree.Lookup(path, &ps); route != nil {
			fmt.Println(path, "→", route.Value, ps)
		}
	}
	// Output:
	// /users/new → show the form []
	// /users/7 → show a user [{id 7}]
	// /users/new/posts → list the user's posts [{user new}]
	// /users/7/likes → serve a file [{path /users/7/likes}]
}

func ExampleTree_Add_conflict() {
	var tree router.Tree[int]
	_ = tree.Add("/users/:id", 1, "users.go:10")
	err := tree.Add("/users/:name", 2, "names.go:3")
	var conflict *router.ConflictError
	if errors.Is(err, router.ErrDuplicate) && errors.As(err, &conflict) {
		fmt.Printf("%s at %s, %s at %s: both match %s\n",
			conflict.Existing, conflict.Previous, conflict.Pattern, conflict.Source, conflict.Path)
	}
	// Output:
	// /users/:id at users.go:10, /users/:name at names.go:3: both match /users/name
}

func ExampleTree_Dump() {
	var tree router.Tree[int]
	for i, pattern := range []string{"/users", "/users/new", "/users/:id", "/up"} {
		_ = tree.Add(pattern, i, "")
	}
	fmt.Print(tree.Dump())
	// Output:
	// / [4]
	//   u [4]
	//     sers [3] = /users
	//       / [2]
	//         new [1] = /users/new
	//         : [1] = /users/:id
	//     p [1] = /up
}

func ExampleTree_Walk() {
	var tree router.Tree[int]
	_ = tree.Add("/b", 1, "main.go:7")
	_ = tree.Add("/a/:id", 2, "main.go:8")
	tree.Walk(func(route *router.Route[int]) bool {
		fmt.Println(route.Pattern, route.Value, route.Source)
		return true
	})
	// Output:
	// /b 1 main.go:7
	// /a/:id 2 main.go:8
}

func ExampleTree_FindCaseInsensitive() {
	var tree router.Tree[int]
	_ = tree.Add("/Users/:id/Posts", 1, "")
	fmt.Println(tree.FindCaseInsensitive("/users/Ann/posts/", true))
	// Output:
	// /Users/Ann/Posts true
}

func ExampleTree_FindTrailingSlash() {
	var tree router.Tree[int]
	_ = tree.Add("/docs/", 1, "")
	fmt.Println(tree.FindTrailingSlash("/docs"))
	// Output:
	// /docs/ true
}

func ExampleParams_Get() {
	var tree router.Tree[int]
	_ = tree.Add("/v:version/*path", 1, "")
	var ps router.Params
	tree.Lookup("/v2/docs/index.html", &ps)
	version, ok := ps.Get("version")
	fmt.Println(version, ok, ps.ByName("path"))
	// Output:
	// 2 true /docs/index.html
}

func ExamplePoison() {
	var tree router.Tree[int]
	_ = tree.Add("/users/:id", 1, "")
	var ps router.Params
	tree.Lookup("/users/7", &ps)
	kept := ps // by a goroutine that outlives the request, say
	router.Poison(ps, "these params were released")
	defer func() { fmt.Println(recover()) }()
	kept.ByName("id")
	// Output:
	// these params were released
}

func ExampleCleanPath() {
	fmt.Println(router.CleanPath("/a//b/../c/"))
	// Output:
	// /a/c/
}

func ExampleForeign() {
	for _, pattern := range []string{"/users/{id}", "/files/[...path]", "/a/:id?", "/users/:id"} {
		part, mend := router.Foreign(pattern, false)
		fmt.Printf("%q %s\n", part, mend)
	}
	// Output:
	// "{id}" for a param write :id
	// "[...path]" for the rest of the path write /*path
	// ":id?" a param matches any segment: write :id and check its value in the handler, by ShouldBindUri for one
	// ""
}
