package inspect

import (
	"slices"
	"strings"
	"unicode"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/observe"
	"github.com/dram-go/dram/internal/pathspell"
	"github.com/dram-go/dram/router"
)

// This file has the rules of Lint that compare routes with one another.

// guards looks for a catch-all of the program's own that takes what a route with a guard does not, under
// the same beginning: a path of it that the catch-all is more specific for, another spelling of one, or a path that has no
// route. Those of an http.Handler debug mode has found; dram's own for files know one spelling only.
func (l *linter) guards() {
	oneSpelling := l.engine.RemoveExtraSlash && !l.engine.UseRawPath && !l.engine.UseEscapedPath
	for _, catchAll := range l.routes {
		if !strings.Contains(catchAll.Pattern, "*") || catchAll.layers[len(catchAll.layers)-1].is("StaticFS", "WrapH", "WrapF", "Proxy") {
			continue
		}
		cleans := oneSpelling || slices.ContainsFunc(catchAll.layers, func(layer placedLayer) bool { return layer.is("CleanPath") })
		takes := func(path string) bool {
			req, err := requestFor(catchAll.method, path)
			return err == nil && catchAll.tree.Lookup(observe.Ask(l.engine, req).Path, new(dram.Params)) == catchAll.route
		}
		for _, r := range l.routes {
			if r.tree != catchAll.tree || r.route == catchAll.route {
				continue
			}
			guard := unshared(r.outer(), catchAll.outer())
			if guard == nil {
				continue
			}
			if path := pathspell.Past(catchAll.Given(), r.Given(), cleans, takes); path != "" {
				l.find("guard-beside-catch-all", catchAll.Source,
					"put the guard around the catch-all too, or middleware.CleanPath before both; serve files by Static, which knows one spelling of a path",
					"%s takes what %s does not, and so without %s: %s, and paths beside it that have no route", &catchAll, &r, guard.Name, path)
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

// guardWords are words, or two of them, in the names of layers that let in some clients only: BasicAuth, KeyAuth, Authorize, and
// what programs call theirs.
var guardWords = strings.Fields("auth authn authz authorize authorized authorizes authorization authorizer authenticate authenticated authenticates authentication " +
	"authenticator guard guarded guards login loggedin signedin admin admins staff permit permits permission permissions require required requires allowlist " +
	"acl rbac jwt oauth oidc protect protected protects restrict restricted checktoken verifytoken validatetoken mustbe " +
	"onlyuser onlyusers onlymember onlymembers onlyowner onlyowners usersonly membersonly ownersonly")

// notClients are what "require" is said of that is not who the client is.
var notClients = strings.Fields("json xml form content body header headers https tls ssl query param params field fields length accept media")

func isGuard(layer placedLayer) bool {
	words := wordsOf(layer.Name[strings.LastIndexByte(layer.Name, '.')+1:])
	for i, word := range words {
		if strings.HasPrefix(word, "require") && i+1 < len(words) && slices.Contains(notClients, words[i+1]) {
			continue
		}
		if slices.Contains(guardWords, word) || i > 0 && slices.Contains(guardWords, words[i-1]+word) { // LoggedIn
			return true
		}
	}
	return false
}

// wordsOf returns the words of a name, in lower case: "load", "author" of loadAuthor; "http", "auth" of HTTPAuth.
func wordsOf(name string) (words []string) {
	runes := []rune(name)
	begin := 0
	for i := 1; i <= len(runes); i++ {
		if i == len(runes) || !unicode.IsLetter(runes[i]) || unicode.IsUpper(runes[i]) &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			words = append(words, strings.ToLower(strings.TrimFunc(string(runes[begin:i]), func(r rune) bool { return !unicode.IsLetter(r) })))
			begin = i
		}
	}
	return words
}

// shadowed looks for catch-alls whose paths other routes take, all of them. No other route can be shadowed: a param
// takes values without end, of which the literals beside it are some.
func (l *linter) shadowed() {
	for _, r := range l.routes {
		if takers := l.takers(r); takers != nil {
			l.find("never-matches", r.Source, "leave it out, or one of the others", "%s never gets a request: %s take all its paths", &r, strings.Join(takers, ", "))
		}
	}
}

// takers returns the routes that take all paths of a route with a catch-all; nil if it has some itself.
func (l *linter) takers(r lintedRoute) (takers []string) {
	if !strings.Contains(r.Pattern, "*") {
		return nil
	}
	for _, path := range l.paths(r) {
		won, method := l.winner(r, path)
		if won == r.route {
			return nil
		}
		if taker := method + " " + won.Pattern; !slices.Contains(takers, taker) {
			takers = append(takers, taker)
		}
	}
	return takers
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
	for _, r := range l.routes {
		if part := l.unescaped(r); part != "" {
			l.find("never-matches", r.Source, "write it with its escapes, as url.PathEscape does",
				"%s never gets a request: %q does not occur in an escaped path, which is what UseEscapedPath matches", &r, part)
		}
	}
}

// unescaped returns a literal of a route that no escaped path has, if these are matched; else "".
func (l *linter) unescaped(r lintedRoute) string {
	if !l.engine.UseEscapedPath {
		return ""
	}
	for part := range strings.SplitSeq(r.Given(), "/") {
		if at := router.Wildcard(part); at >= 0 {
			part = part[:at]
		}
		if strings.ContainsFunc(strings.ReplaceAll(part, `\:`, ":"), isEscaped) {
			return part
		}
	}
	return ""
}

// never says why a route gets no request; "" if it may get some.
func (l *linter) never(r lintedRoute) string {
	switch takers := l.takers(r); {
	case takers != nil:
		return "shadowed by " + strings.Join(takers, ", ")
	case l.unescaped(r) != "":
		return "never matches: no escaped path has its text"
	case strings.ToUpper(r.method) != r.method:
		return "never matches: methods are in upper case"
	}
	return ""
}

// isEscaped reports whether a path has a character as an escape only (RFC 3986 section 3.3).
func isEscaped(c rune) bool {
	return c <= ' ' || c >= 0x7f || strings.ContainsRune("\"<>\\^`{|}?#", c)
}
