package middleware_test

import (
	"crypto/tls"
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

func ExampleSecure() {
	r := dram.New()
	if err := r.SetTrustedProxies([]string{"10.0.0.0/8"}); err != nil { // the load balancers, which end TLS
		panic(err)
	}
	r.Use(middleware.Secure(middleware.SecureConfig{
		ContentSecurityPolicy: "default-src 'self'; script-src 'self' {nonce}; frame-ancestors 'none'",
	}))
	r.GET("/", func(c *dram.Context) {
		page := fmt.Sprintf("<script nonce=%q>start()</script>", middleware.CSPNonce(c))
		c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(page))
	})

	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.RemoteAddr = "10.1.2.3:40000"
	req.Header.Set("X-Forwarded-Proto", "https")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	fmt.Println(w.Header().Get("X-Frame-Options"), w.Header().Get("Strict-Transport-Security"))
	// Output: DENY max-age=31536000
}

// overTLS makes a request that came over TLS.
func overTLS(req *http.Request) { req.TLS = &tls.ConnectionState{} }

func TestSecureDefaults(t *testing.T) {
	w := get(withLayers(middleware.Secure(middleware.SecureConfig{})), "/", overTLS)
	w.Header().Del("Content-Type")
	assert.Equal(t, http.Header{
		"Content-Security-Policy":    {"default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"},
		"Cross-Origin-Opener-Policy": {"same-origin"},
		"Permissions-Policy":         {"camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
		"Referrer-Policy":            {"strict-origin-when-cross-origin"},
		"Strict-Transport-Security":  {"max-age=31536000"},
		"X-Content-Type-Options":     {"nosniff"},
		"X-Frame-Options":            {"DENY"},
	}, w.Header())
}

func TestSecureValuesAndOff(t *testing.T) {
	w := get(withLayers(middleware.Secure(middleware.SecureConfig{
		HSTSMaxAge: -1, ContentSecurityPolicy: "default-src *", CSPReportOnly: true, ContentTypeOptions: middleware.Off,
		FrameOptions: "SAMEORIGIN", ReferrerPolicy: "no-referrer", PermissionsPolicy: middleware.Off,
		OpenerPolicy: middleware.Off, EmbedderPolicy: "require-corp", ResourcePolicy: "same-site",
	})), "/", overTLS)
	w.Header().Del("Content-Type")
	assert.Equal(t, http.Header{
		"Content-Security-Policy-Report-Only": {"default-src *"},
		"Cross-Origin-Embedder-Policy":        {"require-corp"},
		"Cross-Origin-Resource-Policy":        {"same-site"},
		"Referrer-Policy":                     {"no-referrer"},
		"X-Frame-Options":                     {"SAMEORIGIN"},
	}, w.Header())
}

func TestSecureCoversErrorsAndHandlersMayReplace(t *testing.T) {
	r := withLayers(middleware.Secure(middleware.SecureConfig{}))
	r.GET("/framed", func(c *dram.Context) {
		c.Header("X-Frame-Options", "SAMEORIGIN")
		c.Status(http.StatusOK)
	})
	assert.Equal(t, "nosniff", get(r, "/none").Header().Get("X-Content-Type-Options"))
	assert.Equal(t, []string{"SAMEORIGIN"}, get(r, "/framed").Header().Values("X-Frame-Options"))
	assert.Equal(t, []string{"DENY"}, get(r, "/").Header().Values("X-Frame-Options"), "the next answer has its own")
}

func TestHSTS(t *testing.T) {
	usual := middleware.SecureConfig{}
	proxies := []string{"10.0.0.0/8", "2001:db8::1"}
	forwarded := header("X-Forwarded-Proto", "https")
	cases := []struct {
		name    string
		cfg     middleware.SecureConfig
		proxies []string
		edits   []func(*http.Request)
		want    string
	}{
		{"plain HTTP", middleware.SecureConfig{}, nil, nil, ""},
		{"header of anyone", middleware.SecureConfig{}, nil, []func(*http.Request){forwarded}, ""},
		{"TLS", middleware.SecureConfig{}, nil, []func(*http.Request){overTLS}, "max-age=31536000"},
		{"trusted proxy", usual, proxies, []func(*http.Request){forwarded, from("10.9.9.9:1")}, "max-age=31536000"},
		{"trusted proxy, IPv4 in IPv6", usual, proxies, []func(*http.Request){forwarded, from("[::ffff:10.9.9.9]:1")}, "max-age=31536000"},
		{"trusted proxy by address", usual, proxies, []func(*http.Request){forwarded, from("[2001:db8::1]:1")}, "max-age=31536000"},
		{"trusted proxy that saw HTTP", usual, proxies, []func(*http.Request){header("X-Forwarded-Proto", "https, http"), from("10.9.9.9:1")}, ""},
		{"untrusted peer", usual, proxies, []func(*http.Request){forwarded, from("11.0.0.1:1")}, ""},
		{"TLS without proxy", usual, proxies, []func(*http.Request){overTLS}, "max-age=31536000"},
		{"all of it", middleware.SecureConfig{HSTSMaxAge: 2 * 365 * 24 * time.Hour, HSTSSubdomains: true, HSTSPreload: true}, nil, []func(*http.Request){overTLS}, "max-age=63072000; includeSubDomains; preload"},
		{"localhost", middleware.SecureConfig{}, nil, []func(*http.Request){overTLS, func(req *http.Request) { req.Host = "localhost:8443" }}, ""},
		{"below localhost", middleware.SecureConfig{}, nil, []func(*http.Request){overTLS, func(req *http.Request) { req.Host = "app.localhost" }}, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			w := get(behind(withLayers(middleware.Secure(tc.cfg)), tc.proxies...), "/", tc.edits...)
			assert.Equal(t, tc.want, w.Header().Get("Strict-Transport-Security"))
		})
	}
}

func TestCSPNonce(t *testing.T) {
	var nonces []string
	r := dram.New()
	r.Use(middleware.Secure(middleware.SecureConfig{ContentSecurityPolicy: "script-src {nonce}; style-src {nonce}"}))
	r.GET("/", func(c *dram.Context) { nonces = append(nonces, middleware.CSPNonce(c)) })
	for range 2 {
		policy := get(r, "/").Header().Get("Content-Security-Policy")
		nonce := nonces[len(nonces)-1]
		assert.Len(t, nonce, 22, "128 bits")
		assert.Equal(t, "script-src 'nonce-"+nonce+"'; style-src 'nonce-"+nonce+"'", policy)
	}
	assert.NotEqual(t, nonces[0], nonces[1])

	bare := dram.New()
	bare.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "%q", middleware.CSPNonce(c)) })
	assert.Equal(t, `""`, get(bare, "/").Body.String())
	assert.False(t, strings.Contains(get(bare, "/").Header().Get("Content-Security-Policy"), "nonce"))
}
