package middleware

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file says which paths Proxy sends on: those with one spelling.
//
// The layers in front of Proxy guard the path that the router saw. The server
// behind may read the same bytes in another way: it cleans //, /./ and /../, it
// takes a backslash or %2F for a slash, it drops ;params, it decodes twice. So
//
//	r.Any("/admin/*path", auth, proxy)
//	r.Any("/*path", proxy)
//
// would let //admin/secret past auth. A path that two servers could read as two
// paths is therefore refused, whatever the server behind is. What is left goes on
// as it came, its escapes included.

// address is where a request goes. If its path is ambiguous, it goes nowhere, and
// fault says to the client what is wrong.
func (p *proxy) address(c *dram.Context) (to *url.URL, fault string) {
	u := c.Request.URL
	if fault := spellingFault(u, p.AllowEncodedSlash); fault != "" {
		return nil, fault
	}
	if c.RoutePath() != u.Path && !isCanonical(u) {
		return nil, "the path escapes what needs no escape, or has lower-case digits in an escape"
	}
	path, escaped, ok := cutPrefix(u, p.StripPrefix)
	if !ok {
		return nil, `the path has an escaped slash ("%2F") behind ` + p.StripPrefix
	}
	return &url.URL{
		Scheme: p.target.Scheme, Host: p.target.Host,
		Path:     strings.TrimSuffix(p.target.Path, "/") + path,
		RawPath:  strings.TrimSuffix(p.target.EscapedPath(), "/") + escaped,
		RawQuery: u.RawQuery, ForceQuery: u.ForceQuery,
	}, ""
}

// spellingFault says what is ambiguous in a path for a router that sees it
// decoded; "" if nothing is.
func spellingFault(u *url.URL, encodedSlash bool) string {
	switch path := u.Path; {
	case path == "" || path[0] != '/':
		return `the path does not begin with "/"`
	case strings.Contains(path, "//"):
		return `the path has an empty segment ("//")`
	case hasDotSegment(path):
		return `the path has "." or ".." for a segment`
	case strings.Contains(path, `\`):
		return `the path has a backslash`
	case strings.Contains(path, ";"):
		return `the path has ";", behind which some servers see no path`
	case strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "the path has a control character"
	case !utf8.ValidString(path):
		return "the path is not UTF-8"
	case hasEscape(path):
		return `the path is escaped twice ("%25" in front of two hexadecimal digits)`
	case !encodedSlash && strings.Contains(strings.ToLower(u.EscapedPath()), "%2f"):
		return `the path has an escaped slash ("%2F")`
	}
	return ""
}

// hasDotSegment reports whether a segment of a decoded path is "." or "..".
func hasDotSegment(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// hasEscape reports whether a decoded path would change if it was decoded again.
func hasEscape(path string) bool {
	for {
		_, rest, found := strings.Cut(path, "%")
		if !found {
			return false
		}
		if len(rest) >= 2 && isHex(rest[0]) && isHex(rest[1]) {
			return true
		}
		path = rest
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// isCanonical reports whether a path is escaped as net/url does it. A router that
// sees escaped paths takes /%61dmin for another path than /admin, and the server
// behind may not: so each path may have one escaped form only.
func isCanonical(u *url.URL) bool {
	for segment := range strings.SplitSeq(u.EscapedPath(), "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil || strings.ReplaceAll(httpfield.EscapePath(plain), "/", "%2F") != segment {
			return false
		}
	}
	return true
}

// cutPrefix takes a prefix from the front of a path, decoded and as it came; ok
// is false if it ends with an escaped slash, which is no segment's end. A path
// that does not begin with the prefix stays as it is.
func cutPrefix(u *url.URL, prefix string) (path, escaped string, ok bool) {
	path, escaped = u.Path, u.EscapedPath()
	rest, found := strings.CutPrefix(path, prefix)
	if !found || rest != "" && rest[0] != '/' {
		return path, escaped, true
	}
	for range len(prefix) {
		if escaped[0] == '%' {
			escaped = escaped[2:]
		}
		escaped = escaped[1:]
	}
	if rest == "" {
		return "/", "/", true
	}
	return rest, escaped, escaped[0] == '/'
}
