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

func ExampleCSRF() {
	r := dram.New()
	r.Use(middleware.CSRF(middleware.CSRFConfig{TrustedOrigins: []string{"https://admin.example.com"}}))
	r.POST("/transfer", func(c *dram.Context) { c.String(http.StatusOK, "done") })

	for _, site := range []string{"same-origin", "cross-site"} {
		req := httptest.NewRequest(http.MethodPost, "/transfer", nil)
		req.Header.Set("Sec-Fetch-Site", site)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Println(site, w.Code)
	}
	// Output:
	// same-origin 200
	// cross-site 403
}

func TestCSRF(t *testing.T) {
	cfg := middleware.CSRFConfig{TrustedOrigins: []string{"https://admin.example", "http://old.example"}}
	cases := []struct {
		name, method, site, origin string
		tls                        bool
		want                       int
	}{
		{"own page", "POST", "same-origin", "https://example.com", true, 200},
		{"typed by the user", "POST", "none", "", true, 200},
		{"subdomain", "POST", "same-site", "https://blog.example.com", true, 403},
		{"other site", "POST", "cross-site", "https://evil.example", true, 403},
		{"other site, DELETE", "DELETE", "cross-site", "https://evil.example", true, 403},
		{"other site may read", "GET", "cross-site", "https://evil.example", true, 200},
		{"trusted", "POST", "cross-site", "https://admin.example", true, 200},
		{"trusted host, other scheme", "POST", "cross-site", "http://admin.example", true, 403},
		{"old browser, own page", "POST", "", "https://example.com", true, 200},
		{"old browser, other site", "POST", "", "https://evil.example", true, 403},
		{"old browser, null", "POST", "", "null", true, 403},
		{"old browser, own page over HTTP", "POST", "", "http://example.com", false, 200},
		{"old browser, HTTP page to HTTPS", "POST", "", "http://example.com", true, 403},
		{"old browser, HTTP page reads HTTPS", "GET", "", "http://example.com", true, 200},
		{"old browser, trusted HTTP page", "POST", "", "http://old.example", true, 200},
		{"no browser", "POST", "", "", true, 200},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			w := send(withLayers(middleware.CSRF(cfg)), tc.method, "/", "", func(req *http.Request) {
				if tc.site != "" {
					req.Header.Set("Sec-Fetch-Site", tc.site)
				}
				if tc.origin != "" {
					req.Header.Set("Origin", tc.origin)
				}
				if tc.tls {
					overTLS(req)
				}
			})
			assert.Equal(t, tc.want, w.Code)
		})
	}
}
