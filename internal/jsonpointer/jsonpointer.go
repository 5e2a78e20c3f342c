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
func Of(path string) string { return string(Append(nil, path)) }

// Append appends what Of returns.
func Append(b []byte, path string) []byte {
	if isName(path) {
		return append(append(b, '/'), path...)
	}
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
			b = append(append(b, '/'), Escape(name)...)
		}
		path = strings.TrimPrefix(rest, ".")
	}
	return b
}

// isName reports whether a path is a name that needs no escape. It is a loop since strings.ContainsAny
// takes longer than all else.
func isName(path string) bool {
	for i := range len(path) {
		switch path[i] {
		case '.', '[', '~', '/':
			return false
		}
	}
	return path != ""
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
