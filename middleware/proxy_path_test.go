package middleware_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// ask sends a request line as it is, over a connection of its own, and returns
// the answer's status and body: http.Client would clean the target.
func ask(t testing.TB, addr, method, target string, headers ...string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: front.example\r\nConnection: close\r\n%s\r\n", method, target, strings.Join(append(headers, ""), "\r\n"))
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

func TestProxyPathsAndHosts(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) { _, _ = io.WriteString(w, req.Host+" "+req.RequestURI) })
	host := strings.TrimPrefix(server.URL, "http://")
	cases := []struct {
		cfg          middleware.ProxyConfig
		target, want string
	}{
		{middleware.ProxyConfig{}, "/a/b?c=d&e=%20", "/a/b?c=d&e=%20"},
		{middleware.ProxyConfig{}, "/", "/"},
		{middleware.ProxyConfig{}, "/a/", "/a/"},
		{middleware.ProxyConfig{}, "/a%20b/%c3%a9(x)%28y%29!$&'+,=:@~*", "/a%20b/%c3%a9(x)%28y%29!$&'+,=:@~*"},
		{middleware.ProxyConfig{}, "/%7Eada/%40x/100%25", "/%7Eada/%40x/100%25"},
		{middleware.ProxyConfig{}, "/a..b/.../..a/.b/a.", "/a..b/.../..a/.b/a."},
		{middleware.ProxyConfig{Target: "/base/"}, "/a", "/base/a"},
		{middleware.ProxyConfig{Target: "/base"}, "/", "/base/"},
		{middleware.ProxyConfig{Target: "/b%20se"}, "/a%28", "/b%20se/a%28"},
		{middleware.ProxyConfig{StripPrefix: "/api"}, "/api/a", "/a"},
		{middleware.ProxyConfig{StripPrefix: "/api"}, "/api/a%28b", "/a%28b"},
		{middleware.ProxyConfig{StripPrefix: "/api"}, "/api", "/"},
		{middleware.ProxyConfig{StripPrefix: "/api"}, "/api/", "/"},
		{middleware.ProxyConfig{StripPrefix: "/api"}, "/apis", "/apis"},
		{middleware.ProxyConfig{StripPrefix: "/api", Target: "/v2"}, "/api/a?x", "/v2/a?x"},
		{middleware.ProxyConfig{StripPrefix: "/api"}, "/%61pi/a%28b", "/a%28b"},
		{middleware.ProxyConfig{StripPrefix: "/caf\u00e9"}, "/caf%c3%a9/a%28b", "/a%28b"},
		{middleware.ProxyConfig{AllowEncodedSlash: true}, "/a%2Fb/%2fc", "400"},
		{middleware.ProxyConfig{AllowEncodedSlash: true}, "/a%2Fb/%20c%2f", "/a%2Fb/%20c%2f"},
		{middleware.ProxyConfig{AllowEncodedSlash: true, Target: "/base"}, "/a%2Fb", "/base/a%2Fb"},
		{middleware.ProxyConfig{AllowEncodedSlash: true, StripPrefix: "/api"}, "/api/a%2Fb", "/a%2Fb"},
		{middleware.ProxyConfig{AllowEncodedSlash: true, StripPrefix: "/api"}, "/api%2Fb", "400"},
		{middleware.ProxyConfig{AllowEncodedSlash: true, StripPrefix: "/a/b"}, "/a%2Fb/c", "/c"},
		{middleware.ProxyConfig{AllowEncodedSlash: true}, "/a%2F..%2Fb", "400"},
		{middleware.ProxyConfig{AllowEncodedSlash: true}, "/a%2F%2Fb", "400"},
		// The query goes byte for byte, whether or not Go can read it.
		{middleware.ProxyConfig{}, "/?a=1;b=2", "/?a=1;b=2"},
		{middleware.ProxyConfig{}, "/?p=100%&q=1", "/?p=100%&q=1"},
		{middleware.ProxyConfig{}, "/?", "/?"},
		{middleware.ProxyConfig{}, "/?a=%zz&&=&b=//../..;%2F?#x", "/?a=%zz&&=&b=//../..;%2F?#x"},
		{middleware.ProxyConfig{}, "/?a={b}|^`\\'", "/?a={b}|^`\\'"},
		{middleware.ProxyConfig{}, "/?\xff", "400"},
		{middleware.ProxyConfig{}, "/?caf\u00e9", "400"},
		{middleware.ProxyConfig{}, "/?a=\"", "400"},
		{middleware.ProxyConfig{}, "/?a=<", "400"},
		{middleware.ProxyConfig{}, "/?a=>", "400"},
	}
	for _, tc := range cases {
		t.Run(tc.target, func(t *testing.T) {
			tc.cfg.Target = server.URL + tc.cfg.Target
			front := httptest.NewServer(proxied(tc.cfg))
			defer front.Close()
			status, body := ask(t, front.Listener.Addr().String(), "GET", tc.target)
			if tc.want == "400" {
				assert.Equal(t, 400, status, body)
				return
			}
			assert.Equal(t, host+" "+tc.want, body)
			tc.cfg.PreserveHost = true
			assert.Equal(t, "front.example "+tc.want, get(proxied(tc.cfg), "http://front.example/x", func(req *http.Request) {
				var err error
				req.URL, err = url.ParseRequestURI(tc.target)
				require.NoError(t, err)
			}).Body.String())
		})
	}
}

// ambiguous are paths that servers read in more than one way, below any prefix.
var ambiguous = []string{
	"//admin", "/a//b", "/%2fadmin", "/%2Fadmin", "/a%2fb", "/a%2F%2Fb", "///", "/a//",
	"/./admin", "/a/./b", "/.", "/a/.", "/%2e/admin", "/%2E/admin",
	"/../admin", "/a/../../admin", "/%2e%2e/admin", "/.%2e/admin", "/%2E./admin", "/..%2fadmin", "/a/..", "/a/%2e%2e",
	"/..%5cadmin", "/a%5c..%5cadmin", "/a%5Cb", `/a\b`, `/\admin`, `/..\admin`,
	"/..;/admin", "/a/..;x=y/admin", "/..%3b/admin", "/admin;x/secret", "/admin%3Bx/secret", "/;/admin", "/a;", "/;a=b",
	"/%252e%252e/admin", "/a%252fb", "/%25%32%65/admin", "/100%2541",
	"/a%00", "/a%00.png", "/a%0a", "/a%0D", "/a%7f", "/%1f",
	"/%c0%ae%c0%ae/admin", "/%c0%afadmin", "/%ff", "/a%c3",
}

func TestProxyRefusesAmbiguousPaths(t *testing.T) {
	reached := ""
	server := upstream(t, func(_ http.ResponseWriter, req *http.Request) { reached = req.RequestURI })
	for name, cfg := range map[string]middleware.ProxyConfig{
		"":                           {Target: server.URL},
		"below a path":               {Target: server.URL + "/tenant"},
		"behind a prefix":            {Target: server.URL, StripPrefix: "/api"},
		"behind a prefix, to a path": {Target: server.URL + "/tenant/", StripPrefix: "/api"},
	} {
		for mode, set := range routerModes {
			t.Run(name+mode, func(t *testing.T) {
				r := proxied(cfg)
				set(r)
				r.NoRoute(middleware.Proxy(cfg))
				front := httptest.NewServer(r)
				defer front.Close()
				for _, path := range ambiguous {
					reached = ""
					status, body := ask(t, front.Listener.Addr().String(), "GET", cfg.StripPrefix+path)
					assert.Equal(t, 400, status, path)
					assert.Contains(t, body, `"detail":"the path `, path)
					assert.Empty(t, reached, path)
				}
			})
		}
	}
}

// routerModes are the ways in which an Engine may look at paths.
var routerModes = map[string]func(*dram.Engine){
	"": func(*dram.Engine) {}, " UseRawPath": func(r *dram.Engine) { r.UseRawPath = true },
	" UseEscapedPath": func(r *dram.Engine) { r.UseEscapedPath = true }, " RemoveExtraSlash": func(r *dram.Engine) { r.RemoveExtraSlash = true },
	" without unescaped values": func(r *dram.Engine) { r.UseRawPath, r.UnescapePathValues = true, false },
}

func TestProxyRefusesOtherTargets(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) { _, _ = io.WriteString(w, "reached "+req.RequestURI) })
	r := proxied(middleware.ProxyConfig{Target: server.URL})
	r.NoRoute(middleware.Proxy(middleware.ProxyConfig{Target: server.URL}))
	front := httptest.NewServer(r)
	defer front.Close()
	for _, tc := range []struct {
		method, target string
		status         int
		body           string
	}{
		{"CONNECT", "evil.example:443", 501, "no tunnels"},
		{"CONNECT", "/a", 501, "no tunnels"},
		{"TRACE", "/a", 501, "traces no requests"},
		{"GET", "http://evil.example/a", 200, "reached /a"},
		{"GET", "http://ada:4f2a@evil.example/a", 200, "reached /a"},
		{"GET", "http:evil.example/a", 400, ""},
	} {
		status, body := ask(t, front.Listener.Addr().String(), tc.method, tc.target)
		assert.Equal(t, tc.status, status, "%s %s", tc.method, tc.target)
		assert.Contains(t, body, tc.body, tc.target)
	}
}

// TestProxySendsNoUserOfTheTarget: net/http would make an Authorization of it.
func TestProxySendsNoUserOfTheTarget(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) { fmt.Fprintf(w, "%q", req.Header["Authorization"]) })
	front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL}))
	defer front.Close()
	_, body := ask(t, front.Listener.Addr().String(), "GET", "http://ada:4f2a@x/a")
	assert.Equal(t, "[]", body)
}

// TestProxyOfARouterThatSeesEscapes: it takes /%61dmin for another path than
// /admin, and so does not guard it.
func TestProxyOfARouterThatSeesEscapes(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) { _, _ = io.WriteString(w, req.RequestURI) })
	for mode, ambiguous := range map[string]bool{"": false, " UseRawPath": true, " UseEscapedPath": true, " without unescaped values": true} {
		r := proxied(middleware.ProxyConfig{Target: server.URL})
		routerModes[mode](r)
		front := httptest.NewServer(r)
		status, body := ask(t, front.Listener.Addr().String(), "GET", `/%61dmin/"x`)
		assert.Equal(t, ambiguous, status == 400, `an escape beside what net/http escapes itself%s: %s`, mode, body)
		for _, path := range []string{"/%61dmin", "/items%3Abatch", "/caf%c3%a9", "/a%7Eb", "/a%2Db"} {
			status, body := ask(t, front.Listener.Addr().String(), "GET", path)
			assert.Equal(t, ambiguous, status == 400, "%s%s: %s", path, mode, body)
			if !ambiguous {
				assert.Equal(t, path, body)
			}
		}
		for _, path := range []string{"/admin", "/items:batch", "/caf%C3%A9", "/a%20b", "/a~b", "/x(y)"} {
			_, body := ask(t, front.Listener.Addr().String(), "GET", path)
			assert.Equal(t, path, body, mode)
		}
		front.Close()
	}
}

func TestProxyConfigOfPathsAndUpgrades(t *testing.T) {
	for _, cfg := range []middleware.ProxyConfig{
		{Target: "http://x//a"}, {Target: "http://x/a/../b"}, {Target: "http://x/a;b"}, {Target: "http://x/%252e"}, {Target: `http://x/a%5cb`}, {Target: "http://x/%2e%2e"},
		{Target: "http://x", StripPrefix: "api"}, {Target: "http://x", StripPrefix: "/api/"}, {Target: "http://x", StripPrefix: "//api"}, {Target: "http://x", StripPrefix: "/a/../b"},
		{Target: "http://x", Upgrades: []string{"h2c"}}, {Target: "http://x", Upgrades: []string{"H2C"}}, {Target: "http://x", Upgrades: []string{"TLS/1.0"}}, {Target: "http://x", Upgrades: []string{""}},
	} {
		assert.Error(t, cfg.Validate(), "%+v", cfg)
	}
	for _, cfg := range []middleware.ProxyConfig{{Target: "http://x/"}, {Target: "http://x/a%2Fb/"}, {Target: "http://x", StripPrefix: "/a b"}, {Target: "http://x", Upgrades: []string{"tus"}}} {
		assert.NoError(t, cfg.Validate(), "%+v", cfg)
	}
}

// guardRoutes are routes of the gateway; the server behind has the same.
var guardRoutes = []struct{ ours, theirs string }{
	{"/admin", "/admin"}, {"/admin/*f", "/admin/"}, {"/users/:id/keys", "/users/{id}/keys"}, {`/items\:batch`, "/items:batch"}, {"/caf\u00e9/*f", "/caf\u00e9/"},
	{"/user@corp/*f", "/user@corp/"}, {"/a+b/*f", "/a+b/"}, {"/adm!n/*f", "/adm!n/"}, {"/a b/*f", "/a%20b/"}, {"/x(y)/*f", "/x(y)/"}, {"/*path", "/"},
}

// toMux is a transport to a ServeMux: it sends a request through its text, and
// answers with the pattern of the route that the mux found.
type toMux struct{ *http.ServeMux }

func (m toMux) RoundTrip(out *http.Request) (*http.Response, error) {
	var wire bytes.Buffer
	if err := out.Write(&wire); err != nil {
		return nil, err
	}
	req, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, req)
	return w.Result(), nil
}

// FuzzProxyRoute: for any request target, what the server behind takes for its
// route is the route that dram matched, or the request was refused.
func FuzzProxyRoute(f *testing.F) {
	for _, path := range append([]string{"/", "/admin", "/admin/x", "/users/7/keys", "/items:batch", "/items%3Abatch", "/%61dmin/x", "/caf%c3%a9/", "/caf%C3%A9/x", "/a%20b", "http://x/admin", "*", "/user%40corp/x", "/a%2Bb/x", "/adm%21n/x", "/adm!n/x", "/x(y)/%7B", "/x%28y%29/x", "/x%28y)/{"}, ambiguous...) {
		for mode := range uint8(5) {
			f.Add(path, mode)
		}
	}
	mux := http.NewServeMux()
	for _, route := range guardRoutes {
		mux.HandleFunc(route.theirs, func(w http.ResponseWriter, req *http.Request) { _, _ = io.WriteString(w, req.Pattern) })
	}
	proxy := middleware.Proxy(middleware.ProxyConfig{Target: "http://behind.example", Transport: toMux{mux}})
	engines := make([]*dram.Engine, 5)
	for mode := range engines {
		r := dram.New()
		r.RedirectTrailingSlash = false
		r.UseRawPath, r.UseEscapedPath, r.RemoveExtraSlash = mode == 1 || mode == 4, mode == 2, mode == 3 || mode == 4
		for _, route := range guardRoutes {
			ours := route.ours
			if mode == 2 {
				ours = strings.NewReplacer("\u00e9", "%C3%A9", " ", "%20").Replace(ours)
			}
			r.GET(ours, func(c *dram.Context) { c.Header("X-Matched", route.theirs) }, proxy)
		}
		r.NoRoute(proxy)
		engines[mode] = r
	}
	f.Fuzz(func(t *testing.T, target string, mode uint8) {
		req, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: front.example\r\n\r\n")))
		if err != nil {
			t.Skip("net/http refuses it")
		}
		w := httptest.NewRecorder()
		engines[int(mode)%len(engines)].ServeHTTP(w, req)
		switch w.Code {
		case http.StatusBadRequest:
		case http.StatusOK:
			assert.Equal(t, w.Header().Get("X-Matched"), w.Body.String(), "%q", target)
		case http.StatusMovedPermanently, http.StatusTemporaryRedirect: // of the mux: to the subtree of a route, whose slash is missing
			location, _, _ := strings.Cut(w.Header().Get("Location"), "?") // the query is as it came
			to, err := url.Parse(location)
			require.NoError(t, err)
			assert.Equal(t, req.URL.Path+"/", to.Path, "%q was cleaned", target)
		default:
			t.Errorf("%q: %d %s", target, w.Code, w.Body)
		}
	})
}

// TestProxyRefusesQueriesThatHTTP1CannotCarry: HTTP/2 carries any bytes, and a space
// would end the target of the request that the server behind gets.
func TestProxyRefusesQueriesThatHTTP1CannotCarry(t *testing.T) {
	asked := 0
	var controls []byte
	for c := range byte(' ') {
		controls = append(controls, c)
	}
	server := upstream(t, func(http.ResponseWriter, *http.Request) { asked++ })
	front := startTLS(t, proxied(middleware.ProxyConfig{Target: server.URL}), true)
	for _, query := range []string{"a b", " ", "a= HTTP/1.1", "a HTTP/1.1 x", "\u00e9", "\u3000", `"`, "<", ">", "a\xff"} {
		req, err := http.NewRequest(http.MethodGet, front.URL, nil)
		require.NoError(t, err)
		req.URL.RawQuery = query
		res, err := front.Client().Do(req)
		require.NoError(t, err, query)
		_ = res.Body.Close()
		assert.Equal(t, "HTTP/2.0 400", fmt.Sprint(res.Proto, " ", res.StatusCode), query)
	}
	for _, c := range append([]byte{0x7f}, controls...) {
		w := get(proxied(middleware.ProxyConfig{Target: server.URL}), "/", func(req *http.Request) { req.URL.RawQuery = "a" + string(rune(c)) })
		assert.Equal(t, 400, w.Code, c)
	}
	assert.Zero(t, asked)
}
