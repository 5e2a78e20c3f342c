package typed

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/dram-go/dram/router"
)

// This file has what the document calls a route: its path and its operationId.

// pathOf writes a pattern as the specification has it: "/users/{id}".
func pathOf(pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		if at := router.Wildcard(segment); at >= 0 {
			segments[i] = segment[:at] + "{" + segment[at+1:] + "}"
		}
	}
	return strings.ReplaceAll(strings.Join(segments, "/"), `\:`, ":")
}

// samePath reports whether a document can have one of two patterns only: params have the same places,
// whatever their names are, and whether they take a segment or the rest.
func samePath(a, b string) bool {
	return strings.ReplaceAll(withoutNames(a), "*", ":") == strings.ReplaceAll(withoutNames(b), "*", ":")
}

// withoutNames is a pattern whose params have no names.
func withoutNames(pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		if at := router.Wildcard(segment); at >= 0 {
			segments[i] = segment[:at+1]
		}
	}
	return strings.Join(segments, "/")
}

// ids returns the operationIds of the routes: those given by ID, and others of method and path. Where
// two of these are one (/a-b and /a/b), both have a few digits more, which their paths decide; so an
// operationId does not depend on the order of registration.
func (api *API) ids() map[*route]string {
	ids := make(map[*route]string)
	users := make(map[string]int)
	for _, rt := range api.routes {
		if ids[rt] = rt.id; rt.id == "" {
			ids[rt] = idOf(rt.method, rt.pattern)
		}
		if !rt.hidden {
			users[ids[rt]]++
		}
	}
	for _, rt := range api.routes {
		if rt.id == "" && users[ids[rt]] > 1 {
			sum := sha256.Sum256([]byte(rt.method + " " + rt.pattern))
			ids[rt] += "_" + hex.EncodeToString(sum[:4])
		}
	}
	return ids
}

// idOf makes an operationId of method and path: "getShelvesByShelfBooks".
func idOf(method, pattern string) string {
	var id strings.Builder
	id.WriteString(strings.ToLower(method))
	for segment := range strings.SplitSeq(pathOf(pattern), "/") {
		before, param, _ := strings.Cut(segment, "{")
		id.WriteString(camel(before))
		if param != "" {
			id.WriteString("By" + camel(param))
		}
	}
	return id.String()
}

// camel writes the words of a text, of letters and digits that every language has names of.
func camel(text string) string {
	var out strings.Builder
	for _, word := range strings.FieldsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}) {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}
