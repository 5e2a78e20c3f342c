package middleware_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// prefixConf is a proxy that has put a service below /app.
const prefixConf = `
location /app/ {
	proxy_pass %[3]s/;
	proxy_http_version 1.1;
	proxy_redirect off;
	proxy_set_header Host $http_host;
	proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
	proxy_set_header X-Forwarded-Prefix /app;
}
location / { return 404 "outside\n"; }`

// TestAServiceBelowAPathOfNginx asks for everything that leads a client back to the
// service, through a proxy that takes the service's path away.
func TestAServiceBelowAPathOfNginx(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "docs"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "docs", "index.html"), []byte("docs"), 0o600))

	r := dram.New()
	r.RedirectFixedPath = true
	require.NoError(t, r.SetTrustedProxies([]string{"127.0.0.1"}))
	r.GET("/login", func(c *dram.Context) {
		c.SetCookie("user", "anna", 60, "", "", false, true)
		c.Redirect(http.StatusSeeOther, "/home")
	})
	r.GET("/home", func(c *dram.Context) {
		name, _ := c.Cookie("user")
		c.String(200, "%s at %s", name, c.URL("/home"))
	})
	r.GET("/books/:id/edit", func(c *dram.Context) { c.Redirect(http.StatusSeeOther, "../") })
	r.GET("/books/", func(c *dram.Context) { c.String(200, "books") })
	r.Static("/static", dir)
	r.GET("/files/*path", middleware.Static(middleware.StaticConfig{Root: dir, Prefix: "/files"}))
	// A gateway of our own behind it: its server learns the whole prefix.
	behind := dram.New()
	require.NoError(t, behind.SetTrustedProxies([]string{"127.0.0.1"}))
	behind.GET("/", func(c *dram.Context) { c.String(200, "%s", c.BasePath()) })
	inner := httptest.NewServer(behind)
	defer inner.Close()
	r.Any("/api/*path", middleware.Proxy(middleware.ProxyConfig{Target: inner.URL, StripPrefix: "/api"}))

	server := httptest.NewServer(r)
	defer server.Close()
	front := "http://" + startNginxWith(t, prefixConf, server.URL)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := &http.Client{Jar: jar}
	for _, tt := range []struct{ path, body, ends string }{
		{"/app/login", "anna at /app/home", "/app/home"},
		{"/app/books/7/edit", "books", "/app/books/"},
		{"/app/books", "books", "/app/books/"},
		{"/app/HOME", "anna at /app/home", "/app/home"},
		{"/app/static/docs", "docs", "/app/static/docs/"},
		{"/app/static/docs/index.html", "docs", "/app/static/docs/"},
		{"/app/files/docs", "docs", "/app/files/docs/"},
		{"/app/api/", "/app/api", "/app/api/"},
	} {
		resp, err := client.Get(front + tt.path)
		require.NoError(t, err, tt.path)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		resp.Body.Close()
		assert.Equal(t, tt.body, string(body), tt.path)
		assert.Equal(t, tt.ends, resp.Request.URL.Path, tt.path)
	}
	req := httptest.NewRequest("GET", front+"/other", nil)
	assert.Empty(t, jar.Cookies(req.URL), "the cookie goes to the service alone")
}
