package auth_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/auth"
)

var cheap = auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}

var secret = []byte("0123456789abcdef0123456789abcdef")

func TestHasher(t *testing.T) {
	ctx := context.Background()
	h := auth.NewHasher(cheap)
	hash, err := h.Hash(ctx, "correct horse")
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$"), hash)

	assert.NoError(t, h.Verify(ctx, hash, "correct horse"))
	assert.ErrorIs(t, h.Verify(ctx, hash, "battery staple"), auth.ErrMismatch)

	again, err := h.Hash(ctx, "correct horse")
	require.NoError(t, err)
	assert.NotEqual(t, hash, again, "each hash has a salt of its own")
}

func TestHasherReadsTheCostFromTheHash(t *testing.T) {
	ctx := context.Background()
	hash, err := auth.NewHasher(cheap).Hash(ctx, "secret")
	require.NoError(t, err)
	dearer := auth.NewHasher(auth.Cost{MemoryKiB: 128, Passes: 2, Lanes: 1})
	assert.NoError(t, dearer.Verify(ctx, hash, "secret"))
}

func TestHasherUnknownUserNeverMatches(t *testing.T) {
	assert.ErrorIs(t, auth.NewHasher(cheap).Verify(context.Background(), "", ""), auth.ErrMismatch)
}

func TestHasherRefusesDamagedHashes(t *testing.T) {
	h := auth.NewHasher(cheap)
	for name, hash := range map[string]string{
		"plain text":    "secret",
		"other scheme":  "$2a$10$abcdefghijklmnopqrstuv",
		"no key":        "$argon2id$v=19$m=64,t=1,p=1$c2FsdA",
		"bad base64":    "$argon2id$v=19$m=64,t=1,p=1$!!$!!",
		"other version": "$argon2id$v=16$m=64,t=1,p=1$c2FsdA$c2FsdA",
	} {
		t.Run(name, func(t *testing.T) {
			err := h.Verify(context.Background(), hash, "secret")
			require.Error(t, err)
			assert.NotErrorIs(t, err, auth.ErrMismatch)
		})
	}
}

func TestTokensRoundTrip(t *testing.T) {
	tokens, err := auth.NewTokens(secret, time.Hour, time.Now)
	require.NoError(t, err)
	token, err := tokens.Issue(42, "hash")
	require.NoError(t, err)
	id, mark, err := tokens.Read(token)
	require.NoError(t, err)
	assert.EqualValues(t, 42, id)
	assert.Equal(t, tokens.Mark("hash"), mark)
	assert.NotEqual(t, tokens.Mark("another"), mark)
}

func TestTokensRefuse(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	clock := func() time.Time { return now }
	tokens, err := auth.NewTokens(secret, time.Hour, clock)
	require.NoError(t, err)
	later, err := auth.NewTokens(secret, time.Hour, func() time.Time { return now.Add(2 * time.Hour) })
	require.NoError(t, err)

	sign := func(method jwt.SigningMethod, key any, claims jwt.RegisteredClaims) string {
		s, err := jwt.NewWithClaims(method, claims).SignedString(key)
		require.NoError(t, err)
		return s
	}
	good := jwt.RegisteredClaims{Issuer: "conduit", Subject: "1", ExpiresAt: jwt.NewNumericDate(now.Add(time.Hour))}
	eternal, foreign, nobody := good, good, good
	eternal.ExpiresAt, foreign.Issuer, nobody.Subject = nil, "someone else", "root"
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"conduit","sub":"1","exp":9999999999}`)) + "."

	_, _, err = tokens.Read(sign(jwt.SigningMethodHS256, secret, good))
	require.NoError(t, err, "the claims that the cases start from hold")

	for name, token := range map[string]string{
		"empty":             "",
		"not a token":       "abc.def.ghi",
		"algorithm none":    none,
		"other algorithm":   sign(jwt.SigningMethodHS512, secret, good),
		"other secret":      sign(jwt.SigningMethodHS256, []byte("another secret of thirty-two byte"), good),
		"without an end":    sign(jwt.SigningMethodHS256, secret, eternal),
		"another issuer":    sign(jwt.SigningMethodHS256, secret, foreign),
		"subject no number": sign(jwt.SigningMethodHS256, secret, nobody),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := tokens.Read(token)
			assert.ErrorIs(t, err, auth.ErrToken)
		})
	}
	t.Run("expired", func(t *testing.T) {
		_, _, err := later.Read(sign(jwt.SigningMethodHS256, secret, good))
		assert.ErrorIs(t, err, auth.ErrToken)
		assert.ErrorIs(t, err, jwt.ErrTokenExpired)
	})
}

func TestTokensNeedALongSecret(t *testing.T) {
	_, err := auth.NewTokens([]byte("short"), time.Hour, time.Now)
	assert.ErrorContains(t, err, "at least 32")
}

func TestFromHeader(t *testing.T) {
	for header, want := range map[string]string{
		"Token a.b.c":    "a.b.c",
		"Bearer a.b.c":   "a.b.c",
		"token  a.b.c ":  "a.b.c",
		"Basic dXNlcjpw": "",
		"Token":          "",
		"":               "",
	} {
		assert.Equal(t, want, auth.FromHeader(header), "header %q", header)
	}
}
