package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
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

// claims are what a token says: whose it is, until when, and of which password.
type claims struct {
	jwt.RegisteredClaims
	Password string `json:"pwd"` // its Mark
}

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

// Issue returns a signed token for the user, whose password has this hash.
func (t *Tokens) Issue(userID int64, passwordHash string) (string, error) {
	now := t.now()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{jwt.RegisteredClaims{
		Issuer:    issuer,
		Subject:   strconv.FormatInt(userID, 10),
		IssuedAt:  jwt.NewNumericDate(now),
		ExpiresAt: jwt.NewNumericDate(now.Add(t.ttl)),
	}, t.Mark(passwordHash)})
	signed, err := token.SignedString(t.secret)
	if err != nil {
		return "", fmt.Errorf("auth: sign token: %w", err)
	}
	return signed, nil
}

// Mark stands for a password in tokens, by its hash, of which it tells nothing.
func (t *Tokens) Mark(passwordHash string) string {
	mac := hmac.New(sha256.New, t.secret)
	mac.Write([]byte("password " + passwordHash)) // no token begins like this
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// Read returns the user that a token names, and the Mark of the password that they had, or an
// error that wraps ErrToken. A token of another password than the user's does not hold.
func (t *Tokens) Read(token string) (userID int64, mark string, err error) {
	var said claims
	_, err = t.parser.ParseWithClaims(token, &said, func(*jwt.Token) (any, error) { return t.secret, nil })
	if err != nil {
		return 0, "", fmt.Errorf("%w: %w", ErrToken, err)
	}
	id, err := strconv.ParseInt(said.Subject, 10, 64)
	if err != nil || id <= 0 {
		return 0, "", fmt.Errorf("%w: subject %q is not a user", ErrToken, said.Subject)
	}
	return id, said.Password, nil
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
