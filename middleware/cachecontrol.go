package middleware

import (
	"net/http"

	"github.com/dram-go/dram"
)

// CacheControl and NoCache say who may keep an answer, and for how long.

// CacheControlConfig sets up CacheControl. Its zero value sends "private,
// no-cache": the client may keep the answer, but must revalidate it before each
// use.
type CacheControlConfig struct {
	// Directives are sent with each answer for which For returns none.
	Directives CacheDirectives
	// For, if set, returns directives for individual requests, chosen by
	// c.FullPath() or the path, say; its second result is false for all others. It
	// is called when the header is sent, so it can look at the status too. The
	// directives that it returns are not validated.
	For func(*dram.Context) (CacheDirectives, bool)
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg CacheControlConfig) Validate() error { return cfg.Directives.Validate() }

// CacheControl sets Cache-Control on answers for which the handler has not set
// it:
//
//   - the directives, if the status is below 400;
//   - "no-store" on errors, so that no cache repeats an error that is over;
//   - "private, no-cache" in place of directives with which shared caches may keep
//     the answer (all without Private or NoStore) if it sets a cookie, which belongs
//     to one user.
//
// Name in Vary what an answer depends on besides the URL; otherwise caches give
// one user's language, format or origin to all.
func CacheControl(cfg CacheControlConfig) dram.HandlerFunc {
	must(cfg.Validate())
	if cfg.Directives == (CacheDirectives{}) {
		cfg.Directives = CacheDirectives{Private: true, NoCache: true}
	}
	value := []string{cfg.Directives.String()}
	return func(c *dram.Context) {
		c.NextAnswer(nil, func(a dram.Answer) {
			if h := a.Header(); len(h["Cache-Control"]) == 0 {
				h["Cache-Control"] = cfg.value(c, a, value)
			}
		})
	}
}

// value returns the header of an answer; usual is that of Directives.
func (cfg *CacheControlConfig) value(c *dram.Context, a dram.Answer, usual []string) []string {
	if a.Status() >= http.StatusBadRequest {
		return []string{"no-store"}
	}
	directives, value := cfg.Directives, usual
	if cfg.For != nil {
		if own, ok := cfg.For(c); ok {
			directives, value = own, []string{own.String()}
		}
	}
	if directives.shared() && len(a.Header()["Set-Cookie"]) > 0 {
		return []string{"private, no-cache"}
	}
	return value
}

// NoCache keeps the answer out of all caches: Cache-Control is "no-store"
// whatever the handler sets, and Expires is removed. The conditions of a client
// that kept an earlier answer (If-None-Match, If-Modified-Since) are not in the
// request that the handlers inside see, so that it gets a new one; those that
// guard a change (If-Match) stay.
//
// It is for what no cache should ever hold: log-ins, tokens, bank statements.
func NoCache() dram.HandlerFunc {
	return func(c *dram.Context) {
		c.NextAnswer(unconditional(c.Request), func(a dram.Answer) {
			h := a.Header()
			h["Cache-Control"] = []string{"no-store"}
			delete(h, "Expires")
		})
	}
}

// unconditional is a GET or HEAD without its conditions, or nil if it has none. The header of req
// itself stays as it is: a Copy shares it with goroutines.
func unconditional(req *http.Request) *http.Request {
	isRead := req.Method == http.MethodGet || req.Method == http.MethodHead
	if !isRead || len(req.Header["If-None-Match"])+len(req.Header["If-Modified-Since"]) == 0 {
		return nil
	}
	req = req.WithContext(req.Context()) // a copy
	req.Header = req.Header.Clone()
	req.Header.Del("If-None-Match")
	req.Header.Del("If-Modified-Since")
	return req
}
