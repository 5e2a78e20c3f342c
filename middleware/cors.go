package middleware

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// CORS tells browsers which pages of other origins may read the answers (the
// CORS protocol of the Fetch standard). It only grants rights: guarding against
// unwanted requests is left to CSRF. Its configuration is in cors_config.go.

// corsSpareNames is how many empty or repeated names a preflight may list
// beyond the allowed ones. Browsers send each name once.
const corsSpareNames = 16

// CORS adds the headers of the CORS protocol and answers preflights.
//
// Use it on the engine: its layers also run for paths without a route, so the
// preflight (OPTIONS) of every route is answered although no OPTIONS route
// exists, and errors have the headers too. On a group alone the layer never
// sees an OPTIONS request unless the group has a route for it: add
// group.OPTIONS("/*preflight", func(*dram.Context) {}) after Use.
//
// A preflight that is refused gets 403 and a problem that says what the
// configuration lacks. An actual request of an origin that is not allowed is
// served without the headers, and the browser hides the answer from the page.
func CORS(cfg CORSConfig) dram.HandlerFunc {
	must(cfg.Validate())
	p := newCORSPolicy(cfg)
	return func(c *dram.Context) {
		h := c.Writer.Header()
		preflight := isPreflight(c.Request)
		if preflight {
			httpfield.ShareVary(h, p.preflightVary)
		} else if !p.anyOrigin {
			httpfield.ShareVary(h, corsVary)
		}
		origins := c.Request.Header["Origin"]
		if len(origins) == 0 {
			return
		}
		allowed := p.allowedOrigin(c, origins)
		switch {
		case preflight:
			p.preflight(c, allowed)
		case allowed != nil:
			p.grant(h, allowed)
			if p.expose != nil {
				h["Access-Control-Expose-Headers"] = p.expose
			}
		}
	}
}

// isPreflight reports whether a browser, if the request has an Origin, asks for permission
// before it sends the request itself.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && len(r.Header["Access-Control-Request-Method"]) > 0
}

// corsPolicy is a compiled configuration: the values to send are slices
// already, so that no request allocates them.
type corsPolicy struct {
	CORSConfig
	anyOrigin bool
	origins   map[string][]string // an allowed origin → the header's value

	methods, headers, expose, maxAge, preflightVary []string
}

var (
	corsAny  = []string{"*"}
	corsTrue = []string{"true"}
	corsVary = []string{"Origin"}
)

func newCORSPolicy(cfg CORSConfig) *corsPolicy {
	p := &corsPolicy{
		CORSConfig:    cfg,
		anyOrigin:     slices.Contains(cfg.AllowOrigins, "*"),
		origins:       make(map[string][]string),
		methods:       oneLine(cfg.AllowMethods),
		headers:       oneLine(cfg.AllowHeaders),
		expose:        oneLine(cfg.ExposeHeaders),
		preflightVary: []string{"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"},
	}
	for _, origin := range cfg.AllowOrigins {
		p.origins[origin] = []string{origin}
	}
	if cfg.AllowNullOrigin {
		p.origins["null"] = []string{"null"}
	}
	if cfg.AllowPrivateNetwork {
		p.preflightVary[0] += ", Access-Control-Request-Private-Network"
	}
	if cfg.MaxAge > 0 {
		p.maxAge = []string{strconv.Itoa(int(cfg.MaxAge.Seconds()))}
	}
	return p
}

// oneLine joins the values of a list header; it returns nil if there are none.
func oneLine(values []string) []string {
	if len(values) == 0 {
		return nil
	}
	return []string{strings.Join(values, ", ")}
}

// allowedOrigin returns the value of Access-Control-Allow-Origin for a request,
// nil if its origin is not allowed. Whole origins are compared.
func (p *corsPolicy) allowedOrigin(c *dram.Context, origins []string) []string {
	if p.anyOrigin {
		return corsAny
	}
	if len(origins) != 1 {
		return nil
	}
	if allowed, ok := p.origins[origins[0]]; ok {
		return allowed
	}
	if p.AllowOriginFunc != nil && origins[0] != "null" && p.AllowOriginFunc(c, origins[0]) {
		return origins[:1:1]
	}
	return nil
}

// grant lets the origin read the answer.
func (p *corsPolicy) grant(h http.Header, origin []string) {
	h["Access-Control-Allow-Origin"] = origin
	if p.AllowCredentials {
		h["Access-Control-Allow-Credentials"] = corsTrue
	}
}

// preflight answers a preflight and ends the chain. The answer repeats nothing
// of the request but an allowed origin.
func (p *corsPolicy) preflight(c *dram.Context, origin []string) {
	request, h := c.Request.Header, c.Writer.Header()
	private := len(request["Access-Control-Request-Private-Network"]) > 0
	switch {
	case origin == nil:
		refuse(c, p.OnError, http.StatusForbidden, "the origin may not read from this server")
		return
	case !p.allowsMethod(request["Access-Control-Request-Method"]):
		refuse(c, p.OnError, http.StatusForbidden, "the method is not allowed to other origins")
		return
	case !p.allowsHeaders(request["Access-Control-Request-Headers"]):
		refuse(c, p.OnError, http.StatusForbidden, "a header of the request is not allowed to other origins")
		return
	case private && !p.AllowPrivateNetwork:
		refuse(c, p.OnError, http.StatusForbidden, "a private network may not be reached from that origin")
		return
	}
	p.grant(h, origin)
	if private {
		h["Access-Control-Allow-Private-Network"] = corsTrue
	}
	if p.methods != nil {
		h["Access-Control-Allow-Methods"] = p.methods
	}
	if p.headers != nil {
		h["Access-Control-Allow-Headers"] = p.headers
	}
	if p.maxAge != nil {
		h["Access-Control-Max-Age"] = p.maxAge
	}
	c.AbortWithStatus(http.StatusNoContent)
}

// allowsMethod reports whether pages may use the method; the methods that any
// form can send need no permission.
func (p *corsPolicy) allowsMethod(lines []string) bool {
	if len(lines) != 1 {
		return false
	}
	switch lines[0] {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return true
	}
	return slices.Contains(p.AllowMethods, lines[0]) || slices.Contains(p.AllowMethods, "*")
}

// allowsHeaders reports whether pages may set all the headers that lines name. It
// allocates nothing, and gives up at the first name that is not allowed or once
// there are more names than a browser would send.
func (p *corsPolicy) allowsHeaders(lines []string) bool {
	left := len(p.AllowHeaders) + corsSpareNames
	for name := range httpfield.Items(lines) {
		if left == 0 || !p.allowsHeader(name) {
			return false
		}
		left--
	}
	return true
}

// allowsHeader reports whether pages may set the header. "*" stands for all but
// Authorization, as it does in browsers.
func (p *corsPolicy) allowsHeader(name string) bool {
	if name == "" {
		return true
	}
	return slices.ContainsFunc(p.AllowHeaders, func(allowed string) bool {
		return strings.EqualFold(allowed, name) || allowed == "*" && !strings.EqualFold(name, "Authorization")
	})
}
