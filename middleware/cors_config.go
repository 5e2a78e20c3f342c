package middleware

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file has the configuration of CORS, and refuses what would accidentally
// open a service to every page on the web. The layer itself is in cors.go.

// CORSConfig sets up CORS. Its zero value lets no other origin read anything.
type CORSConfig struct {
	// AllowOrigins are the origins whose pages may read the answers, written as
	// browsers send them: "https://app.example.com", "http://localhost:5173".
	// The one entry "*" means any origin, without credentials.
	AllowOrigins []string
	// AllowOriginFunc, if set, reports whether to allow an origin that
	// AllowOrigins does not list. Compare whole origins in it:
	// "https://evilexample.com" also ends in "example.com". It is never called
	// with "null".
	AllowOriginFunc func(c *dram.Context, origin string) bool
	// AllowNullOrigin allows the origin "null", which sandboxed frames, files and
	// redirects have: any page can obtain it.
	AllowNullOrigin bool
	// AllowCredentials lets allowed origins send cookies and Authorization, and
	// read the answers.
	AllowCredentials bool

	// AllowMethods are the methods allowed besides GET, HEAD and POST, which need
	// no permission. "*" means all, without credentials.
	AllowMethods []string
	// AllowHeaders are the request headers that pages may set besides the few that
	// need no permission: "Content-Type" for JSON, "Authorization". "*" means all
	// but Authorization, without credentials.
	AllowHeaders []string
	// ExposeHeaders are the response headers that pages may read besides the few
	// that every page may read. "*" means all, without credentials.
	ExposeHeaders []string
	// MaxAge is how long a browser may remember the answer to a preflight.
	// Zero leaves it to the browser (5 seconds); browsers cap it at 2 to 24 hours.
	MaxAge time.Duration
	// AllowPrivateNetwork lets allowed pages of the public internet reach this
	// server in a private network (Private Network Access).
	AllowPrivateNetwork bool

	// OnError answers refused preflights with 403; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg CORSConfig) Validate() error {
	for _, origin := range cfg.AllowOrigins {
		if fault := originFault(origin); fault != "" {
			return misconfigured("CORS", "AllowOrigins", "%q %s", origin, fault)
		}
	}
	if slices.Contains(cfg.AllowOrigins, "*") {
		if err := cfg.validateAnyOrigin(); err != nil {
			return err
		}
	}
	if cfg.AllowCredentials && cfg.AllowNullOrigin {
		return misconfigured("CORS", "AllowNullOrigin", "anyone can have the origin null, so it gets no credentials; drop one of the two")
	}
	if cfg.MaxAge < 0 || cfg.MaxAge > 0 && cfg.MaxAge < time.Second {
		return misconfigured("CORS", "MaxAge", "%v is not 0 or at least one second", cfg.MaxAge)
	}
	return cfg.validateNames()
}

// validateAnyOrigin refuses "*" together with what only named origins may have.
func (cfg CORSConfig) validateAnyOrigin() error {
	switch {
	case len(cfg.AllowOrigins) > 1 || cfg.AllowOriginFunc != nil:
		return misconfigured("CORS", "AllowOrigins", `"*" allows every origin already; list the origins or leave only "*"`)
	case cfg.AllowCredentials:
		return misconfigured("CORS", "AllowOrigins", `"*" with AllowCredentials would let every page read what the user may read; list the origins, such as "https://app.example.com"`)
	case cfg.AllowPrivateNetwork:
		return misconfigured("CORS", "AllowOrigins", `"*" with AllowPrivateNetwork would let every page reach into the private network; list the origins`)
	}
	return nil
}

// validateNames checks the three lists of names.
func (cfg CORSConfig) validateNames() error {
	for _, list := range []struct {
		field string
		names []string
	}{
		{"AllowMethods", cfg.AllowMethods}, {"AllowHeaders", cfg.AllowHeaders}, {"ExposeHeaders", cfg.ExposeHeaders},
	} {
		for _, name := range list.names {
			if !httpfield.IsToken(name) {
				return misconfigured("CORS", list.field, "%q is not a name; write one per entry, such as \"X-Total-Count\"", name)
			}
			if name == "*" && cfg.AllowCredentials {
				return misconfigured("CORS", list.field, `browsers take "*" as a name when there are credentials; list the names`)
			}
		}
	}
	return nil
}

// originFault returns why an entry can never equal an origin that a browser
// sends, or allows more than it seems to, and what to write instead; "" for a
// good one.
func originFault(origin string) string {
	if origin == "*" {
		return ""
	}
	if origin == "null" {
		return "is not an origin to list; set AllowNullOrigin if sandboxed pages are meant"
	}
	if strings.Contains(origin, "*") {
		return "has a wildcard; list the origins whole, or decide in AllowOriginFunc"
	}
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return `is not an origin; write scheme://host or scheme://host:port, such as "https://app.example.com"`
	}
	want := strings.ToLower(u.Scheme + "://" + u.Host)
	if u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" {
		want = strings.TrimSuffix(strings.TrimSuffix(want, ":443"), ":80")
	}
	if addr, err := netip.ParseAddr(strings.Trim(u.Hostname(), "[]")); err == nil && addr.Zone() != "" {
		return "has a zone, which no browser sends"
	}
	if want != origin {
		return "is not written as browsers write it; write \"" + want + "\""
	}
	if strings.ContainsFunc(origin, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "has letters beyond ASCII; write the name in Punycode (xn--…)"
	}
	return ""
}
