// Package jwt lets in who shows a JSON Web Token (RFC 7519) as a bearer token
// (RFC 6750), with the care that RFC 8725 asks for.
//
//	r.Use(jwt.Auth(jwt.Config{
//		Algorithm: "RS256",
//		Issuer:    "https://login.example.com/",
//		Audience:  "https://api.example.com",
//		JWKS:      jwt.NewJWKS(jwt.JWKSConfig{URL: "https://login.example.com/.well-known/jwks.json"}),
//	}))
//
// One algorithm is accepted, which the configuration pins: what a token says of
// its algorithm decides nothing, so neither "none" nor a public key used as a
// secret gets in. The issuer, the audience and an expiry must be there and right.
// A token beyond MaxBytes is refused before anything of it is decoded.
//
// Behind the layer, middleware.ByUser is the token's subject, and ClaimsOf and
// Decode read its claims. What a request costs stands in docs/contrib.md: the
// decoding of JSON, some 60 allocations, and the signature, of which HS256 is the
// cheapest by far.
package jwt

import (
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/middleware"
)

// DefaultMaxBytes is how long a token may be: 8 KiB.
const DefaultMaxBytes = 8 << 10

// algorithms are those that may be pinned.
var algorithms = []string{
	"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
	"ES256", "ES384", "ES512", "EdDSA",
}

// Config sets up Auth. Algorithm, Issuer, Audience and one of Key and JWKS must
// be set.
type Config struct {
	// Algorithm is the one that is accepted (RFC 7518 section 3.1): HS256,
	// HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384,
	// ES512 or EdDSA.
	Algorithm string
	// Key is the key of all tokens: a []byte as long as the hash at least for the
	// HS algorithms, a *rsa.PublicKey of 2048 bits at least for RS and PS, a
	// *ecdsa.PublicKey of the algorithm's curve for ES, an ed25519.PublicKey.
	Key any
	// JWKS is where keys are found by the token's kid, instead of Key.
	JWKS *JWKS
	// Issuer is what the claim iss must be.
	Issuer string
	// Audience is what the claim aud must name: this service.
	Audience string
	// Type is what the header typ must be, whatever its case: "at+jwt" for the
	// access tokens of RFC 9068. Default: not looked at.
	Type string
	// Leeway is how far the clocks may be apart. Default 0; a minute at most.
	Leeway time.Duration
	// MaxBytes is how long a token may be. Default DefaultMaxBytes.
	MaxBytes int
	// Extract finds the token; "" is none. Default FromHeader.
	Extract func(*dram.Context) string
	// Check looks further, at scopes or revocation; an error refuses the token,
	// and is recorded but not shown to the client.
	Check func(*dram.Context, jwt.MapClaims) error
	// Optional lets requests without a token pass; a wrong one never does.
	Optional bool
	// Realm is told to clients in WWW-Authenticate. Default: no realm.
	Realm string
	// OnError answers with 401, or 503 when the keys cannot be had.
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
	case cfg.Leeway < 0 || cfg.Leeway > time.Minute:
		return layer.Misconfigured("jwt", "Leeway", "%v is not between 0 and a minute; have the clocks set by NTP", cfg.Leeway)
	case cfg.MaxBytes < 0:
		return layer.Misconfigured("jwt", "MaxBytes", "%d is negative; leave it 0 for %d", cfg.MaxBytes, DefaultMaxBytes)
	case strings.ContainsFunc(cfg.Realm, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }):
		return layer.Misconfigured("jwt", "Realm", "%q cannot stand in a header; write ASCII letters without quotes", cfg.Realm)
	case (cfg.Key == nil) == (cfg.JWKS == nil):
		return layer.Misconfigured("jwt", "Key", "set it, or else JWKS")
	case cfg.JWKS != nil && strings.HasPrefix(cfg.Algorithm, "HS"):
		return layer.Misconfigured("jwt", "JWKS", "is for public keys, and %s has a secret one; write Key", cfg.Algorithm)
	}
	if fault := keyFault(cfg.Algorithm, cfg.Key); cfg.Key != nil && fault != "" {
		return layer.Misconfigured("jwt", "Key", "%s", fault)
	}
	return nil
}

// FromHeader is the token of the header Authorization (RFC 6750 section 2.1). Two
// such headers are none.
func FromHeader(c *dram.Context) string {
	headers := c.Request.Header["Authorization"]
	if len(headers) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimLeft(token, " ")
}

// FromCookie makes an Extract that reads the token from a cookie. Put
// middleware.CSRF around it as well: browsers send cookies by themselves.
func FromCookie(name string) func(*dram.Context) string {
	return func(c *dram.Context) string {
		cookie, err := c.Request.Cookie(name)
		if err != nil {
			return ""
		}
		return cookie.Value
	}
}

// Auth lets in requests with a valid token and answers the others with 401 and
// the WWW-Authenticate of RFC 6750.
func Auth(cfg Config) dram.HandlerFunc {
	layer.Must(cfg.Validate())
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = DefaultMaxBytes
	}
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
		c.Set(tokenKey{}, token{text, claims})
		if subject, _ := claims["sub"].(string); subject != "" {
			c.Set(dram.AuthUserKey, subject)
		}
	}
}
