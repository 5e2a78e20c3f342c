package route_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/ladder/07-router/route"
)

var (
	static = []string{"/", "/users", "/users/new", "/up", "/upper/", "/users/new/posts"}
	params = []string{"/users/:id", "/users/:name/posts", "/:any/x/y", "/upper/:a/:b"}
)

// One table over all routers: the paths without params are found by each of them.
func TestRouters(t *testing.T) {
	tests := map[string]string{ // path: pattern, and params; "" where nothing matches
		"/":                "/",
		"/users":           "/users",
		"/users/new":       "/users/new",
		"/up":              "/up",
		"/upper/":          "/upper/",
		"/users/new/posts": "/users/new/posts",
		"/users/7":         "/users/:id id=7",
		"/users/newer":     "/users/:id id=newer",
		"/users/ne":        "/users/:id id=ne",
		"/users/:":         "/users/:id id=:",
		"/users/7/posts":   "/users/:name/posts name=7",
		"/users/x/y":       "/:any/x/y any=users", // not under /users/: back, and another way
		"/upper/1/2":       "/upper/:a/:b a=1 b=2",
		"":                 "",
		"users":            "",
		"//":               "",
		"/u":               "",
		"/users/":          "", // a param is not empty
		"/users/7/":        "",
		"/upper":           "",
		"/upper/1/2/3":     "",
		"/upper//2":        "",
		"/%00\xff":         "",
	}
	for name, router := range map[string]route.Router[string]{
		"map": new(route.Map[string]), "trie": new(route.Trie[string]), "radix": new(route.Radix[string]),
	} {
		t.Run(name, func(t *testing.T) {
			for _, pattern := range static {
				require.NoError(t, router.Add(pattern, pattern))
			}
			takesParams := true
			for _, pattern := range params {
				takesParams = router.Add(pattern, pattern) == nil && takesParams
			}
			assert.Equal(t, name != "map", takesParams)
			for path, want := range tests {
				if strings.Contains(want, "=") && !takesParams {
					want = ""
				}
				pattern, ps, ok := router.Find(path)
				for _, p := range ps {
					pattern += fmt.Sprintf(" %s=%s", p.Name, p.Value)
				}
				assert.Equal(t, want, pattern, path)
				assert.Equal(t, want != "", ok, path)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for name, router := range map[string]route.Router[string]{
		"map": new(route.Map[string]), "trie": new(route.Trie[string]), "radix": new(route.Radix[string]),
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, router.Add("/a", ""))
			_ = router.Add("/a/:b", "")
			for _, pattern := range []string{"", "a", "/:", "/a:b", "/:a:b", "/a", "/a/:c"} {
				err := router.Add(pattern, "")
				require.Error(t, err, pattern)
				assert.Contains(t, err.Error(), fmt.Sprintf("%q", pattern))
			}
		})
	}
}

// FuzzRadix: the tree finds what the trie finds.
func FuzzRadix(f *testing.F) {
	f.Add("/a/:b /a/c /:x/y", "/a/y")
	f.Add(strings.Join(append(static, params...), " "), "/users/x/y")
	f.Fuzz(func(t *testing.T, patterns, path string) {
		trie, radix := new(route.Trie[string]), new(route.Radix[string])
		for pattern := range strings.SplitSeq(patterns, " ") {
			assert.Equal(t, trie.Add(pattern, pattern), radix.Add(pattern, pattern))
		}
		want, wantParams, wantOK := trie.Find(path)
		got, gotParams, gotOK := radix.Find(path)
		assert.Equal(t, []any{want, wantParams, wantOK}, []any{got, gotParams, gotOK})
	})
}

// The same routes in each of them.
func Example() {
	for _, router := range []route.Router[string]{
		new(route.Map[string]), new(route.Trie[string]), new(route.Radix[string]),
	} {
		fmt.Printf("%T\n", router)
		for _, pattern := range []string{"/users", "/users/new", "/users/:id", "/up"} {
			if err := router.Add(pattern, pattern); err != nil {
				fmt.Println(err)
			}
		}
		fmt.Print(router.Dump())
	}
	// Output:
	// *route.Map[string]
	// route: a map has no place for "/users/:id": its keys are whole paths
	// /up
	// /users
	// /users/new
	// *route.Trie[string]
	// /
	//   up = /up
	//   users = /users
	//     : = /users/:id
	//     new = /users/new
	// *route.Radix[string]
	// /u
	//   sers = /users
	//     /
	//       new = /users/new
	//       : = /users/:id
	//   p = /up
}
