package httpfield

import "net/url"

// EscapePath is a path as a URL has it: escaped where it must be, and nowhere
// else (RFC 3986 section 3.3).
func EscapePath(path string) string { return (&url.URL{Path: path}).EscapedPath() }
