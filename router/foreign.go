package router

import (
	"regexp"
	"sync"
)

// This file knows what other routers read in a pattern, and dram does not. The Engine asks it when a
// route is registered, in debug mode.
// See docs/internals/04-handle.md.

// escape is an escaped byte in a pattern.
const escape = `%[0-9A-Fa-f]{2}`

// foreign is a part of a pattern that means something elsewhere, and what to write here.
type foreign struct {
	syntax *regexp.Regexp
	mend   string
}

// syntaxes are compiled when they are first asked.
var syntaxes = sync.OnceValue(func() (list []foreign) {
	for _, other := range [][2]string{
		{`/\{(\w+)\.\.\.\}$`, "for the rest of the path write /*$1"},
		{`/\{\$\}$`, "a pattern matches the whole path: leave {$$} out"},
		{`\{(\w+)(:[^/]*)?\}`, "for a param write :$1"},
		{`\[\.\.\.(\w+)\]`, "for the rest of the path write /*$1"},
		{`/\[(\w+)\]`, "for a param write :$1"},
		{`/\.\.\.$`, "for the rest of the path write /*path"},
		{`\*\w*\.\w+$`, "a catch-all takes the rest of the path, whatever its end: write /*path and look at it in the handler"},
		{`#[^/]*$`, "a request has no fragment: leave it out"},
		{escape, "a pattern is the decoded path, unless UseRawPath or UseEscapedPath is set: write the character itself"},
		{`^/(?:[A-Z]+ +/|https?:)`, "a pattern is a path alone: the method is the call's, and a host has a group of its own (Engine.Host)"},
		{`/ | /| $|[\t\r\n]`, "a path has no space there: leave it out"},
		{`:(\w+)(?:<.*>|\(.*\)|\?)`, "a param matches any segment: write :$1 and check its value in the handler, by ShouldBindUri for one"},
		{`:(\w+)[+*](?:/|$)`, "for the rest of the path write /*$1"},
		{`<(?:\w+:)?(\w+)(:[^/]*)?>`, "for a param write :$1"},
		{`\?[^/]*$`, "a pattern has no query: leave it out, and read it by Context.Query"},
		{`^/\^/|\$$|\([^/()]+\|[^/()]+\)`, "a pattern is not a regular expression: register each path, or a param"},
	} {
		list = append(list, foreign{regexp.MustCompile(other[0]), other[1]})
	}
	return list
})

// Foreign returns the part of a pattern that matches only itself here, though other routers, or regular
// expressions, take it for more ("{id}", "[id]", ":id?"), and what to write instead; "" if there is none. With
// escaped the pattern is one of the escaped path (Engine.UseRawPath). It is for who reads patterns from a file:
// the Engine says it of its own in debug mode.
func Foreign(pattern string, escaped bool) (part, mend string) {
	for _, other := range syntaxes() {
		if at := other.syntax.FindStringSubmatchIndex(pattern); at != nil && !(escaped && other.syntax.String() == escape) {
			return pattern[at[0]:at[1]], string(other.syntax.ExpandString(nil, other.mend, pattern, at))
		}
	}
	return "", ""
}
