package jwt_test

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/jwt"
	"github.com/dram-go/dram/middleware"
)

// provider publishes keys, and counts how often they are fetched.
type provider struct {
	*httptest.Server
	mu      sync.Mutex
	body    string
	status  int
	fetches int
}

func newProvider(t testing.TB, keys ...map[string]string) *provider {
	p := &provider{status: http.StatusOK}
	p.publish(keys...)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.fetches++
		w.WriteHeader(p.status)
		_, _ = w.Write([]byte(p.body))
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) publish(keys ...map[string]string) {
	body, _ := json.Marshal(map[string]any{"keys": keys})
	p.answer(http.StatusOK, string(body))
}

func (p *provider) answer(status int, body string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.body = status, body
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetches
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func rsaJWK(kid string, key *rsa.PublicKey) map[string]string {
	return map[string]string{"kty": "RSA", "use": "sig", "kid": kid, "n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes())}
}

func ecJWK(kid string, key *ecdsa.PublicKey) map[string]string {
	point, _ := key.Bytes()
	return map[string]string{"kty": "EC", "crv": "P-256", "kid": kid, "x": encode(point[1:33]), "y": encode(point[33:])}
}

func edJWK(kid string, key ed25519.PublicKey) map[string]string {
	return map[string]string{"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": encode(key)}
}

// by returns a header with a token of a key.
func by(t testing.TB, kid string, method gojwt.SigningMethod, key any) string {
	return "Bearer " + sign(t, method, key, func(h map[string]any, _ gojwt.MapClaims) {
		if kid != "" {
			h["kid"] = kid
		}
	})
}

func withSet(cfg jwt.JWKSConfig, algorithm string) *dram.Engine {
	return serving(jwt.Config{Algorithm: algorithm, Issuer: issuer, Audience: audience, JWKS: jwt.NewJWKS(cfg)})
}

func TestJWKSKinds(t *testing.T) {
	p := newProvider(t,
		map[string]string{"kty": "oct", "kid": "secret", "k": encode(secret)},
		map[string]string{"kty": "strange"},
		rsaJWK("r", &rsaKey.PublicKey), ecJWK("e", &ecKey.PublicKey), edJWK("d", edKey.Public().(ed25519.PublicKey)))
	for _, tt := range []struct {
		name, algorithm, kid string
		key                  any
		want                 int
	}{
		{"RSA", "RS256", "r", rsaKey, 200},
		{"RSA-PSS", "PS256", "r", rsaKey, 200},
		{"EC", "ES256", "e", ecKey, 200},
		{"Ed25519", "EdDSA", "d", edKey, 200},
		{"the only one that fits", "EdDSA", "", edKey, 200},
		{"a key of another kind", "RS256", "e", rsaKey, 401},
		{"an unknown key", "RS256", "x", rsaKey, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := withSet(jwt.JWKSConfig{URL: p.URL}, tt.algorithm)
			assert.Equal(t, tt.want, ask(r, by(t, tt.kid, gojwt.GetSigningMethod(tt.algorithm), tt.key)).Code)
		})
	}
	t.Run("a published secret is not used as a key", func(t *testing.T) {
		r := withSet(jwt.JWKSConfig{URL: p.URL}, "RS256")
		assert.Equal(t, 401, ask(r, by(t, "secret", gojwt.SigningMethodHS256, secret)).Code)
	})
}

func TestJWKSRotation(t *testing.T) {
	p := newProvider(t, ecJWK("old", &ecKey.PublicKey))
	next, err := ecdsa.GenerateKey(ecKey.Curve, rand.Reader)
	require.NoError(t, err)
	r := withSet(jwt.JWKSConfig{URL: p.URL, MinInterval: time.Nanosecond}, "ES256")
	assert.Equal(t, 200, ask(r, by(t, "old", gojwt.SigningMethodES256, ecKey)).Code)
	assert.Equal(t, 401, ask(r, by(t, "new", gojwt.SigningMethodES256, next)).Code)
	p.publish(ecJWK("new", &next.PublicKey))
	assert.Equal(t, 200, ask(r, by(t, "new", gojwt.SigningMethodES256, next)).Code, "an unknown key is looked for")
	assert.Equal(t, 401, ask(r, by(t, "old", gojwt.SigningMethodES256, ecKey)).Code, "the old one is gone")
}

func TestJWKSRefreshDropsWithdrawnKeys(t *testing.T) {
	p := newProvider(t, ecJWK("old", &ecKey.PublicKey))
	r := withSet(jwt.JWKSConfig{URL: p.URL, Refresh: time.Nanosecond, MinInterval: time.Nanosecond}, "ES256")
	token := by(t, "old", gojwt.SigningMethodES256, ecKey)
	assert.Equal(t, 200, ask(r, token).Code)
	p.publish(rsaJWK("new", &rsaKey.PublicKey))
	assert.Eventually(t, func() bool { return ask(r, token).Code == 401 }, time.Minute, time.Millisecond)
}

// Unknown keys cost one fetch in each MinInterval, however many clients name them.
func TestJWKSUnknownKeysDoNotFlood(t *testing.T) {
	p := newProvider(t, ecJWK("known", &ecKey.PublicKey))
	r := withSet(jwt.JWKSConfig{URL: p.URL, MinInterval: time.Hour}, "ES256")
	require.Equal(t, 200, ask(r, by(t, "known", gojwt.SigningMethodES256, ecKey)).Code)
	var wait sync.WaitGroup
	for i := range 50 {
		wait.Go(func() {
			assert.Equal(t, 401, ask(r, by(t, fmt.Sprint("guess", i), gojwt.SigningMethodES256, ecKey)).Code)
		})
	}
	wait.Wait()
	assert.Equal(t, 1, p.count())
}

func TestJWKSOneFetchForAllThatWait(t *testing.T) {
	p := newProvider(t, ecJWK("known", &ecKey.PublicKey))
	r := withSet(jwt.JWKSConfig{URL: p.URL}, "ES256")
	token := by(t, "known", gojwt.SigningMethodES256, ecKey)
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() { assert.Equal(t, 200, ask(r, token).Code) })
	}
	wait.Wait()
	assert.Equal(t, 1, p.count())
}

func TestJWKSOutage(t *testing.T) {
	p := newProvider(t)
	p.answer(http.StatusInternalServerError, "")
	r := withSet(jwt.JWKSConfig{URL: p.URL, MinInterval: time.Millisecond, Refresh: time.Nanosecond}, "ES256")
	token := by(t, "known", gojwt.SigningMethodES256, ecKey)
	w := ask(r, token)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code, "it is not the client's fault")
	assert.Empty(t, w.Header().Get("WWW-Authenticate"))

	p.publish(ecJWK("known", &ecKey.PublicKey))
	require.Eventually(t, func() bool { return ask(r, token).Code == 200 }, time.Minute, time.Millisecond)
	p.answer(http.StatusBadGateway, "")
	before := p.count()
	require.Eventually(t, func() bool { return ask(r, token).Code == 200 && p.count() > before }, time.Minute, time.Millisecond)
	assert.Equal(t, 200, ask(r, token).Code, "the old set serves on")
}

// transport answers with a set, after it has failed a few times, and unless it hangs.
type transport struct {
	fails, asked int
	hangs        bool
	set          string
}

func (f *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if f.asked++; f.asked <= f.fails {
		return nil, errors.New("no route to host")
	}
	if f.hangs {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(f.set))}, nil
}

func TestJWKSFirstFetchThatFailsIsRepeatedSoon(t *testing.T) {
	set, err := json.Marshal(map[string]any{"keys": []any{ecJWK("known", &ecKey.PublicKey)}})
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		issuer := &transport{fails: 3, set: string(set)}
		r := withSet(jwt.JWKSConfig{URL: "https://login.example.com/jwks", Client: &http.Client{Transport: issuer}}, "ES256")
		token := by(t, "known", gojwt.SigningMethodES256, ecKey)
		begin, refused := time.Now(), 0
		for ask(r, token).Code != http.StatusOK {
			refused++
			time.Sleep(100 * time.Millisecond)
		}
		assert.InDelta(t, 7, time.Since(begin).Seconds(), 0.5, "1 + 2 + 4 seconds")
		assert.Equal(t, 4, issuer.asked, "not by each of %d requests", refused)
	})
}

func TestJWKSOddKeysDoNotSpoilTheSet(t *testing.T) {
	good, err := json.Marshal(ecJWK("known", &ecKey.PublicKey))
	require.NoError(t, err)
	for name, odd := range map[string]string{
		"a number for a text":  `{"kty":"RSA","kid":5,"n":7}`,
		"an unknown kind":      `{"kty":"AKP","kid":"pq"}`,
		"a list of algorithms": `{"kty":"EC","alg":["ES256"]}`,
		"not an object":        `"key"`,
		"null":                 `null`,
		"operations as a text": `{"kty":"EC","kid":"known","key_ops":"verify"}`,
		"half a point":         `{"kty":"EC","crv":"P-256","kid":"known","x":"AA"}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			p.answer(http.StatusOK, `{"keys":[`+odd+`,`+string(good)+`,`+odd+`]}`)
			r := withSet(jwt.JWKSConfig{URL: p.URL}, "ES256")
			assert.Equal(t, http.StatusOK, ask(r, by(t, "known", gojwt.SigningMethodES256, ecKey)).Code)
		})
	}
}

func TestJWKSMaxAge(t *testing.T) {
	p := newProvider(t, ecJWK("known", &ecKey.PublicKey))
	r := withSet(jwt.JWKSConfig{URL: p.URL, MaxAge: time.Nanosecond, MinInterval: time.Nanosecond}, "ES256")
	token := by(t, "known", gojwt.SigningMethodES256, ecKey)
	assert.Equal(t, http.StatusServiceUnavailable, ask(r, token).Code, "too old as soon as it is there")
}

func TestJWKSStrangeSets(t *testing.T) {
	many := `{"keys":[` + strings.TrimSuffix(strings.Repeat(`{"kty":"RSA"},`, 101), ",") + `]}`
	longN := `{"keys":[{"kty":"RSA","kid":"known","e":"AQAB","n":"` + strings.Repeat("A", 4000) + `"}]}`
	for name, body := range map[string]string{
		"no JSON": "<html>", "empty": `{}`, "no keys": `{"keys":[]}`, "too many": many, "too large": strings.Repeat(" ", 1<<20+1),
		"off the curve":    `{"keys":[{"kty":"EC","crv":"P-256","kid":"known","x":"` + encode(make([]byte, 32)) + `","y":"` + encode(make([]byte, 32)) + `"}]}`,
		"long modulus":     longN,
		"another use":      `{"keys":[{"kty":"RSA","use":"enc","kid":"known","e":"AQAB","n":"` + encode(rsaKey.N.Bytes()) + `"}]}`,
		"other operations": `{"keys":[{"kty":"RSA","key_ops":["encrypt"],"kid":"known","e":"AQAB","n":"` + encode(rsaKey.N.Bytes()) + `"}]}`,
		"exponent of one":  `{"keys":[{"kty":"RSA","kid":"known","e":"AQ","n":"` + encode(rsaKey.N.Bytes()) + `"}]}`,
		"short point":      `{"keys":[{"kty":"EC","crv":"P-256","kid":"known","x":"AA","y":"AA"}]}`,
		"short Ed25519":    `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"known","x":"AA"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			p.answer(http.StatusOK, body)
			r := withSet(jwt.JWKSConfig{URL: p.URL}, "RS256")
			assert.Equal(t, http.StatusServiceUnavailable, ask(r, by(t, "known", gojwt.SigningMethodRS256, rsaKey)).Code)
		})
	}
}

// A new key that is refused since its set could not be fetched was unknown, and nothing said why.
func TestAKeyThatIsUnknownSinceTheSetCannotBeFetchedSaysSo(t *testing.T) {
	p := newProvider(t, ecJWK("known", &ecKey.PublicKey))
	verify := jwt.Verifier(jwt.Config{Algorithm: "ES256", Issuer: issuer, Audience: audience, JWKS: jwt.NewJWKS(jwt.JWKSConfig{URL: p.URL, MinInterval: time.Nanosecond})})
	token := func(kid string) string {
		return strings.TrimPrefix(by(t, kid, gojwt.SigningMethodES256, ecKey), "Bearer ")
	}
	_, err := verify(t.Context(), token("known"))
	require.NoError(t, err)
	p.answer(http.StatusBadGateway, "")
	for range 2 {
		_, err = verify(t.Context(), token("new"))
		require.ErrorIs(t, err, jwt.ErrUnknownKey)
		require.ErrorContains(t, err, "502 Bad Gateway")
		require.NotErrorIs(t, err, jwt.ErrKeysUnavailable)
	}
	p.publish(ecJWK("new", &ecKey.PublicKey))
	_, err = verify(t.Context(), token("new"))
	require.NoError(t, err)
	_, err = verify(t.Context(), token("other"))
	require.ErrorIs(t, err, jwt.ErrUnknownKey)
	require.NotContains(t, err.Error(), "fetch")
}

// An issuer that accepts connections and never answers: the first requests wait for the
// Timeout, and no others; who has keys waits for nothing.
func TestJWKSThatHangs(t *testing.T) {
	set, err := json.Marshal(map[string]any{"keys": []any{ecJWK("known", &ecKey.PublicKey)}})
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		issuer := &transport{hangs: true, set: string(set)}
		r := withSet(jwt.JWKSConfig{URL: "https://login.example.com/jwks", Client: &http.Client{Transport: issuer}, Timeout: 5 * time.Second}, "ES256")
		token := by(t, "known", gojwt.SigningMethodES256, ecKey)
		begin := time.Now()
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() { assert.Equal(t, http.StatusServiceUnavailable, ask(r, token).Code) })
		}
		wait.Wait()
		assert.Equal(t, 5*time.Second, time.Since(begin))
		assert.Equal(t, 1, issuer.asked)

		issuer.hangs = false
		time.Sleep(time.Second)
		assert.Equal(t, http.StatusOK, ask(r, token).Code)
		issuer.hangs = true
		time.Sleep(jwt.DefaultRefresh + time.Second)
		begin = time.Now()
		assert.Equal(t, http.StatusOK, ask(r, token).Code, "the old set serves on")
		assert.Zero(t, time.Since(begin))
		synctest.Wait()
		assert.Equal(t, 3, issuer.asked, "it is asked for a new one meanwhile")
		time.Sleep(5 * time.Second)
	})
}

// A set that unpacks to more than is allowed is not read to its end.
func TestJWKSThatUnpacksToMuch(t *testing.T) {
	sent := new(bytes.Buffer)
	packer := gzip.NewWriter(sent)
	for range 64 {
		_, _ = packer.Write(make([]byte, 1<<20))
	}
	require.NoError(t, packer.Close())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(sent.Bytes())
	}))
	defer server.Close()
	r := withSet(jwt.JWKSConfig{URL: server.URL}, "ES256")
	w := ask(r, by(t, "known", gojwt.SigningMethodES256, ecKey))
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
}

// A redirect on the same host is followed, but not for ever.
func TestJWKSRedirects(t *testing.T) {
	p := newProvider(t, ecJWK("known", &ecKey.PublicKey))
	for path, want := range map[string]int{"/moved": http.StatusOK, "/round": http.StatusServiceUnavailable} {
		hops := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/moved":
				http.Redirect(w, r, "/here", http.StatusFound)
			case "/round":
				hops++
				http.Redirect(w, r, "/round", http.StatusFound)
			default:
				p.Config.Handler.ServeHTTP(w, r)
			}
		}))
		defer server.Close()
		r := withSet(jwt.JWKSConfig{URL: server.URL + path}, "ES256")
		assert.Equal(t, want, ask(r, by(t, "known", gojwt.SigningMethodES256, ecKey)).Code, path)
		assert.LessOrEqual(t, hops, 6)
	}
}

func TestJWKSFollowsNoRedirectElsewhere(t *testing.T) {
	p := newProvider(t, ecJWK("known", &ecKey.PublicKey))
	elsewhere := httptest.NewServer(http.RedirectHandler(p.URL, http.StatusFound))
	defer elsewhere.Close()
	r := withSet(jwt.JWKSConfig{URL: elsewhere.URL}, "ES256")
	assert.Equal(t, http.StatusServiceUnavailable, ask(r, by(t, "known", gojwt.SigningMethodES256, ecKey)).Code)
	assert.Zero(t, p.count())
}

func TestJWKSValidate(t *testing.T) {
	for name, cfg := range map[string]jwt.JWKSConfig{
		"no URL":             {},
		"plain http":         {URL: "http://login.example.com/keys"},
		"another scheme":     {URL: "file:///etc/keys"},
		"time without unit":  {URL: "https://login.example.com/keys", Timeout: 5},
		"old before fetched": {URL: "https://login.example.com/keys", MaxAge: 30 * time.Second},
		"negative interval":  {URL: "https://login.example.com/keys", MinInterval: -1},
	} {
		t.Run(name, func(t *testing.T) {
			var fault *middleware.ConfigError
			assert.ErrorAs(t, cfg.Validate(), &fault)
			assert.PanicsWithError(t, cfg.Validate().Error(), func() { jwt.NewJWKS(cfg) })
		})
	}
	for _, url := range []string{"https://a.example/k", "http://127.0.0.1:8080/k", "http://[::1]/k", "http://localhost/k"} {
		assert.NoError(t, jwt.JWKSConfig{URL: url}.Validate())
	}
}

func Example() {
	key := []byte("a secret of 32 bytes or some more")
	r := dram.New()
	r.Use(jwt.Auth(jwt.Config{Algorithm: "HS256", Key: key, Issuer: "login", Audience: "shop"}))
	r.GET("/", func(c *dram.Context) {
		var claims struct{ Scope string }
		if err := jwt.Decode(c, &claims); err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.String(http.StatusOK, "%s may %s", middleware.ByUser(c), claims.Scope)
	})

	token, _ := gojwt.NewWithClaims(gojwt.SigningMethodHS256, gojwt.MapClaims{
		"iss": "login", "aud": "shop", "sub": "ann", "scope": "read", "exp": time.Now().Add(time.Minute).Unix(),
	}).SignedString(key)
	fmt.Println(ask(r, "Bearer "+token).Body)
	fmt.Println(ask(r).Code)
	// Output:
	// ann may read
	// 401
}
