package middleware

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/whose"
)

// KeyAuth admits requests with a key: a bearer token, an API key.

// maxKeyLength is the length of the longest key that is passed to Verify.
const maxKeyLength = 8 << 10

// KeyAuthConfig sets up KeyAuth. Verify must be set.
type KeyAuthConfig struct {
	// Verify reports whether the key is valid. It may store the key's owner with
	// Context.Set, under dram.AuthUserKey for ByUser. An error means that the key
	// could not be checked: the client gets 500, and the error is added to
	// Context.Errors. Compare secrets in constant time; see StaticKeys.
	Verify func(c *dram.Context, key string) (ok bool, err error)
	// Extract returns the key of the request, "" if there is none. Default
	// FromBearer.
	Extract func(*dram.Context) string
	// Challenge is the WWW-Authenticate header of a refusal.
	// Default `Bearer realm="Restricted"`.
	Challenge string
	// OnError answers with 401, or 500 when Verify fails; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg KeyAuthConfig) Validate() error {
	if cfg.Verify == nil {
		return misconfigured("KeyAuth", "Verify", `is nil, so no key could be checked; write a function, or middleware.StaticKeys(os.Getenv("API_KEY"))`)
	}
	if !httpfield.IsValue(cfg.Challenge) {
		return misconfigured("KeyAuth", "Challenge", "a header is one line, without control characters")
	}
	return nil
}

// KeyAuth refuses requests without a valid key, with 401 and a challenge (RFC
// 9110 section 11.6.1, RFC 6750 section 3).
func KeyAuth(cfg KeyAuthConfig) dram.HandlerFunc {
	must(cfg.Validate())
	extract, challenge := cfg.Extract, cfg.Challenge
	if extract == nil {
		extract = FromBearer
	}
	challenge = cmp.Or(challenge, `Bearer realm="Restricted"`)
	return func(c *dram.Context) {
		key := extract(c)
		ok, err := key != "" && len(key) <= maxKeyLength, error(nil)
		if ok {
			ok, err = cfg.Verify(c, key)
		}
		switch {
		case err != nil:
			cfg.OnError.Fail(c, http.StatusInternalServerError, "the key cannot be checked at the moment", err)
		case !ok:
			c.Header("WWW-Authenticate", challenge)
			refuse(c, cfg.OnError, http.StatusUnauthorized, "a valid key is needed")
		default:
			whose.Admit(c.Request.Context())
		}
	}
}

// FromBearer returns the token of "Authorization: Bearer …" (RFC 6750 section
// 2.1), "" if there is none, or if there are two such headers.
func FromBearer(c *dram.Context) string {
	const scheme = "Bearer "
	value := httpfield.Only(c.Request.Header["Authorization"])
	if len(value) < len(scheme) || !strings.EqualFold(value[:len(scheme)], scheme) {
		return ""
	}
	return strings.TrimSpace(value[len(scheme):])
}

// FromHeader returns an extractor of the value of a header, such as X-Api-Key, "" if there
// are two of them. It panics if no header can have the name.
func FromHeader(name string) func(*dram.Context) string {
	mustBeHeader("FromHeader", name)
	name = http.CanonicalHeaderKey(name)
	return func(c *dram.Context) string { return httpfield.Only(c.Request.Header[name]) }
}

// FromCookie returns an extractor of the value of a cookie, as it is sent. The
// value must not be escaped, as Context.SetCookie does; set the cookie with
// Context.SetCookieData. Put CSRF outside it: browsers send cookies with
// requests of every page. Of two cookies of the name it believes none: a server behind Proxy could
// take the other. It panics if no cookie can have the name.
func FromCookie(name string) func(*dram.Context) string {
	if !httpfield.IsToken(name) {
		panic(misconfigured("FromCookie", "name", "%q cannot be the name of a cookie; write letters, digits and dashes", name))
	}
	return func(c *dram.Context) string {
		cookies := c.Request.CookiesNamed(name)
		if len(cookies) != 1 {
			return ""
		}
		return cookies[0].Value
	}
}

// FromQuery returns an extractor of the value of a query parameter, "" if there are two
// of them. Such keys end up in logs and browser histories: use them only for short-lived links.
func FromQuery(name string) func(*dram.Context) string {
	return func(c *dram.Context) string { return httpfield.Only(c.QueryArray(name)) }
}

// FirstOf returns an extractor that calls the others in order and returns the
// first key found. It panics if there are none, or if one is nil.
func FirstOf(extractors ...func(*dram.Context) string) func(*dram.Context) string {
	if len(extractors) == 0 {
		panic(misconfigured("FirstOf", "extractors", "there are none, so no request would have a key; write one such as middleware.FromBearer"))
	}
	for i, extract := range extractors {
		if extract == nil {
			panic(misconfigured("FirstOf", "extractors", "number %d is nil; write one such as middleware.FromBearer", i))
		}
	}
	return func(c *dram.Context) string {
		for _, extract := range extractors {
			if key := extract(c); key != "" {
				return key
			}
		}
		return ""
	}
}

// StaticKeys returns a function for KeyAuthConfig.Verify that accepts the given
// keys. It compares digests in constant time, with every key. StaticKeys panics
// if there are no keys, or if one is empty, such as that of an environment
// variable that is not set.
func StaticKeys(keys ...string) func(*dram.Context, string) (bool, error) {
	digests := make([][sha256.Size]byte, len(keys))
	for i, key := range keys {
		if key == "" {
			panic(misconfigured("StaticKeys", "keys", "key %d is empty; is its variable set?", i))
		}
		digests[i] = sha256.Sum256([]byte(key))
	}
	if len(keys) == 0 {
		panic(misconfigured("StaticKeys", "keys", "name the keys that are good"))
	}
	return func(_ *dram.Context, key string) (bool, error) {
		digest, found := sha256.Sum256([]byte(key)), 0
		for i := range digests {
			found |= subtle.ConstantTimeCompare(digest[:], digests[i][:])
		}
		return found == 1, nil
	}
}
