package transcode

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// template is the path of a rule (google.api.http, "Path template syntax"):
//
//	/v1/{name=shelves/*/books/*}:move
//
// has the segments v1, shelves, *, books, *, the variable name of four of them, and the verb move.
type template struct {
	text     string
	segments []string // a literal, "*" for any one, "**" for all that follow
	verb     string
	vars     []variable
}

// variable is a field that has its value from the segments from up to to, in the template.
type variable struct {
	field    string
	from, to int
}

const (
	literal = `[A-Za-z0-9._~!$&'()+,;=@-]+`
	segment = `(?:\*\*?|` + literal + `)`
	field   = `[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*`
)

var (
	isTemplate = regexp.MustCompile(`^((?:/(?:` + segment + `|\{` + field + `(?:=` + segment + `(?:/` + segment + `)*)?\}))+)(?::(` + literal + `))?$`)
	pieces     = regexp.MustCompile(`\{[^}]*\}|[^/{}]+`)
)

// parseTemplate reads a template. The error says what to write.
func parseTemplate(text string) (t template, err error) {
	m := isTemplate.FindStringSubmatch(text)
	if m == nil {
		return t, fmt.Errorf("the path %q is not one: write segments that begin with /, each a name, *, or a field in braces, {name} or {name=shelves/*}; ** may be the last, and :verb stand behind it", text)
	}
	t = template{text: text, verb: m[2]}
	for _, part := range pieces.FindAllString(m[1], -1) {
		segments := part
		if inner, isField := strings.CutPrefix(strings.TrimSuffix(part, "}"), "{"); isField {
			v := variable{from: len(t.segments)}
			if v.field, segments, _ = strings.Cut(inner, "="); segments == "" {
				segments = "*"
			}
			v.to = v.from + 1 + strings.Count(segments, "/")
			t.vars = append(t.vars, v)
		}
		t.segments = append(t.segments, strings.Split(segments, "/")...)
	}
	if i := slices.Index(t.segments, "**"); i >= 0 && i < len(t.segments)-1 {
		return t, fmt.Errorf("the path %q goes on behind **: write it as the last segment", text)
	}
	return t, nil
}

// match reports whether a path fits, whose segments are as they came. verb is what stands behind
// the last colon of the last one.
func (t *template) match(parts []string, verb string) bool {
	if t.verb != "" {
		if verb != t.verb {
			return false
		}
		parts = slices.Clone(parts)
		last := &parts[len(parts)-1]
		*last = (*last)[:strings.LastIndexByte(*last, ':')]
	}
	for i, segment := range t.segments {
		if segment == "**" {
			return true
		}
		if i >= len(parts) || parts[i] == "" || segment != "*" && segment != decode(parts[i]) {
			return false
		}
	}
	return len(parts) == len(t.segments)
}

// value is that of a variable in a path that fits.
func (t *template) value(v variable, parts []string) string {
	to := v.to
	if t.segments[v.to-1] == "**" {
		to = len(parts)
	}
	values := make([]string, 0, to-v.from)
	for i, part := range parts[v.from:to] {
		if t.verb != "" && v.from+i == len(parts)-1 {
			part = part[:strings.LastIndexByte(part, ':')]
		}
		values = append(values, decode(part))
	}
	return strings.Join(values, "/")
}

// decode undoes the escapes of a segment.
func decode(segment string) string {
	decoded, _ := url.PathUnescape(segment) // of a URL that was parsed
	return decoded
}

// compare puts templates in the order in which they are tried: those with a verb, and then from
// left to right a literal in front of *, and * in front of **.
func compare(a, b template) int {
	rank := func(segment string) int { return min(strings.Count(segment, "*"), 2) }
	if c := cmp.Compare(len(b.verb), len(a.verb)); c != 0 && (a.verb == "" || b.verb == "") {
		return c
	}
	return slices.CompareFunc(a.segments, b.segments, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
}
