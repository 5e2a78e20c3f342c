package pathspell

import (
	"fmt"
	"slices"
	"strings"
)

// This file finds the paths that come to a catch-all though they are meant for another route.

// Past returns a path that a client may mean for a pattern and that comes to a catch-all: one of the pattern's own, if the
// catch-all has text where the pattern has a param, or else another spelling of it. Which path comes to the catch-all, takes says; "" is
// returned if none does. With oneSpelling all spellings are one. Params have their names for values.
func Past(catchAll, pattern string, oneSpelling bool, takes func(path string) bool) string {
	before, _, found := strings.Cut(catchAll, "*")
	parts, segments := strings.Split(before, "/"), strings.Split(pattern, "/")
	if !found || len(segments) < len(parts) {
		return ""
	}
	last := len(parts) - 1 // in front of the "*", as a rule nothing
	for i, segment := range segments {
		part := "*"
		if i < len(parts) {
			part = parts[i]
		}
		if i == last {
			part += "*"
		}
		value, ok := common(part, segment)
		if !ok {
			return ""
		}
		segments[i] = value
	}
	paths := []string{strings.Join(segments, "/")}
	for i := last; i < len(segments) && !oneSpelling; i++ {
		paths = append(paths, strings.Join(slices.Insert(slices.Clone(segments), i, ""), "/"))
	}
	if end := len(segments) - 1; !oneSpelling && segments[end] != "" { // for who matches escaped paths
		segments[end] = fmt.Sprintf("%%%02X%s", segments[end][0], segments[end][1:])
		paths = append(paths, strings.Join(segments, "/"))
	}
	if i := slices.IndexFunc(paths, takes); i >= 0 {
		return paths[i]
	}
	return ""
}

// common is a segment that two parts of patterns have both.
func common(a, b string) (string, bool) {
	textA, nameA, isParamA := wildcard(a)
	textB, nameB, isParamB := wildcard(b)
	switch {
	case isParamA && isParamB:
		if len(textA) > len(textB) {
			textA, textB = textB, textA
		}
		if nameB == "" {
			nameB = nameA
		}
		return textB + nameB, strings.HasPrefix(textB, textA)
	case isParamA:
		return textB, strings.HasPrefix(textB, textA)
	case isParamB:
		return textA, strings.HasPrefix(textA, textB) && textA != textB
	}
	return textA, textA == textB
}

// wildcard cuts a part of a pattern at its param or catch-all.
func wildcard(part string) (text, name string, found bool) {
	at := strings.IndexAny(strings.ReplaceAll(part, `\:`, "  "), ":*")
	if at < 0 {
		return strings.ReplaceAll(part, `\:`, ":"), "", false
	}
	return strings.ReplaceAll(part[:at], `\:`, ":"), part[at+1:], true
}
