package middleware

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/pathspell"
)

// Redirects leads clients to the one address of a service: HTTPS, and either
// www.example.com or example.com.

// WWWPolicy says which of a host's two names is the right one.
type WWWPolicy int

// The values of RedirectsConfig.WWW.
const (
	// KeepWWW keeps the name that the client used.
	KeepWWW WWWPolicy = iota
	// AddWWW redirects from example.com to www.example.com.
	AddWWW
	// RemoveWWW redirects from www.example.com to example.com.
	RemoveWWW
)

// RedirectsConfig sets up Redirects. Hosts must be set, and at least one of
// HTTPS and WWW.
type RedirectsConfig struct {
	// Hosts are the names that clients may be redirected to, without ports. With
	// WWW list only the right one of the two names. No client is redirected to
	// another name, whatever its Host header says.
	Hosts []string
	// HTTPS redirects from http to https. The scheme of a request is
	// Context.Scheme: behind a proxy that terminates TLS, name the proxy with
	// Engine.SetTrustedProxies, or every request ends in a redirect loop.
	HTTPS bool
	// HTTPSPort is the port of https. Zero means 443.
	HTTPSPort int
	// WWW says which of a host's two names to redirect to. Default KeepWWW.
	WWW WWWPolicy
	// Status is the status of the redirect: 301, 302, 307 or 308. Default 308,
	// which keeps method and body and may be cached indefinitely; 307 is the same
	// without caching, for a trial.
	Status int
	// OnError answers with 421 to requests for other hosts; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg RedirectsConfig) Validate() error {
	if len(cfg.Hosts) == 0 {
		return misconfigured("Redirects", "Hosts", `is empty; list the names to lead to, such as "example.com": the Host header is the client's to choose`)
	}
	for _, name := range cfg.Hosts {
		isWWW := strings.HasPrefix(name, "www.")
		h, ok := httpfield.ParseHost(name)
		switch {
		case !ok || h != httpfield.Host{Name: name}:
			return misconfigured("Redirects", "Hosts", `%q is not a host; write it as "example.com": lower case, no scheme, no port, no dot at its end`, name)
		case cfg.WWW == AddWWW && !isWWW, cfg.WWW == RemoveWWW && isWWW:
			return misconfigured("Redirects", "Hosts", "%q is the name that WWW leads away from; list the other", name)
		}
	}
	if cfg.WWW < KeepWWW || cfg.WWW > RemoveWWW {
		return misconfigured("Redirects", "WWW", "%d is not a policy; write middleware.AddWWW or middleware.RemoveWWW", cfg.WWW)
	}
	if !cfg.HTTPS && cfg.WWW == KeepWWW {
		return misconfigured("Redirects", "HTTPS", "neither it nor WWW is set, so there is nothing to do; set one")
	}
	if cfg.HTTPSPort < 0 || cfg.HTTPSPort > 65535 {
		return misconfigured("Redirects", "HTTPSPort", "%d is not a port; leave it 0 for 443", cfg.HTTPSPort)
	}
	switch cfg.Status {
	case 0, http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return nil
	}
	return misconfigured("Redirects", "Status", "%d is not a redirect; leave it 0 for 308", cfg.Status)
}

// Redirects answers requests that came with the wrong scheme or host name with
// a single redirect to the right address, with the same path and query. A
// request for a host that is not in Hosts, even after WWW is applied, is
// refused with 421: redirecting it could be an open redirect, or poison a
// cache. Segments "." and ".." of the path are resolved, and slashes at its beginning
// count as one (Context.URL).
//
// A redirect does not protect what a client has already sent in plain text: add
// HSTS (see Secure), so that it does not happen again.
func Redirects(cfg RedirectsConfig) dram.HandlerFunc {
	must(cfg.Validate())
	cfg.Status = cmp.Or(cfg.Status, http.StatusPermanentRedirect)
	if cfg.HTTPSPort == 443 {
		cfg.HTTPSPort = 0
	}
	return func(c *dram.Context) {
		asked, ok := httpfield.HostOf(c.Request)
		target := cfg.right(asked.Name)
		if !ok || !slices.Contains(cfg.Hosts, target) {
			refuse(c, cfg.OnError, http.StatusMisdirectedRequest, "this server is not responsible for that host")
			return
		}
		scheme := c.Scheme()
		upgrade := cfg.HTTPS && scheme != "https"
		if target == asked.Name && !upgrade {
			return
		}
		asked.Name = target
		if upgrade {
			scheme, asked.Port = "https", uint16(cfg.HTTPSPort)
		}
		path := pathspell.Escaped(c.Request.URL)
		if path == "*" {
			path = "/" // OPTIONS *
		}
		redirectTo(c, cfg.Status, scheme+"://"+asked.String()+c.URL(path))
	}
}

// right returns the name that name is redirected to.
func (cfg *RedirectsConfig) right(name string) string {
	bare, isWWW := strings.CutPrefix(name, "www.")
	switch {
	case cfg.WWW == RemoveWWW:
		return bare
	case cfg.WWW == AddWWW && !isWWW:
		return "www." + name
	}
	return name
}

// redirectTo ends the chain with a redirect to an address, to which it adds the
// query of the request.
func redirectTo(c *dram.Context, status int, address string) {
	if query := c.Request.URL.RawQuery; query != "" {
		address += "?" + query
	}
	h := c.Writer.Header()
	httpfield.DropBody(h) // which a layer outside has set for another answer
	h.Set("Location", address)
	c.AbortWithStatus(status)
}
