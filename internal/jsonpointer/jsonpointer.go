// Package jsonpointer writes JSON Pointers (RFC 6901): where a value stands in a document.
// See docs/typed.md.
package jsonpointer

import (
	"strconv"
	"strings"
)

var escape = strings.NewReplacer("~", "~0", "/", "~1")

// Escape returns the name of a member as a step of a pointer has it.
func Escape(name string) string { return escape.Replace(name) }

// Of makes a pointer of a path as package binding writes it: "items[2].price" is
// "/items/2/price", and `by["a/b"]` is "/by/a~1b".
func Of(path string) string {
	if path != "" && !strings.ContainsAny(path, ".[~/") {
		return "/" + path
	}
	var out strings.Builder
	for path != "" {
		end := strings.IndexAny(path, ".[")
		name, rest := path, ""
		if end >= 0 {
			name, rest = path[:end], path[end:]
		}
		if key, ok := strings.CutPrefix(path, "["); ok {
			name, rest = cutKey(key)
		}
		if name != "" || end != 0 {
			out.WriteString("/" + Escape(name))
		}
		path = strings.TrimPrefix(rest, ".")
	}
	return out.String()
}

// cutKey returns the key in front of a bracket, which may be quoted, and what is behind it.
func cutKey(text string) (key, rest string) {
	if quoted, err := strconv.QuotedPrefix(text); err == nil {
		key, _ = strconv.Unquote(quoted)
		return key, strings.TrimPrefix(text[len(quoted):], "]")
	}
	key, rest, _ = strings.Cut(text, "]")
	return key, rest
}
