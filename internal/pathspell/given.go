package pathspell

import "strings"

// Given returns the pattern of a route as it was registered, with its escapes, of one where they
// are resolved: what looks like a param and is none is text. isParam reports whether the route has
// a param of a name.
func Given(pattern string, isParam func(name string) bool) string {
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != ':' && pattern[i] != '*' {
			continue
		}
		name, _, _ := strings.Cut(pattern[i+1:], "/")
		if isParam(name) {
			i += len(name)
			continue
		}
		pattern = pattern[:i] + `\` + pattern[i:]
		i++
	}
	return pattern
}
