// What a lookup costs: go test -bench . ./router

package router_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/router"
)

// benchTree is a tree whose values are as large as what the engine stores.
func benchTree(b *testing.B, patterns ...string) *router.Tree[[]func()] {
	b.Helper()
	tree := new(router.Tree[[]func()])
	for _, pattern := range patterns {
		require.NoError(b, tree.Add(pattern, nil, ""))
	}
	return tree
}

// benchLookup looks up all paths in each round.
func benchLookup(b *testing.B, tree *router.Tree[[]func()], paths ...string) {
	b.Helper()
	ps := make(router.Params, 0, tree.MaxParams())
	for _, path := range paths {
		require.NotNil(b, tree.Lookup(path, &ps), path)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		for _, path := range paths {
			tree.Lookup(path, &ps)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	siblings := []string{
		"/users", "/users/new", "/users/me", "/users/:id", "/users/:id/edit", "/users/:id/posts", "/users/:uid/posts/:post",
		"/users/me/posts", "/files/*path", "/files/index.html", "/v1/:kind", "/v:version/status", "/:page",
	}
	for _, row := range []struct {
		name     string
		patterns []string
		path     string
	}{
		{"Static", []string{"/user/gordon", "/user/:name"}, "/user/gordon"},
		{"Param", []string{"/user/:name"}, "/user/gordon"},
		{"Param5", []string{wildcards(5)}, strings.Repeat("/test", 5)},
		{"Param20", []string{wildcards(20)}, strings.Repeat("/test", 20)},
		{"CatchAll", []string{"/files/*path"}, "/files/css/site/main.css"},
		{"SiblingsBacktrack", siblings, "/users/me/edit"},
		{"SiblingsTurnTwice", siblings, "/v1/status"},
		{"LongSegment", []string{"/t/:token"}, "/t/" + strings.Repeat("0123456789abcdef", 8)},
	} {
		b.Run(row.name, func(b *testing.B) {
			benchLookup(b, benchTree(b, row.patterns...), row.path)
		})
	}
}

// BenchmarkMiss is what a 404 costs.
func BenchmarkMiss(b *testing.B) {
	tree := benchTree(b, patternsOf(fieldTable(b, "github.txt"))...)
	ps := make(router.Params, 0, tree.MaxParams())
	b.Run("Lookup", func(b *testing.B) {
		for b.Loop() {
			tree.Lookup("/repos/a/b/unknown", &ps)
		}
	})
	b.Run("TrailingSlash", func(b *testing.B) {
		for b.Loop() {
			tree.FindTrailingSlash("/repos/a/b/unknown")
		}
	})
	b.Run("CaseInsensitive", func(b *testing.B) {
		for b.Loop() {
			tree.FindCaseInsensitive("/repos/a/b/unknown", true)
		}
	})
}

// BenchmarkTable looks up each route of a field table once per round, in a tree
// for its method, as an engine does.
func BenchmarkTable(b *testing.B) {
	for _, name := range []string{"static.txt", "github.txt", "gplus.txt", "parse.txt"} {
		b.Run(strings.TrimSuffix(name, ".txt"), func(b *testing.B) {
			type request struct {
				tree *router.Tree[[]func()]
				path string
			}
			trees := map[string]*router.Tree[[]func()]{}
			var requests []request
			for _, r := range fieldTable(b, name) {
				if trees[r.method] == nil {
					trees[r.method] = new(router.Tree[[]func()])
				}
				require.NoError(b, trees[r.method].Add(r.pattern, nil, ""))
				requests = append(requests, request{trees[r.method], strings.NewReplacer(":", "").Replace(r.pattern)})
			}
			ps := make(router.Params, 0, 20)
			b.ReportAllocs()
			for b.Loop() {
				for _, r := range requests {
					if r.tree.Lookup(r.path, &ps) == nil {
						b.Fatal(r.path)
					}
				}
			}
		})
	}
}

// BenchmarkGrowth shows that a lookup depends little on the number of routes.
// A quarter of the routes has no wildcard; the paths are spread over the tree.
func BenchmarkGrowth(b *testing.B) {
	for _, size := range []int{10, 100, 1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			patterns, paths := grown(size)
			benchLookup(b, benchTree(b, patterns...), paths[:min(size, 1000)]...)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(min(size, 1000)), "ns/lookup")
		})
	}
}

// BenchmarkAdd registers all routes in each round.
func BenchmarkAdd(b *testing.B) {
	for _, size := range []int{100, 10_000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			patterns, _ := grown(size)
			b.ReportAllocs()
			for b.Loop() {
				benchTree(b, patterns...)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size), "ns/route")
		})
	}
}

// BenchmarkHostile looks up a path that all siblings match but for the last
// segment: the time grows with the routes, 2^depth of them, and with nothing else.
func BenchmarkHostile(b *testing.B) {
	for depth := 2; depth <= 12; depth += 2 {
		b.Run(fmt.Sprintf("%d routes", 1<<depth), func(b *testing.B) {
			tree := benchTree(b, hostile(depth)...)
			path := strings.Repeat("/a", depth) + "/miss"
			ps := make(router.Params, 0, tree.MaxParams())
			for b.Loop() {
				tree.Lookup(path, &ps)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(int(1)<<depth), "ns/route")
		})
	}
}

// grown returns size patterns as a large application would have them, and a
// path for each, in an order that jumps about the tree.
func grown(size int) (patterns, paths []string) {
	for i := range size {
		resource := fmt.Sprintf("/api/team%d/resource%d", i%97, i*7919%size)
		tail, value := "", ""
		switch i % 4 {
		case 1:
			tail, value = "/:id", "/42"
		case 2:
			tail, value = "/:id/comments/:comment", "/42/comments/7"
		case 3:
			tail, value = "/files/*path", "/files/a/b.txt"
		}
		patterns = append(patterns, resource+tail)
		paths = append(paths, resource+value)
	}
	return patterns, paths
}

// hostile returns all patterns of the given depth whose segments are "a" or a
// param, with one last segment that is the same for all.
func hostile(depth int) []string {
	patterns := []string{""}
	for range depth {
		var next []string
		for _, p := range patterns {
			next = append(next, p+"/a", p+"/:p")
		}
		patterns = next
	}
	for i := range patterns {
		patterns[i] += "/end"
	}
	return patterns
}
