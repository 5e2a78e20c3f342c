package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleCORS() {
	r := dram.New()
	r.Use(middleware.CORS(middleware.CORSConfig{
		AllowOrigins: []string{"https://app.example.com"},
		AllowMethods: []string{"PUT", "DELETE"},
		AllowHeaders: []string{"Content-Type", "Authorization"},
		MaxAge:       10 * time.Minute,
	}))
	r.PUT("/books/:id", func(c *dram.Context) { c.Status(http.StatusNoContent) })

	// There is no route for OPTIONS: the layer answers the preflight.
	req := httptest.NewRequest(http.MethodOptions, "/books/7", nil)
	req.Header.Set("Origin", "https://app.example.com")
	req.Header.Set("Access-Control-Request-Method", "PUT")
	req.Header.Set("Access-Control-Request-Headers", "content-type")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	fmt.Println(w.Code, w.Header().Get("Access-Control-Allow-Origin"), w.Header().Get("Access-Control-Allow-Methods"))
	// Output: 204 https://app.example.com PUT, DELETE
}

// preflight returns a preflight's headers.
func preflight(origin, method string, headers ...string) func(*http.Request) {
	return func(req *http.Request) {
		req.Header.Set("Origin", origin)
		req.Header.Set("Access-Control-Request-Method", method)
		if len(headers) > 0 {
			req.Header["Access-Control-Request-Headers"] = headers
		}
	}
}

func TestCORSOrigins(t *testing.T) {
	listed := middleware.CORSConfig{AllowOrigins: []string{"https://app.example", "http://localhost:5173", "http://[::1]:8080", "capacitor://localhost"}}
	byFunc := middleware.CORSConfig{AllowOriginFunc: func(_ *dram.Context, origin string) bool { return origin != "https://no.example" }}
	cases := []struct {
		name   string
		cfg    middleware.CORSConfig
		origin string
		want   string
	}{
		{"zero value", middleware.CORSConfig{}, "https://app.example", ""},
		{"listed", listed, "https://app.example", "https://app.example"},
		{"port", listed, "http://localhost:5173", "http://localhost:5173"},
		{"IPv6", listed, "http://[::1]:8080", "http://[::1]:8080"},
		{"app's scheme", listed, "capacitor://localhost", "capacitor://localhost"},
		{"other scheme", listed, "http://app.example", ""},
		{"other port", listed, "https://app.example:8443", ""},
		{"subdomain", listed, "https://x.app.example", ""},
		{"suffix", listed, "https://evilapp.example", ""},
		{"prefix", listed, "https://app.example.evil.example", ""},
		{"case", listed, "https://APP.example", ""},
		{"null", listed, "null", ""},
		{"null allowed", middleware.CORSConfig{AllowNullOrigin: true}, "null", "null"},
		{"any", middleware.CORSConfig{AllowOrigins: []string{"*"}}, "https://who.example", "*"},
		{"function", byFunc, "https://yes.example", "https://yes.example"},
		{"function says no", byFunc, "https://no.example", ""},
		{"function is not asked about null", byFunc, "null", ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			r := withLayers(middleware.CORS(tc.cfg))
			actual := get(r, "/", header("Origin", tc.origin))
			assert.Equal(t, "ok", actual.Body.String(), "the request itself is served")
			assert.Equal(t, tc.want, actual.Header().Get("Access-Control-Allow-Origin"))
			pre := send(r, http.MethodOptions, "/", "", preflight(tc.origin, "GET"))
			assert.Equal(t, tc.want, pre.Header().Get("Access-Control-Allow-Origin"))
			if tc.want == "" {
				assert.Equal(t, http.StatusForbidden, problemIn(t, pre).Status)
			} else {
				assert.Equal(t, http.StatusNoContent, pre.Code)
			}
		})
	}
}

func TestCORSPreflight(t *testing.T) {
	const app = "https://app.example"
	some := middleware.CORSConfig{AllowOrigins: []string{app}, AllowMethods: []string{"PUT"}, AllowHeaders: []string{"Content-Type", "X-Key"}}
	all := middleware.CORSConfig{AllowOrigins: []string{app}, AllowMethods: []string{"*"}, AllowHeaders: []string{"*"}}
	cases := []struct {
		name    string
		cfg     middleware.CORSConfig
		method  string
		headers []string
		want    int
	}{
		{"method", some, "PUT", nil, 204},
		{"method that needs no permission", some, "POST", nil, 204},
		{"other method", some, "PATCH", nil, 403},
		{"method in lower case", some, "put", nil, 403},
		{"headers", some, "PUT", []string{"content-type,x-key"}, 204},
		{"headers with spaces", some, "PUT", []string{"content-type, x-key ,"}, 204},
		{"headers in two lines", some, "PUT", []string{"content-type", "x-key"}, 204},
		{"one header too many", some, "PUT", []string{"content-type,x-other"}, 403},
		{"all methods", all, "PURGE", nil, 204},
		{"all headers", all, "PUT", []string{"x-a,x-b"}, 204},
		{"all headers but Authorization", all, "PUT", []string{"authorization"}, 403},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			w := send(withLayers(middleware.CORS(tc.cfg)), http.MethodOptions, "/", "", preflight(app, tc.method, tc.headers...))
			assert.Equal(t, tc.want, w.Code)
			if tc.want != http.StatusNoContent {
				assert.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
			}
		})
	}
}

func TestCORSHeadersWhole(t *testing.T) {
	r := withLayers(middleware.CORS(middleware.CORSConfig{
		AllowOrigins: []string{"https://app.example"}, AllowCredentials: true, AllowPrivateNetwork: true,
		AllowMethods: []string{"PUT", "DELETE"}, AllowHeaders: []string{"X-A", "X-B"}, ExposeHeaders: []string{"X-Total"},
		MaxAge: time.Hour,
	}))
	w := send(r, http.MethodOptions, "/", "", preflight("https://app.example", "PUT", "x-a"), header("Access-Control-Request-Private-Network", "true"))
	assert.Equal(t, http.Header{
		"Access-Control-Allow-Origin":          {"https://app.example"},
		"Access-Control-Allow-Credentials":     {"true"},
		"Access-Control-Allow-Methods":         {"PUT, DELETE"},
		"Access-Control-Allow-Headers":         {"X-A, X-B"},
		"Access-Control-Max-Age":               {"3600"},
		"Access-Control-Allow-Private-Network": {"true"},
		"Vary":                                 {"Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network"},
	}, w.Header())

	w = get(r, "/", header("Origin", "https://app.example"))
	w.Header().Del("Content-Type")
	assert.Equal(t, http.Header{
		"Access-Control-Allow-Origin":      {"https://app.example"},
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Expose-Headers":    {"X-Total"},
		"Vary":                             {"Origin"},
	}, w.Header())
}

func TestCORSVary(t *testing.T) {
	listed := withLayers(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://app.example"}}))
	assert.Equal(t, "Origin", get(listed, "/").Header().Get("Vary"), "a cache must not give this answer to the page")
	public := withLayers(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"*"}}))
	assert.Empty(t, get(public, "/").Header().Get("Vary"), "all get the same answer")
	assert.Equal(t, "ok", send(listed, http.MethodOptions, "/", "", header("Origin", "https://app.example")).Body.String(), "OPTIONS alone is not a preflight")
}

func TestCORSPrivateNetworkIsRefusedByDefault(t *testing.T) {
	r := withLayers(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://app.example"}}))
	w := send(r, http.MethodOptions, "/", "", preflight("https://app.example", "GET"), header("Access-Control-Request-Private-Network", "true"))
	assert.Contains(t, problemIn(t, w).Detail, "private network")
}

func TestCORSOnTheEngineCoversPathsWithoutRoute(t *testing.T) {
	r := withLayers(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://app.example"}}))
	r.HandleMethodNotAllowed = true
	for name, w := range map[string]*httptest.ResponseRecorder{
		"404": get(r, "/none", header("Origin", "https://app.example")),
		"405": get(r, "/echo", header("Origin", "https://app.example")),
	} {
		assert.Equal(t, name, fmt.Sprint(w.Code))
		assert.Equal(t, "https://app.example", w.Header().Get("Access-Control-Allow-Origin"), "the page may read the error")
	}
	for _, path := range []string{"/none", "/echo"} {
		assert.Equal(t, http.StatusNoContent, send(r, http.MethodOptions, path, "", preflight("https://app.example", "POST")).Code)
	}
}

func TestCORSOnAGroupNeedsARouteForPreflights(t *testing.T) {
	r := dram.New()
	api := r.Group("/api")
	api.Use(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://app.example"}}))
	api.POST("/books", func(c *dram.Context) { c.Status(http.StatusCreated) })
	ask := func() int {
		return send(r, http.MethodOptions, "/api/books", "", preflight("https://app.example", "POST")).Code
	}
	assert.Equal(t, http.StatusNotFound, ask(), "no OPTIONS route, no layer")
	api.OPTIONS("/*preflight", func(*dram.Context) {})
	assert.Equal(t, http.StatusNoContent, ask())
	assert.Equal(t, http.StatusNotFound, send(r, http.MethodOptions, "/other", "", preflight("https://app.example", "POST")).Code)
}

func FuzzCORSPreflight(f *testing.F) {
	f.Add("https://app.example", "PUT", "content-type,x-key")
	f.Add("https://app.example", "PUT", strings.Repeat(",", 100))
	f.Add("null", "*", "*")
	r := withLayers(middleware.CORS(middleware.CORSConfig{
		AllowOrigins: []string{"https://app.example"}, AllowMethods: []string{"PUT"}, AllowHeaders: []string{"Content-Type", "X-Key"},
	}))
	f.Fuzz(func(t *testing.T, origin, method, names string) {
		w := send(r, http.MethodOptions, "/", "", preflight(origin, method, names))
		allowed := origin == "https://app.example" && (method == "PUT" || method == "GET" || method == "HEAD" || method == "POST")
		for name := range strings.SplitSeq(names, ",") {
			switch strings.ToLower(strings.Trim(name, " \t")) {
			case "", "content-type", "x-key":
			default:
				allowed = false
			}
		}
		if allowed && strings.Count(names, ",") > 16 {
			return // more than a browser sends: either answer is right
		}
		assert.Equal(t, allowed, w.Code == http.StatusNoContent, "%q %q %q", origin, method, names)
	})
}
