package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
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
	r := withLayers(middleware.HostAllowlist(middleware.HostAllowlistConfig{
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

// What a Host header may hold beside a name, each sent as HTTP/2's :authority or
// HTTP/1.1's Host would bring it: no disguise of a foreign name is let in.
func TestHostAllowlistTakesHostsOnly(t *testing.T) {
	long := strings.Repeat("a", 63)
	r := withLayers(middleware.HostAllowlist(middleware.HostAllowlistConfig{
		Hosts: []string{"example.com", "*.example.com", "*.ported.example:8443", "[2001:db8::1]", "xn--mnchen-3ya.example"},
	}))
	for host, allowed := range map[string]bool{
		"evil.test/.example.com":    false,
		"evil.test:1.example.com":   false,
		"evil.test:80:.example.com": false,
		"evil.test#.example.com":    false,
		"evil.test?.example.com":    false,
		"evil.test\\.example.com":   false,
		"evil.test@a.example.com":   false,
		"a.example.com@evil.test":   false,
		"user:pw@a.example.com":     false,
		"evil.test .example.com":    false,
		"evil.test\t.example.com":   false,
		"evil.test,a.example.com":   false,
		"a.example.com,evil.test":   false,
		"evil.test%2f.example.com":  false,
		"evil.test%00.example.com":  false,
		"%61.example.com":           false,
		"evil.test\x00.example.com": false,
		"evil.test;.example.com":    false,
		"..example.com":             false,
		"a..example.com":            false,
		".example.com":              false,
		"example.com..":             false,
		".":                         false,
		":80":                       false,
		"[a.example.com]":           false,
		"[evil.test].example.com":   false,
		"[::1].example.com":         false,
		"[::1]a.example.com":        false,
		"[":                         false,
		"[]":                        false,
		"[:80":                      false,
		"a.example.com]":            false,
		"[fe80::1%25eth0]":          false,
		"[fe80::1%eth0]":            false,
		"[1.2.3.4]":                 false,
		"[v1.x]":                    false,
		"2001:db8::1":               false,
		"exa\u212aple.com":          false,
		"ex\u0430mple.com":          false,
		"ｅxample.com":               false,
		"münchen.example":           false,
		"a.example.com:http":        false,
		"a.example.com:65536":       false,
		"a.example.com:0":           false,
		"a.example.com:-1":          false,
		"a.example.com:+80":         false,
		"a.example.com:8 0":         false,
		"a.example.com:80:80":       false,
		"a.example.com:８０":          false,
		long + "a.example.com":      false,
		strings.Repeat(long+".", 4) + "example.com": false,
		"a.ported.example":                          false,
		"a.ported.example:80":                       false,
		"http://a.example.com":                      false,

		"A.EXAMPLE.com":          true,
		"a.b.c.example.com":      true,
		"a.example.com.":         true,
		"a.example.com.:443":     true,
		"a_b.example.com":        true,
		"a.example.com:":         true,
		"a.example.com:65535":    true,
		"a.example.com:00080":    true,
		long + ".example.com":    true,
		"a.ported.example:8443":  true,
		"[2001:DB8:0::1]:80":     true,
		"xn--mnchen-3ya.example": true,
	} {
		w := get(r, "/", func(req *http.Request) { req.Host = host })
		want := http.StatusMisdirectedRequest
		if allowed {
			want = http.StatusOK
		}
		assert.Equal(t, want, w.Code, "host %q", host)
	}
}

// net/http hands the fields host of HTTP/2 on beside :authority, and takes the first of several
// for it if there is none.
func TestNoFieldHostContradictsTheAllowlist(t *testing.T) {
	r := withLayers(middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: []string{"example.com"}}))
	for own, want := range map[string]int{"example.com": 200, "EXAMPLE.com": 200, "evil.test": 421, "": 421, "example.com evil.test": 421} {
		w := get(r, "http://example.com/", func(req *http.Request) { req.Header["Host"] = strings.Split(own, " ") })
		assert.Equal(t, want, w.Code, "%q", own)
	}
}

func TestHostAllowlistAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector drops entries of pools")
	}
	r := inProduction()
	r.Use(middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: []string{"other.example", "*.example.com"}}))
	r.GET("/", func(*dram.Context) {})
	w, req := &sink{make(http.Header)}, httptest.NewRequest(http.MethodGet, "http://shop.example.com:8080/", nil)
	assert.Zero(t, testing.AllocsPerRun(100, func() { r.ServeHTTP(w, req) }))
}

func TestHostAllowlistNeedsHosts(t *testing.T) {
	for _, host := range []string{"", "*", "*.", "*.*.a", "a*.example", "https://a", "a/b", "a:x", "a:0", "user@a", "*.[::1]", "::1", "münchen.example", "a..b", " a"} {
		err := middleware.HostAllowlistConfig{Hosts: []string{host}}.Validate()
		assert.ErrorContains(t, err, "is not a host", "%q", host)
	}
}
