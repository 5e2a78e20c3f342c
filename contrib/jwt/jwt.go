// Package jwt admits requests with a JSON Web Token (RFC 7519) as a bearer
// token (RFC 6750), following the recommendations of RFC 8725.
//
//	r.Use(jwt.Auth(jwt.Config{
//		Algorithm: "RS256",
//		Issuer:    "https://login.example.com/",
//		Audience:  "https://api.example.com",
//		JWKS:      jwt.NewJWKS(jwt.JWKSConfig{URL: "https://login.example.com/.well-known/jwks.json"}),
//	}))
//
// Only the algorithm of the configuration is accepted: what a token says about
// its algorithm is never trusted, so neither "none" nor a public key used as a
// secret is accepted. The issuer, the audience and an expiry are required and
// checked. A token longer than MaxBytes is refused before any of it is decoded.
//
// Behind the layer, middleware.ByUser returns the subject of the token, and
// ClaimsOf and Decode read its claims. docs/contrib.md says what a request
// costs: decoding JSON, with some 60 allocations, and checking the signature,
// which is by far the cheapest with HS256.
package jwt

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/whose"
	"github.com/dram-go/dram/middleware"
)

// DefaultMaxBytes is the default of Config.MaxBytes: 8 KiB.
const DefaultMaxBytes = 8 << 10

// algorithms are those that Config.Algorithm may name.
var algorithms = []string{
	"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
	"ES256", "ES384", "ES512", "EdDSA",
}

// Config sets up Auth. Algorithm, Issuer, Audience and one of Key and JWKS must
// be set.
type Config struct {
	// Algorithm is the only accepted algorithm (RFC 7518 section 3.1): HS256,
	// HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512
	// or EdDSA.
	Algorithm string
	// Key is the key of all tokens: for the HS algorithms a []byte at least as
	// long as the hash, for RS and PS a *rsa.PublicKey of at least 2048 bits, for
	// ES a *ecdsa.PublicKey of the curve of the algorithm, for EdDSA an
	// ed25519.PublicKey.
	Key any
	// JWKS provides the keys, by the kid of the token, instead of Key.
	JWKS *JWKS
	// Issuer is what the claim iss must be.
	Issuer string
	// Audience is what the claim aud must contain: the name of this service.
	Audience string
	// Type is what the header typ must be, ignoring case: "at+jwt" for the access
	// tokens of RFC 9068. By default it is not checked.
	Type string
	// Leeway is how far apart clocks may be. Default 0; at most a minute.
	Leeway time.Duration
	// MaxBytes is how long a token may be. Default DefaultMaxBytes.
	MaxBytes int
	// Extract returns the token, "" if there is none. Default FromHeader.
	Extract func(*dram.Context) string
	// Check, if set, makes further checks, of scopes or revocation, say. An error
	// refuses the token; it is recorded but not shown to the client.
	Check func(*dram.Context, jwt.MapClaims) error
	// Optional lets requests without a token pass. Those with an invalid token are
	// still refused.
	Optional bool
	// Realm is the realm in WWW-Authenticate. Default: none.
	Realm string
	// OnError answers with 401, or with 503 if the keys cannot be fetched.
	OnError middleware.ErrorHandler
}

// Validate reports what is wrong with the configuration.
func (cfg Config) Validate() error {
	if !slices.Contains(algorithms, cfg.Algorithm) {
		return layer.Misconfigured("jwt", "Algorithm", `%q is not one that is safe; write the one that the issuer signs with, such as "RS256"`, cfg.Algorithm)
	}
	switch {
	case cfg.Issuer == "":
		return layer.Misconfigured("jwt", "Issuer", `is empty, so tokens of anyone who has the key would do; write the issuer's claim "iss"`)
	case cfg.Audience == "":
		return layer.Misconfigured("jwt", "Audience", `is empty, so tokens made for another service would do; write the claim "aud" that names this one`)
	case cfg.Leeway > time.Minute:
		return layer.Misconfigured("jwt", "Leeway", "%v is more than a minute; have the clocks set by NTP", cfg.Leeway)
	case cfg.MaxBytes < 0:
		return layer.Misconfigured("jwt", "MaxBytes", "%d is negative; leave it 0 for %d", cfg.MaxBytes, DefaultMaxBytes)
	case strings.ContainsFunc(cfg.Realm, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }):
		return layer.Misconfigured("jwt", "Realm", "%q cannot stand in a header; write ASCII letters without quotes", cfg.Realm)
	case (cfg.Key == nil) == (cfg.JWKS == nil):
		return layer.Misconfigured("jwt", "Key", "set it, or else JWKS")
	case cfg.JWKS != nil && cfg.JWKS.cfg.URL == "":
		return layer.Misconfigured("jwt", "JWKS", "was not made by jwt.NewJWKS; write jwt.NewJWKS(jwt.JWKSConfig{URL: …})")
	case cfg.JWKS != nil && strings.HasPrefix(cfg.Algorithm, "HS"):
		return layer.Misconfigured("jwt", "JWKS", "is for public keys, and %s has a secret one; write Key", cfg.Algorithm)
	}
	if fault := keyFault(cfg.Algorithm, cfg.Key); cfg.Key != nil && fault != "" {
		return layer.Misconfigured("jwt", "Key", "%s", fault)
	}
	return layer.WrongTime("jwt", "Leeway", cfg.Leeway)
}

// FromHeader returns the token in the header Authorization (RFC 6750 section
// 2.1), "" if there is none or more than one such header.
func FromHeader(c *dram.Context) string {
	scheme, token, _ := strings.Cut(httpfield.Only(c.Request.Header["Authorization"]), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimLeft(token, " ")
}

// FromCookie returns a function for Config.Extract that reads the token from a
// cookie. Put middleware.CSRF around it as well: browsers send cookies
// automatically. Of two cookies of the name it believes none. It panics if no cookie can have the name.
func FromCookie(name string) func(*dram.Context) string {
	if !httpfield.IsToken(name) {
		panic(layer.Misconfigured("jwt", "FromCookie", "%q cannot be the name of a cookie; write letters, digits and dashes", name))
	}
	return func(c *dram.Context) string {
		cookies := c.Request.CookiesNamed(name)
		if len(cookies) != 1 {
			return ""
		}
		return cookies[0].Value
	}
}

// Verifier returns a function that verifies a token as Auth does, and answers nobody: for layers
// that know other credentials as well. Extract, Check, Optional, Realm and OnError are those of
// Auth alone. Its errors are those of this package and of golang-jwt; with ErrKeysUnavailable
// the token could not be checked. Verifier panics if the configuration is wrong.
func Verifier(cfg Config) func(ctx context.Context, token string) (jwt.MapClaims, error) {
	layer.Must(cfg.Validate())
	cfg.MaxBytes = cmp.Or(cfg.MaxBytes, DefaultMaxBytes)
	return newVerifier(cfg).verify
}

// Auth admits requests with a valid token and answers others with 401 and the
// WWW-Authenticate of RFC 6750.
func Auth(cfg Config) dram.HandlerFunc {
	layer.Must(cfg.Validate())
	cfg.MaxBytes = cmp.Or(cfg.MaxBytes, DefaultMaxBytes)
	if cfg.Extract == nil {
		cfg.Extract = FromHeader
	}
	v := newVerifier(cfg)
	return func(c *dram.Context) {
		text := cfg.Extract(c)
		if text == "" {
			if !cfg.Optional || len(c.Request.Header["Authorization"]) > 1 {
				cfg.refuse(c, "", "a bearer token is needed", nil)
			}
			return
		}
		claims, err := v.verify(c.Request.Context(), text)
		if err == nil && cfg.Check != nil {
			err = cfg.Check(c, claims)
		}
		if err != nil {
			cfg.failed(c, err)
			return
		}
		whose.Admit(c.Request.Context())
		c.Set(tokenKey{}, token{text, claims})
		if subject, _ := claims["sub"].(string); subject != "" {
			c.Set(dram.AuthUserKey, subject)
		}
	}
}
