package router_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFindCaseInsensitive(t *testing.T) {
	tree := treeOf(t, "/", "/users", "/Users/:ID/Posts", "/Files/*path", "/Größe/Äpfel", "/ö/x", "/Ü/x", "/k", "/dir/", "/a:b/End/", `/x\:Y`, "/Ωmega", "/\xffa", "/Q/:w/:v/")
	for _, row := range []struct {
		path, exact, fixed string // "" is a miss; fixed is with fixTrailingSlash
	}{
		{"/", "/", "/"},
		{"/users", "/users", "/users"},
		{"/USERS", "/users", "/users"},
		{"/USERS/", "", "/users"},
		{"/users/aB/posts", "/Users/aB/Posts", "/Users/aB/Posts"},
		{"/users/aB/posts/", "", "/Users/aB/Posts"},
		{"/FILES/Some/Path", "/Files/Some/Path", "/Files/Some/Path"},
		{"/files/", "/Files/", "/Files/"},
		{"/files", "", "/Files/"},
		{"/grÖSSE/äpfel", "", ""},
		{"/GRÖßE/äPFEL", "/Größe/Äpfel", "/Größe/Äpfel"},
		{"/Ö/X", "/ö/x", "/ö/x"},
		{"/ü/x/", "", "/Ü/x"},
		{"/\u212A", "/k", "/k"}, // the Kelvin sign is three bytes long
		{"/u\u017Fers", "/users", "/users"},
		{"/Ωmega", "/Ωmega", "/Ωmega"}, // the Ohm sign
		{"/DIR", "", "/dir/"},
		{"/Ab/eND", "", "/ab/End/"},
		{"/A/end/", "/a/End/", "/a/End/"},
		{"/X:y", `/x:Y`, `/x:Y`},
		{"/\xffA", "/\xffa", "/\xffa"},
		{"/\xfeA", "", ""},
		{"/q/One/", "", ""},
		{"/q/One//", "/Q/One//", "/Q/One//"},
		{"/q//Two", "", "/Q//Two/"},
		{"/none", "", ""},
		{"/use", "", ""},
		{"/usersX", "", ""},
		{"", "", ""},
		{"users", "", ""},
	} {
		t.Run(row.path, func(t *testing.T) {
			got, ok := tree.FindCaseInsensitive(row.path, false)
			assert.Equal(t, row.exact, got)
			assert.Equal(t, row.exact != "", ok)
			got, ok = tree.FindCaseInsensitive(row.path, true)
			assert.Equal(t, row.fixed, got)
			assert.Equal(t, row.fixed != "", ok)
		})
	}
}

func TestFindCaseInsensitivePrefersTheCaseGiven(t *testing.T) {
	tree := treeOf(t, "/ab", "/AB", "/aB/x", "/Ab")
	for _, path := range []string{"/ab", "/AB", "/Ab", "/aB/x"} {
		got, ok := tree.FindCaseInsensitive(path, false)
		assert.True(t, ok)
		assert.Equal(t, path, got)
	}
}

// TestFindCaseInsensitiveAgainstNaiveMatcher: for literals in lower case the
// answer exists just if that of the lower-cased path does, and has a route.
func TestFindCaseInsensitiveAgainstNaiveMatcher(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	paths := shortPaths("aAb/", 5)
	for range 300 {
		patterns := randomSet(rng, 10)
		tree := treeOf(t, patterns...)
		for range 50 {
			path := paths[rng.IntN(len(paths))]
			_, _, want := patterns.find(strings.ToLower(path))
			wantFixed := want
			if variant, ok := patterns.slashVariant(strings.ToLower(path)); !want {
				wantFixed = ok && variant != ""
			}
			got, ok := tree.FindCaseInsensitive(path, false)
			require.Equal(t, want, ok, "%q %q", path, patterns)
			if ok {
				require.True(t, strings.EqualFold(path, got))
				require.NotEqual(t, "-", look(tree, got), "%q became %q %q", path, got, patterns)
			}
			got, ok = tree.FindCaseInsensitive(path, true)
			require.Equal(t, wantFixed, ok, "%q %q", path, patterns)
			if ok {
				require.NotEqual(t, "-", look(tree, got), "%q became %q %q", path, got, patterns)
			}
		}
	}
}
