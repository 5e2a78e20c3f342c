// What Trace says, and that it is what Lookup does. That it enters the nodes which getValue
// enters, in the same order, is verified in entered_test.go.

package router_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/router"
)

// traceText is a trace in short: what is entered, and "<" with the reason for what is left.
func traceText(trace *router.Trace[string]) string {
	var b strings.Builder
	for _, step := range trace.Steps {
		if step.Back != "" {
			fmt.Fprintf(&b, "< %s: %s\n", step.Node.Path(), step.Back)
		} else {
			fmt.Fprintf(&b, "%s reads %q\n", step.Node.Path(), trace.Path[step.From:step.To])
		}
	}
	if trace.Route != nil {
		fmt.Fprintf(&b, "= %s %v\n", trace.Route.Pattern, trace.Params)
	}
	for _, other := range trace.Others {
		fmt.Fprintf(&b, "before %s, since %s\n", other.Pattern, trace.Route.Over(other))
	}
	return b.String()
}

func treeWith(tb testing.TB, patterns ...string) *router.Tree[string] {
	tb.Helper()
	tree := new(router.Tree[string])
	for _, pattern := range patterns {
		require.NoError(tb, tree.Add(pattern, pattern, ""))
	}
	return tree
}

func TestTraceShowsEachTurn(t *testing.T) {
	tree := treeWith(t, "/up", "/users", "/users/new", "/users/n:x", "/users/:id", "/users/:id/posts", "/*rest", "/a\\:b/c", "/a:b/c")
	for path, want := range map[string]string{
		"/users/new/posts": `
			/ reads "/"
			u reads "u"
			sers reads "sers"
			/ reads "/"
			n reads "n"
			ew reads "ew"
			< ew: nothing here begins as "/posts"
			: reads "ew"
			< :: nothing here begins as "/posts"
			< n: all ways from here lead nowhere
			: reads "new"
			/posts reads "/posts"
			= /users/:id/posts [{id new}]
			before /*rest, since the text "users" comes before the catch-all *rest`,
		"/users/": `
			/ reads "/"
			u reads "u"
			sers reads "sers"
			/ reads "/"
			< /: the path ends here, where a param may not be empty
			< sers: all ways from here lead nowhere
			< u: all ways from here lead nowhere
			* reads "/users/"
			= /*rest [{rest /users/}]`,
		"/users/new": `
			/ reads "/"
			u reads "u"
			sers reads "sers"
			/ reads "/"
			n reads "n"
			ew reads "ew"
			= /users/new []
			before /users/n:x, since the text "ew" comes before the param :x
			before /users/:id, since the text "new" comes before the param :id
			before /*rest, since the text "users" comes before the catch-all *rest`,
		"/a:b/c": `
			/ reads "/"
			a reads "a"
			:b/c reads ":b/c"
			= /a:b/c []
			before /a:b/c, since the text ":b" comes before the param :b
			before /*rest, since the text "a:b" comes before the catch-all *rest`,
		"": "", "x": "",
	} {
		assert.Equal(t, strings.TrimSpace(strings.ReplaceAll(want, "\t", "")), strings.TrimSpace(traceText(tree.Trace(path))), path)
	}
}

func TestTraceSaysWhyNothingMatches(t *testing.T) {
	tree := treeWith(t, "/users/new", "/users/list/all")
	assert.Equal(t, "/ reads \"/\"\n< /: \"user\" goes on otherwise than \"users/\"\n", traceText(tree.Trace("/user")))
	assert.Contains(t, traceText(tree.Trace("/users/")), "< users/: the path ends here, and no route does\n")
	var empty router.Tree[string]
	assert.Nil(t, empty.Trace("/").Route)
}

func TestTraceSaysWhatIsFoundDirectly(t *testing.T) {
	longest := "/" + strings.Repeat("a", 255)
	tree := treeWith(t, "/", "/up", "/:id", longest, longest+"a")
	for path, direct := range map[string]bool{"/": true, "/up": true, "/x": false, longest: true, longest + "a": false, "/none/x": false} {
		assert.Equal(t, direct, tree.Trace(path).Direct, path)
	}
}

func TestNodesShowTheTree(t *testing.T) {
	tree := treeWith(t, "/up", "/users", "/users/new", "/users/:id", "/users/:id/*rest")
	var b strings.Builder
	var show func(n router.Node[string], depth int)
	show = func(n router.Node[string], depth int) {
		fmt.Fprintf(&b, "%*s%s [%d]", 2*depth, "", n.Path(), n.Priority())
		if n.Route() != nil {
			b.WriteString(" = " + n.Route().Pattern)
		}
		b.WriteByte('\n')
		assert.Equal(t, n.Path() == ":" || n.Path() == "*", n.IsWildcard())
		for _, child := range n.Children() {
			show(child, depth+1)
		}
	}
	show(tree.Root(), 0)
	assert.Equal(t, tree.Dump(), b.String())
}

// compareTrace fails the test if Trace says what Lookup does not do, or misses a route that
// the oracle knows.
func compareTrace(t *testing.T, tree *router.Tree[string], patterns naive, path string) {
	t.Helper()
	var ps router.Params
	route, trace := tree.Lookup(path, &ps), tree.Trace(path)
	require.Same(t, route, trace.Route, "%q %q", path, patterns)
	if route == nil {
		require.Empty(t, trace.Others)
		return
	}
	require.True(t, slices.Equal(ps, trace.Params), "%q: %v, traced %v", path, ps, trace.Params)
	last := trace.Steps[len(trace.Steps)-1]
	require.Same(t, route, last.Node.Route(), "%q: the last step is the winner's", path)
	require.Empty(t, last.Back)
	require.Equal(t, len(path), last.To)
	var want, got []string
	for _, pattern := range patterns {
		if _, matches := matchAlone(pattern, path); matches {
			want = append(want, pattern)
		}
	}
	slices.SortFunc(want, byRank)
	for _, other := range append([]*router.Route[string]{route}, trace.Others...) {
		got = append(got, other.Value)
		require.Equal(t, other != route, route.Over(other) != "", "%q: %s over %s", path, route.Value, other.Value)
	}
	require.Equal(t, want, got, "%q: all that match, in order of precedence", path)
}

func FuzzTrace(f *testing.F) {
	f.Add("/users/:id\n/users/new\n/:a/:b\n/*all", "/users/new")
	f.Add("/a:x/b\n/ab:y/b\n/ab/*c", "/abb/b")
	f.Add("/s\n/s/\n/s/*p", "/s/")
	f.Add("/:a/:b/c\n/x/:b/d\n/x/y/e", "//y/c")
	f.Add("/\xff:a\n/Ö\n/ö/\x00", "/\xff\x00")
	f.Fuzz(func(t *testing.T, list, path string) {
		if strings.Contains(list, `\`) {
			return // the oracle knows no escapes
		}
		tree := new(router.Tree[string])
		var accepted naive
		for pattern := range strings.SplitSeq(list, "\n") {
			if tree.Add(pattern, pattern, "") == nil {
				accepted = append(accepted, pattern)
			}
		}
		compareTrace(t, tree, accepted, path)
		for _, pattern := range accepted {
			compareTrace(t, tree, accepted, pattern)
		}
	})
}
