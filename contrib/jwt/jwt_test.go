package jwt_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/jwt"
	"github.com/dram-go/dram/middleware"
)

var (
	rsaKey   *rsa.PrivateKey
	ecKey    *ecdsa.PrivateKey
	_, edKey = func() (ed25519.PublicKey, ed25519.PrivateKey) {
		p, k, _ := ed25519.GenerateKey(rand.Reader)
		return p, k
	}()
	secret     = []byte(strings.Repeat("0123456789abcdef", 4))
	issuer     = "https://login.example.com/"
	audience   = "https://api.example.com"
	anHour     = func() int64 { return time.Now().Add(time.Hour).Unix() }
	goodClaims = func() gojwt.MapClaims {
		return gojwt.MapClaims{"iss": issuer, "aud": audience, "sub": "ann", "exp": anHour(), "scope": "read"}
	}
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	rsaKey, _ = rsa.GenerateKey(rand.Reader, 2048)
	ecKey, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	os.Exit(m.Run())
}

// sign makes a token; edit changes its header and claims first.
func sign(t testing.TB, method gojwt.SigningMethod, key any, edit func(header map[string]any, claims gojwt.MapClaims)) string {
	claims := goodClaims()
	token := gojwt.NewWithClaims(method, claims)
	if edit != nil {
		edit(token.Header, claims)
	}
	text, err := token.SignedString(key)
	require.NoError(t, err)
	return text
}

func base() jwt.Config {
	return jwt.Config{Algorithm: "RS256", Key: &rsaKey.PublicKey, Issuer: issuer, Audience: audience}
}

// serving greets the token's subject.
func serving(cfg jwt.Config, outer ...dram.HandlerFunc) *dram.Engine {
	r := dram.New()
	r.Use(outer...)
	r.Use(jwt.Auth(cfg))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "hello %s", middleware.ByUser(c)) })
	return r
}

func ask(h http.Handler, authorization ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	if authorization != nil {
		req.Header["Authorization"] = authorization
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestAlgorithms(t *testing.T) {
	for _, tt := range []struct {
		algorithm    string
		private, key any
	}{
		{"RS256", rsaKey, &rsaKey.PublicKey},
		{"PS512", rsaKey, &rsaKey.PublicKey},
		{"ES256", ecKey, &ecKey.PublicKey},
		{"EdDSA", edKey, edKey.Public()},
		{"HS256", secret, secret},
		{"HS512", secret, secret},
	} {
		t.Run(tt.algorithm, func(t *testing.T) {
			cfg := base()
			cfg.Algorithm, cfg.Key = tt.algorithm, tt.key
			token := sign(t, gojwt.GetSigningMethod(tt.algorithm), tt.private, nil)
			r := serving(cfg)
			w := ask(r, "Bearer "+token)
			assert.Equal(t, "hello ann", w.Body.String())
			head, sig := token[:strings.LastIndex(token, ".")+1], token[strings.LastIndex(token, ".")+1:]
			flipped := "A"
			if sig[0] == 'A' {
				flipped = "B"
			}
			assert.Equal(t, http.StatusUnauthorized, ask(r, "Bearer "+head+flipped+sig[1:]).Code)
		})
	}
}

func TestRefused(t *testing.T) {
	now := time.Now()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	claims := func(edit func(gojwt.MapClaims)) string {
		return sign(t, gojwt.SigningMethodRS256, rsaKey, func(_ map[string]any, c gojwt.MapClaims) { edit(c) })
	}
	header := func(name string, value any) string {
		return sign(t, gojwt.SigningMethodRS256, rsaKey, func(h map[string]any, _ gojwt.MapClaims) { h[name] = value })
	}
	for name, token := range map[string]string{
		"wrong audience":  claims(func(c gojwt.MapClaims) { c["aud"] = "https://other.example.com" }),
		"no audience":     claims(func(c gojwt.MapClaims) { delete(c, "aud") }),
		"wrong issuer":    claims(func(c gojwt.MapClaims) { c["iss"] = issuer + "evil" }),
		"no issuer":       claims(func(c gojwt.MapClaims) { delete(c, "iss") }),
		"no expiry":       claims(func(c gojwt.MapClaims) { delete(c, "exp") }),
		"expired":         claims(func(c gojwt.MapClaims) { c["exp"] = now.Add(-time.Second).Unix() }),
		"expiry of text":  claims(func(c gojwt.MapClaims) { c["exp"] = "never" }),
		"not yet":         claims(func(c gojwt.MapClaims) { c["nbf"] = now.Add(time.Hour).Unix() }),
		"from the future": claims(func(c gojwt.MapClaims) { c["iat"] = now.Add(time.Hour).Unix() }),
		"critical":        header("crit", []string{"b64"}),
		"another key":     sign(t, gojwt.SigningMethodRS256, other, nil),
		"another hash":    sign(t, gojwt.SigningMethodRS512, rsaKey, nil),
		"no token":        "nonsense",
		"five parts":      "a.b.c.d.e",
		"only dots":       strings.Repeat(".", 8000),
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(serving(base()), "Bearer "+token)
			assert.Equal(t, http.StatusUnauthorized, w.Code)
			assert.Contains(t, w.Header().Get("WWW-Authenticate"), `error="invalid_token"`)
			assert.NotContains(t, w.Body.String(), "hello")
		})
	}
}

// RFC 8725 section 2.1: a token that says it needs no signature.
func TestAlgNoneIsRefused(t *testing.T) {
	for _, alg := range []string{"none", "None", "NONE", "nOnE", ""} {
		head := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"typ":"JWT","alg":%q}`, alg))
		_, rest, _ := strings.Cut(sign(t, gojwt.SigningMethodNone, gojwt.UnsafeAllowNoneSignatureType, nil), ".")
		payload, _, _ := strings.Cut(rest, ".")
		for _, token := range []string{head + "." + payload + ".", head + "." + payload} {
			assert.Equal(t, http.StatusUnauthorized, ask(serving(base()), "Bearer "+token).Code, alg)
		}
	}
}

// CVE-2015-9235 and similar ones (RFC 8725 section 2.1): the public key, which is known to everybody, as the secret of an HMAC.
func TestPublicKeyIsNotASecret(t *testing.T) {
	der, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	require.NoError(t, err)
	file := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	for _, key := range [][]byte{file, der, x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey), rsaKey.N.Bytes()} {
		forged := sign(t, gojwt.SigningMethodHS256, key, nil)
		assert.Equal(t, http.StatusUnauthorized, ask(serving(base()), "Bearer "+forged).Code)
	}
	cfg := base()
	cfg.Algorithm, cfg.Key = "HS256", file
	assert.ErrorContains(t, cfg.Validate(), "PEM")
}

func TestHugeTokenIsRefusedBeforeParsing(t *testing.T) {
	r := serving(base())
	huge := "Bearer " + strings.Repeat("A", 1<<20) + "." + strings.Repeat("B", 1<<20) + ".C"
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Header["Authorization"] = []string{huge}
	assert.Equal(t, http.StatusUnauthorized, ask(r, huge).Code)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r.ServeHTTP(httptest.NewRecorder(), req)
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(256<<10), "nothing of its size is allocated")

	padded := sign(t, gojwt.SigningMethodRS256, rsaKey, func(_ map[string]any, c gojwt.MapClaims) { c["pad"] = strings.Repeat("x", jwt.DefaultMaxBytes) })
	assert.Equal(t, http.StatusUnauthorized, ask(r, "Bearer "+padded).Code)
	cfg := base()
	cfg.MaxBytes = 64 << 10
	assert.Equal(t, http.StatusOK, ask(serving(cfg), "Bearer "+padded).Code)
}

func TestChallenge(t *testing.T) {
	cfg := base()
	cfg.Realm = "shop"
	r, token := serving(cfg), sign(t, gojwt.SigningMethodRS256, rsaKey, nil)
	assert.Equal(t, `Bearer realm="shop"`, ask(r).Header().Get("WWW-Authenticate"))
	assert.Equal(t, "Bearer", ask(serving(base())).Header().Get("WWW-Authenticate"))
	assert.Equal(t, http.StatusOK, ask(r, "bearer  "+token).Code)
	assert.Equal(t, http.StatusUnauthorized, ask(r, "Basic "+token).Code)
	assert.Equal(t, http.StatusUnauthorized, ask(r, "Bearer "+token, "Bearer "+token).Code, "two headers are none")
}

func TestOptional(t *testing.T) {
	cfg := base()
	cfg.Optional = true
	r := serving(cfg)
	assert.Equal(t, "hello ", ask(r).Body.String())
	assert.Equal(t, http.StatusUnauthorized, ask(r, "Bearer wrong").Code)
	assert.Equal(t, http.StatusUnauthorized, ask(r, "Bearer a", "Bearer b").Code)
}

func TestTypeAndCheck(t *testing.T) {
	var recorded error
	refusal := errors.New("revoked")
	cfg := base()
	cfg.Type = "at+jwt"
	cfg.Check = func(_ *dram.Context, claims gojwt.MapClaims) error {
		if claims["jti"] == "bad" {
			return refusal
		}
		return nil
	}
	r := serving(cfg, func(c *dram.Context) { c.Next(); recorded = c.Errors.Last() })
	typed := func(typ string, jti string) string {
		return "Bearer " + sign(t, gojwt.SigningMethodRS256, rsaKey, func(h map[string]any, c gojwt.MapClaims) { h["typ"], c["jti"] = typ, jti })
	}
	assert.Equal(t, http.StatusOK, ask(r, typed("AT+JWT", "good")).Code)
	assert.Equal(t, http.StatusOK, ask(r, typed("application/at+jwt", "good")).Code)
	assert.Equal(t, http.StatusUnauthorized, ask(r, typed("JWT", "good")).Code)
	assert.ErrorIs(t, recorded, jwt.ErrType)
	w := ask(r, typed("at+jwt", "bad"))
	assert.Equal(t, http.StatusUnauthorized, w.Code)
	assert.ErrorIs(t, recorded, refusal)
	assert.NotContains(t, w.Body.String(), "revoked")
}

func TestVerifierAnswersNobody(t *testing.T) {
	verify := jwt.Verifier(base())
	claims, err := verify(t.Context(), sign(t, gojwt.SigningMethodRS256, rsaKey, nil))
	require.NoError(t, err)
	assert.Equal(t, "ann", claims["sub"])
	_, err = verify(t.Context(), sign(t, gojwt.SigningMethodRS256, rsaKey, func(_ map[string]any, claims gojwt.MapClaims) { claims["aud"] = "another" }))
	assert.ErrorIs(t, err, gojwt.ErrTokenInvalidAudience)
	_, err = verify(t.Context(), strings.Repeat("x", jwt.DefaultMaxBytes+1))
	assert.ErrorIs(t, err, jwt.ErrTooLong)
	assert.Panics(t, func() { jwt.Verifier(jwt.Config{}) })
}

func TestClaims(t *testing.T) {
	cfg := base()
	cfg.Extract = jwt.FromCookie("token")
	r := dram.New()
	r.Use(middleware.Skip(func(c *dram.Context) bool { return c.Query("skip") != "" }, jwt.Auth(cfg)))
	r.GET("/", func(c *dram.Context) {
		claims, ok := jwt.ClaimsOf(c)
		var mine struct{ Scope string }
		err := jwt.Decode(c, &mine)
		c.String(http.StatusOK, "%v %v %v %v", ok, claims["sub"], mine.Scope, err)
	})
	get := func(target string, more ...*http.Cookie) string {
		req := httptest.NewRequest(http.MethodGet, target, nil)
		req.AddCookie(&http.Cookie{Name: "token", Value: sign(t, gojwt.SigningMethodRS256, rsaKey, nil)})
		for _, cookie := range more {
			req.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		return w.Body.String()
	}
	assert.Equal(t, "true ann read <nil>", get("/"))
	assert.Equal(t, "true ann read <nil>", get("/", &http.Cookie{Name: "other", Value: "forged"}))
	assert.NotContains(t, get("/", &http.Cookie{Name: "token", Value: "forged"}), "ann", "of two cookies none is believed")
	assert.Equal(t, "false <nil>  "+jwt.ErrNoToken.Error(), get("/?skip=1"))
	assert.Equal(t, http.StatusUnauthorized, ask(r).Code, "no cookie")
}

func TestACookieThatCannotBe(t *testing.T) {
	assert.PanicsWithError(t, `dram: contrib/jwt: FromCookie: "token=" cannot be the name of a cookie; write letters, digits and dashes`, func() { jwt.FromCookie("token=") })
}

func TestValidate(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	set := jwt.NewJWKS(jwt.JWKSConfig{URL: "https://login.example.com/keys"})
	for name, edit := range map[string]func(*jwt.Config){
		"no algorithm":      func(c *jwt.Config) { c.Algorithm = "" },
		"none":              func(c *jwt.Config) { c.Algorithm = "none" },
		"no issuer":         func(c *jwt.Config) { c.Issuer = "" },
		"no audience":       func(c *jwt.Config) { c.Audience = "" },
		"much leeway":       func(c *jwt.Config) { c.Leeway = time.Hour },
		"negative size":     func(c *jwt.Config) { c.MaxBytes = -1 },
		"leeway of no unit": func(c *jwt.Config) { c.Leeway = 30 },
		"JWKS of no maker":  func(c *jwt.Config) { c.Key, c.JWKS = nil, &jwt.JWKS{} },
		"quote in realm":    func(c *jwt.Config) { c.Realm = `a"b` },
		"no key":            func(c *jwt.Config) { c.Key = nil },
		"two kinds of keys": func(c *jwt.Config) { c.JWKS = set },
		"secret from JWKS":  func(c *jwt.Config) { c.Algorithm, c.Key, c.JWKS = "HS256", nil, set },
		"short secret":      func(c *jwt.Config) { c.Algorithm, c.Key = "HS256", []byte("secret") },
		"secret of a text":  func(c *jwt.Config) { c.Algorithm, c.Key = "HS256", strings.Repeat("s", 64) },
		"RSA key for HS":    func(c *jwt.Config) { c.Algorithm = "HS256" },
		"secret for RS":     func(c *jwt.Config) { c.Key = secret },
		"small RSA key":     func(c *jwt.Config) { c.Key = &small.PublicKey },
		"private key":       func(c *jwt.Config) { c.Key = rsaKey },
		"another curve":     func(c *jwt.Config) { c.Algorithm, c.Key = "ES384", &ecKey.PublicKey },
		"EC key for Ed":     func(c *jwt.Config) { c.Algorithm, c.Key = "EdDSA", &ecKey.PublicKey },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := base()
			require.NoError(t, cfg.Validate())
			edit(&cfg)
			var fault *middleware.ConfigError
			assert.ErrorAs(t, cfg.Validate(), &fault)
			assert.PanicsWithError(t, cfg.Validate().Error(), func() { jwt.Auth(cfg) })
		})
	}
}

func FuzzToken(f *testing.F) {
	valid := sign(f, gojwt.SigningMethodRS256, rsaKey, nil)
	f.Add(valid)
	f.Add("a.b.c")
	r := serving(base())
	f.Fuzz(func(t *testing.T, token string) {
		want := http.StatusUnauthorized
		if strings.TrimLeft(token, " ") == valid {
			want = http.StatusOK
		}
		if code := ask(r, "Bearer "+token).Code; code != want {
			t.Fatalf("%q: %d", token, code)
		}
	})
}

func BenchmarkAuth(b *testing.B) {
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	for algorithm, keys := range map[string][2]any{
		"HS256": {secret, secret}, "RS256": {rsaKey, &rsaKey.PublicKey}, "ES256": {ecKey, &ecKey.PublicKey}, "EdDSA": {edKey, edKey.Public()},
	} {
		b.Run(algorithm, func(b *testing.B) {
			cfg := base()
			cfg.Algorithm, cfg.Key = algorithm, keys[1]
			r := dram.New()
			r.Use(jwt.Auth(cfg))
			r.GET("/", func(c *dram.Context) { c.Status(http.StatusNoContent) })
			req := httptest.NewRequest(http.MethodGet, "/", nil)
			req.Header.Set("Authorization", "Bearer "+sign(b, gojwt.GetSigningMethod(algorithm), keys[0], nil))
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				r.ServeHTTP(w, req)
			}
		})
	}
}
