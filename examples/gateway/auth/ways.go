package auth

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/jwt"
	"github.com/dram-go/dram/examples/gateway/config"
)

// The credentials that a request has in itself: a token, a certificate.

// KeySet returns where an issuer publishes its keys. The error is a config.Fault.
func KeySet(at config.At, cfg *config.JWT) (*jwt.JWKS, error) {
	keys := jwt.JWKSConfig{URL: cfg.JWKS.String()}
	if keys.Validate() != nil {
		return nil, at.Fault("jwt.jwks", "%s could be changed on its way, and with it who is let in: write https, or http on a loopback address", cfg.JWKS)
	}
	return jwt.NewJWKS(keys), nil
}

// Token is a bearer token of an issuer.
func Token(name string, cfg *config.JWT, keys *jwt.JWKS) *Way {
	verify := jwt.Verifier(jwt.Config{Algorithm: cfg.Algorithm, Issuer: cfg.Issuer, Audience: cfg.Audience, JWKS: keys})
	know := func(c *dram.Context) (user string, scopes []string, err error) {
		token := jwt.FromHeader(c)
		if token == "" {
			return "", nil, errNothing
		}
		claims, err := verify(c.Request.Context(), token)
		switch {
		case errors.Is(err, jwt.ErrKeysUnavailable):
			return "", nil, err
		case err != nil:
			return "", nil, badToken(err.Error())
		}
		if user, _ = claims["sub"].(string); user == "" {
			return "", nil, badToken("the token does not say whose it is: it has no sub")
		}
		return user, scopesOf(claims[cfg.Scopes]), nil
	}
	return &Way{Name: name, Challenge: "Bearer", know: know}
}

// badToken tells the client no more than that the token is not valid (RFC 6750 section 3.1).
func badToken(why string) error {
	return &refused{why: why, challenge: `Bearer error="invalid_token"`}
}

// scopesOf reads a claim: a text with spaces (RFC 8693 section 4.2), or a list.
func scopesOf(claim any) (scopes []string) {
	switch claim := claim.(type) {
	case string:
		return strings.Fields(claim)
	case []any:
		for _, item := range claim {
			if scope, ok := item.(string); ok {
				scopes = append(scopes, scope)
			}
		}
	}
	return scopes
}

// Certificate is a client's certificate, which the listener has checked when the connection began; ca has
// those who may have signed it now, as PEM. Its name is the common name, or without one the first DNS
// name. It has no scopes.
func Certificate(name string, cfg *config.MTLS, ca []byte) *Way {
	signers := make(map[string]bool)
	for block, rest := pem.Decode(ca); block != nil; block, rest = pem.Decode(rest) {
		signers[string(block.Bytes)] = true
	}
	isValid := func(chain []*x509.Certificate) bool {
		return signers[string(chain[len(chain)-1].Raw)] && time.Now().Before(chain[0].NotAfter)
	}
	know := func(c *dram.Context) (string, []string, error) {
		if c.Request.TLS == nil || len(c.Request.TLS.VerifiedChains) == 0 {
			return "", nil, errNothing
		}
		if !slices.ContainsFunc(c.Request.TLS.VerifiedChains, isValid) {
			return "", nil, &refused{why: "the certificate is no longer valid"}
		}
		leaf := c.Request.TLS.VerifiedChains[0][0]
		names := leaf.DNSNames
		if leaf.Subject.CommonName != "" {
			names = append([]string{leaf.Subject.CommonName}, names...)
		}
		for _, known := range names {
			if len(cfg.Names) == 0 || slices.Contains(cfg.Names, known) {
				return known, nil, nil
			}
		}
		return "", nil, &refused{why: fmt.Sprintf("the certificate is of %q", names)}
	}
	return &Way{Name: name, know: know}
}
