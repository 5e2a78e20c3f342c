// Advisories about proxies and file servers, by their identifiers: each test sends what was
// accepted there. See advisories_test.go.

package middleware_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// switching is a server that answers every request by switching protocols, and says on the
// channel that its connection has ended.
func switching(t *testing.T) (url string, gone chan struct{}) {
	gone = make(chan struct{})
	server := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer close(gone)
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(io.Discard, conn)
	})
	return server.URL, gone
}

const upgrade = "GET /open/chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"

func TestAdvisoriesOfProxiedWebSockets(t *testing.T) {
	t.Run("GO-2026-6838 GHSA-9969-6676-49h5 echo kept the connection and the handler of a client that had left", func(t *testing.T) {
		url, gone := switching(t)
		ended := make(chan struct{})
		front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: url}, func(c *dram.Context) { defer close(ended); c.Next() }))
		defer front.Close()
		conn, err := net.Dial("tcp", front.Listener.Addr().String())
		require.NoError(t, err)
		_, _ = io.WriteString(conn, upgrade)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusSwitchingProtocols, res.StatusCode)
		require.NoError(t, conn.Close())
		<-gone
		<-ended
	})
	t.Run("GO-2026-6839 GHSA-cxf3-9h37-7rr8 echo passed what followed a rejected upgrade to the server, past all guards", func(t *testing.T) {
		var asked []string
		server := upstream(t, func(w http.ResponseWriter, req *http.Request) {
			asked = append(asked, req.URL.Path)
			w.WriteHeader(http.StatusForbidden)
		})
		r := dram.New()
		proxy := middleware.Proxy(middleware.ProxyConfig{Target: server.URL})
		r.GET("/open/*path", proxy)
		r.GET("/admin/*path", func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) }, proxy)
		front := httptest.NewServer(r)
		defer front.Close()
		conn, err := net.Dial("tcp", front.Listener.Addr().String())
		require.NoError(t, err)
		defer conn.Close()
		_, _ = io.WriteString(conn, upgrade+"GET /admin/secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		reader := bufio.NewReader(conn)
		for _, want := range []int{http.StatusForbidden, http.StatusUnauthorized} {
			res, err := http.ReadResponse(reader, nil)
			require.NoError(t, err)
			_, _ = io.Copy(io.Discard, res.Body)
			assert.Equal(t, want, res.StatusCode)
		}
		assert.Equal(t, []string{"/open/chat"}, asked)
	})
}

func TestAdvisoriesOfReverseProxy(t *testing.T) {
	server, got := recordHeader(t)
	front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL}))
	defer front.Close()
	addr := front.Listener.Addr().String()
	t.Run("GO-2021-0241 CVE-2021-33197 ReverseProxy read the first line of Connection only", func(t *testing.T) {
		_, _ = ask(t, addr, "GET", "/", "Connection: ", "Connection: X-Forwarded-For, X-Hop", "X-Hop: a", "Connection: X-Real-Ip")
		assert.Equal(t, []string{"127.0.0.1"}, got.Values("X-Forwarded-For"))
		assert.Equal(t, []string{"127.0.0.1"}, got.Values("X-Real-Ip"))
		assert.NotContains(t, *got, "X-Hop")
	})
	t.Run("GO-2022-0520 CVE-2022-32148 ReverseProxy appended to an X-Forwarded-For that was left out", func(t *testing.T) {
		left := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL, Rewrite: func(_ *dram.Context, out *http.Request) { out.Header.Del("X-Forwarded-For") }}))
		defer left.Close()
		_, _ = ask(t, left.Listener.Addr().String(), "GET", "/", "X-Forwarded-For: 203.0.113.9")
		assert.NotContains(t, *got, "X-Forwarded-For")
	})
	t.Run("GO-2026-6875 CVE-2026-118651 echo, GO-2026-5887 CVE-2026-45045 fiber passed the client's X-Real-IP on", func(t *testing.T) {
		_, _ = ask(t, addr, "GET", "/", "X-Real-IP: 203.0.113.9", "x-real-ip: 203.0.113.10", "X_Real_IP: 203.0.113.11")
		assert.Equal(t, []string{"127.0.0.1"}, got.Values("X-Real-Ip"))
		assert.NotContains(t, *got, "X_real_ip")
	})
}

// ReverseProxy, GO-2022-1038 (CVE-2022-2880) and GO-2026-4976 (CVE-2026-39825): the server
// behind got another query than the proxy had read. Proxy sends each query whole, as it came,
// also where a layer outside has parsed it and could not read a part.
func TestAdvisoriesOfForwardedQueries(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) { _, _ = io.WriteString(w, req.URL.RawQuery) })
	r := proxied(middleware.ProxyConfig{Target: server.URL}, func(c *dram.Context) { c.Query("a") })
	for name, query := range map[string]string{
		"GO-2022-1038 a semicolon":        "a=1;b=2&c=3",
		"GO-2022-1038 half an escape":     "a=100%&c=3",
		"GO-2026-4976 10,001 parameters":  strings.Repeat("a=1&", 10_001) + "c=3",
		"GO-2026-4976 100,001 parameters": strings.Repeat("&", 100_000) + "c=3",
	} {
		t.Run(name, func(t *testing.T) {
			w := get(r, "/", func(req *http.Request) { req.URL.RawQuery = query })
			assert.Equal(t, http.StatusOK, w.Code)
			assert.Equal(t, query, w.Body.String())
		})
	}
}

func TestAdvisoriesOfStaticFiles(t *testing.T) {
	files := fstest.MapFS{"admin/a.txt": {Data: []byte("guarded")}, "open/b.txt": {Data: []byte("open")}, "%61dmin/a.txt": {Data: []byte("other")}}
	for name, paths := range map[string][]string{
		"GO-2026-6873 CVE-2026-118650 echo: an escaped letter or slash passed by the guard": {"/%61dmin/a.txt", "/admin%2Fa.txt", "/admin%2fa.txt", "/%41dmin/a.txt"},
		"GO-2026-6881 CVE-2026-118654 echo: escaped dots led to a guarded directory":        {"/open/%2e%2e/admin/a.txt", "/open%2f..%2fadmin/a.txt", "/open/.%2e/admin/a.txt", "/x/%2E%2E/admin%2fa.txt"},
		"GO-2026-6885 CVE-2026-118655 echo: a path was unescaped twice":                     {"/open/%252e%252e/admin/a.txt", "/open/%252e%252e%252fadmin%252fa.txt", "/%2561dmin%252fa.txt"},
		"GO-2026-6293 CVE-2026-55677 echo: an escaped slash passed by the guard":            {"/admin%2Fa.txt", "/.%2Fadmin/a.txt", "/%2Fadmin/a.txt", "/open%2F..%2Fadmin%2Fa.txt"},
		"GO-2026-4950 fasthttp: a file's name was unescaped once more":                      {"/%2561dmin/a.txt/", "/%25%36%31dmin/a.txt?", "/open/%3f/../../admin/a.txt", "/admin%3f/a.txt", "/%23/../admin/a.txt"},
		"GO-2026-4540 CVE-2026-25891 fiber: a backslash that was escaped twice":             {"/open/..%5cadmin/a.txt", "/open/..%255cadmin/a.txt", "/open/%252e%252e%255cadmin%255ca.txt", "/admin%5ca.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			for mode, option := range routerModes {
				r := dram.New(option)
				static := middleware.Static(middleware.StaticConfig{FS: files})
				r.GET("/admin/*path", func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) }, static)
				r.GET("/*path", static)
				assert.Equal(t, "open", get(r, "/open/b.txt").Body.String(), mode)
				for _, path := range paths {
					w := httptest.NewRecorder()
					r.ServeHTTP(w, rawRequest(t, path))
					assert.NotContains(t, w.Body.String(), "guarded", "%s %s", mode, path)
				}
			}
		})
	}
}
