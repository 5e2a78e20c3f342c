package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleHostAllowlist() {
	r := dram.New()
	allowlist := middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: []string{"example.com", "*.example.com"}})
	r.Use(middleware.Skip(middleware.RouteIs("/livez"), allowlist)) // probes ask by address
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "ok") })
	for _, host := range []string{"shop.example.com", "evil.example"} {
		req := httptest.NewRequest(http.MethodGet, "http://"+host+"/", nil)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Println(host, w.Code)
	}
	// Output:
	// shop.example.com 200
	// evil.example 421
}

func TestHostAllowlist(t *testing.T) {
	r := wearing(middleware.HostAllowlist(middleware.HostAllowlistConfig{
		Hosts: []string{"Example.com", "strict.example:8443", "*.wild.example", "[::1]", "127.0.0.1"},
	}))
	for host, allowed := range map[string]bool{
		"example.com":             true,
		"EXAMPLE.com":             true,
		"example.com.":            true,
		"example.com:8080":        true,
		"www.example.com":         false,
		"example.com.evil.test":   false,
		"evilexample.com":         false,
		"example.com@evil.test":   false,
		"strict.example:8443":     true,
		"strict.example":          false,
		"strict.example:80":       false,
		"a.wild.example":          true,
		"a.b.wild.example:81":     true,
		"wild.example":            false,
		".wild.example":           false,
		"evilwild.example":        false,
		"[::1]":                   true,
		"[::1]:8080":              true,
		"127.0.0.1:9":             true,
		"127.0.0.1.nip.test":      false,
		"":                        false,
		"a.wild.example.evil.com": false,
	} {
		w := get(r, "/", func(req *http.Request) { req.Host = host; req.Header.Set("X-Forwarded-Host", "example.com") })
		want := http.StatusMisdirectedRequest
		if allowed {
			want = http.StatusOK
		}
		assert.Equal(t, want, w.Code, "host %q", host)
	}
}
