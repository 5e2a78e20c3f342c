package auth_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/jwt"
	"github.com/dram-go/dram/examples/gateway/auth"
	"github.com/dram-go/dram/examples/gateway/config"
)

// An issuer that changes its key: tokens of the new one are good without a reload, those of the one
// that it has withdrawn are not.
func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

func TestAnIssuerChangesItsKey(t *testing.T) {
	var set atomic.Pointer[string]
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, *set.Load()) }))
	defer issuer.Close()
	publish := func(kid string) (token string) {
		public, private, _ := ed25519.GenerateKey(nil)
		text := fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":%q,"x":%q}]}`, kid, base64.RawURLEncoding.EncodeToString(public))
		set.Store(&text)
		claims := gojwt.NewWithClaims(gojwt.SigningMethodEdDSA, gojwt.MapClaims{"iss": "i", "aud": "a", "sub": "ann", "exp": time.Now().Add(time.Hour).Unix()})
		claims.Header["kid"] = kid
		token, err := claims.SignedString(private)
		require.NoError(t, err)
		return token
	}
	keys := jwt.NewJWKS(jwt.JWKSConfig{URL: issuer.URL, MinInterval: time.Nanosecond, Refresh: time.Nanosecond})
	way := auth.Token("main", &config.JWT{Issuer: "i", Audience: "a", Algorithm: "EdDSA", Scopes: "scope"}, keys)
	r := dram.New()
	r.GET("/", auth.Layer([]*auth.Way{way}, nil), func(c *dram.Context) { c.Status(http.StatusOK) })
	ask := func(token string) int {
		req := httptest.NewRequest("GET", "/", nil)
		req.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		return w.Code
	}
	first := publish("1")
	assert.Equal(t, 200, ask(first))
	second := publish("2")
	assert.Equal(t, 200, ask(second))
	assert.Equal(t, 401, ask(first))
}
