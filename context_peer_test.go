package dram_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// from is a Context of a request from a peer, with headers, of an engine that
// trusts proxies.
func from(t testing.TB, peer string, header http.Header, proxies ...string) (*dram.Context, *dram.Engine) {
	t.Helper()
	c, engine := dram.CreateTestContext(httptest.NewRecorder())
	require.NoError(t, engine.SetTrustedProxies(proxies))
	c.Request = httptest.NewRequest("GET", "/", nil)
	c.Request.RemoteAddr = peer
	for name, values := range header {
		c.Request.Header[http.CanonicalHeaderKey(name)] = values
	}
	return c, engine
}

func forwarded(values ...string) http.Header { return http.Header{"X-Forwarded-For": values} }

func TestRemoteIP(t *testing.T) {
	for peer, want := range map[string]string{
		"1.2.3.4:80": "1.2.3.4", "  1.2.3.4:80  ": "1.2.3.4", "[::1]:80": "::1", "1.2.3.4": "", "": "", "@": "",
	} {
		c, _ := from(t, peer, nil)
		assert.Equal(t, want, c.RemoteIP(), peer)
	}
}

func TestClientIPTrustsNobodyByDefault(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("GET", "/", nil)
	c.Request.RemoteAddr = "127.0.0.1:80"
	c.Request.Header.Set("X-Forwarded-For", "6.6.6.6")
	c.Request.Header.Set("X-Real-IP", "6.6.6.6")
	assert.Equal(t, "127.0.0.1", c.ClientIP())
}

func TestClientIPOfForwardedHeaders(t *testing.T) {
	cases := map[string]struct {
		header http.Header
		want   string
	}{
		"the first from the right that is not a proxy": {forwarded("6.6.6.6, 2.2.2.2, 10.0.0.2"), "2.2.2.2"},
		"one address":                             {forwarded("2.2.2.2"), "2.2.2.2"},
		"only proxies: the leftmost":              {forwarded("10.0.0.3, 10.0.0.2"), "10.0.0.3"},
		"lines are joined":                        {forwarded("6.6.6.6, 2.2.2.2", "10.0.0.2"), "2.2.2.2"},
		"lines are joined over all":               {forwarded("10.0.0.9", "10.0.0.2"), "10.0.0.9"},
		"spaces and tabs":                         {forwarded("  2.2.2.2\t"), "2.2.2.2"},
		"no address on the right fails":           {forwarded("2.2.2.2, unknown"), "10.0.0.1"},
		"no address left of the client is unread": {forwarded("unknown, 2.2.2.2"), "2.2.2.2"},
		"no address left of proxies fails":        {forwarded("unknown, 10.0.0.2"), "10.0.0.1"},
		"trailing comma fails":                    {forwarded("2.2.2.2,"), "10.0.0.1"},
		"empty":                                   {forwarded(""), "10.0.0.1"},
		"an empty line":                           {forwarded("2.2.2.2", ""), "10.0.0.1"},
		"port":                                    {forwarded("2.2.2.2:80"), "10.0.0.1"},
		"brackets":                                {forwarded("[::2]"), "10.0.0.1"},
		"IPv6":                                    {forwarded("2001:db8::1"), "2001:db8::1"},
		"IPv6 in another spelling":                {forwarded("2001:DB8:0::1"), "2001:db8::1"},
		"IPv4 in IPv6":                            {forwarded("::ffff:1.2.3.4"), "1.2.3.4"},
		"IPv4 in IPv6 of a proxy":                 {forwarded("2.2.2.2, ::ffff:10.0.0.2"), "2.2.2.2"},
		"zone":                                    {forwarded("fe80::1%eth0"), "fe80::1"},
		"zone of nothing":                         {forwarded("fe80::1%"), "10.0.0.1"},
		"zone of IPv4":                            {forwarded("1.2.3.4%eth0"), "10.0.0.1"},
		"huge zone":                               {forwarded("fe80::1%" + strings.Repeat("z", 1<<16)), "fe80::1"},
		"leading zeros":                           {forwarded("010.0.0.1"), "10.0.0.1"},
		"the next header":                         {http.Header{"X-Forwarded-For": {"unknown"}, "X-Real-Ip": {"3.3.3.3"}}, "3.3.3.3"},
		"the first header wins":                   {http.Header{"X-Forwarded-For": {"2.2.2.2"}, "X-Real-Ip": {"3.3.3.3"}}, "2.2.2.2"},
		"no header":                               {nil, "10.0.0.1"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c, _ := from(t, "10.0.0.1:1234", tc.header, "10.0.0.0/8")
			assert.Equal(t, tc.want, c.ClientIP())
		})
	}
}

func TestClientIPOfPeers(t *testing.T) {
	for peer, want := range map[string]string{
		"1.2.3.4:80":           "1.2.3.4",
		"[::ffff:1.2.3.4]:80":  "1.2.3.4",
		"[fe80::1%eth0]:80":    "fe80::1",
		"[2001:db8:0:0::1]:80": "2001:db8::1",
		"@":                    "",
		"":                     "",
		"name.example:80":      "",
	} {
		c, _ := from(t, peer, forwarded("6.6.6.6"))
		assert.Equal(t, want, c.ClientIP(), peer)
	}
}

func TestClientIPOfATrustedPeer(t *testing.T) {
	cases := map[string]struct{ peer, proxy, want string }{
		"bare IPv4":               {"10.0.0.1:1", "10.0.0.1", "2.2.2.2"},
		"bare IPv4 is /32":        {"10.0.0.2:1", "10.0.0.1", "10.0.0.2"},
		"bare IPv6":               {"[2001:db8::1]:1", "2001:db8::1", "2.2.2.2"},
		"bare IPv6 is /128":       {"[2001:db8::2]:1", "2001:db8::1", "2001:db8::2"},
		"network":                 {"10.1.2.3:1", "10.0.0.0/8", "2.2.2.2"},
		"network with host bits":  {"10.1.2.3:1", "10.9.9.9/8", "2.2.2.2"},
		"outside":                 {"11.1.2.3:1", "10.0.0.0/8", "11.1.2.3"},
		"IPv4 in IPv6 peer":       {"[::ffff:10.0.0.1]:1", "10.0.0.0/8", "2.2.2.2"},
		"IPv4 in IPv6 proxy":      {"10.0.0.1:1", "::ffff:10.0.0.1", "2.2.2.2"},
		"IPv4 in IPv6 network":    {"10.0.0.1:1", "::ffff:10.0.0.0/104", "2.2.2.2"},
		"IPv6 network":            {"[2001:db8::7]:1", "2001:db8::/32", "2.2.2.2"},
		"zone of the peer":        {"[fe80::1%eth0]:1", "fe80::/10", "2.2.2.2"},
		"peer without an address": {"nobody", "0.0.0.0/0", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c, _ := from(t, tc.peer, forwarded("2.2.2.2"), tc.proxy)
			assert.Equal(t, tc.want, c.ClientIP())
		})
	}
}

func TestSetTrustedProxiesErrors(t *testing.T) {
	c, engine := from(t, "10.0.0.1:1", forwarded("2.2.2.2"), "10.0.0.0/8")
	for text, want := range map[string]string{
		"nope": "invalid IP address: nope", "": "invalid IP address: ", "1.2.3.4.5": "invalid IP address: 1.2.3.4.5",
		"10.0.0.0/33": "invalid CIDR address: 10.0.0.0/33", "x/8": "invalid CIDR address: x/8",
		"fe80::1%eth0": "invalid IP address: fe80::1%eth0",
	} {
		err := engine.SetTrustedProxies([]string{"11.0.0.0/8", text})
		require.EqualError(t, err, "dram: SetTrustedProxies: "+want+": write an address such as 10.0.0.7 or a network such as 10.0.0.0/8")
		var parse *net.ParseError
		require.ErrorAs(t, err, &parse)
		assert.Equal(t, text, parse.Text)
	}
	assert.Equal(t, "2.2.2.2", c.ClientIP(), "on error nothing changes")
	require.NoError(t, engine.SetTrustedProxies(nil))
	assert.Equal(t, "10.0.0.1", c.ClientIP(), "nil trusts nobody")
}

func TestClientIPSwitches(t *testing.T) {
	c, engine := from(t, "10.0.0.1:1", http.Header{"X-Forwarded-For": {"2.2.2.2"}, "X-Client": {"3.3.3.3"}}, "10.0.0.1")
	engine.ForwardedByClientIP = false
	assert.Equal(t, "10.0.0.1", c.ClientIP())
	engine.ForwardedByClientIP = true
	engine.RemoteIPHeaders = []string{"x-client"}
	assert.Equal(t, "3.3.3.3", c.ClientIP())
	engine.RemoteIPHeaders = nil
	assert.Equal(t, "10.0.0.1", c.ClientIP())
}

func TestClientIPOfATrustedPlatform(t *testing.T) {
	cases := map[string]struct{ header, want string }{
		"address":         {"5.5.5.5", "5.5.5.5"},
		"with spaces":     {" 5.5.5.5 ", "5.5.5.5"},
		"with a zone":     {"fe80::1%eth0", "fe80::1"},
		"IPv4 in IPv6":    {"::ffff:5.5.5.5", "5.5.5.5"},
		"no address":      {"5.5.5.5, 6.6.6.6", "2.2.2.2"},
		"markup":          {"<script>", "2.2.2.2"},
		"header is empty": {"", "2.2.2.2"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c, engine := from(t, "10.0.0.1:1", http.Header{"Cf-Connecting-Ip": {tc.header}, "X-Forwarded-For": {"2.2.2.2"}}, "10.0.0.1")
			engine.TrustedPlatform = dram.PlatformCloudflare
			assert.Equal(t, tc.want, c.ClientIP())
		})
	}
}

func TestClientIPOnAppEngine(t *testing.T) {
	c, engine := from(t, "10.0.0.1:1", http.Header{dram.PlatformGoogleAppEngine: {"5.5.5.5"}, dram.PlatformFlyIO: {"4.4.4.4"}})
	assert.Equal(t, "10.0.0.1", c.ClientIP())
	engine.AppEngine = true
	assert.Equal(t, "5.5.5.5", c.ClientIP())
	engine.TrustedPlatform = dram.PlatformFlyIO
	assert.Equal(t, "4.4.4.4", c.ClientIP())
}

func TestClientIPOverAUnixSocket(t *testing.T) {
	c, _ := from(t, "@", forwarded("2.2.2.2"))
	local := context.WithValue(c.Request.Context(), http.LocalAddrContextKey, &net.UnixAddr{Name: "/run/x", Net: "unix"})
	c.Request = c.Request.WithContext(local)
	assert.Equal(t, "2.2.2.2", c.ClientIP(), "a peer that can reach the socket is trusted")
	c.Request.Header.Del("X-Forwarded-For")
	assert.Equal(t, "", c.ClientIP())
}

// Everybody on the machine can reach an abstract socket: no file guards it.
func TestNobodyIsAProxyForReachingAnAbstractSocket(t *testing.T) {
	c, _ := from(t, "@", http.Header{"X-Forwarded-For": {"2.2.2.2"}, "X-Forwarded-Proto": {"https"}})
	local := context.WithValue(c.Request.Context(), http.LocalAddrContextKey, &net.UnixAddr{Name: "@app", Net: "unix"})
	c.Request = c.Request.WithContext(local)
	assert.Equal(t, "", c.ClientIP())
	assert.Equal(t, "http", c.Scheme())
}

// A list as long as a header may be costs no memory, however it is made.
func TestClientIPOfHugeHeaders(t *testing.T) {
	for name, list := range map[string]string{
		"proxies":       strings.Repeat("10.0.0.2,", 1<<17) + "10.0.0.3",
		"commas":        strings.Repeat(",", 1<<20),
		"one long word": strings.Repeat("1", 1<<20),
		"long zone":     "fe80::1%" + strings.Repeat("1", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := from(t, "10.0.0.1:1", forwarded(list), "10.0.0.0/8")
			assert.LessOrEqual(t, testing.AllocsPerRun(2, func() { c.ClientIP() }), 4.0)
		})
	}
}

func ExampleContext_Scheme() {
	r := dram.New()
	if err := r.SetTrustedProxies([]string{"10.0.0.0/8"}); err != nil {
		panic(err)
	}
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "%s of %s", c.Scheme(), c.ClientIP()) })

	req := httptest.NewRequest("GET", "/", nil)
	req.Header.Set("X-Forwarded-Proto", "https")
	req.Header.Set("X-Forwarded-For", "203.0.113.7")
	for _, peer := range []string{"10.1.2.3:4000", "198.51.100.1:4000"} {
		req.RemoteAddr = peer
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Println(w.Body)
	}
	// Output:
	// https of 203.0.113.7
	// http of 198.51.100.1
}

func TestScheme(t *testing.T) {
	const proxy = "10.0.0.1:1"
	tests := []struct {
		name    string
		peer    string
		tls     bool
		lines   []string
		proxies []string
		want    string
	}{
		{"plain", proxy, false, nil, nil, "http"},
		{"TLS", proxy, true, nil, nil, "https"},
		{"anybody's word", proxy, false, []string{"https"}, nil, "http"},
		{"anybody's word over TLS", proxy, true, []string{"http"}, nil, "https"},
		{"another's word", "11.0.0.1:1", false, []string{"https"}, []string{"10.0.0.0/8"}, "http"},
		{"the proxy's word", proxy, false, []string{"https"}, []string{"10.0.0.0/8"}, "https"},
		{"the proxy says nothing", proxy, false, nil, []string{"10.0.0.0/8"}, "http"},
		{"the proxy says nothing over TLS", proxy, true, nil, []string{"10.0.0.0/8"}, "https"},
		{"the client came to the proxy by http", proxy, true, []string{"http"}, []string{"10.0.0.0/8"}, "http"},
		{"capitals and space", proxy, false, []string{" HTTPS\t"}, []string{"10.0.0.1"}, "https"},
		{"the last entry, which the proxy wrote", proxy, false, []string{"https, http"}, []string{"10.0.0.1"}, "http"},
		{"the last line", proxy, false, []string{"http", "http,https"}, []string{"10.0.0.1"}, "https"},
		{"a WebSocket", proxy, false, []string{"wss"}, []string{"10.0.0.1"}, "https"},
		{"a plain WebSocket", proxy, true, []string{"ws"}, []string{"10.0.0.1"}, "http"},
		{"no scheme", proxy, false, []string{"https://"}, []string{"10.0.0.1"}, "http"},
		{"empty at the end", proxy, false, []string{"https,"}, []string{"10.0.0.1"}, "http"},
		{"empty over TLS", proxy, true, []string{""}, []string{"10.0.0.1"}, "https"},
		{"IPv4 in IPv6, peer", "[::ffff:10.0.0.1]:1", false, []string{"https"}, []string{"10.0.0.0/8"}, "https"},
		{"IPv4 in IPv6, network", proxy, false, []string{"https"}, []string{"::ffff:10.0.0.0/104"}, "https"},
		{"IPv4 in IPv6, outside the network", "11.0.0.1:1", false, []string{"https"}, []string{"::ffff:10.0.0.0/104"}, "http"},
		{"IPv4 in IPv6, address", proxy, false, []string{"https"}, []string{"::ffff:10.0.0.1"}, "https"},
		{"IPv6 with a zone", "[fe80::1%eth0]:1", false, []string{"https"}, []string{"fe80::/10"}, "https"},
		{"no address", "", false, []string{"https"}, []string{"0.0.0.0/0", "::/0"}, "http"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := from(t, tt.peer, http.Header{"X-Forwarded-Proto": tt.lines, "Forwarded": {"proto=https"}}, tt.proxies...)
			if tt.tls {
				c.Request.TLS = &tls.ConnectionState{}
			}
			assert.Equal(t, tt.want, c.Scheme())
		})
	}
}

func TestSchemeOverAUnixSocket(t *testing.T) {
	c, _ := from(t, "@", http.Header{"X-Forwarded-Proto": {"https"}})
	assert.Equal(t, "http", c.Scheme(), "a peer without an address is not a unix socket's")
	local := context.WithValue(c.Request.Context(), http.LocalAddrContextKey, &net.UnixAddr{Name: "/run/x", Net: "unix"})
	c.Request = c.Request.WithContext(local)
	assert.Equal(t, "https", c.Scheme())
}

// TestOneListOfProxies: everything that reads a proxy's header asks the same list.
func TestOneListOfProxies(t *testing.T) {
	for _, network := range []string{"10.0.0.0/8", "::ffff:10.0.0.0/104", "10.0.0.1", "::ffff:10.0.0.1", "::ffff:a00:1/128"} {
		for peer, trusted := range map[string]bool{"10.0.0.1:1": true, "[::ffff:10.0.0.1]:1": true, "11.0.0.1:1": false, "[::10.0.0.1]:1": false} {
			r := dram.New()
			require.NoError(t, r.SetTrustedProxies([]string{network}))
			r.GET("/who", func(c *dram.Context) { c.String(200, "%s %s", c.ClientIP(), c.Scheme()) })
			ask := func(path string) *httptest.ResponseRecorder {
				req := httptest.NewRequest("GET", path, nil)
				req.RemoteAddr = peer
				req.Header = http.Header{"X-Forwarded-For": {"2.2.2.2"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Prefix": {"/pre"}}
				w := httptest.NewRecorder()
				r.ServeHTTP(w, req)
				return w
			}
			assert.Equal(t, trusted, ask("/who").Body.String() == "2.2.2.2 https", "%s of %s", peer, network)
			assert.Equal(t, trusted, ask("/who/").Header().Get("Location") == "/pre/who", "%s of %s", peer, network)
		}
	}
}

func TestClientIPAllocations(t *testing.T) {
	for _, peer := range []string{"10.0.0.1:1", "[2001:db8::1]:1"} {
		c, _ := from(t, peer, forwarded("6.6.6.6, 2.2.2.2, 10.0.0.2"), "10.0.0.0/8")
		c.Request.Header["X-Forwarded-Proto"] = []string{"http, https"}
		assert.Zero(t, testing.AllocsPerRun(100, func() { c.ClientIP(); c.Scheme() }))
	}
}

func FuzzClientIP(f *testing.F) {
	for _, seed := range []string{"6.6.6.6, 2.2.2.2, 10.0.0.2", "::ffff:1.2.3.4", "fe80::1%eth0", ",", "10.0.0.1,,", "1.2.3.4%x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, list string) {
		c, _ := from(t, "10.0.0.1:1", forwarded(list), "10.0.0.0/8")
		got := net.ParseIP(c.ClientIP())
		require.NotNil(t, got, "always an address")
		// the oracle splits the list and looks at each item from the right
		items := strings.Split(list, ",")
		want := "10.0.0.1"
		for i := len(items) - 1; i >= 0; i-- {
			host, zone, hasZone := strings.Cut(strings.TrimSpace(items[i]), "%")
			ip := net.ParseIP(host)
			if ip == nil || hasZone && (zone == "" || ip.To4() != nil) {
				break
			}
			if ip4 := ip.To4(); ip4 == nil || ip4[0] != 10 || i == 0 {
				want = ip.String()
				break
			}
		}
		assert.Equal(t, want, c.ClientIP())
	})
}
