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
	whole    bool // of several segments: an escaped slash stays escaped
}

var (
	isField   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)
	isLiteral = regexp.MustCompile(`^[A-Za-z0-9._~!$&'()+,;=@-]+$`)
)

// parseTemplate reads a template. The error says what is wrong with it, and what to write.
func parseTemplate(text string) (t template, err error) {
	t.text = text
	rest, ok := strings.CutPrefix(text, "/")
	if !ok {
		return t, fmt.Errorf("the path %q has to begin with /", text)
	}
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexAny(rest, "/}") {
		rest, t.verb = rest[:i], rest[i+1:]
		if !isLiteral.MatchString(t.verb) {
			return t, fmt.Errorf("the path %q ends with a verb that is not one: write a name behind the colon", text)
		}
	}
	for rest != "" {
		if inner, ok := strings.CutPrefix(rest, "{"); ok {
			inner, rest, ok = strings.Cut(inner, "}")
			if !ok {
				return t, fmt.Errorf("the path %q has a { without }", text)
			}
			err = t.variable(inner)
		} else {
			segment, _, _ := strings.Cut(rest, "/")
			rest = rest[len(segment):]
			err = t.add(segment)
		}
		if err != nil {
			return t, err
		}
		if next, ok := strings.CutPrefix(rest, "/"); ok && next != "" {
			rest = next
		} else if rest != "" {
			return t, fmt.Errorf("the path %q goes on behind a segment: write a / there, and none at its end", text)
		}
	}
	if i := slices.Index(t.segments, "**"); len(t.segments) == 0 || i >= 0 && i < len(t.segments)-1 {
		return t, fmt.Errorf("the path %q has to have a segment, and ** only as its last", text)
	}
	return t, nil
}

// variable adds what stands in braces.
func (t *template) variable(inner string) error {
	field, segments, has := strings.Cut(inner, "=")
	if !has {
		segments = "*"
	}
	if !isField.MatchString(field) {
		return fmt.Errorf("the path %q has {%s}: write the name of a field in it, {name} or {name=shelves/*}", t.text, inner)
	}
	v := variable{field: field, from: len(t.segments), whole: segments == "**" || strings.Contains(segments, "/")}
	for segment := range strings.SplitSeq(segments, "/") {
		if err := t.add(segment); err != nil {
			return err
		}
	}
	v.to = len(t.segments)
	t.vars = append(t.vars, v)
	return nil
}

func (t *template) add(segment string) error {
	if segment != "*" && segment != "**" && !isLiteral.MatchString(segment) {
		return fmt.Errorf("the path %q has the segment %q: write a name, * or **, or a field in braces", t.text, segment)
	}
	t.segments = append(t.segments, segment)
	return nil
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
		if i >= len(parts) || parts[i] == "" || segment != "*" && segment != decode(parts[i], false) {
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
		values = append(values, decode(part, v.whole))
	}
	return strings.Join(values, "/")
}

// decode undoes the escapes of a segment, but for those of slashes if keep is true.
func decode(segment string, keep bool) string {
	if keep {
		parts := strings.Split(strings.ReplaceAll(segment, "%2f", "%2F"), "%2F")
		for i := range parts {
			parts[i] = decode(parts[i], false)
		}
		return strings.Join(parts, "%2F")
	}
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
