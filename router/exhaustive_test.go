// Generated tests: every short path against the naive matcher, httprouter as a
// second opinion, and a fuzz target for what nobody thought of.

package router_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/julienschmidt/httprouter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/router"
)

// shortPaths returns all strings over alphabet of up to n bytes behind a '/'.
func shortPaths(alphabet string, n int) []string {
	paths := []string{"/"}
	for from := 0; n > 0; n-- {
		to := len(paths)
		for _, path := range paths[from:to] {
			for i := range alphabet {
				paths = append(paths, path+alphabet[i:i+1])
			}
		}
		from = to
	}
	return paths
}

// randomPattern draws segments that make siblings and ambiguities likely.
func randomPattern(rng *rand.Rand) string {
	segments := []string{"a", "b", "ab", "ba", "aab", "", ":x", ":y", "a:x", "ab:y", "b:z"}
	var b strings.Builder
	for range 1 + rng.IntN(4) {
		b.WriteString("/" + segments[rng.IntN(len(segments))])
	}
	if rng.IntN(5) == 0 {
		b.WriteString("/*rest")
	}
	return b.String()
}

// randomSet returns up to n patterns of different shapes.
func randomSet(rng *rand.Rand, n int) naive {
	var patterns naive
	seen := map[string]bool{}
	for range n {
		pattern := randomPattern(rng)
		if !seen[shape(pattern)] {
			seen[shape(pattern)] = true
			patterns = append(patterns, pattern)
		}
	}
	return patterns
}

func TestLookupEveryShortPathAgainstNaiveMatcher(t *testing.T) {
	paths := shortPaths("ab/", 6)
	rng := rand.New(rand.NewPCG(1, 2))
	rounds := 2000
	if testing.Short() {
		rounds = 200
	}
	for round := range rounds {
		patterns := randomSet(rng, 1+rng.IntN(12))
		tree := new(router.Tree[string])
		for _, pattern := range patterns {
			require.NoError(t, tree.Add(pattern, pattern, ""))
		}
		// All paths for some sets, a sample for each.
		sample := paths
		if round%20 != 0 {
			sample = make([]string, 60)
			for i := range sample {
				sample[i] = paths[rng.IntN(len(paths))]
			}
		}
		var ps router.Params
		for _, path := range sample {
			compareWithNaive(t, tree, patterns, path, &ps)
		}
	}
}

// compareWithNaive fails the test if the tree and the oracle disagree on path.
func compareWithNaive(t *testing.T, tree *router.Tree[string], patterns naive, path string, ps *router.Params) {
	t.Helper()
	want, params, ok := patterns.find(path)
	route := tree.Lookup(path, ps)
	if ok != (route != nil) || ok && (route.Value != want || !slices.Equal(params, *ps)) {
		t.Fatalf("%q: want %q %v, got %+v %v\n%q\n%s", path, want, params, route, *ps, patterns, tree)
	}
	wantSlash, okSlash := patterns.slashVariant(path)
	if got, ok := tree.FindTrailingSlash(path); ok != okSlash || ok && got != wantSlash {
		t.Fatalf("%q: want the slash variant %q %t, got %q %t\n%q", path, wantSlash, okSlash, got, ok, patterns)
	}
}

func (patterns naive) slashVariant(path string) (string, bool) {
	if len(path) < 2 {
		return "", false
	}
	variant, had := strings.CutSuffix(path, "/")
	if !had {
		variant += "/"
	}
	_, _, ok := patterns.find(variant)
	return variant, ok
}

func TestOrderOfRegistrationDoesNotMatter(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		patterns := randomSet(rng, 12)
		var dump string
		for order := range 4 {
			tree := new(router.Tree[string])
			for _, pattern := range patterns {
				require.NoError(t, tree.Add(pattern, pattern, ""))
			}
			if order == 0 {
				dump = tree.Dump()
			}
			require.Equal(t, dump, tree.Dump(), "%q", patterns)
			rng.Shuffle(len(patterns), func(i, j int) { patterns[i], patterns[j] = patterns[j], patterns[i] })
		}
	}
}

// TestFieldTablesAgainstHTTPRouter compares with httprouter on its own ground,
// the tables that it accepts.
func TestFieldTablesAgainstHTTPRouter(t *testing.T) {
	for _, name := range []string{"static.txt", "github.txt", "gplus.txt", "parse.txt"} {
		t.Run(name, func(t *testing.T) {
			rows := fieldTable(t, name)
			peer := httprouter.New()
			peer.RedirectTrailingSlash, peer.RedirectFixedPath = false, false
			trees := map[string]*router.Tree[string]{}
			var found string
			for _, row := range rows {
				if trees[row.method] == nil {
					trees[row.method] = new(router.Tree[string])
				}
				require.NoError(t, trees[row.method].Add(row.pattern, row.pattern, ""))
				peer.Handle(row.method, row.pattern, func(http.ResponseWriter, *http.Request, httprouter.Params) { found = row.pattern })
			}
			var ps router.Params
			for _, row := range rows {
				for _, path := range variants(row.pattern) {
					handle, params, _ := peer.Lookup(row.method, path)
					route := trees[row.method].Lookup(path, &ps)
					require.Equal(t, handle != nil, route != nil, path)
					if route == nil {
						continue
					}
					handle(nil, nil, nil)
					assert.Equal(t, found, route.Value, path)
					assert.True(t, slices.Equal(params, httprouter.Params(ps)), "%s: %v, httprouter %v", path, ps, params)
				}
			}
		})
	}
}

// variants returns a path that pattern matches, and paths near it. Empty
// segments are not among them: there httprouter follows other rules.
func variants(pattern string) []string {
	path := strings.NewReplacer(":", "value-", "*", "rest/of-").Replace(pattern)
	return []string{path, path + "x", path + "/more", path[:len(path)-1] + "~", strings.ToUpper(path)}
}

func FuzzLookup(f *testing.F) {
	f.Add("/users/:id\n/users/new\n/:a/:b\n/*all", "/users/new")
	f.Add("/a:x/b\n/ab:y/b\n/ab/*c", "/abb/b")
	f.Add("/s\n/s/\n/s/*p", "/s/")
	f.Add("/:a/:b/c\n/x/:b/d\n/x/y/e", "//y/c")
	f.Add("no slash\n/:\n/a*b\n/\\:c\n/a\\", "")
	f.Add("/\xff:a\n/Ö\n/ö/\x00", "/\xff\x00")
	f.Fuzz(func(t *testing.T, list, path string) {
		tree := new(router.Tree[string])
		var accepted naive
		hasEscape := strings.Contains(list, `\`)
		for pattern := range strings.SplitSeq(list, "\n") {
			before := tree.Dump()
			if err := tree.Add(pattern, pattern, ""); err != nil {
				require.Equal(t, before, tree.Dump(), "a refused pattern changed the tree: %v", err)
				continue
			}
			accepted = append(accepted, pattern)
		}
		tree.FindCaseInsensitive(path, true)
		var ps router.Params
		if hasEscape {
			tree.Lookup(path, &ps)
			return
		}
		compareWithNaive(t, tree, accepted, path, &ps)
		for _, pattern := range accepted {
			compareWithNaive(t, tree, accepted, pattern, &ps)
			compareWithNaive(t, tree, accepted, shape(pattern), &ps)
		}
	})
}

func TestNaiveMatcherItself(t *testing.T) {
	patterns := naive{"/:a", "/v:b", "/v1", "/*rest", "/x/:y/z"}
	slices.SortFunc(patterns, byRank)
	assert.Equal(t, "[/x/:y/z /v1 /v:b /:a /*rest]", fmt.Sprint([]string(patterns)))
	best, params, ok := patterns.find("/x//z")
	assert.True(t, ok)
	assert.Equal(t, "/x/:y/z", best)
	assert.Equal(t, router.Params{{Key: "y"}}, params)
}
