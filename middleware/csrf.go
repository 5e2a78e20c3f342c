package middleware

import (
	"net/http"
	"strings"

	"github.com/dram-go/dram"
)

// CSRF keeps pages of other origins from sending requests on behalf of the
// user. It needs neither a token nor a cookie: browsers say where a request
// comes from.

// CSRFConfig sets up CSRF. Its zero value lets only the service's own pages
// send requests that change something.
type CSRFConfig struct {
	// TrustedOrigins are other origins whose pages may send such requests, without
	// a path: "https://admin.example.com".
	TrustedOrigins []string
	// OnError answers refused requests with 403; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg CSRFConfig) Validate() error {
	for _, origin := range cfg.TrustedOrigins {
		if origin == "*" {
			return misconfigured("CSRF", "TrustedOrigins", `"*" would trust every page; list the origins`)
		}
		if fault := originFault(origin); fault != "" {
			return misconfigured("CSRF", "TrustedOrigins", "%q %s", origin, fault)
		}
	}
	return nil
}

// CSRF refuses, with 403, requests other than GET, HEAD and OPTIONS that a
// browser sends on behalf of a page of another origin. It detects them as
// http.CrossOriginProtection does: by Sec-Fetch-Site, or by Origin and Host in
// browsers before 2023. For the latter it is stricter in one point: a page
// loaded over plain HTTP may not send requests to the same host over HTTPS
// (Context.Scheme). Requests with neither header do not come from a browser and
// pass.
//
// GET handlers must not change anything. The handshake of a WebSocket is a GET,
// whose Origin the WebSocket library has to check. SameSite cookies and HSTS
// (see Secure) protect users of older browsers.
func CSRF(cfg CSRFConfig) dram.HandlerFunc {
	must(cfg.Validate())
	protection := http.NewCrossOriginProtection()
	trusted := make(map[string]bool)
	for _, origin := range cfg.TrustedOrigins {
		must(protection.AddTrustedOrigin(origin))
		trusted[origin] = true
	}
	return func(c *dram.Context) {
		err := protection.Check(c.Request)
		if err != nil || isDowngraded(c) && !trusted[c.Request.Header.Get("Origin")] {
			refuse(c, cfg.OnError, http.StatusForbidden, "the request comes from a page of another origin")
		}
	}
}

// isDowngraded reports whether a page that was loaded over plain HTTP sends the
// request over HTTPS. Browsers that send Sec-Fetch-Site have said so already.
func isDowngraded(c *dram.Context) bool {
	switch c.Request.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	h := c.Request.Header
	return h.Get("Sec-Fetch-Site") == "" && strings.HasPrefix(h.Get("Origin"), "http://") && c.Scheme() == "https"
}
