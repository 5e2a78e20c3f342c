package middleware

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// MethodOverride lets clients that can only send GET and POST (HTML forms, old
// proxies) name another method.

// MethodOverrideConfig sets up MethodOverride. Engine must be set.
type MethodOverrideConfig struct {
	// Engine is the engine that uses the layer; it routes the request again.
	Engine *dram.Engine
	// Header is the name of the header that names the method. Default
	// "X-HTTP-Method-Override".
	Header string
	// FormField, if set, is the field of a form
	// (application/x-www-form-urlencoded) that names the method: "_method". The
	// form is then parsed, so limit its size with a BodyLimit outside. The header
	// takes precedence.
	FormField string
	// Methods are the methods that a POST may become. Default PUT, PATCH and
	// DELETE.
	Methods []string
	// OnError answers with 400 if the named method is not allowed; see
	// ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg MethodOverrideConfig) Validate() error {
	if cfg.Engine == nil {
		return misconfigured("MethodOverride", "Engine", "is nil; write the engine that uses the layer")
	}
	if cfg.Header != "" && !httpfield.IsToken(cfg.Header) {
		return misconfigured("MethodOverride", "Header", `%q is not a header name; leave it "" for X-HTTP-Method-Override`, cfg.Header)
	}
	for _, method := range cfg.Methods {
		if isNoMethod(method) {
			return misconfigured("MethodOverride", "Methods", "%q is not a method in capitals; write one such as PUT", method)
		}
		switch method {
		case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodConnect, http.MethodPost:
			return misconfigured("MethodOverride", "Methods", "a POST must not become %s: checks for requests that change something would not see it; list PUT, PATCH, DELETE", method)
		}
	}
	return nil
}

// MethodOverride serves a POST that names another method as a request of that
// method. Requests of other methods are not changed, and naming a method that
// is not in Methods is answered with 400.
//
// When the layer runs, the router has already chosen the route of the POST, so
// the request is routed again (Engine.HandleContext): the route of the new
// method runs with all its layers, guards included, and the former chain ends.
// Layers outside this one would run twice: make it the first that Engine.Use
// gets.
func MethodOverride(cfg MethodOverrideConfig) dram.HandlerFunc {
	must(cfg.Validate())
	cfg.Header = cmp.Or(cfg.Header, "X-HTTP-Method-Override")
	cfg.Header = http.CanonicalHeaderKey(cfg.Header) // not again for each request
	if cfg.Methods == nil {
		cfg.Methods = []string{http.MethodPut, http.MethodPatch, http.MethodDelete}
	}
	layer := &cfg
	return func(c *dram.Context) {
		if c.Request.Method != http.MethodPost {
			return
		}
		method := cfg.named(c)
		if method == "" || method == http.MethodPost {
			return
		}
		if !slices.Contains(cfg.Methods, method) {
			refuse(c, cfg.OnError, http.StatusBadRequest, "a POST cannot stand for that method")
			return
		}
		reroute(c, cfg.Engine, layer, func(req *http.Request) { req.Method = method })
	}
}

// named returns the method that the request names, "" if none.
func (cfg *MethodOverrideConfig) named(c *dram.Context) string {
	method := c.GetHeader(cfg.Header)
	if method == "" && cfg.FormField != "" && c.ContentType() == dram.MIMEPOSTForm {
		method = c.PostForm(cfg.FormField)
	}
	return strings.ToUpper(strings.TrimSpace(method))
}
