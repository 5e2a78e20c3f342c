package middleware_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// claims are headers in which a client may claim to be another.
var claims = []string{
	"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Server", "X-Forwarded-Ssl", "X-Forwarded-User", "X-Forwarded-Uri",
	"X-Forwarded-Client-Cert", "Forwarded", "X-Real-Ip", "X-Client-Ip", "Client-Ip", "X-Cluster-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Cf-Connecting-Ipv6", "Cf-Ipcountry", "Cf-Visitor",
	"Fly-Client-Ip", "Fly-Forwarded-Proto", "Fastly-Client-Ip", "Fastly-Ssl", "X-Appengine-User-Ip", "X-Appengine-Remote-Addr", "X-Appengine-Country", "X-Azure-Clientip", "X-Azure-Socketip",
	"X-Envoy-External-Address", "X-Envoy-Original-Path", "X-Original-Url", "X-Original-Uri", "X-Original-Host", "X-Original-Forwarded-For", "X-Rewrite-Url", "X-Host", "X-Http-Host-Override",
	"X-Http-Destinationurl", "Proxy-Client-Ip", "Wl-Proxy-Client-Ip", "X-Remote-Ip", "X-Remote-Addr", "X-Remote-User", "Remote-User", "X-Webauth-User", "X-Ms-Client-Principal",
	"X-Goog-Authenticated-User-Email", "X-Amzn-Oidc-Identity", "X-Ssl-Client-Cert", "X-Client-Cert", "Client-Cert", "X-Scheme", "X-Url-Scheme", "Front-End-Https", "Proxy",
	"Do-Connecting-Ip", "Eo-Connecting-Ip", "X-Nf-Client-Connection-Ip", "X-Vercel-Forwarded-For", "Cloudfront-Viewer-Address", "Akamai-Client-Ip", "Incap-Client-Ip",
	"X-Sucuri-Clientip", "Ali-Cdn-Real-Ip", "Cdn-Src-Ip", "X-Originating-Ip", "X-Proxyuser-Ip", "X-Forwarded", "Forwarded-For", "Forwarded-For-Ip", "X-Forward-For",
	"Forward-For", "Cf-Access-Authenticated-User-Email", "Cf-Access-Jwt-Assertion", "X-Auth-Request-User", "X-Auth-Request-Email", "Tailscale-User-Login",
	"X-Authentik-Username", "X-Consumer-Username", "X-Authenticated-Userid", "X-Webauth-Name", "Oidc-Claim-Sub", "Oidc-Access-Token", "X-Amzn-Oidc-Data",
	"X-Goog-Iap-Jwt-Assertion", "X-Pomerium-Claim-Email", "X-Other-Jwt-Assertion", "X-Endpoint-Api-Userinfo", "Http-Remote-User", "Sm-User", "Iv-User", "Iv-Groups", "Impersonate-User",
	"Impersonate-Group", "X-Client-Dn", "X-Client-Verify", "X-Auth-User", "X-Auth-Email", "X-Auth-Groups", "X-Teleport-Username", "X-Vouch-User", "X-True-Ip", "X-Msisdn",
	"X-Http-Method", "X-Http-Method-Override", "X-Method-Override", // the route and its layers are those of the method that came
}

// recordHeader returns a server that keeps the header of the last request as it came.
func recordHeader(t *testing.T) (*httptest.Server, *http.Header) {
	t.Helper()
	var got http.Header
	return upstream(t, func(_ http.ResponseWriter, req *http.Request) { got = req.Header.Clone() }), &got
}

// TestProxyPassesOtherHeaders: names that only look a little like one.
func TestProxyPassesOtherHeaders(t *testing.T) {
	server, got := recordHeader(t)
	for _, name := range []string{
		"X-Ip", "X-Target-Ip", "X-Reforwarded", "X-Forward", "X-User", "X-Client-Version", "X-Auth-Token", "Authorization", "Cookie", "Cf-Ray", "Fast",
		"X-Address", "Realip", "X-Request-Id", "Traceparent", "X-Remotely", "Origin", "Referer", "X-Csrf-Token", "X-Access-Token", "Api-Consumer",
	} {
		get(proxied(middleware.ProxyConfig{Target: server.URL}), "/", header(name, "mine"))
		assert.Equal(t, "mine", got.Get(name), name)
	}
}

// TestProxyTrustsNoClaim: in no spelling, with or without Connection's help.
func TestProxyTrustsNoClaim(t *testing.T) {
	server, got := recordHeader(t)
	want := http.Header{
		"X-Forwarded-For": {"127.0.0.1"}, "X-Real-Ip": {"127.0.0.1"}, "X-Forwarded-Host": {"front.example"}, "X-Forwarded-Proto": {"http"},
		"X-Mine": {"kept"}, "Accept-Encoding": {"br"},
	}
	for _, underscores := range []bool{false, true} {
		front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL, AllowUnderscores: underscores}))
		for _, name := range claims {
			for _, written := range []string{name, strings.ToUpper(name), strings.ReplaceAll(name, "-", "_"), strings.ToLower(strings.ReplaceAll(name, "-", "_")), strings.Replace(name, "-", "_", 1)} {
				for _, connection := range []string{"close", name + ", " + written} {
					_, _ = ask(t, front.Listener.Addr().String(), "GET", "/", written+": 4f2a", "X-Mine: kept", "Accept-Encoding: br", "Connection: "+connection)
					assert.Equal(t, want, *got, "%s, Connection: %s", written, connection)
				}
			}
		}
		front.Close()
	}
}

func TestProxyDropsNamesThatServersConfuse(t *testing.T) {
	server, got := recordHeader(t)
	user := func(_ *dram.Context, out *http.Request) { out.Header.Set("X-User", "gopher") }
	odd := []string{"X_User: root", "x_user: root", "X-User: root", "X.User: root", "X~User: root", "X!User: root", "X-Other_Name: kept", "X-Mine: kept", "Connection: X-User, close"}
	for _, tc := range []struct {
		cfg  middleware.ProxyConfig
		want http.Header
	}{
		{middleware.ProxyConfig{Rewrite: user}, http.Header{"X-User": {"gopher"}, "X-Mine": {"kept"}}},
		{middleware.ProxyConfig{Rewrite: user, AllowUnderscores: true}, http.Header{"X-User": {"gopher"}, "X-Mine": {"kept"}, "X-Other_name": {"kept"}}},
	} {
		tc.cfg.Target = server.URL
		front := httptest.NewServer(proxied(tc.cfg))
		_, _ = ask(t, front.Listener.Addr().String(), "GET", "/", odd...)
		front.Close()
		for name := range *got {
			if strings.HasPrefix(name, "X-Forwarded-") || name == "X-Real-Ip" || name == "Accept-Encoding" {
				delete(*got, name)
			}
		}
		assert.Equal(t, tc.want, *got)
	}
}

func TestProxySendsThePrefix(t *testing.T) {
	server, got := recordHeader(t)
	for _, tc := range []struct{ base, path, want string }{
		{"", "/api/a", "/api"}, {"", "/api", "/api"}, {"/", "/api/a", "/api"}, {"", "/other", ""}, {"/v2", "/api/a", ""},
	} {
		get(proxied(middleware.ProxyConfig{Target: server.URL + tc.base, StripPrefix: "/api"}), tc.path)
		assert.Equal(t, tc.want, got.Get("X-Forwarded-Prefix"), "%+v", tc)
	}
}

func TestProxySendsTheWholePrefix(t *testing.T) {
	server, got := recordHeader(t)
	for _, tc := range []struct{ trusted, path, want string }{
		{"192.0.2.1", "/api/a", "/app/api"}, {"192.0.2.1", "/other", "/app"}, {"10.0.0.1", "/api/a", "/api"}, {"10.0.0.1", "/other", ""},
	} {
		r := proxied(middleware.ProxyConfig{Target: server.URL, StripPrefix: "/api"})
		require.NoError(t, r.SetTrustedProxies([]string{tc.trusted}))
		get(r, tc.path, header("X-Forwarded-Prefix", "/app"))
		assert.Equal(t, tc.want, got.Get("X-Forwarded-Prefix"), "%+v", tc)
	}
}

func TestProxyDropsHopByHopHeadersBothWays(t *testing.T) {
	var got http.Header
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) {
		got = req.Header.Clone()
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nTe: x\r\nX-Kept: 1\r\n\r\nok")
	})
	front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL}))
	defer front.Close()
	conn, err := net.Dial("tcp", front.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nProxy-Authorization: Basic x\r\nProxy-Connection: x\r\nTE: trailers, gzip\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nHttp2_settings: x\r\nX-Kept: 1\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer res.Body.Close()
	for _, h := range []http.Header{got, res.Header} {
		assert.Equal(t, "1", h.Get("X-Kept"))
		for _, name := range []string{"X-Hop", "Keep-Alive", "Proxy-Authorization", "Proxy-Authenticate", "Proxy-Connection", "Upgrade", "Http2-Settings", "Http2_settings", "Connection"} {
			assert.Empty(t, h[name], name)
		}
	}
	assert.Equal(t, []string{"trailers"}, got["Te"], "a proxy that takes trailers says so")
	assert.Empty(t, res.Header["Te"])
}

// TestProxyUpgradesOnlyToConfiguredProtocols: what goes over a switched connection
// passes all layers by.
func TestProxyUpgradesOnlyToConfiguredProtocols(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) {
		protocol := req.Header.Get("Upgrade")
		if protocol == "" {
			_, _ = fmt.Fprintf(w, "none %q", req.Header["Connection"])
			return
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = fmt.Fprintf(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", protocol)
		_ = rw.Flush()
	})
	for _, tc := range []struct {
		method, upgrade, connection string
		told                        []string
		want                        string
	}{
		{"GET", "websocket", "Upgrade", nil, "websocket"},
		{"GET", "WebSocket", "keep-alive, upgrade", nil, "websocket"},
		{"GET", "h2c, websocket", "Upgrade", nil, "websocket"},
		{"POST", "websocket", "Upgrade", nil, ""},
		{"GET", "websocket", "close", nil, ""},
		{"GET", "h2c", "Upgrade, HTTP2-Settings", nil, ""},
		{"GET", "h2c", "Upgrade, HTTP2-Settings", []string{"tus"}, ""},
		{"GET", "TLS/1.3", "Upgrade", nil, ""},
		{"GET", "tus", "Upgrade", nil, ""},
		{"GET", "tus", "Upgrade", []string{"tus"}, "tus"},
		{"POST", "tus", "Upgrade", []string{"tus"}, "tus"},
	} {
		t.Run(fmt.Sprint(tc), func(t *testing.T) {
			front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL, Upgrades: tc.told}, func(c *dram.Context) { c.Header("X-Id", "7") }))
			defer front.Close()
			conn, err := net.Dial("tcp", front.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			_, _ = fmt.Fprintf(conn, "%s / HTTP/1.1\r\nHost: x\r\nUpgrade: %s\r\nConnection: %s\r\nHTTP2-Settings: x\r\nContent-Length: 0\r\n\r\n", tc.method, tc.upgrade, tc.connection)
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			defer res.Body.Close()
			assert.Equal(t, tc.want, res.Header.Get("Upgrade"))
			assert.Equal(t, []string{"7"}, res.Header["X-Id"])
			if tc.want == "" {
				body, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				assert.Equal(t, "none []", string(body))
			}
		})
	}
}

// TestProxyRefusesAnUnrequestedSwitch: a 101 without a request for it is an error.
func TestProxyRefusesAnUnrequestedSwitch(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nGET /admin")
	})
	assert.Equal(t, 502, get(proxied(middleware.ProxyConfig{Target: server.URL}), "/", header("Connection", "Upgrade"), header("Upgrade", "h2c")).Code)
	assert.Equal(t, 502, get(proxied(middleware.ProxyConfig{Target: server.URL}), "/").Code)
}

// TestProxyPassesTrailersOfRequests: those that cannot be taken for headers which
// the client may not set.
func TestProxyPassesTrailersOfRequests(t *testing.T) {
	var got http.Header
	server := upstream(t, func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		got = req.Trailer.Clone()
	})
	front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL, Rewrite: func(_ *dram.Context, out *http.Request) { out.Header.Set("X-User", "gopher") }},
		middleware.BodyLimit(middleware.BodyLimitConfig{Max: 1 << 20})))
	defer front.Close()
	conn, err := net.Dial("tcp", front.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, X-User, X-Real-Ip, X_Sum\r\n\r\n"+
		"4\r\nbody\r\n0\r\nX-Sum: 4f2a\r\nX-User: root\r\nX-Real-Ip: 10.0.0.1\r\nX_Sum: 1\r\nX-Late: 1\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, http.Header{"X-Sum": {"4f2a"}}, got)
}
