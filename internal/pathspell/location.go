package pathspell

import (
	"net/url"
	"strings"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is the rule of what leads a client on: a location without a scheme is a path of
// the service, and stays one when a browser reads it. Browsers read more than RFC 3986
// says (WHATWG URL, "URL parsing"): a backslash is a slash, tabs, line breaks and the spaces
// at both ends are not there, "%2e" is a dot, and "//host" is another host.

// Locate returns a location as the client has to ask for it, who finds the service below
// base. What has a scheme leads where it says; a path has base in front, once, and a
// relative one, which belongs to the path of the request's URL, in any case.
func Locate(base string, asked *url.URL, location string) string {
	if hasScheme(location) {
		return location
	}
	if location = asRead(location); strings.HasPrefix(location, "/") {
		return Below(base, local(location))
	}
	from := Escaped(asked)
	return base + local(from[:strings.LastIndexByte(from, '/')+1]+location)
}

// Local returns a path with its query and fragment as one of this host: it begins with one
// slash, and has no segment "." or "..", which lead no further than to the root.
func Local(location string) string { return local(asRead(location)) }

// Below returns a path below base, unless it is already there.
func Below(base, path string) string {
	if base == "" || path == base || strings.HasPrefix(path, base) && strings.IndexByte("/?#", path[len(base)]) >= 0 {
		return path
	}
	return base + path
}

// hasScheme reports whether a location begins with a scheme (RFC 3986 section 3.1).
func hasScheme(location string) bool {
	for i := range len(location) {
		switch c := location[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case c == ':':
			return i > 0
		case i == 0, !httpfield.IsAlphaNum(c) && c != '+' && c != '-' && c != '.':
			return false
		}
	}
	return false
}

// asRead returns a location as a browser reads it: with slashes in place of the backslashes
// of its path, and without spaces around it and control characters, of which some are not
// there to it and some cannot stand in a header.
func asRead(location string) string {
	if hasControl(location) {
		location = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return -1
			}
			return r
		}, location)
	}
	location = strings.Trim(location, " ")
	if !strings.Contains(location, `\`) {
		return location
	}
	path, rest := splitPath(location)
	return strings.ReplaceAll(path, `\`, "/") + rest
}

// local is Local for a location that is written as it is read.
func local(location string) string {
	path, rest := splitPath(location)
	if strings.Contains(path, ".") || hasEscape(path, func(c byte) bool { return c == '.' }) {
		path = withoutDots(path)
	}
	return "/" + strings.TrimLeft(path, "/") + rest
}

// withoutDots resolves the segments "." and ".." of a path (RFC 3986 section 5.2.4).
func withoutDots(path string) string {
	var kept []string
	for segment, more := "", true; more; {
		segment, path, more = strings.Cut(path, "/")
		switch Normalize(segment) {
		case ".":
			segment = ""
		case "..":
			segment, kept = "", kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, segment)
			continue
		}
		if !more { // "/a/." is "/a/"
			kept = append(kept, segment)
		}
	}
	return strings.Join(kept, "/")
}

// splitPath cuts the query and the fragment off.
func splitPath(location string) (path, rest string) {
	if end := strings.IndexAny(location, "?#"); end >= 0 {
		return location[:end], location[end:]
	}
	return location, ""
}
