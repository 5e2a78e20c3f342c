// Advisories about other layers, by their identifiers: each test sends what was accepted
// there. The table in docs/reliability.md lists all of them, with the tests that were there
// before; advisories_proxy_test.go has those about proxies.

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

// gin-contrib/cors, GO-2024-2955 (CVE-2019-25211): "https://example.com/*" also allowed
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

// gofiber, GO-2024-2574 (CVE-2024-25124): "*" together with credentials was accepted, and the
// origin of any page reflected.
func TestCVE_2024_25124_FiberCORSAnyOriginWithCredentials(t *testing.T) {
	cfg := middleware.CORSConfig{AllowOrigins: []string{"*"}, AllowCredentials: true}
	assert.ErrorContains(t, cfg.Validate(), "list the origins")
	assert.Panics(t, func() { middleware.CORS(cfg) })

	public := get(withLayers(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"*"}})), "/", header("Origin", "https://evil.example"))
	assert.Equal(t, "*", public.Header().Get("Access-Control-Allow-Origin"), "never the page's own origin")
	assert.Empty(t, public.Header().Get("Access-Control-Allow-Credentials"))
}

// rs/cors, GO-2024-2883 (CVE-2025-47908): a preflight with a long Access-Control-Request-Headers
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

// go-chi/chi's RealIP (GO-2026-5774, GO-2026-5775, GO-2026-5777) and echo's limits
// (GO-2026-6872): any client chose its address by X-Forwarded-For, and so bypassed
// limits and lists by address.
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

// gofiber, GO-2023-2115 (CVE-2023-45128) and GO-2023-2116 (CVE-2023-45141): an attacker's
// own CSRF token, planted in the victim's cookie and form, was accepted. nosurf,
// GO-2020-0049 (CVE-2020-36564): a malformed one let everything pass. Here there is no
// token: cookies and forms do not count at all.
func TestCVE_2023_45128_FiberCSRFTokenFixation(t *testing.T) {
	r := withLayers(middleware.CSRF(middleware.CSRFConfig{}))
	w := send(r, http.MethodPost, "/?csrf_token=planted", "csrf_token=planted&_csrf=planted",
		header("Content-Type", "application/x-www-form-urlencoded"), header("Cookie", "csrf_=planted; csrf_token=planted"),
		header("X-Csrf-Token", "planted"), header("Origin", "https://evil.example"), header("Sec-Fetch-Site", "cross-site"))
	assert.Equal(t, http.StatusForbidden, problemIn(t, w).Status)
	assert.Empty(t, w.Header().Get("Set-Cookie"))
	assert.Empty(t, get(r, "/").Header().Get("Set-Cookie"))
}

// gorilla/csrf, GO-2025-3607 (CVE-2025-24358): the scheme of the page was not compared, so an
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

func TestAdvisoriesOfCORS(t *testing.T) {
	listed := withLayers(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://example.com"}, AllowCredentials: true}))
	t.Run("GO-2020-0020 CVE-2017-20146 gorilla/handlers let any origin in by reflecting it", func(t *testing.T) {
		for _, origin := range []string{"https://evil.example", "null", "https://example.com\x00.evil.example", "HTTPS://EXAMPLE.COM", ""} {
			w := get(listed, "/", header("Origin", origin))
			assert.Empty(t, w.Header().Get("Access-Control-Allow-Origin"), origin)
			assert.Empty(t, w.Header().Get("Access-Control-Allow-Credentials"), origin)
		}
		assert.Equal(t, "https://example.com", get(listed, "/", header("Origin", "https://example.com")).Header().Get("Access-Control-Allow-Origin"))
	})
	t.Run("GO-2023-1792 CVE-2018-20744 rs/cors answered a wildcard with the origin that asked", func(t *testing.T) {
		public := withLayers(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"*"}}))
		for _, w := range []string{
			get(public, "/", header("Origin", "https://evil.example")).Header().Get("Access-Control-Allow-Origin"),
			send(public, http.MethodOptions, "/", "", preflight("https://evil.example", "GET")).Header().Get("Access-Control-Allow-Origin"),
		} {
			assert.Equal(t, "*", w)
		}
	})
	t.Run("GO-2026-6896 CVE-2026-119285 fiber's wildcard had no boundary at the dot", func(t *testing.T) {
		assert.Panics(t, func() { middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://*example.com"}}) })
		assert.Empty(t, get(listed, "/", header("Origin", "https://evilexample.com")).Header().Get("Access-Control-Allow-Origin"))
		below := withLayers(middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: []string{"*.example.com"}}))
		assert.Equal(t, http.StatusOK, get(below, "http://a.example.com/").Code)
		for _, host := range []string{"evilexample.com", "example.com", ".example.com", "example.com.evil.example"} {
			w := get(below, "/", func(req *http.Request) { req.Host = host })
			assert.Equal(t, http.StatusMisdirectedRequest, w.Code, host)
		}
	})
}

func TestAdvisoriesOfCSRF(t *testing.T) {
	guarded := withLayers(middleware.CSRF(middleware.CSRFConfig{TrustedOrigins: []string{"https://trusted.example"}}))
	post := func(r http.Handler, lines ...string) int {
		return send(r, http.MethodPost, "/", "", overTLS, with(lines...)).Code
	}
	t.Run("GO-2025-3884 CVE-2025-47909 gorilla/csrf trusted a host without regard to its scheme", func(t *testing.T) {
		assert.Equal(t, http.StatusOK, post(guarded, "Origin: https://trusted.example", "Sec-Fetch-Site: cross-site"))
		for _, lines := range [][]string{{"Origin: http://trusted.example", "Sec-Fetch-Site: cross-site"}, {"Origin: http://trusted.example"}, {"Origin: https://trusted.example:8443"}} {
			assert.Equal(t, http.StatusForbidden, post(guarded, lines...), lines)
		}
	})
	t.Run("GO-2025-3683 CVE-2025-46721 nosurf took every page for one of the same origin", func(t *testing.T) {
		for _, lines := range [][]string{
			{"Origin: https://evil.example"}, {"Origin: null"}, {"Origin: https://a.example.com"}, {"Sec-Fetch-Site: same-site"},
			{"Sec-Fetch-Site: cross-site", "Referer: https://example.com/"},
		} {
			assert.Equal(t, http.StatusForbidden, post(guarded, lines...), lines)
		}
		assert.Equal(t, http.StatusOK, post(guarded, "Origin: https://example.com", "Sec-Fetch-Site: same-origin"))
	})
	t.Run("GO-2026-6877 CVE-2026-118266 echo's MethodOverride made of a POST what CSRF lets pass", func(t *testing.T) {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "TRACE", "CONNECT"} {
			assert.ErrorContains(t, middleware.MethodOverrideConfig{Engine: guarded, Methods: []string{method}}.Validate(), "must not become", method)
		}
		r := dram.New()
		r.Use(middleware.MethodOverride(middleware.MethodOverrideConfig{Engine: r, FormField: "_method"}), middleware.CSRF(middleware.CSRFConfig{}))
		changed := 0
		r.Any("/", func(*dram.Context) { changed++ })
		for _, method := range []string{"GET", "get", " HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"} {
			for _, edit := range []func(*http.Request){header("X-Http-Method-Override", method), header("Content-Type", "application/x-www-form-urlencoded")} {
				w := send(r, http.MethodPost, "/", "_method="+method, edit, header("Origin", "https://evil.example"), header("Sec-Fetch-Site", "cross-site"))
				assert.Contains(t, []int{http.StatusBadRequest, http.StatusForbidden}, w.Code, method)
			}
		}
		assert.Zero(t, changed)
	})
}

func TestAdvisoriesOfTheScheme(t *testing.T) {
	t.Run("GO-2026-6879 CVE-2026-118657 echo took the forwarded scheme of anybody", func(t *testing.T) {
		r := withLayers(middleware.Secure(middleware.SecureConfig{}), middleware.Redirects(middleware.RedirectsConfig{Hosts: []string{"example.com"}, HTTPS: true}))
		for _, line := range []string{"X-Forwarded-Proto: https", "X-Forwarded-Protocol: https", "X-Forwarded-Ssl: on", "X-Url-Scheme: https", "Front-End-Https: on", "Forwarded: proto=https"} {
			w := get(r, "/", with(line))
			assert.Equal(t, http.StatusPermanentRedirect, w.Code, line)
			assert.Empty(t, w.Header().Get("Strict-Transport-Security"), line)
		}
	})
	t.Run("GO-2026-6878 CVE-2026-118658 echo's redirects had the scheme of a header", func(t *testing.T) {
		r := withLayers(middleware.Redirects(middleware.RedirectsConfig{Hosts: []string{"example.com"}, WWW: middleware.RemoveWWW}))
		assert.NoError(t, r.SetTrustedProxies([]string{"192.0.2.1"}))
		for _, scheme := range []string{"javascript", "evil.example/", "https://evil.example/?", "ftp", "https"} {
			want := "http://example.com/"
			if scheme == "https" {
				want = "https://example.com/"
			}
			assert.Equal(t, want, get(r, "http://www.example.com/", header("X-Forwarded-Proto", scheme)).Header().Get("Location"), scheme)
		}
	})
	t.Run("GO-2026-5912 CVE-2026-53624 fiber's helmet never sent Strict-Transport-Security", func(t *testing.T) {
		r := withLayers(middleware.Secure(middleware.SecureConfig{}))
		assert.NotEmpty(t, get(r, "/", overTLS).Header().Get("Strict-Transport-Security"))
		over := startTLS(t, r, false)
		res, err := over.Client().Get(over.URL)
		if assert.NoError(t, err) {
			_ = res.Body.Close()
			assert.Equal(t, http.StatusOK, res.StatusCode)
		}
	})
}

func TestAdvisoriesOfBodies(t *testing.T) {
	t.Run("GO-2026-6844 GHSA-x9ff-22gv-65f4 echo's BodyDump lost the error of a body that is too long", func(t *testing.T) {
		handled := 0
		for name, layer := range map[string]dram.HandlerFunc{
			"Idempotency": middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}),
			"Cache":       middleware.Cache(middleware.CacheConfig{}),
			"Decompress":  middleware.Decompress(middleware.DecompressConfig{}),
		} {
			r := dram.New()
			r.Use(middleware.BodyLimit(middleware.BodyLimitConfig{Max: 10}), layer)
			handle := func(c *dram.Context) {
				if _, err := c.GetRawData(); err == nil {
					handled++
				}
			}
			r.POST("/", handle)
			r.Handle("QUERY", "/", handle)
			for _, method := range []string{"POST", "QUERY"} {
				w := send(r, method, "/", "more than ten bytes", key("k"), func(req *http.Request) { req.ContentLength = -1 })
				assert.Equal(t, http.StatusRequestEntityTooLarge, w.Code, "%s %s", method, name)
			}
		}
		assert.Zero(t, handled, "half a body is not given to a handler")
	})
	t.Run("GO-2022-0524 CVE-2022-30631 a body of empty gzip members took a frame of the stack for each", func(t *testing.T) {
		members := strings.Repeat(zipped(""), 200_000)
		r := withLayers(middleware.Decompress(middleware.DecompressConfig{}))
		w := send(r, http.MethodPost, "/echo", members+zipped("plain"), header("Content-Encoding", "gzip"))
		assert.Equal(t, "200 plain", fmt.Sprint(w.Code, " ", w.Body))
	})
}

// fiber, GO-2026-5069 (CVE-2026-30246): the key of a page was its path, and one query's page
// the other's.
func TestGO_2026_5069_FiberCacheIgnoredTheQuery(t *testing.T) {
	r := dram.New()
	r.Use(middleware.Cache(middleware.CacheConfig{}))
	r.GET("/", func(c *dram.Context) {
		c.Header("Cache-Control", "public, max-age=60")
		c.String(http.StatusOK, "page %s", c.Request.URL.RawQuery)
	})
	for range 2 {
		for _, query := range []string{"", "user=1", "user=2", "user=1&user=2", "user=%31"} {
			assert.Equal(t, "page "+query, get(r, "/?"+query).Body.String())
		}
	}
}

// fiber, GO-2026-5886 (CVE-2026-44332): an unknown user cost less than a known one with a wrong
// password, and so names could be guessed by the time. Here the function that verifies is asked
// for both, and dram.BasicAuth compares with every account.
func TestGO_2026_5886_FiberBasicAuthToldNames(t *testing.T) {
	asked := 0
	r := withLayers(middleware.BasicAuth(middleware.BasicAuthConfig{Verify: func(_ *dram.Context, user, _ string) (bool, error) { asked++; return false, nil }}))
	var answers []string
	for _, user := range []string{"known", "unknown", ""} {
		w := get(r, "/", func(req *http.Request) { req.SetBasicAuth(user, "wrong") })
		answers = append(answers, fmt.Sprint(w.Code, w.Header(), w.Body))
	}
	assert.Equal(t, 3, asked)
	assert.Equal(t, answers[0], answers[1])
	assert.Equal(t, answers[0], answers[2])
}

// fiber, GO-2025-4208 (CVE-2025-66565) and GO-2026-4471 (CVE-2025-66630): ids fell back to a
// counter or to zeros when there was no randomness. Here crypto/rand ends the process instead.
func TestGO_2025_4208_FiberIDsWerePredictable(t *testing.T) {
	r := withLayers(middleware.RequestID(middleware.RequestIDConfig{}))
	seen := make(map[string]bool)
	for range 1000 {
		id := get(r, "/").Header().Get("X-Request-Id")
		assert.Regexp(t, "^[0-9a-f]{32}$", id)
		assert.NotContains(t, id, "00000000")
		seen[id] = true
	}
	assert.Len(t, seen, 1000)
}
