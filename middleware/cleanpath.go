package middleware

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/files"
	"github.com/dram-go/dram/router"
)

// CleanPath stands before handlers that clean paths themselves, as
// http.FileServer, http.ServeMux and servers behind a proxy do: to them
// "//admin" and "/x/../admin" are "/admin", to the router they are not, so that
// a guard of "/admin" does not run.

// CleanPathConfig sets up CleanPath.
type CleanPathConfig struct {
	// EscapedSlashes leaves escaped slashes and backslashes (%2F, %5C) as they
	// are, for engines with UseRawPath or UseEscapedPath whose params hold them.
	// What is behind a catch-all may then read a path in another way than the
	// router. Default false: a %2F is redirected to the slash, a %5C refused.
	EscapedSlashes bool
	// OnError answers with 400 to paths that no spelling makes clean; see
	// ErrorHandler.
	OnError ErrorHandler
}

// CleanPath redirects requests to the clean spelling of their path, as
// http.ServeMux does: without "//", "." and "..", and without escapes of what
// needs none ("%61"; RFC 3986 section 6.2.2). The redirect is a 308, which keeps
// method and body; the query stays, and no redirect leads to another host.
// Backslashes, control bytes and invalid UTF-8 are refused with 400. CONNECT and
// "OPTIONS *" have no path to clean.
//
// It is a layer of the whole engine, before those that it protects:
//
//	r.Use(middleware.CleanPath(middleware.CleanPathConfig{}))
func CleanPath(cfg CleanPathConfig) dram.HandlerFunc {
	return func(c *dram.Context) {
		u := c.Request.URL
		if c.Request.Method == http.MethodConnect || !strings.HasPrefix(u.Path, "/") {
			return
		}
		if u.RawPath == "" && router.CleanPath(u.Path) == u.Path && isPlain(u.Path) {
			return
		}
		asked := u.EscapedPath()
		clean, ok := cfg.clean(asked)
		switch {
		case !ok, strings.Contains(u.RawPath, `\`):
			refuse(c, cfg.OnError, http.StatusBadRequest, "the path can be read in more than one way")
		case clean != asked:
			redirectToPath(c, clean)
		}
	}
}

// clean is the clean spelling of an escaped path.
func (cfg *CleanPathConfig) clean(escaped string) (clean string, ok bool) {
	escaped = unescapeUnreserved(escaped)
	if !cfg.EscapedSlashes {
		escaped = strings.NewReplacer("%2F", "/", "%2f", "/").Replace(escaped)
	}
	clean = router.CleanPath(escaped)
	plain, err := url.PathUnescape(clean)
	if err != nil {
		return "", false
	}
	if cfg.EscapedSlashes {
		plain = strings.ReplaceAll(plain, `\`, "")
	}
	return clean, isPlain(plain)
}

// isPlain reports whether a decoded path has nothing that some software takes for
// something else: a backslash, a control byte, bytes that are not UTF-8.
func isPlain(path string) bool {
	for i := range len(path) {
		if c := path[i]; c < ' ' || c == 0x7f || c == '\\' {
			return false
		}
	}
	return utf8.ValidString(path)
}

// redirectToPath ends the chain with a redirect to an escaped path of this host,
// which does not begin with two slashes.
func redirectToPath(c *dram.Context, path string) {
	if query := c.Request.URL.RawQuery; query != "" {
		path += "?" + query
	}
	c.Header("Location", path)
	c.AbortWithStatus(http.StatusPermanentRedirect)
}

// unescapeUnreserved undoes the escapes of what needs none.
func unescapeUnreserved(escaped string) string {
	if !files.IsDisguised(escaped) {
		return escaped
	}
	var b strings.Builder
	for i := 0; i < len(escaped); i++ {
		if escaped[i] == '%' && i+2 < len(escaped) {
			c, err := strconv.ParseUint(escaped[i+1:i+3], 16, 8)
			if err == nil && files.IsUnreserved(byte(c)) {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(escaped[i])
	}
	return b.String()
}
