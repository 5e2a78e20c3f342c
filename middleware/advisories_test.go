// Known vulnerabilities of other middleware, by name: each test sends what was
// accepted there. The layers that they concern have more tests of their own.

package middleware_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// gin-contrib/cors, CVE-2019-25211: "https://example.com/*" also allowed
// https://example.community, since the wildcard ended the comparison.
func TestCVE_2019_25211_GinContribCORSTrailingWildcard(t *testing.T) {
	for _, origin := range []string{"https://example.com/*", "https://example.com*", "https://*.example.com", "https://example.com:*", "*://example.com", "http*://example.com"} {
		cfg := middleware.CORSConfig{AllowOrigins: []string{origin}}
		assert.ErrorContains(t, cfg.Validate(), "wildcard", origin)
		assert.Panics(t, func() { middleware.CORS(cfg) }, origin)
	}
	r := withLayers(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://example.com"}}))
	for _, origin := range []string{"https://example.community", "https://example.com.evil.example", "https://example.com/", "https://example.com:8443"} {
		assert.Empty(t, get(r, "/", header("Origin", origin)).Header().Get("Access-Control-Allow-Origin"), origin)
	}
}

// gofiber, CVE-2024-25124: "*" together with credentials was accepted, and the
// origin of any page reflected.
func TestCVE_2024_25124_FiberCORSAnyOriginWithCredentials(t *testing.T) {
	cfg := middleware.CORSConfig{AllowOrigins: []string{"*"}, AllowCredentials: true}
	assert.ErrorContains(t, cfg.Validate(), "list the origins")
	assert.Panics(t, func() { middleware.CORS(cfg) })

	public := get(withLayers(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"*"}})), "/", header("Origin", "https://evil.example"))
	assert.Equal(t, "*", public.Header().Get("Access-Control-Allow-Origin"), "never the page's own origin")
	assert.Empty(t, public.Header().Get("Access-Control-Allow-Credentials"))
}

// rs/cors, GO-2024-2883: a preflight with a long Access-Control-Request-Headers
// of commas cost memory and time in proportion.
func TestGO_2024_2883_RsCORSPreflightDenialOfService(t *testing.T) {
	r := withLayers(middleware.CORS(middleware.CORSConfig{
		AllowOrigins: []string{"https://app.example"}, AllowHeaders: []string{"Content-Type", "X-A"},
	}))
	ask := func(lines ...string) int {
		return send(r, http.MethodOptions, "/", "", preflight("https://app.example", "GET", lines...)).Code
	}
	hostile := map[string][]string{
		"commas":   {strings.Repeat(",", 1<<20)},
		"repeated": {strings.Repeat("x-a,", 1<<18)},
		"long":     {strings.Repeat("a", 1<<20)},
		"lines":    strings.Split(strings.Repeat("x-a ", 1<<16)+"x-a", " "),
	}
	for name, lines := range hostile {
		assert.Equal(t, http.StatusForbidden, ask(lines...), name)
	}

	// A request of a mebibyte costs no more allocations than a small one that
	// is refused as well.
	cost := func(value string) float64 {
		layer := middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://app.example"}, OnError: func(*dram.Context, middleware.Problem) {}})
		engine := withLayers(layer)
		return testing.AllocsPerRun(20, func() {
			send(engine, http.MethodOptions, "/", "", preflight("https://app.example", "GET", value))
		})
	}
	small, large := cost("x-other"), cost(hostile["commas"][0])
	assert.InDelta(t, small, large, 2)
}

// go-chi/chi's RealIP: any client chose its address by X-Forwarded-For, and so
// bypassed limits and lists by address (GHSA-3fxj-6jh8-hvhx and others alike).
func TestChiRealIPSpoofing(t *testing.T) {
	r := withLayers(middleware.RateLimit(middleware.RateLimitConfig{Limit: 1, Window: time.Hour}))
	codes := map[int]int{}
	for i := range 10 {
		spoofed := fmt.Sprintf("203.0.113.%d", i)
		codes[get(r, "/", header("X-Forwarded-For", spoofed), header("X-Real-Ip", spoofed), header("True-Client-Ip", spoofed), header("Forwarded", "for="+spoofed)).Code]++
	}
	assert.Equal(t, map[int]int{http.StatusOK: 1, http.StatusTooManyRequests: 9}, codes)

	// Behind a proxy that is trusted, what the client put in front does not count.
	behind := withLayers(middleware.RateLimit(middleware.RateLimitConfig{Limit: 1, Window: time.Hour}))
	assert.NoError(t, behind.SetTrustedProxies([]string{"192.0.2.1"}))
	clear(codes)
	for i := range 10 {
		codes[get(behind, "/", header("X-Forwarded-For", fmt.Sprintf("203.0.113.%d, 198.51.100.7", i))).Code]++
	}
	assert.Equal(t, map[int]int{http.StatusOK: 1, http.StatusTooManyRequests: 9}, codes)
}

// gofiber, CVE-2023-45128 and CVE-2023-45141: an attacker's own CSRF token,
// planted in the victim's cookie and form, was accepted. Here there is no token
// that could be planted: cookies and forms do not count at all.
func TestCVE_2023_45128_FiberCSRFTokenFixation(t *testing.T) {
	r := withLayers(middleware.CSRF(middleware.CSRFConfig{}))
	w := send(r, http.MethodPost, "/?csrf_token=planted", "csrf_token=planted&_csrf=planted",
		header("Content-Type", "application/x-www-form-urlencoded"), header("Cookie", "csrf_=planted; csrf_token=planted"),
		header("X-Csrf-Token", "planted"), header("Origin", "https://evil.example"), header("Sec-Fetch-Site", "cross-site"))
	assert.Equal(t, http.StatusForbidden, problemIn(t, w).Status)
	assert.Empty(t, w.Header().Get("Set-Cookie"))
	assert.Empty(t, get(r, "/").Header().Get("Set-Cookie"))
}

// gorilla/csrf, CVE-2025-24358: the scheme of the page was not compared, so an
// attacker in the network could send from http:// of the same host.
func TestCVE_2025_24358_GorillaCSRFOriginScheme(t *testing.T) {
	r := withLayers(middleware.CSRF(middleware.CSRFConfig{}))
	newer := send(r, http.MethodPost, "/", "", overTLS, header("Origin", "http://example.com"), header("Sec-Fetch-Site", "cross-site"))
	assert.Equal(t, http.StatusForbidden, newer.Code)
	older := send(r, http.MethodPost, "/", "", overTLS, header("Origin", "http://example.com"))
	assert.Equal(t, http.StatusForbidden, older.Code, "browsers without Sec-Fetch-Site")

	proxied := send(behind(withLayers(middleware.CSRF(middleware.CSRFConfig{})), "192.0.2.1"), http.MethodPost, "/", "", header("X-Forwarded-Proto", "https"), header("Origin", "http://example.com"))
	assert.Equal(t, http.StatusForbidden, proxied.Code)
}
