package binding

// Since Go 1.27 encoding/json goes on after a value of a wrong type, and writes the whole
// path down for each: a name of a megabyte with a thousand wrong values in it takes
// seconds, one of 16 MiB takes hours. So a body with long paths is compared with the type
// first, as error_json.go does it in linear time, and decoded only if nothing is wrong.
// See docs/internals/15-binding.md.

import "reflect"

const (
	// plainBody is the size up to which no body is looked through for long paths.
	plainBody = 8 << 10
	// plainPath is the length up to which paths may be written down for each error.
	plainPath = 256
)

// compareFirst returns what is wrong with a body whose paths an engine had better not
// write down, nil for every other body.
func compareFirst(body []byte, obj any) error {
	ptr := reflect.ValueOf(obj)
	if len(body) <= plainBody || !writesPaths() || ptr.Kind() != reflect.Pointer || ptr.IsNil() ||
		longestPath(body) <= plainPath || jsonSyntax(nil, body) != nil {
		return nil
	}
	c := newJSONCheck(body, newJSONRules())
	c.value(ptr.Type().Elem())
	return c.errs.orNil()
}

// longestPath returns the length of the longest path of names in a body, which need not be
// valid JSON.
func longestPath(body []byte) (longest int) {
	var outer []int // the lengths of the paths to the objects and arrays around
	path, name := 0, 0
	for at := 0; at < len(body); at++ {
		switch body[at] {
		case '"':
			name = stringLength(body[at+1:])
			at += name + 1
		case ':':
			path = name + 1
			if len(outer) > 0 {
				path += outer[len(outer)-1]
			}
			longest = max(longest, path)
		case '{', '[':
			outer = append(outer, path)
		case '}', ']':
			if len(outer) > 0 {
				path, outer = outer[len(outer)-1], outer[:len(outer)-1]
			}
		}
	}
	return longest
}

// stringLength returns how far the end is of the string that rest begins in.
func stringLength(rest []byte) int {
	for at := 0; at < len(rest); at++ {
		switch rest[at] {
		case '"':
			return at
		case '\\':
			at++ // what is escaped
		}
	}
	return len(rest)
}
