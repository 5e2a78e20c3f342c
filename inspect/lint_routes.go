package inspect

import (
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/router"
)

// This file has the rules of Lint that compare routes with one another.

// guards looks for a catch-all of the program's own that takes what a route with a guard does not, under
// the same beginning: another spelling of its path, or a path that has no route. Those of an http.Handler
// debug mode has found; dram's own for files know one spelling only.
func (l *linter) guards() {
	for _, catchAll := range l.routes {
		prefix, _, found := strings.Cut(catchAll.Pattern, "*")
		if !found || catchAll.layers[len(catchAll.layers)-1].is("StaticFS", "WrapH", "WrapF", "Proxy") ||
			slices.ContainsFunc(catchAll.layers, func(layer placedLayer) bool { return layer.is("CleanPath") }) {
			continue
		}
		for _, r := range l.routes {
			if r.tree != catchAll.tree || r.route == catchAll.route || !strings.HasPrefix(r.Pattern, prefix) {
				continue
			}
			if guard := unshared(r.outer(), catchAll.outer()); guard != nil {
				l.find("guard-beside-catch-all", catchAll.Source,
					"put the guard around the catch-all too, or middleware.CleanPath before both; serve files by Static, which knows one spelling of a path",
					"%s takes what %s does not, and so without %s: /%s, and paths beside it that have no route", &catchAll, &r, guard.Name, r.Pattern)
			}
		}
	}
}

// unshared returns a guard that the others do not have, nil if they have all.
func unshared(layers, others []placedLayer) *placedLayer {
	for i, layer := range layers {
		if isGuard(layer) && !slices.ContainsFunc(others, func(other placedLayer) bool { return caller.Same(layer.handler, other.handler) }) {
			return &layers[i]
		}
	}
	return nil
}

// guardWords are in the names of layers that let in some clients only: BasicAuth, KeyAuth, Authorize, and what programs
// call theirs.
var guardWords = []string{"auth", "guard", "login", "loggedin", "admin", "permi", "require", "allowlist", "signedin"}

func isGuard(layer placedLayer) bool {
	name := strings.ToLower(layer.Name[strings.LastIndexByte(layer.Name, '.')+1:])
	return slices.ContainsFunc(guardWords, func(word string) bool { return strings.Contains(name, word) })
}

// shadowed looks for catch-alls whose paths other routes take, all of them. No other route can be shadowed: a param
// takes values without end, of which the literals beside it are some.
func (l *linter) shadowed() {
	for _, r := range l.routes {
		if !strings.Contains(r.Pattern, "*") {
			continue
		}
		var takers []string
		wins := false
		for _, path := range l.paths(r) {
			won, method := l.winner(r, path)
			if won == r.route {
				wins = true
				break
			}
			if taker := method + " " + won.Pattern; !slices.Contains(takers, taker) {
				takers = append(takers, taker)
			}
		}
		if !wins {
			l.find("never-matches", r.Source, "leave it out, or one of the others", "%s never gets a request: %s take all its paths", &r, strings.Join(takers, ", "))
		}
	}
}

// paths returns a path of each shape that a route with a catch-all matches: of any number of segments up to one more than
// any other route has, with a slash at the end or without. The segments are like no literal.
func (l *linter) paths(r lintedRoute) (paths []string) {
	segment, depth := "~", 0
	for _, other := range l.routes {
		depth = max(depth, strings.Count(other.Pattern, "/"))
		for strings.Contains(other.Pattern, segment) {
			segment += "~"
		}
	}
	var begin strings.Builder
	for part := range strings.SplitSeq(strings.TrimPrefix(r.Given(), "/"), "/") {
		at := router.Wildcard(part)
		if at >= 0 && part[at] == '*' {
			break
		}
		begin.WriteByte('/')
		if at >= 0 {
			part = part[:at] + segment
		}
		begin.WriteString(strings.ReplaceAll(part, `\:`, ":"))
	}
	for n := range depth + 2 {
		rest := strings.Repeat("/"+segment, n)
		if n > 0 {
			paths = append(paths, begin.String()+rest)
		}
		paths = append(paths, begin.String()+rest+"/")
	}
	return paths
}

// winner returns the route that answers, and its method: for HEAD it may be GET's.
func (l *linter) winner(r lintedRoute, path string) (won *route, method string) {
	won, method = r.tree.Lookup(path, new(dram.Params)), r.method
	if get := treeOf(l.engine, r.host, "GET"); method == "HEAD" && get != nil {
		if other := get.Lookup(path, new(dram.Params)); other != nil && other.Precedes(won) {
			return other, "GET"
		}
	}
	return won, method
}

// escapes looks for literals that no escaped path has.
func (l *linter) escapes() {
	if !l.engine.UseEscapedPath {
		return
	}
	for _, r := range l.routes {
		for part := range strings.SplitSeq(r.Given(), "/") {
			if at := router.Wildcard(part); at >= 0 {
				part = part[:at]
			}
			if strings.ContainsFunc(strings.ReplaceAll(part, `\:`, ":"), isEscaped) {
				l.find("never-matches", r.Source, "write it with its escapes, as url.PathEscape does",
					"%s never gets a request: %q does not occur in an escaped path, which is what UseEscapedPath matches", &r, part)
				break
			}
		}
	}
}

// isEscaped reports whether a path has a character as an escape only (RFC 3986 section 3.3).
func isEscaped(c rune) bool {
	return c <= ' ' || c >= 0x7f || strings.ContainsRune("\"<>\\^`{|}?#", c)
}
