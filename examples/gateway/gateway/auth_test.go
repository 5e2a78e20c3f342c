package gateway_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/contrib/jwt"
	"github.com/dram-go/dram/examples/gateway/auth"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/gateway"
)

// issuer signs tokens, and publishes its key.
type issuer struct {
	*httptest.Server
	key     *ecdsa.PrivateKey
	fetches atomic.Int64
	down    atomic.Bool
}

func newIssuer(t *testing.T) *issuer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	i := &issuer{key: key}
	point, _ := key.PublicKey.Bytes()
	encode := base64.RawURLEncoding.EncodeToString
	set := fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":%q,"y":%q}]}`, encode(point[1:33]), encode(point[33:]))
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.fetches.Add(1)
		if i.down.Load() {
			w.WriteHeader(500)
			return
		}
		fmt.Fprint(w, set)
	}))
	t.Cleanup(i.Close)
	return i
}

// token is one of the issuer's for a user.
func (i *issuer) token(t *testing.T, user string, scopes any, life time.Duration) string {
	token := gojwt.NewWithClaims(gojwt.SigningMethodES256, gojwt.MapClaims{
		"iss": i.URL, "aud": "gateway", "sub": user, "scope": scopes, "exp": time.Now().Add(life).Unix(),
	})
	token.Header["kid"] = "1"
	text, err := token.SignedString(i.key)
	require.NoError(t, err)
	return text
}

// config is the issuer as the file has it.
func (i *issuer) config() string {
	return "{jwt: {issuer: " + i.URL + ", audience: gateway, algorithm: ES256, jwks: " + i.URL + "/jwks}}"
}

// keyLine is the line of a user in a file of keys.
func keyLine(user, key, scopes string) string {
	return fmt.Sprintf("%s %x %s\n", user, sha256.Sum256([]byte(key)), scopes)
}

// write writes a file of the test.
func write(t *testing.T, name, text string) string {
	name = filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

// ask sends a GET with headers, name by name.
func ask(g http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, req)
	return w
}

const identityKey = "0123456789abcdef0123456789abcdef"

// whoami is an upstream that answers with the identity that it is told, and says if that is not
// one of the gateway's.
func whoami(t *testing.T) http.HandlerFunc {
	verify := jwt.Verifier(jwt.Config{Algorithm: "HS256", Key: []byte(identityKey), Issuer: auth.Issuer, Audience: "books"})
	return func(w http.ResponseWriter, r *http.Request) {
		text := r.Header.Get("X-Identity")
		if text == "" {
			text = r.Header.Get("X_Identity")
		}
		if _, err := io.Copy(io.Discard, r.Body); err == nil && text == "" {
			text = r.Trailer.Get("X-Identity")
		}
		if text == "" {
			fmt.Fprint(w, "nobody")
			return
		}
		claims, err := verify(r.Context(), text)
		if err != nil {
			fmt.Fprint(w, "forged: ", err)
			return
		}
		fmt.Fprint(w, claims["way"], " ", claims["sub"], " ", claims["scope"])
	}
}

const authorized = `
identity: {key: env:IDENTITY_KEY}
auth: {main: %s, key: {keys: {file: %s}}}
upstreams: {books: {servers: [{url: $1}]}}
routes:
  - {path: /open, to: books}
  - {path: /mine, to: books, auth: {by: [main, key]}}
  - {path: /write, to: books, auth: {by: [main, key], scopes: [books:read, books:write]}}
`

func TestAnyWayKnowsTheClientAndTheUpstreamIsTold(t *testing.T) {
	t.Setenv("IDENTITY_KEY", identityKey)
	i := newIssuer(t)
	keys := write(t, "keys", "# ours\n"+keyLine("bob", "k1", "books:read,books:write")+keyLine("eve", "k2", ""))
	g, _ := start(t, fmt.Sprintf(authorized, i.config(), keys), whoami(t))

	bearer := func(user string, scopes any, life time.Duration) []string {
		return []string{"Authorization", "Bearer " + i.token(t, user, scopes, life)}
	}
	for name, tc := range map[string]struct {
		path    string
		headers []string
		status  int
		body    string // a part of it
	}{
		"a token":                   {"/mine", bearer("ann", "books:read x", time.Hour), 200, "main ann books:read x"},
		"scopes in a list":          {"/write", bearer("ann", []string{"books:read", "books:write"}, time.Hour), 200, "main ann books:read books:write"},
		"a key":                     {"/mine", []string{"X-Api-Key", "k1"}, 200, "key bob books:read books:write"},
		"a key with scopes":         {"/write", []string{"X-Api-Key", "k1"}, 200, "key bob"},
		"a bad token and a key":     {"/mine", []string{"Authorization", "Bearer x.y.z", "X-Api-Key", "k2"}, 200, "key eve"},
		"nothing":                   {"/mine", nil, 401, "a valid credential is needed"},
		"an old token":              {"/mine", bearer("ann", "", -time.Hour), 401, "a valid credential is needed"},
		"a token without a user":    {"/mine", bearer("", "", time.Hour), 401, "a valid credential is needed"},
		"a key that is not known":   {"/mine", []string{"X-Api-Key", "k3"}, 401, "a valid credential is needed"},
		"two keys":                  {"/mine", []string{"X-Api-Key", "k1", "X-Api-Key", "k2"}, 401, "a valid credential is needed"},
		"without one of the scopes": {"/write", bearer("ann", "books:read", time.Hour), 403, `"scopes":["books:write"]`},
		"without any":               {"/write", []string{"X-Api-Key", "k2"}, 403, "lacks the scope books:read books:write"},
		"an open route":             {"/open", []string{"X-Api-Key", "k1"}, 200, "nobody"},
	} {
		w := ask(g, tc.path, tc.headers...)
		assert.Equal(t, tc.status, w.Code, name)
		assert.Contains(t, w.Body.String(), tc.body, name)
		if tc.status == 401 {
			assert.Contains(t, w.Header().Get("WWW-Authenticate"), "Bearer", name)
		}
	}
	assert.Equal(t, `Bearer, ApiKey header="X-Api-Key"`, ask(g, "/mine").Header().Get("WWW-Authenticate"))
	assert.Equal(t, `Bearer error="insufficient_scope", scope="books:read books:write"`, ask(g, "/write", "X-Api-Key", "k2").Header().Get("WWW-Authenticate"))
}

// What says who the client is comes from the gateway only, whatever way it is written.
func TestTheClientsOwnIdentityIsStripped(t *testing.T) {
	t.Setenv("IDENTITY_KEY", identityKey)
	i := newIssuer(t)
	good := gojwt.NewWithClaims(gojwt.SigningMethodHS256, gojwt.MapClaims{"iss": "gateway", "aud": "books", "sub": "root", "exp": time.Now().Add(time.Hour).Unix()})
	stolen, _ := good.SignedString([]byte(identityKey))
	text := fmt.Sprintf(authorized, i.config(), write(t, "keys", keyLine("bob", "k1", "")))
	signed, _ := start(t, text, whoami(t))
	unsigned, _ := start(t, strings.Replace(text, "identity:", "#", 1), whoami(t))
	for name, headers := range map[string][]string{
		"the header":     {"X-Identity", stolen},
		"twice":          {"X-Identity", stolen, "x-identity", stolen},
		"another letter": {"X_Identity", stolen},
		"a connection's": {"Connection", "X-Identity", "X-Identity", stolen},
	} {
		assert.Equal(t, "nobody", ask(signed, "/open", headers...).Body.String(), name)
		assert.Equal(t, "nobody", ask(unsigned, "/open", headers...).Body.String(), name)
		assert.Equal(t, "nobody", ask(unsigned, "/mine", append(headers, "X-Api-Key", "k1")...).Body.String(), name)
		assert.Equal(t, "key bob ", ask(signed, "/mine", append(headers, "X-Api-Key", "k1")...).Body.String(), name)
	}
	for _, g := range []*gateway.Gateway{signed, unsigned} {
		server := httptest.NewServer(g)
		defer server.Close()
		req, _ := http.NewRequest("POST", server.URL+"/open", io.MultiReader(strings.NewReader("body"))) // chunked
		req.Trailer = http.Header{"X-Identity": {stolen}}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		assert.Equal(t, "nobody", string(body), "a trailer")
	}
}

func TestTheKeysOfAnIssuerLiveOverReloads(t *testing.T) {
	t.Setenv("IDENTITY_KEY", identityKey)
	i := newIssuer(t)
	g, _ := start(t, fmt.Sprintf(authorized, i.config(), write(t, "keys", keyLine("bob", "k1", ""))), whoami(t))
	token := "Bearer " + i.token(t, "ann", "", time.Hour)
	for range 3 {
		assert.Equal(t, 200, ask(g, "/mine", "Authorization", token).Code)
		require.NoError(t, g.Use(append(g.Text(), "# changed\n"...)))
		i.down.Store(true) // what is known still is
	}
	assert.EqualValues(t, 1, i.fetches.Load())
}

func TestAnIssuerThatCannotBeAsked(t *testing.T) {
	t.Setenv("IDENTITY_KEY", identityKey)
	i := newIssuer(t)
	i.down.Store(true)
	g, _ := start(t, fmt.Sprintf(authorized, i.config(), write(t, "keys", keyLine("bob", "k1", ""))), whoami(t))
	token := "Bearer " + i.token(t, "ann", "", time.Hour)
	w := ask(g, "/mine", "Authorization", token)
	assert.Equal(t, 503, w.Code)
	assert.NotContains(t, w.Body.String(), i.URL)
	assert.Equal(t, 200, ask(g, "/mine", "Authorization", token, "X-Api-Key", "k1").Code, "another way knows")
}

func TestAFileOfKeysThatChangesCounts(t *testing.T) {
	t.Setenv("IDENTITY_KEY", identityKey)
	keys := write(t, "keys", keyLine("bob", "k1", ""))
	g, _ := start(t, fmt.Sprintf(authorized, newIssuer(t).config(), keys), whoami(t))
	assert.Equal(t, 401, ask(g, "/mine", "X-Api-Key", "k2").Code)
	g.Watch(t.Context())
	require.NoError(t, os.WriteFile(keys, []byte(keyLine("carol", "k2", "a,b")), 0o600))
	assert.Eventually(t, func() bool { return ask(g, "/mine", "X-Api-Key", "k2").Body.String() == "key carol a b" }, time.Minute, 10*time.Millisecond)
	assert.Equal(t, 401, ask(g, "/mine", "X-Api-Key", "k1").Code)
}

func TestMistakesOfAuthAreToldWhenTheFileIsLoaded(t *testing.T) {
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte("k")))
	for name, tc := range map[string]struct{ way, want string }{
		"no keys":     {"{keys: {file: " + write(t, "none", "# nobody\n") + "}}", "none: it has no keys, so nobody could come in: write a line with one"},
		"no digest":   {"{keys: {file: " + write(t, "plain", "\nbob secret\n") + "}}", "plain: line 2: the second word is not a SHA-256: write the 64 digits of printf %s KEY | sha256sum"},
		"words":       {"{keys: {file: " + write(t, "words", "bob "+digest+" a, b") + "}}", "words: line 1 has 4 words: write a user, the SHA-256 of a key, and scopes with commas"},
		"twice":       {"{keys: {file: " + write(t, "twice", "bob "+digest+"\nann "+digest) + "}}", "twice: line 2 has the key of line 1: give each user a key"},
		"plain http:": {"{jwt: {issuer: a, audience: b, jwks: http://10.0.0.7/keys}}", "auth.main.jwt.jwks: http://10.0.0.7/keys could be changed on its way"},
	} {
		file := write(t, "gateway.yaml", "auth:\n  main: "+tc.way+"\nupstreams: {a: {servers: [{url: http://127.0.0.1:1}]}}\nroutes: [{path: /, to: a}]\n")
		_, err := gateway.Load(file, gateway.Options{})
		var faults config.Faults
		require.ErrorAs(t, err, &faults, name)
		assert.Equal(t, 2, faults[0].Line, name)
		assert.Contains(t, err.Error(), "gateway.yaml:2: auth.main.", name)
		assert.Contains(t, err.Error(), tc.want, name)
	}
}

// Each upstream gets a token of its own, which the client cannot take away; and a copy no credentials.
func TestTheIdentityOnAllWaysOut(t *testing.T) {
	t.Setenv("IDENTITY_KEY", identityKey)
	keys, copied := write(t, "keys", keyLine("bob", "k1", "")), make(chan http.Header, 1)
	audience := func(h http.Header) string {
		var claims struct {
			gojwt.RegisteredClaims
			Aud string `json:"aud"`
		}
		if _, err := gojwt.ParseWithClaims(h.Get("X-Identity"), &claims, func(*gojwt.Token) (any, error) { return []byte(identityKey), nil }); err != nil {
			return err.Error()
		}
		return claims.Aud
	}
	tell := func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%q", audience(r.Header)) }
	g, _ := start(t, `
identity: {key: env:IDENTITY_KEY}
auth: {key: {keys: {file: `+keys+`}}}
upstreams: {books: {servers: [{url: $1}]}, users: {servers: [{url: $2}]}, shadow: {servers: [{url: $3}]}}
routes:
  - {path: /merged, methods: [GET], auth: {by: key}, merge: [{as: a, to: books, path: /}, {as: b, to: users, path: /}]}
  - {path: /copied, auth: {by: key}, to: books, mirror: {to: shadow}}
`, tell, tell, func(_ http.ResponseWriter, r *http.Request) { copied <- r.Header })
	credentials := []string{"X-Api-Key", "k1", "Authorization", "Basic x", "Cookie", "a=b", "Connection", "X-Identity"}
	assert.Equal(t, `{"a":"books","b":"users"}`, ask(g, "/merged", credentials...).Body.String())
	assert.Equal(t, `"books"`, ask(g, "/copied", credentials...).Body.String())
	copy := <-copied
	assert.Equal(t, "shadow", audience(copy))
	for _, name := range []string{"X-Api-Key", "Authorization", "Cookie"} {
		assert.Empty(t, copy[name], name)
	}
}

// An upstream that echoes a request would show the client its identity.
func TestNoTrace(t *testing.T) {
	g, _ := start(t, one, answer("echo"))
	for _, method := range []string{"TRACE", "TRACK", "CONNECT"} {
		w := asked(g, method, "/books/1", "")
		assert.Equal(t, 405, w.Code, method)
		assert.NotContains(t, w.Header().Get("Allow"), "TRACE")
	}
	assert.Equal(t, 200, asked(g, "QUERY", "/books/1", "").Code)
}
