package router_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/router"
)

// treeOf is a tree in which each pattern's value is the pattern.
func treeOf(tb testing.TB, patterns ...string) *router.Tree[string] {
	tb.Helper()
	tree := new(router.Tree[string])
	for i, pattern := range patterns {
		require.NoError(tb, tree.Add(pattern, pattern, fmt.Sprintf("routes.go:%d", i+1)))
	}
	return tree
}

// look returns what a lookup found as text: the pattern, then each param.
func look(tree *router.Tree[string], path string) string {
	var ps router.Params
	route := tree.Lookup(path, &ps)
	if route == nil {
		return "-"
	}
	found := route.Pattern
	for _, p := range ps {
		found += " " + p.Key + "=" + p.Value
	}
	return found
}

func TestLookup(t *testing.T) {
	for _, set := range []struct {
		name     string
		patterns string
		want     map[string]string
	}{
		{"static", "/ /a /a/b /a/b/ /abc", map[string]string{
			"/": "/", "/a": "/a", "/a/b": "/a/b", "/a/b/": "/a/b/", "/abc": "/abc",
			"": "-", "a": "-", "//": "-", "/a/": "-", "/ab": "-", "/abcd": "-", "/A": "-",
		}},
		{"param", "/user/:id /user/:id/edit", map[string]string{
			"/user/7": "/user/:id id=7", "/user/7/edit": "/user/:id/edit id=7", "/user//edit": "/user/:id/edit id=",
			"/user": "-", "/user/": "-", "/user/7/": "-", "/user/7/edi": "-", "/user/:id": "/user/:id id=:id",
		}},
		{"empty segments", "/x/:y/z /:a/:b/ /p/:q/*r", map[string]string{
			"/x//z": "/x/:y/z y=", "///": "/:a/:b/ a= b=", "/x//": "/:a/:b/ a=x b=", "//": "-", "/x/": "-",
			"/p//": "/p/:q/*r q= r=/", "/p///": "/p/:q/*r q= r=//",
		}},
		{"literal prefix", "/v:ver/x /v:ver /ab /a:x /abc:y /:z", map[string]string{
			"/v1/x": "/v:ver/x ver=1", "/v/x": "/v:ver/x ver=", "/v1": "/v:ver ver=1", "/v": "/:z z=v",
			"/ab": "/ab", "/ac": "/a:x x=c", "/a": "/:z z=a", "/abc": "/a:x x=bc", "/abcd": "/abc:y y=d", "/b": "/:z z=b",
		}},
		{"the text behind a param", "/u/:id/posts/:x /d/:id/p:rest", map[string]string{
			"/u/7/posts/abc": "/u/:id/posts/:x id=7 x=abc", "/u/7/other/abc": "-",
			"/d/7/p-123456": "/d/:id/p:rest id=7 rest=-123456", "/d/7/q\x00\x00\x00\x00\x00\x00": "-",
		}},
		{"catch-all", "/s /s/*p /t/ /t/*p", map[string]string{
			"/s": "/s", "/s/": "/s/*p p=/", "/s/a/b/": "/s/*p p=/a/b/", "/s//": "/s/*p p=//",
			"/t/": "/t/", "/t": "-", "/t/x": "/t/*p p=/x", "/sx": "-",
		}},
		{"catch-all at the root", "/*p /api/users", map[string]string{
			"/": "/*p p=/", "/a/b": "/*p p=/a/b", "/api/users": "/api/users", "/api/users/": "/*p p=/api/users/", "": "-", "x": "-",
		}},
		{"static, then param, then catch-all", "/u/new /u/:id /u/*rest /u/:name/posts /u/new/x", map[string]string{
			"/u/new": "/u/new", "/u/7": "/u/:id id=7", "/u/": "/u/*rest rest=/", "/u/new/posts": "/u/:name/posts name=new",
			"/u/new/x": "/u/new/x", "/u/new/y": "/u/*rest rest=/new/y", "/u/7/posts/1": "/u/*rest rest=/7/posts/1",
		}},
		{"backtracking where Gin gives up", "/users/:id/posts /:a/:b /abc/ /:c", map[string]string{
			"/users/7": "/:a/:b a=users b=7", "/users/7/posts": "/users/:id/posts id=7", "/abc": "/:c c=abc", "/abc/": "/abc/",
		}},
		{"backtracking over many params", "/:a/:b/:c/end /x/:b/:c/:d/end /x/y/:c/:d/:e/end /*z", map[string]string{
			"/x/y/1/end": "/:a/:b/:c/end a=x b=y c=1", "/x/y/1/2/end": "/x/:b/:c/:d/end b=y c=1 d=2",
			"/x/y/1/2/3/end": "/x/y/:c/:d/:e/end c=1 d=2 e=3", "/x/y/1/2/3/no": "/*z z=/x/y/1/2/3/no",
		}},
		{"the earliest segment decides", "/a/:x/:y /:p/b/c /a:q/b/c", map[string]string{
			"/a/b/c": "/a/:x/:y x=b y=c", "/ab/b/c": "/a:q/b/c q=b", "/d/b/c": "/:p/b/c p=d",
		}},
		{"escapes", `/a\:b /a\:b/:c /x\:y:z /\:`, map[string]string{
			"/a:b": "/a:b", "/a:b/1": "/a:b/:c c=1", "/x:yq": "/x:y:z z=q", "/:": "/:", `/a\:b`: "-",
		}},
		{"bytes that are not text", "/\x00 /\xff/:a /ö/:b", map[string]string{
			"/\x00": "/\x00", "/\xff/\xfe": "/\xff/:a a=\xfe", "/ö/ü": "/ö/:b b=ü", "/\xc3": "-", "/\x00\x00": "-",
		}},
		{"equal names", "/:x/:x", map[string]string{"/1/2": "/:x/:x x=1 x=2"}},
		{"no routes", "", map[string]string{"": "-", "/": "-", "/a": "-"}},
	} {
		t.Run(set.name, func(t *testing.T) {
			tree := treeOf(t, strings.Fields(set.patterns)...)
			for path, want := range set.want {
				assert.Equal(t, want, look(tree, path), "%q", path)
			}
		})
	}
}

// TestLookupLong guards what is done by length: the static table leaves long
// paths to the tree, and words of eight bytes are read at the ends of paths.
func TestLookupLong(t *testing.T) {
	var patterns []string
	for n := range 600 {
		patterns = append(patterns, "/"+strings.Repeat("a", n))
	}
	tree := treeOf(t, patterns...)
	for _, pattern := range patterns {
		assert.Equal(t, pattern, look(tree, pattern))
		assert.Equal(t, "-", look(tree, pattern+"b"))
	}
	many := wildcards(300)
	tree = treeOf(t, many)
	assert.Equal(t, 300, tree.MaxParams())
	assert.Equal(t, 1+300, len(strings.Fields(look(tree, strings.Repeat("/v", 300)))))
}

func TestLookupReusesParams(t *testing.T) {
	tree := treeOf(t, "/:a/:b", "/static", "/:a", "/")
	ps := make(router.Params, 0, tree.MaxParams())
	require.NotNil(t, tree.Lookup("/1/2", &ps))
	before := ps
	require.NotNil(t, tree.Lookup("/3", &ps))
	assert.Equal(t, router.Params{{Key: "a", Value: "3"}}, ps)
	assert.Same(t, &before[0], &ps[0], "the slice is reused")
	for _, path := range []string{"/static", "/"} {
		require.NotNil(t, tree.Lookup("/1/2", &ps))
		require.NotNil(t, tree.Lookup(path, &ps))
		assert.Empty(t, ps, path)
	}

	ps = make(router.Params, 1)
	require.NotNil(t, tree.Lookup("/1/2", &ps))
	assert.Equal(t, router.Params{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}}, ps, "and grown if too short")
}

func TestLookupConcurrently(t *testing.T) {
	tree := treeOf(t, "/a/:x", "/a/b", "/:y/c", "/*z")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				assert.Equal(t, "/a/:x x=c", look(tree, "/a/c"))
				assert.Equal(t, "/:y/c y=d", look(tree, "/d/c"))
				assert.Equal(t, "/*z z=/d/e", look(tree, "/d/e"))
			}
		})
	}
	wg.Wait()
}

func TestDump(t *testing.T) {
	tree := treeOf(t, "/users", "/users/new", "/users/:id", "/users/:name/posts", "/up", "/static/*file", "/v:ver/x", "/v1", `/a\:b`)
	assert.Equal(t, `/ [9]
  u [5]
    sers [4] = /users
      / [3]
        new [1] = /users/new
        : [2] = /users/:id
          /posts [1] = /users/:name/posts
    p [1] = /up
  v [2]
    1 [1] = /v1
    : [1]
      /x [1] = /v:ver/x
  a:b [1] = /a:b
  static/ [1]
    * [1] = /static/*file
`, tree.String())
	assert.Empty(t, new(router.Tree[int]).Dump())
}

func TestWalk(t *testing.T) {
	patterns := []string{"/z", "/:a", "/b/*c"}
	tree := treeOf(t, patterns...)
	assert.Equal(t, 3, tree.Len())
	var walked, sources []string
	tree.Walk(func(r *router.Route[string]) bool {
		walked, sources = append(walked, r.Value), append(sources, r.Source)
		return true
	})
	assert.Equal(t, patterns, walked)
	assert.Equal(t, []string{"routes.go:1", "routes.go:2", "routes.go:3"}, sources)

	calls := 0
	tree.Walk(func(*router.Route[string]) bool { calls++; return false })
	assert.Equal(t, 1, calls)
}

func TestFindTrailingSlash(t *testing.T) {
	tree := treeOf(t, "/", "/a", "/b/", "/c/:id", "/d/:id/", "/e/*p", "/f/:x/g", "/longer/path", "/longer/pa:th/", "/both", "/both/", "/h/:i/", "/:w/i")
	for path, want := range map[string]string{
		"/a/": "/a", "/b": "/b/", "/c/7/": "/c/7", "/d/7": "/d/7/", "/e": "/e/", "/longer/path/": "/longer/path",
		"/longer/path": "/longer/path/", "/both": "/both/", "/both/": "/both", "/h/i": "/h/i/", "/h/i/": "/h/i",
		"/e/x": "/e/x/", "/e/x/": "/e/x",
		"": "", "/": "", "x": "", "xy/": "", "//": "/", "/a": "", "/c": "", "/c/": "", "/f/x": "", "/none": "", "/lon": "",
	} {
		got, ok := tree.FindTrailingSlash(path)
		assert.Equal(t, want != "", ok, "%q", path)
		assert.Equal(t, want, got, "%q", path)
	}
}

func TestWildcardOfASegment(t *testing.T) {
	for segment, want := range map[string]int{"": -1, "users": -1, ":id": 0, "v:ver": 1, "*path": 0, `a\:b`: -1, `a\:b:c`: 4} {
		assert.Equal(t, want, router.Wildcard(segment), segment)
	}
}
