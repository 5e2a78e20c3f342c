package middleware_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleKeyAuth() {
	r := dram.New()
	r.Use(middleware.KeyAuth(middleware.KeyAuthConfig{
		Extract: middleware.FirstOf(middleware.FromBearer, middleware.FromHeader("X-Api-Key")),
		Verify:  middleware.StaticKeys("s3cret"),
	}))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "in") })
	for _, key := range []string{"s3cret", "guess"} {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.Header.Set("X-Api-Key", key)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Println(w.Code)
	}
	// Output:
	// 200
	// 401
}

func ExampleBasicAuth() {
	r := dram.New()
	r.Use(middleware.BasicAuth(middleware.BasicAuthConfig{
		Verify: func(c *dram.Context, user, password string) (bool, error) {
			// A real one compares a bcrypt or argon2id hash from the database.
			return user == "ada" && password == "lovelace", nil
		},
	}))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "hello "+middleware.ByUser(c)) })
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.SetBasicAuth("ada", "lovelace")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	fmt.Println(w.Body)
	// Output: hello ada
}

func TestKeyAuth(t *testing.T) {
	byBearer := middleware.KeyAuthConfig{Verify: middleware.StaticKeys("one", "two")}
	byOthers := middleware.KeyAuthConfig{Verify: byBearer.Verify, Challenge: `Key realm="x"`, Extract: middleware.FirstOf(
		middleware.FromHeader("X-Api-Key"), middleware.FromCookie("key"), middleware.FromQuery("key"))}
	byOdd := middleware.KeyAuthConfig{Verify: middleware.StaticKeys("a+b%2F=="), Extract: middleware.FromCookie("key")}
	cases := []struct {
		name   string
		cfg    middleware.KeyAuthConfig
		target string
		edit   func(*http.Request)
		want   int
	}{
		{"bearer", byBearer, "/", header("Authorization", "Bearer one"), 200},
		{"the other key", byBearer, "/", header("Authorization", "Bearer two"), 200},
		{"scheme in another case", byBearer, "/", header("Authorization", "bEARER one"), 200},
		{"wrong key", byBearer, "/", header("Authorization", "Bearer three"), 401},
		{"prefix of a key", byBearer, "/", header("Authorization", "Bearer on"), 401},
		{"no key", byBearer, "/", func(*http.Request) {}, 401},
		{"empty key", byBearer, "/", header("Authorization", "Bearer "), 401},
		{"other scheme", byBearer, "/", header("Authorization", "Basic one"), 401},
		{"huge key", byBearer, "/", header("Authorization", "Bearer "+strings.Repeat("a", 9000)), 401},
		{"not where it is looked for", byBearer, "/?key=one", header("X-Api-Key", "one"), 401},
		{"header", byOthers, "/", header("X-Api-Key", "one"), 200},
		{"cookie", byOthers, "/", header("Cookie", "key=one"), 200},
		{"cookie that is not escaped", byOdd, "/", header("Cookie", "key=a+b%2F=="), 200},
		{"cookie that would be the key if it was unescaped", byOdd, "/", header("Cookie", "key=a%2Bb%252F%3D%3D"), 401},
		{"query", byOthers, "/?key=one", func(*http.Request) {}, 200},
		{"nowhere", byOthers, "/", func(*http.Request) {}, 401},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			w := get(withLayers(middleware.KeyAuth(tc.cfg)), tc.target, tc.edit)
			assert.Equal(t, tc.want, w.Code)
			if tc.want == http.StatusUnauthorized {
				problemIn(t, w)
				want := tc.cfg.Challenge
				if want == "" {
					want = `Bearer realm="Restricted"`
				}
				assert.Equal(t, want, w.Header().Get("WWW-Authenticate"))
			}
		})
	}
}

// Proxy sends both on, and the server behind may take the one that nobody has looked at.
func TestNoLayerTakesOneOfTwoCredentials(t *testing.T) {
	keys := middleware.StaticKeys("one")
	cases := map[string]struct {
		layer        dram.HandlerFunc
		header, good string
	}{
		"bearer":    {middleware.KeyAuth(middleware.KeyAuthConfig{Verify: keys}), "Authorization", "Bearer one"},
		"key":       {middleware.KeyAuth(middleware.KeyAuthConfig{Verify: keys, Extract: middleware.FromHeader("x-api-key")}), "X-Api-Key", "one"},
		"BasicAuth": {middleware.BasicAuth(middleware.BasicAuthConfig{Verify: func(_ *dram.Context, _, password string) (bool, error) { return password == "pw", nil }}), "Authorization", "Basic YW5uOnB3"},
		"dram's":    {dram.BasicAuth(dram.Accounts{"ann": "pw"}), "Authorization", "Basic YW5uOnB3"},
		"a proxy's": {dram.BasicAuthForProxy(dram.Accounts{"ann": "pw"}, ""), "Proxy-Authorization", "Basic YW5uOnB3"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			engine := withLayers(tc.layer)
			assert.Equal(t, http.StatusOK, get(engine, "/", header(tc.header, tc.good)).Code)
			w := get(engine, "/", func(req *http.Request) { req.Header[tc.header] = []string{tc.good, "Bearer eve"} })
			assert.Contains(t, []int{http.StatusUnauthorized, http.StatusProxyAuthRequired}, w.Code)
		})
	}
	t.Run("query", func(t *testing.T) {
		engine := withLayers(middleware.KeyAuth(middleware.KeyAuthConfig{Verify: keys, Extract: middleware.FromQuery("key")}))
		assert.Equal(t, http.StatusOK, get(engine, "/?key=one").Code)
		assert.Equal(t, http.StatusUnauthorized, get(engine, "/?key=one&key=eve").Code)
	})
}

func TestNoLayerTakesOneOfTwoCookies(t *testing.T) {
	engine := withLayers(middleware.KeyAuth(middleware.KeyAuthConfig{Verify: middleware.StaticKeys("one"), Extract: middleware.FromCookie("key")}))
	for cookies, want := range map[string]int{"key=one": 200, "other=eve; key=one": 200, "key=one; key=eve": 401, "key=one; key=one": 401, "key=eve": 401} {
		assert.Equal(t, want, get(engine, "/", header("Cookie", cookies)).Code, cookies)
	}
}

func TestStaticKeysRefusesEmptyKeys(t *testing.T) {
	assert.Panics(t, func() { middleware.StaticKeys() })
	assert.Panics(t, func() { middleware.StaticKeys("a", "") }, "a variable that is not set would let everybody in")
}

func TestBasicAuth(t *testing.T) {
	layer := middleware.BasicAuth(middleware.BasicAuthConfig{Realm: "Books", Verify: func(_ *dram.Context, user, password string) (bool, error) {
		return user == "ada" && password == "p:w", nil
	}})
	cases := []struct {
		name string
		edit func(*http.Request)
		want int
	}{
		{"good", func(req *http.Request) { req.SetBasicAuth("ada", "p:w") }, 200},
		{"wrong password", func(req *http.Request) { req.SetBasicAuth("ada", "p") }, 401},
		{"wrong name", func(req *http.Request) { req.SetBasicAuth("bob", "p:w") }, 401},
		{"nothing", func(*http.Request) {}, 401},
		{"not base64", header("Authorization", "Basic ?"), 401},
		{"no colon", header("Authorization", "Basic YWRh"), 401},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			w := get(withLayers(layer), "/", tc.edit)
			assert.Equal(t, tc.want, w.Code)
			if tc.want == http.StatusUnauthorized {
				assert.Equal(t, `Basic realm="Books", charset="UTF-8"`, w.Header().Get("WWW-Authenticate"))
			}
		})
	}
}

func TestVerifierErrorsAreRecordedButNotShownToTheClient(t *testing.T) {
	down := errors.New("database is down at 10.0.0.5")
	var recorded []string
	record := func(c *dram.Context) { c.Next(); recorded = c.Errors.Errors() }
	layers := map[string]dram.HandlerFunc{
		"KeyAuth":   middleware.KeyAuth(middleware.KeyAuthConfig{Extract: func(*dram.Context) string { return "k" }, Verify: func(*dram.Context, string) (bool, error) { return true, down }}),
		"BasicAuth": middleware.BasicAuth(middleware.BasicAuthConfig{Verify: func(*dram.Context, string, string) (bool, error) { return true, down }}),
	}
	for name, layer := range layers {
		t.Run(name, func(t *testing.T) {
			w := get(withLayers(record, layer), "/", func(req *http.Request) { req.SetBasicAuth("a", "b") })
			assert.Equal(t, http.StatusInternalServerError, problemIn(t, w).Status)
			assert.NotContains(t, w.Body.String(), "10.0.0.5")
			assert.Equal(t, []string{down.Error()}, recorded)
		})
	}
}
