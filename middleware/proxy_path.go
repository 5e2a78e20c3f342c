package middleware

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/pathspell"
)

// This file decides which paths Proxy passes on, those with only one spelling, and
// which queries.
//
// The layers in front of Proxy guard the path that the router saw. The server
// may read the same bytes differently: it cleans //, /./ and /../, it takes a
// backslash or %2F for a slash, it drops ;params, it decodes twice. So
//
//	r.Any("/admin/*path", auth, proxy)
//	r.Any("/*path", proxy)
//
// would let //admin/secret past auth. A path that two servers could read
// differently is therefore refused, whatever server is behind. Other paths are
// passed on unchanged, including their escapes.

// address returns where a request is sent. If its path is ambiguous, it is not
// sent, and fault tells the client what is wrong.
func (p *proxy) address(c *dram.Context) (to *url.URL, fault string) {
	u := c.Request.URL
	rules := pathspell.Server
	if p.AllowEncodedSlash {
		rules |= pathspell.EscapedSlash
	}
	if fault := spellingFault(c, rules); fault != "" {
		return nil, fault
	}
	if i := strings.IndexFunc(u.RawQuery, notInQuery); i >= 0 {
		return nil, fmt.Sprintf("the query has %q, unescaped", u.RawQuery[i:i+1])
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

// notInQuery reports whether a query cannot have r as it is. HTTP/2 carries any bytes,
// but in HTTP/1.1 a space ends the target (RFC 9112 section 3); the others are those
// that no URL has (RFC 3986 section 2) and that servers escape, drop or refuse.
func notInQuery(r rune) bool {
	return r <= ' ' || r >= 0x7f || r == '"' || r == '<' || r == '>'
}

// cutPrefix takes a prefix from the front of a path, decoded and as it came; ok
// is false if it ends with an escaped slash, which does not end a segment. A path
// that does not begin with the prefix stays as it is.
func cutPrefix(u *url.URL, prefix string) (path, escaped string, ok bool) {
	path, escaped = u.Path, pathspell.Escaped(u)
	rest, found := strings.CutPrefix(path, prefix)
	if !found || rest != "" && rest[0] != '/' {
		return path, escaped, true
	}
	escaped = escaped[pathspell.Index(escaped, len(prefix)):]
	if rest == "" {
		return "/", "/", true
	}
	return rest, escaped, escaped[0] == '/'
}
