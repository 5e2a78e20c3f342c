package middleware

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/pathspell"
	"github.com/dram-go/dram/router"
)

// CleanPath is for handlers that clean paths themselves, as http.FileServer,
// http.ServeMux and servers behind a proxy do: to them "//admin" and
// "/x/../admin" are "/admin", but to the router they are not, so a guard of
// "/admin" does not run.

// CleanPathConfig sets up CleanPath. Its zero value cleans escaped slashes too.
type CleanPathConfig struct {
	// EscapedSlashes leaves escaped slashes and backslashes (%2F, %5C) as they
	// are, for engines with UseRawPath or UseEscapedPath whose params hold them. A
	// handler of a catch-all may then read a path differently from the router.
	// Default false: %2F is redirected to the slash, and %5C is refused.
	EscapedSlashes bool
	// OnError answers with 400 to paths that have no clean spelling; see
	// ErrorHandler.
	OnError ErrorHandler
}

// CleanPath redirects requests to the clean spelling of their path, as
// http.ServeMux does: without "//", "." and "..", and without needless escapes
// ("%61"; RFC 3986 section 6.2.2). For routers that match escaped paths,
// escapes that net/url does not write ("%40", "%c3") are removed too, and the
// spelling with a more specific route wins (Context.StricterSpelling). The redirect is a 308, which keeps method and body; the query stays, and no
// redirect leads to another host. Backslashes, control bytes and invalid UTF-8
// are refused with 400. CONNECT and "OPTIONS *" have no path to clean.
//
// Use it on the whole engine, before the layers that it protects:
//
//	r.Use(middleware.CleanPath(middleware.CleanPathConfig{}))
func CleanPath(cfg CleanPathConfig) dram.HandlerFunc {
	return func(c *dram.Context) {
		u := c.Request.URL
		if c.Request.Method == http.MethodConnect || !strings.HasPrefix(u.Path, "/") {
			return
		}
		stricter := c.StricterSpelling()
		if u.RawPath == "" && stricter == "" && pathspell.Fault(u.Path, "", 0) == "" {
			return
		}
		asked := pathspell.Escaped(u)
		clean, fault := cfg.clean(asked, c.RoutePath() != u.Path)
		if clean == asked && fault == "" && stricter != "" {
			clean = asURL(stricter, u.Path)
			if clean == cmp.Or(u.RawPath, asked) {
				fault = "the path has a route under a spelling that cannot be asked for"
			}
		}
		switch {
		case strings.Contains(u.RawPath, `\`):
			fault = "the path has a backslash"
			fallthrough
		case fault != "":
			refuse(c, cfg.OnError, http.StatusBadRequest, fault)
		case clean != asked, stricter != "", strings.Contains(u.RawPath, "%") && u.RawPath != asked: // net/url drops a RawPath that is not escaped enough
			redirectTo(c, http.StatusPermanentRedirect, c.BasePath()+clean)
		}
	}
}

// asURL is how a client asks for a spelling of a path for the router.
func asURL(spelling, path string) string {
	if spelling == path && spelling != pathspell.EscapeLeast(path) {
		return pathspell.Escape(path)
	}
	return spelling
}

// Separators that are escaped, as slashes, and as letters.
var (
	asSlashes = strings.NewReplacer("%2F", "/", "%2f", "/")
	asLetters = strings.NewReplacer("%2F", "_", "%2f", "_", "%5C", "_", "%5c", "_")
)

// clean returns the clean spelling of an escaped path, and what is still wrong
// with it. For a router that matches escaped paths it keeps only the usual
// escapes.
func (cfg *CleanPathConfig) clean(escaped string, matched bool) (clean, fault string) {
	clean = pathspell.Normalize(escaped)
	if !cfg.EscapedSlashes {
		clean = asSlashes.Replace(clean)
	}
	clean = router.CleanPath(clean)
	plain := clean
	if cfg.EscapedSlashes {
		plain = asLetters.Replace(clean)
	}
	plain, err := url.PathUnescape(plain)
	if err != nil {
		return "", err.Error()
	}
	if matched && !cfg.EscapedSlashes {
		if clean = pathspell.EscapeLeast(plain); clean != escaped {
			clean = pathspell.Escape(plain)
		}
	}
	return clean, pathspell.Fault(plain, "", 0)
}
