package middleware_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/freeport"
	"github.com/dram-go/dram/middleware"
)

// nginxHead begins every configuration.
const nginxHead = `
daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	server {
		listen %[2]s;
`

// nginxConf is a proxy as they are usually set up: it ends TLS (or says so) and
// adds to the client's X-Forwarded-For.
const nginxConf = `
location / {
	proxy_pass %[3]s;
	proxy_http_version 1.1;
	proxy_set_header Host $http_host;
	proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
	proxy_set_header X-Forwarded-Proto https;
}`

// startNginx starts a real nginx in front of a server, and returns its address.
func startNginx(t *testing.T, behind string) (addr string) {
	t.Helper()
	return startNginxWith(t, nginxConf, behind)
}

// startNginxWith starts a real nginx with the configuration of a server, into which its
// directory, its address and args are filled.
func startNginxWith(t *testing.T, conf string, args ...any) (addr string) {
	t.Helper()
	nginx := os.Getenv("DRAM_TEST_NGINX")
	if nginx == "" {
		t.Skip("set DRAM_TEST_NGINX to the path of an nginx to test behind one")
	}
	dir := t.TempDir()
	addr = freeport.Addr(t)
	file := filepath.Join(dir, "nginx.conf")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, nginxHead+conf+"}}", append([]any{dir, addr}, args...)...), 0o600))
	cmd := exec.Command(nginx, "-p", dir, "-c", file, "-e", filepath.Join(dir, "error.log"))
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 30*time.Second, 20*time.Millisecond, "nginx does not listen")
	return addr
}

// A client (127.0.0.2) speaks to nginx (127.0.0.1), nginx to a dram gateway, the
// gateway to the service: what the service learns is true.
func TestBehindNginx(t *testing.T) {
	service := upstream(t, func(w http.ResponseWriter, req *http.Request) {
		fmt.Fprintf(w, "%q %q %q", req.Header["X-Forwarded-For"], req.Header["X-Forwarded-Proto"], req.Header["X-Forwarded-Host"])
	})
	r := proxied(middleware.ProxyConfig{Target: service.URL}, middleware.Redirects(middleware.RedirectsConfig{
		Hosts: []string{"example.com"}, HTTPS: true, WWW: middleware.RemoveWWW,
	}), middleware.Pprof(middleware.PprofConfig{}))
	require.NoError(t, r.SetTrustedProxies([]string{"127.0.0.1"}))
	gateway := httptest.NewServer(r)
	defer gateway.Close()
	addr := startNginx(t, gateway.URL)

	client := &http.Client{
		Transport:     &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	ask := func(path, host string) (*http.Response, string) {
		req, err := http.NewRequest(http.MethodGet, "http://"+addr+path, nil)
		require.NoError(t, err)
		req.Host = host
		req.Header.Set("X-Forwarded-For", "10.0.0.1")
		res, err := client.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res, string(body)
	}
	_, body := ask("/", "example.com")
	assert.Equal(t, `["127.0.0.2"] ["https"] ["example.com"]`, body)
	res, _ := ask("/a?b", "www.example.com")
	assert.Equal(t, "https://example.com/a?b", res.Header.Get("Location"))
	res, _ = ask("/", "evil.example")
	assert.Equal(t, http.StatusMisdirectedRequest, res.StatusCode)
	res, _ = ask("/debug/pprof/", "example.com")
	assert.Equal(t, http.StatusForbidden, res.StatusCode, "the peer is on this machine, the client is not")
}

// nginxBehind is a server that cleans paths before it looks for the location, as
// most do: it merges slashes, resolves dots and decodes.
const nginxBehind = `
underscores_in_headers on; merge_slashes on;
location /admin { return 200 "admin"; }
location /head { return 200 "$http_x_user|$http_x_real_ip|$http_x_forwarded_for|$http_x_forwarded_proto|$request_uri"; }
location / { return 200 "open $request_uri"; }`

// TestInFrontOfNginx: no spelling leads past the guard in front.
func TestInFrontOfNginx(t *testing.T) {
	behind := "http://" + startNginxWith(t, nginxBehind)
	proxy := middleware.Proxy(middleware.ProxyConfig{Target: behind})
	r := dram.New()
	guard := func(c *dram.Context) { c.AbortWithStatus(http.StatusForbidden) }
	r.Any("/admin", guard, proxy)
	r.Any("/admin/*path", guard, proxy)
	r.Any("/*path", proxy)
	front := httptest.NewServer(r)
	defer front.Close()
	addr := front.Listener.Addr().String()
	for _, path := range append([]string{"/admin", "/admin/x", "/%61dmin", "/admin%2fx", "/admin;x", "/x/../admin", "/x/..%2fadmin", "//admin", "/./admin"}, ambiguous...) {
		status, body := ask(t, addr, "GET", path)
		assert.True(t, status == 400 || status == 403, "%s: %d %s", path, status, body)
	}
	for _, path := range []string{"/", "/a/b%20c", "/caf%C3%A9?a=1;b=2&p=100%"} {
		_, body := ask(t, addr, "GET", path)
		assert.Equal(t, "open "+path, body)
	}
	_, body := ask(t, addr, "GET", "/head", "X_User: root", "X_Real_IP: 10.0.0.1", "X-Real-IP: 10.0.0.2", "X_Forwarded_For: 10.0.0.3", "Connection: X-Real-IP, X-Forwarded-For, X-Forwarded-Proto")
	assert.Equal(t, "|127.0.0.1|127.0.0.1|http|/head", body)
}
