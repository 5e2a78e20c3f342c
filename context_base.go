package dram

import (
	"cmp"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/pathspell"
)

// This file is for services that a proxy has put below a path of its own: the client asks
// for /app/users, the proxy takes /app away, and the Engine sees /users. What leads the
// client back, an address in a page, a redirect, the path of a cookie, needs the prefix
// again. Where the proxy has told it (context_peer.go says whom to believe), the Context
// adds it to redirects and cookies by itself; addresses in bodies are made by URL.
// See docs/internals/11-misses.md.

// BasePath returns the path below which the client reaches the service: "/app", or "" if that
// is the root. It is what the last entry of X-Forwarded-Prefix says, if the peer is a
// trusted proxy; see Engine.SetTrustedProxies. The proxy nearest to the service has to
// name the whole prefix. Of what the header says only letters, digits and "-._~" are kept,
// in segments without "." and "..".
func (c *Context) BasePath() string {
	c.live()
	if c.Request == nil { // of CreateTestContext
		return ""
	}
	lines := c.Request.Header["X-Forwarded-Prefix"]
	if len(lines) == 0 || !c.engine.proxies.Trust(c.Request) {
		return ""
	}
	kept := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (strings.ContainsRune("/-._~", r) || httpfield.IsAlphaNum(byte(r))) {
			return r
		}
		return -1
	}, path.Clean("/"+httpfield.Last(lines)))
	if kept = path.Clean("/" + kept); kept == "/" {
		return ""
	}
	return kept
}

// URL returns the address at which the client finds a path of the service, for links in
// pages and bodies: URL("/users?page=2") is "/app/users?page=2" below "/app". The path is
// taken as it is, so that values in it have to be escaped (url.PathEscape), and it leads
// neither to another host nor above the service, however a browser reads it: slashes and
// backslashes at its beginning count as one slash, control characters are left out, and
// segments "." and "..", escaped ones too, are resolved.
//
// The address has no scheme and no host. A mail, say, needs them: write there the name that
// the service is configured with, since the Host header is the client's to choose.
func (c *Context) URL(path string) string { return c.BasePath() + pathspell.Local(path) }

// CookiePath returns the path that a cookie called name needs in order to come back for a
// path of the service: "/app/admin" for "/admin" below "/app"; "" is the whole service. For
// names that begin with "__Host-" that is "/" whatever the prefix, since browsers take no
// other. SetCookie and SetCookieData ask it.
func (c *Context) CookiePath(name, path string) string {
	path = cmp.Or(path, "/")
	base := c.BasePath()
	switch {
	case base == "" || path[0] != '/':
		return path
	case len(name) >= len(hostCookie) && strings.EqualFold(name[:len(hostCookie)], hostCookie):
		return "/"
	case path == "/":
		return base
	}
	return pathspell.Below(base, path)
}

// hostCookie begins the names of cookies that are for one host and all its paths.
const hostCookie = "__Host-"
