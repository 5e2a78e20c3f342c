// The way of a pattern into the tree begins here: its text is checked and cut
// into parts, once, so that nothing behind this file knows of escapes or of
// wrong patterns.
//
//	/v:ver/a\:b/*rest  →  "v"  :ver  "/a:b/"  *rest
//
// The leading '/' is in no part, since the root of the tree stands for it.
// See docs/internals/05-addroute.md.

package router

import (
	"errors"
	"fmt"
	"strings"
)

// ErrPattern is what every [PatternError] unwraps to.
var ErrPattern = errors.New("dram: invalid route pattern")

// PatternError says what is wrong with one pattern. It unwraps to [ErrPattern].
type PatternError struct {
	Pattern string // as it was given to Add
	Source  string // where it was registered, "" if not known
	Reason  string // what is wrong
	Fix     string // what to write instead
}

// Error names the fault, the pattern and its place, if known, and the fix.
func (e *PatternError) Error() string {
	return fmt.Sprintf("dram: %s in path '%s'%s: %s", e.Reason, e.Pattern, place(e.Source), e.Fix)
}

// Unwrap returns ErrPattern.
func (e *PatternError) Unwrap() error { return ErrPattern }

// A fault is one way in which a pattern can be wrong.
type fault struct{ reason, fix string }

var (
	faultSlash  = &fault{"path must begin with '/'", "put a '/' before it"}
	faultEscape = &fault{"invalid escape string", `a backslash may only stand before a literal colon, as in \:`}
	faultNamed  = &fault{"wildcards must be named with a non-empty name", "write ':id' or '*path'"}
	faultEnd    = &fault{"catch-all routes are only allowed at the end of the path", "use a param, or end the pattern there"}
	faultBefore = &fault{"no / before catch-all", "let the catch-all begin its segment"}
)

// faultTwo shows the segment from its first wildcard on.
func faultTwo(has string) *fault {
	if strings.HasPrefix(has, "**") {
		return &fault{reason: "a catch-all is one '*' and a name, has: '" + has + "'", fix: "write '*path'"}
	}
	return &fault{
		reason: "only one wildcard per path segment is allowed, has: '" + has + "'",
		fix:    "put a '/' between the two",
	}
}

// A part is a run of literal bytes, or one wildcard. Of the node types only
// static, param and catchAll occur.
type part struct {
	nType nType
	text  string // the literal with its escapes resolved; the name of a wildcard
}

// parse cuts pattern into its parts. Two literals are never neighbours, a
// param is followed by nothing or by a literal that begins with '/', and a
// catch-all comes last, behind a '/'. The fault is nil if nothing is wrong.
func parse(pattern string) (parts []part, wrong *fault) {
	if pattern == "" || pattern[0] != '/' {
		return nil, faultSlash
	}
	wildcards := strings.Count(pattern, ":") + strings.Count(pattern, "*")
	parts = make([]part, 0, 2*wildcards+1) // a literal before each, and one behind the last
	for rest := pattern[1:]; rest != ""; {
		var p part
		var size int
		switch rest[0] {
		case ':', '*':
			p, size, wrong = parseWildcard(pattern[:len(pattern)-len(rest)], rest)
		default:
			p, size, wrong = parseLiteral(rest)
		}
		if wrong != nil {
			return nil, wrong
		}
		parts = append(parts, p)
		rest = rest[size:]
	}
	return parts, nil
}

// parseLiteral reads up to the next wildcard and returns how many bytes of the
// pattern that took.
func parseLiteral(rest string) (p part, size int, wrong *fault) {
	for size < len(rest) && rest[size] != ':' && rest[size] != '*' {
		if rest[size] == '\\' {
			if size+1 == len(rest) || rest[size+1] != ':' {
				return part{}, 0, faultEscape
			}
			size++
		}
		size++
	}
	return part{nType: static, text: resolve(rest[:size])}, size, nil
}

// resolve returns a well-formed pattern, or a literal of one, without its
// escapes: for people, since "/:a" may stand for a param or for these bytes.
func resolve(pattern string) string { return strings.ReplaceAll(pattern, `\:`, ":") }

// parseWildcard reads ":name" or "*name" at the front of rest; before is the
// pattern up to there.
func parseWildcard(before, rest string) (p part, size int, wrong *fault) {
	size = segmentEnd(rest, 0)
	p = part{nType: param, text: rest[1:size]}
	if rest[0] == '*' {
		p.nType = catchAll
	}
	switch {
	case strings.ContainsAny(p.text, ":*"):
		return p, 0, faultTwo(rest[:size])
	case strings.Contains(p.text, `\`):
		return p, 0, faultEscape
	case p.text == "":
		return p, 0, faultNamed
	case p.nType == catchAll && size < len(rest):
		return p, 0, faultEnd
	case p.nType == catchAll && before[len(before)-1] != '/':
		return p, 0, faultBefore
	}
	return p, size, nil
}

// examplePath returns a path that matches the parts: each wildcard takes its
// own name.
func examplePath(parts []part) string {
	var b strings.Builder
	b.WriteByte('/')
	for _, p := range parts {
		b.WriteString(p.text)
	}
	return b.String()
}

// Wildcard returns the position of the ':' or '*' at which the wildcard of a segment begins,
// -1 if the segment has none: for who writes patterns in another form, a document's say.
func Wildcard(segment string) int {
	for i := range len(segment) {
		if c := segment[i]; (c == ':' || c == '*') && (i == 0 || segment[i-1] != '\\') {
			return i
		}
	}
	return -1
}
