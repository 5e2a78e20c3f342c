package middleware_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleRedirects() {
	r := dram.New()
	r.Use(middleware.Redirects(middleware.RedirectsConfig{
		Hosts: []string{"example.com"}, HTTPS: true, WWW: middleware.RemoveWWW,
	}))

	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://www.example.com/a?b=c", nil))
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output: 308 https://example.com/a?b=c
}

func TestRedirects(t *testing.T) {
	secure := func(req *http.Request) { req.TLS = &tls.ConnectionState{} }
	https := header("X-Forwarded-Proto", "https")
	plain := middleware.RedirectsConfig{Hosts: []string{"example.com"}, HTTPS: true}
	www := middleware.RedirectsConfig{Hosts: []string{"www.example.com"}, WWW: middleware.AddWWW}
	bare := middleware.RedirectsConfig{Hosts: []string{"example.com"}, WWW: middleware.RemoveWWW}
	port := middleware.RedirectsConfig{Hosts: []string{"example.com", "[::1]"}, HTTPS: true, HTTPSPort: 8443, Status: 307}
	cases := []struct {
		name   string
		cfg    middleware.RedirectsConfig
		target string
		edits  []func(*http.Request)
		code   int
		want   string
	}{
		{"http", plain, "http://example.com/", nil, 308, "https://example.com/"},
		{"path and query as sent", plain, "http://example.com/a%2Fb/%20?q=%20&r", nil, 308, "https://example.com/a%2Fb/%20?q=%20&r"},
		{"the port is that of http", plain, "http://example.com:8080/", nil, 308, "https://example.com/"},
		{"https already", plain, "http://example.com/", []func(*http.Request){secure}, 200, ""},
		{"the proxy's header", plain, "http://example.com/", []func(*http.Request){https}, 200, ""},
		{"a header of anybody", plain, "http://example.com/", []func(*http.Request){https, from("198.51.100.1:1")}, 308, "https://example.com/"},
		{"host in capitals, with a dot", plain, "http://EXAMPLE.com./", nil, 308, "https://example.com/"},
		{"another port", port, "http://example.com:8080/x", nil, 307, "https://example.com:8443/x"},
		{"an address", port, "http://[::1]:8080/x", nil, 307, "https://[::1]:8443/x"},
		{"add www", www, "http://example.com:8080/x", nil, 308, "http://www.example.com:8080/x"},
		{"add www over https", www, "http://example.com/x", []func(*http.Request){secure}, 308, "https://www.example.com/x"},
		{"www there", www, "http://www.example.com/", nil, 200, ""},
		{"remove www", bare, "http://www.example.com/", nil, 308, "http://example.com/"},
		{"no www", bare, "http://example.com/", nil, 200, ""},
		{"two slashes stay a path", plain, "http://example.com//evil.example/", nil, 308, "https://example.com/evil.example/"},
		{"dots lead no further than to the root", plain, "http://example.com/a/../../%2e%2e/x?b=/../c", nil, 308, "https://example.com/x?b=/../c"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			w := get(behind(withLayers(middleware.Redirects(tc.cfg)), "192.0.2.1"), tc.target, tc.edits...)
			assert.Equal(t, tc.code, w.Code)
			assert.Equal(t, tc.want, w.Header().Get("Location"))
		})
	}
}

// The Host header is the client's, or that of an attacker who poisons a
// cache: no redirect follows it.
func TestRedirectsFollowNoForeignHost(t *testing.T) {
	r := withLayers(middleware.Redirects(middleware.RedirectsConfig{Hosts: []string{"example.com"}, HTTPS: true, WWW: middleware.RemoveWWW}))
	for _, host := range []string{
		"evil.example", "example.com.evil.example", "www.evil.example", "evilexample.com", "example.com@evil.example",
		"example.com:80@evil.example", "", "evil.example:1.example.com", "evil.example/.example.com", "example.com:evil.example", "example.com:0",
		"exa\u212aple.com", "example.com,evil.example", "example.com evil.example", "example.com..", "[example.com]", "example.com%2eevil.example", "example.com:99999", "example.com/evil", "www.www.example.com", "example.com\\evil", "example.com:80:90",
	} {
		w := get(r, "/", func(req *http.Request) { req.Host = host }, header("X-Forwarded-Host", "evil.example"))
		if location := w.Header().Get("Location"); location != "" {
			assert.Equal(t, "https://example.com/", location, host)
			continue
		}
		assert.Equal(t, http.StatusMisdirectedRequest, problemIn(t, w).Status, host)
	}
}

func TestRedirectsOfLayersGoBelowThePrefix(t *testing.T) {
	r := dram.New()
	require.NoError(t, r.SetTrustedProxies([]string{"192.0.2.1"})) // httptest's
	r.Use(middleware.Redirects(middleware.RedirectsConfig{Hosts: []string{"example.com"}, WWW: middleware.RemoveWWW}), middleware.CleanPath(middleware.CleanPathConfig{}))
	for asked, want := range map[string]string{
		"http://www.example.com/a?b": "http://example.com/app/a?b",
		"http://example.com//a/../b": "/app/b",
	} {
		req := httptest.NewRequest("GET", asked, nil)
		req.Header.Set("X-Forwarded-Prefix", "/app")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.Equal(t, want, w.Header().Get("Location"), asked)
	}
}

func TestRedirectsNameNoPortThatHTTPSHasAnyway(t *testing.T) {
	for port, want := range map[int]string{0: "https://example.com/a", 443: "https://example.com/a", 8443: "https://example.com:8443/a"} {
		r := withLayers(middleware.Redirects(middleware.RedirectsConfig{Hosts: []string{"example.com"}, HTTPS: true, HTTPSPort: port}))
		assert.Equal(t, want, get(r, "/a").Header().Get("Location"))
	}
}
