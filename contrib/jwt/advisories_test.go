package jwt_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	gojwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/contrib/jwt"
)

// Advisories about tokens, by their identifiers: each test sends what was accepted there. See
// docs/reliability.md.

func TestAdvisoriesOfTokens(t *testing.T) {
	refused := func(t *testing.T, token string) {
		t.Helper()
		w := ask(serving(base()), "Bearer "+token)
		assert.Equal(t, http.StatusUnauthorized, w.Code, token[:min(len(token), 40)])
		assert.NotContains(t, w.Body.String(), "hello")
	}
	signed := func(edit func(gojwt.MapClaims)) string {
		return sign(t, gojwt.SigningMethodRS256, rsaKey, func(_ map[string]any, c gojwt.MapClaims) { edit(c) })
	}
	encode := base64.RawURLEncoding.EncodeToString
	t.Run("GO-2020-0017 CVE-2020-26160 jwt-go took an audience that is a list for none", func(t *testing.T) {
		for _, audience := range []any{[]string{"https://other.example.com"}, []string{}, []any{1, nil}, []string{""}, "", nil, 1, map[string]any{}} {
			refused(t, signed(func(c gojwt.MapClaims) { c["aud"] = audience }))
		}
	})
	t.Run("GO-2024-3250 CVE-2024-51744 jwt said of a token that is expired and forged that it is expired", func(t *testing.T) {
		expired := signed(func(c gojwt.MapClaims) { c["exp"] = 1 })
		forged := expired[:strings.LastIndexByte(expired, '.')+1] + encode(make([]byte, 256))
		refused(t, forged)
		_, err := jwt.Verifier(base())(t.Context(), forged)
		assert.ErrorIs(t, err, gojwt.ErrTokenSignatureInvalid)
		assert.NotErrorIs(t, err, gojwt.ErrTokenExpired)
	})
	t.Run("GO-2025-3553 CVE-2025-30204 jwt split a header of dots", func(t *testing.T) {
		r := serving(base())
		dots := "Bearer " + strings.Repeat(".", 1<<20)
		ask(r, dots)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ask(r, dots)
		runtime.ReadMemStats(&after)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(256<<10))
		refused(t, strings.Repeat(".", jwt.DefaultMaxBytes-10))
	})
	t.Run("GO-2023-2379 CVE-2023-49290 jwx counted to what an encrypted token said", func(t *testing.T) {
		refused(t, encode([]byte(`{"alg":"PBES2-HS256+A128KW","enc":"A128CBC-HS256","p2c":2147483647,"p2s":"AAAA"}`))+".AAAA.AAAA.AAAA.AAAA")
	})
	t.Run("GO-2024-2632 CVE-2024-28122 and GO-2023-1859 GHSA-rm8v-mxj3-5rmq jwx decrypted and unpacked tokens", func(t *testing.T) {
		for _, head := range []string{`{"alg":"RSA-OAEP","enc":"A128CBC-HS256","zip":"DEF"}`, `{"alg":"dir","enc":"A128CBC-HS256"}`, `{"alg":"RS256","zip":"DEF","enc":"A128GCM"}`} {
			refused(t, encode([]byte(head))+".AAAA.AAAA.AAAA.AAAA")
		}
	})
	t.Run("GO-2024-2454 CVE-2024-21664 jwx panicked at a signature in JSON without a header", func(t *testing.T) {
		for _, token := range []string{`{"payload":"AAAA","signature":"AAAA"}`, `{"payload":"AAAA","signatures":[{}]}`, "null.null.AAAA", encode([]byte("null")) + "." + encode([]byte("null")) + ".AAAA", encode([]byte("{}")) + "." + encode([]byte("[]")) + "."} {
			refused(t, token)
		}
	})
	assert.Equal(t, http.StatusOK, ask(serving(base()), fmt.Sprint("Bearer ", signed(func(gojwt.MapClaims) {}))).Code)
}
