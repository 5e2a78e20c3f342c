package jwt

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/dram-go/dram"
)

// This file verifies a token, and tells the client what was wrong with it, or
// the handlers what it says.

// The errors of this package for which a token is refused, besides those of
// golang-jwt. They are in Context.Errors.
var (
	// ErrTooLong means that the token is longer than MaxBytes.
	ErrTooLong = errors.New("dram: contrib/jwt: the token is longer than MaxBytes")
	// ErrType means that the header typ of the token is not Type.
	ErrType = errors.New("dram: contrib/jwt: the token is of another type")
	// ErrCritical means that the token has extensions that must be understood, but
	// are not (RFC 7515 section 4.1.11).
	ErrCritical = errors.New("dram: contrib/jwt: the token has critical extensions, none of which is known")
	// ErrUnknownKey means that the JWKS does not have the key of the token.
	ErrUnknownKey = errors.New("dram: contrib/jwt: the token's key is not known")
	// ErrKeysUnavailable means that the JWKS cannot be fetched. This is the
	// server's fault and answered with 503.
	ErrKeysUnavailable = errors.New("dram: contrib/jwt: the keys cannot be fetched")
)

// verifier is a compiled configuration.
type verifier struct {
	Config
	parser *jwt.Parser
}

func newVerifier(cfg Config) *verifier {
	return &verifier{Config: cfg, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{cfg.Algorithm}),
		jwt.WithIssuer(cfg.Issuer),
		jwt.WithAudience(cfg.Audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(cfg.Leeway),
		jwt.WithJSONNumber(),
	)}
}

// verify returns the claims of a valid token. It checks the length of the token
// first, then its header, its signature, and only then the claims.
func (v *verifier) verify(ctx context.Context, text string) (jwt.MapClaims, error) {
	if len(text) > v.MaxBytes {
		return nil, ErrTooLong
	}
	claims := jwt.MapClaims{}
	_, err := v.parser.ParseWithClaims(text, claims, func(t *jwt.Token) (any, error) { return v.key(ctx, t) })
	if err != nil {
		return nil, err
	}
	return claims, nil
}

// key returns the key for a token of which only the algorithm has been checked
// so far.
func (v *verifier) key(ctx context.Context, t *jwt.Token) (any, error) {
	if _, critical := t.Header["crit"]; critical {
		return nil, ErrCritical
	}
	if v.Type != "" {
		if typ, _ := t.Header["typ"].(string); shortType(typ) != shortType(v.Type) {
			return nil, ErrType
		}
	}
	if v.JWKS == nil {
		return v.Key, nil
	}
	kid, _ := t.Header["kid"].(string)
	return v.JWKS.key(ctx, kid, v.Algorithm)
}

// shortType returns a header typ without its optional prefix (RFC 7515 section
// 4.1.9).
func shortType(typ string) string { return strings.TrimPrefix(strings.ToLower(typ), "application/") }

// failed refuses a token that is not valid.
func (cfg *Config) failed(c *dram.Context, err error) {
	switch {
	case errors.Is(err, ErrKeysUnavailable):
		cfg.OnError.Fail(c, http.StatusServiceUnavailable, "tokens cannot be checked at the moment", err)
	case errors.Is(err, jwt.ErrTokenExpired):
		cfg.refuse(c, "invalid_token", "the token has expired", err)
	default: // the exact reason would only help to forge tokens
		cfg.refuse(c, "invalid_token", "the token is not valid here", err)
	}
}

// refuse answers with 401 (RFC 6750 section 3). A request without a token is told
// no error.
func (cfg *Config) refuse(c *dram.Context, code, detail string, err error) {
	var params []string
	if cfg.Realm != "" {
		params = append(params, `realm="`+cfg.Realm+`"`)
	}
	if code != "" {
		params = append(params, `error="`+code+`"`, `error_description="`+detail+`"`)
	}
	challenge := "Bearer"
	if len(params) > 0 {
		challenge += " " + strings.Join(params, ", ")
	}
	c.Header("WWW-Authenticate", challenge)
	if err != nil {
		_ = c.Error(err) // it returns the recorded error, which needs no metadata
	}
	cfg.OnError.Fail(c, http.StatusUnauthorized, detail, nil)
}

// tokenKey is the Context key of the token of the request.
type tokenKey struct{}

type token struct {
	text   string
	claims jwt.MapClaims
}

// ClaimsOf returns the claims of the token of the request, in which numbers are
// json.Number. It returns false if there is no token, because Optional is set
// or the layer is missing.
func ClaimsOf(c *dram.Context) (jwt.MapClaims, bool) {
	t, ok := c.Value(tokenKey{}).(token)
	return t.claims, ok
}

// ErrNoToken is returned by Decode for a request without a token.
var ErrNoToken = errors.New("dram: contrib/jwt: the request has no token: put jwt.Auth around its handler")

// Decode decodes the claims of the token of the request into v, with
// encoding/json.
func Decode(c *dram.Context, v any) error {
	t, ok := c.Value(tokenKey{}).(token)
	if !ok {
		return ErrNoToken
	}
	_, rest, _ := strings.Cut(t.text, ".")
	payload, _, _ := strings.Cut(rest, ".")
	data, err := base64.RawURLEncoding.DecodeString(payload)
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return fmt.Errorf("dram: contrib/jwt: the claims: %w", err)
	}
	return nil
}
