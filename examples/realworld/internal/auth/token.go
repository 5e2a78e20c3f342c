package auth

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// MinSecret is the least number of bytes of a signing secret: as many as HS256's hash has.
const MinSecret = 32

const issuer = "conduit"

// ErrToken says that a token does not hold: forged, expired, or not one of ours.
var ErrToken = errors.New("auth: token is not valid")

// Tokens issues and reads the JSON Web Tokens that name a user. It is safe for concurrent use.
type Tokens struct {
	secret []byte
	ttl    time.Duration
	now    func() time.Time
	parser *jwt.Parser
}

// NewTokens returns a Tokens that signs with secret (at least MinSecret bytes) and whose
// tokens hold for ttl. now is the clock, time.Now in a server.
func NewTokens(secret []byte, ttl time.Duration, now func() time.Time) (*Tokens, error) {
	if len(secret) < MinSecret {
		return nil, fmt.Errorf("auth: the token secret has %d bytes, at least %d are needed", len(secret), MinSecret)
	}
	// The algorithm is pinned: a token cannot choose "none", or a weaker check, by its own header.
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithExpirationRequired(),
		jwt.WithIssuer(issuer),
		jwt.WithTimeFunc(now),
	)
	return &Tokens{secret: secret, ttl: ttl, now: now, parser: parser}, nil
}

// Issue returns a signed token for the user.
func (t *Tokens) Issue(userID int64) (string, error) {
	now := t.now()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer:    issuer,
		Subject:   strconv.FormatInt(userID, 10),
		IssuedAt:  jwt.NewNumericDate(now),
		ExpiresAt: jwt.NewNumericDate(now.Add(t.ttl)),
	})
	signed, err := token.SignedString(t.secret)
	if err != nil {
		return "", fmt.Errorf("auth: sign token: %w", err)
	}
	return signed, nil
}

// Read returns the user that a token names, or an error that wraps ErrToken.
func (t *Tokens) Read(token string) (userID int64, err error) {
	var claims jwt.RegisteredClaims
	_, err = t.parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return t.secret, nil })
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrToken, err)
	}
	id, err := strconv.ParseInt(claims.Subject, 10, 64)
	if err != nil || id <= 0 {
		return 0, fmt.Errorf("%w: subject %q is not a user", ErrToken, claims.Subject)
	}
	return id, nil
}

// FromHeader takes the token out of an Authorization header. The scheme is "Token", as
// the specification says, or "Bearer", as some clients do; its case does not matter.
// It returns "" when the header has no such scheme.
func FromHeader(header string) string {
	scheme, token, found := strings.Cut(header, " ")
	if !found || !strings.EqualFold(scheme, "Token") && !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
