package middleware

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is about the headers by which the answers of one URI differ, for Cache (RFC 9111
// section 4.1).

// maxVary is how many headers answers of one URI may differ by.
const maxVary = 16

// varyNames are the names in Vary, sorted, each once. It is false if there are more than any
// answer needs, or "*": then nothing else that may come is known to be the same.
func varyNames(h http.Header) (names []string, ok bool) {
	for item := range httpfield.Items(h["Vary"]) {
		switch name := http.CanonicalHeaderKey(item); {
		case name == "":
		case name == "*" || !httpfield.IsToken(name) || len(names) == maxVary:
			return nil, false
		case !slices.Contains(names, name):
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, true
}

// mergeVary is the list of headers by which all answers of a URI differ: an answer that
// does not name one of them is kept for each value of it, so that there is one way to find them all.
func mergeVary(known, more []string) []string {
	merged := slices.Compact(slices.Sorted(slices.Values(slices.Concat(known, more))))
	if len(merged) > maxVary {
		return more
	}
	return merged
}

// variantBy is the key of the answer for the values that a request has of the headers by
// which answers differ.
func (ask *cacheAsk) variantBy(names []string) CacheKey {
	if len(names) == 0 {
		return ask.base
	}
	var room [512]byte
	text := append(room[:0], ask.base[:]...)
	for _, name := range names {
		text = appendPart(text, name)
		values, ok := ask.req.Header[name]
		if ok {
			text = append(text, '=') // an empty one is not one that is missing
		}
		text = appendPart(text, strings.Join(values, ", "))
	}
	return sha256.Sum256(text)
}
