// The oracle of the fuzz and exhaustive tests: a matcher that knows nothing of
// trees. It holds a list of patterns, matches each of them alone, segment by
// segment, and says of two that match which one is more specific. Patterns here
// are well-formed and have no escapes.

package router_test

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dram-go/dram/router"
)

type naive []string

// find returns the pattern that has to win for path, with its params.
func (patterns naive) find(path string) (best string, params router.Params, ok bool) {
	for _, pattern := range patterns {
		ps, matches := matchAlone(pattern, path)
		if matches && (!ok || slices.Compare(rank(pattern), rank(best)) > 0) {
			best, params, ok = pattern, ps, true
		}
	}
	return best, params, ok
}

// matchAlone matches path with one pattern.
func matchAlone(pattern, path string) (router.Params, bool) {
	if !strings.HasPrefix(path, "/") {
		return nil, false
	}
	want, have := strings.Split(pattern[1:], "/"), strings.Split(path[1:], "/")
	params := router.Params{}
	for i, segment := range want {
		if name, found := strings.CutPrefix(segment, "*"); found && i < len(have) {
			rest := "/" + strings.Join(have[i:], "/")
			return append(params, router.Param{Key: name, Value: rest}), true
		}
		if i >= len(have) {
			return nil, false
		}
		literal, name, isParam := strings.Cut(segment, ":")
		value, begins := strings.CutPrefix(have[i], literal)
		last := i == len(have)-1
		switch {
		case !isParam && segment != have[i], !begins:
			return nil, false
		case isParam && value == "" && last:
			return nil, false
		case isParam:
			params = append(params, router.Param{Key: name, Value: value})
		}
	}
	return params, len(want) == len(have)
}

// rank says how specific each segment is: a literal more than any param, a
// param the more the longer the literal before it, a catch-all the least.
func rank(pattern string) []int {
	var ranks []int
	for segment := range strings.SplitSeq(pattern[1:], "/") {
		colon := strings.IndexByte(segment, ':')
		switch {
		case strings.HasPrefix(segment, "*"):
			ranks = append(ranks, -1)
		case colon >= 0:
			ranks = append(ranks, colon)
		default:
			ranks = append(ranks, 1<<30)
		}
	}
	return ranks
}

// shape is the pattern without the names of its wildcards: equal shapes are
// duplicates.
func shape(pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		if mark := strings.IndexAny(segment, ":*"); mark >= 0 {
			segments[i] = segment[:mark+1]
		}
	}
	return strings.Join(segments, "/")
}

// byRank sorts the most specific pattern first.
func byRank(a, b string) int {
	return cmp.Or(-slices.Compare(rank(a), rank(b)), strings.Compare(a, b))
}
