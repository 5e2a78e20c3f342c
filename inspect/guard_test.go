package inspect_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/inspect"
)

// output is what inspect has printed.
type output struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.out.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.out.String()
}

// site is a program with inspect, served, and a browser that has not opened it yet.
type site struct {
	t      *testing.T
	engine *dram.Engine
	out    *output
	server *httptest.Server
	cookie string
	room   string // the segment behind /debug/dram, once it was printed

	running atomic.Int64 // requests that are not for the pages
}

var transport = &http.Transport{DisableCompression: true}

// serve serves an engine whose address inspect prints with the first request.
func serve(t *testing.T, r *dram.Engine, cfg inspect.Config) *site {
	t.Helper()
	s := &site{t: t, engine: r, out: new(output)}
	cfg.Out = s.out
	require.NoError(t, inspect.Mount(r, cfg))
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !strings.HasPrefix(req.URL.Path, "/debug/dram") { // pages that follow requests do not end
			s.running.Add(1)
			defer s.running.Add(-1)
		}
		r.ServeHTTP(w, req)
	}))
	t.Cleanup(s.server.Close)
	return s
}

// ask sends a request; header are names and values.
func (s *site) ask(method, path, body string, header ...string) *http.Response {
	s.t.Helper()
	if below, ok := strings.CutPrefix(path, "/debug/dram/"); ok && s.room != "" && !strings.HasPrefix(below, s.room) {
		path = "/debug/dram/" + s.room + "/" + below
	}
	req, err := http.NewRequest(method, s.server.URL+path, strings.NewReader(body))
	require.NoError(s.t, err)
	if s.cookie != "" {
		req.Header.Set("Cookie", s.cookie)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := transport.RoundTrip(req)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	var out bytes.Buffer
	_, err := out.ReadFrom(res.Body)
	require.NoError(t, err)
	return out.String()
}

var printed = regexp.MustCompile(`(http://\S+?)?(/debug/dram/(\w+)/\?token=\w+)`)

// link is the address that was printed last.
func (s *site) link() string {
	s.t.Helper()
	all := printed.FindAllStringSubmatch(s.out.String(), -1)
	require.NotEmpty(s.t, all, "nothing was printed")
	s.room = all[len(all)-1][3]
	return all[len(all)-1][2]
}

// open opens the printed address, so that the pages are there.
func (s *site) open() *site {
	s.t.Helper()
	if s.out.String() == "" {
		s.ask("GET", "/debug/dram", "")
	}
	res := s.ask("GET", s.link(), "")
	require.Equal(s.t, http.StatusSeeOther, res.StatusCode)
	require.NotEmpty(s.t, res.Cookies())
	s.cookie = res.Cookies()[0].Name + "=" + res.Cookies()[0].Value
	return s
}

// page is the text of one.
func (s *site) page(path string) string {
	s.t.Helper()
	res := s.ask("GET", "/debug/dram/"+path, "")
	body := text(s.t, res)
	require.Equal(s.t, http.StatusOK, res.StatusCode, body)
	return body
}

func hello() *dram.Engine {
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "hello") })
	return r
}

func TestTheTokenBecomesACookie(t *testing.T) {
	s := serve(t, hello(), inspect.Config{})
	s.ask("GET", "/", "")
	assert.Contains(t, s.out.String(), "http://localhost:"+s.server.URL[strings.LastIndexByte(s.server.URL, ':')+1:]+"/debug/dram/")
	res := s.ask("GET", s.link(), "")
	assert.Equal(t, http.StatusSeeOther, res.StatusCode)
	assert.Equal(t, "./", res.Header.Get("Location"), "the token does not stay in the address")
	cookie := res.Cookies()[0]
	assert.True(t, cookie.HttpOnly)
	assert.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	assert.Empty(t, cookie.Path, "the folder of the address, whatever is before it")
	s.cookie = cookie.Name + "=" + cookie.Value
	res = s.ask("GET", "/debug/dram/requests", "")
	assert.Equal(t, http.StatusOK, res.StatusCode)
	assert.Contains(t, res.Header.Get("Content-Security-Policy"), "default-src 'none'")
	assert.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
	assert.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	assert.Empty(t, res.Header.Get("Access-Control-Allow-Origin"))
}

func TestAttackTokenReplay(t *testing.T) {
	s := serve(t, hello(), inspect.Config{})
	s.ask("GET", "/", "")
	link := s.link()
	assert.Equal(t, http.StatusUnauthorized, s.ask("HEAD", link, "").StatusCode, "a HEAD does not use the token up")
	assert.Equal(t, http.StatusUnauthorized, s.ask("GET", link, "", "Sec-Purpose", "prefetch").StatusCode, "nor does a guess of the browser")
	assert.Equal(t, http.StatusSeeOther, s.ask("GET", link, "").StatusCode)
	res := s.ask("GET", link, "")
	assert.Equal(t, http.StatusUnauthorized, res.StatusCode)
	assert.Empty(t, res.Cookies())
	assert.NotEqual(t, link, s.link(), "the next one is printed")
	for _, token := range []string{"", "x", strings.Repeat("A", 26)} {
		assert.Equal(t, http.StatusUnauthorized, s.ask("GET", "/debug/dram/?token="+token, "").StatusCode, token)
	}
}

func TestAttackForgedCookies(t *testing.T) {
	s := serve(t, hello(), inspect.Config{}).open()
	name, value, _ := strings.Cut(s.cookie, "=")
	ends, signature, _ := strings.Cut(value, ".")
	for _, forged := range []string{"", "1." + signature, ends + ".", ends + "." + strings.Repeat("0", 64), ends + "9." + signature, "form." + signature} {
		s.cookie = name + "=" + forged
		assert.Equal(t, http.StatusUnauthorized, s.ask("GET", "/debug/dram/requests", "").StatusCode, forged)
	}
}

func TestAttackDNSRebinding(t *testing.T) {
	s := serve(t, hello(), inspect.Config{Hosts: []string{"dev.example.com", "[2001:db8::1]:8443"}}).open()
	for _, host := range []string{
		"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "127.1", "0.0.0.0", "dev.example.com.evil.example", "192.0.2.1", "[2001:db8::1]",
	} {
		for _, path := range []string{"/debug/dram/requests", "/debug/dram/events", s.link(), "/debug/dram/style.css"} {
			assert.Equal(t, http.StatusMisdirectedRequest, s.ask("GET", path, "", "Host", host).StatusCode, "%s for %s", path, host)
		}
	}
	for _, host := range []string{"localhost", "LOCALHOST:1", "localhost.", "[::1]:9", "[0:0::1]", "127.0.0.1:8080", "dev.example.com", "dev.example.com:99", "[2001:db8::1]:8443"} {
		res := s.ask("GET", s.link(), "", "Host", host)
		if assert.Equal(t, http.StatusSeeOther, res.StatusCode, host) {
			cookie := res.Cookies()[0].Name + "=" + res.Cookies()[0].Value
			assert.Equal(t, http.StatusOK, s.ask("GET", "/debug/dram/requests", "", "Host", host, "Cookie", cookie).StatusCode, host)
		}
	}
}

func TestAttackAProxyInFront(t *testing.T) {
	s := serve(t, hello(), inspect.Config{Hosts: []string{"dev.example.com"}}).open()
	for _, header := range [][]string{
		{"X-Forwarded-Host", "localhost"}, {"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-Proto", "https"}, {"Forwarded", "for=127.0.0.1;host=localhost"},
		{"Via", "1.1 proxy"}, {"X-Real-IP", "127.0.0.1"}, {"X-Forwarded-Prefix", "/"},
	} {
		assert.Equal(t, http.StatusForbidden, s.ask("GET", "/debug/dram/requests", "", header...).StatusCode, header)
		assert.Equal(t, http.StatusForbidden, s.ask("GET", s.link(), "", header...).StatusCode, "%s, with the token", header)
		assert.Equal(t, http.StatusMisdirectedRequest, s.ask("GET", "/debug/dram/requests", "", append(header, "Host", "evil.example")...).StatusCode, header)
		assert.Equal(t, http.StatusSeeOther, s.ask("GET", s.link(), "", append(header, "Host", "dev.example.com")...).StatusCode, "a proxy that was named")
	}
}

func TestAttackCrossSiteRequests(t *testing.T) {
	s := serve(t, hello(), inspect.Config{}).open() // the worst case: the browser sends the cookie
	own := s.server.URL
	for name, tt := range map[string]struct {
		method string
		header []string
		want   int
	}{
		"a fetch of another site":            {"GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"}, 403},
		"an image of another site":           {"GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, 403},
		"a script of the same site":          {"GET", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script"}, 403},
		"an event stream of another port":    {"GET", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty", "Accept", "text/event-stream"}, 403},
		"a frame in another site":            {"GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, 403},
		"a form of another site":             {"POST", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 403},
		"an old browser's fetch":             {"GET", []string{"Origin", "https://evil.example"}, 403},
		"an old browser's form":              {"POST", []string{"Origin", "null"}, 403},
		"an origin that looks like ours":     {"POST", []string{"Origin", own + ".evil.example"}, 403},
		"a link of another site":             {"GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 200},
		"the pages":                          {"GET", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors"}, 200},
		"an address that was typed":          {"GET", []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 200},
		"an old browser that asks for pages": {"GET", []string{"Origin", own}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/debug/dram/requests", "/debug/dram/events"} {
				if tt.want == 200 && path == "/debug/dram/events" {
					continue
				}
				res := s.ask(tt.method, path, "", tt.header...)
				assert.Equal(t, tt.want, res.StatusCode, path)
				for header := range res.Header {
					assert.False(t, strings.HasPrefix(header, "Access-Control-"), header)
				}
			}
		})
	}
}

func TestReleaseModeIsRefused(t *testing.T) {
	defer dram.SetMode(dram.TestMode)
	dram.SetMode(dram.ReleaseMode)
	assert.ErrorIs(t, inspect.Mount(hello(), inspect.Config{}), inspect.ErrRelease)

	r := dram.New()
	r.Use(func(c *dram.Context) {
		if c.GetHeader("X-Staff") == "" {
			c.AbortWithStatus(http.StatusTeapot)
		}
	})
	s := serve(t, r, inspect.Config{Guarded: true})
	s.ask("GET", "/none", "")
	assert.Equal(t, http.StatusTeapot, s.ask("GET", s.link(), "").StatusCode, "the program's guard is in front")
	assert.Equal(t, http.StatusSeeOther, s.ask("GET", s.link(), "", "X-Staff", "1").StatusCode)
	assert.Equal(t, http.StatusUnauthorized, s.ask("GET", "/debug/dram/requests", "", "X-Staff", "1").StatusCode, "and the token is asked for")
}

func TestAnEngineThatServesInReleaseModeHasNoPages(t *testing.T) {
	r := hello()
	require.NoError(t, inspect.Mount(r, inspect.Config{}))
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	answer := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w
	}
	check := func() {
		t.Helper()
		want := answer("/none")
		for _, path := range []string{"/debug/dram", "/debug/dram/", "/debug/dram/requests", "/debug/dram/style.css"} {
			got := answer(path)
			assert.Equal(t, http.StatusNotFound, got.Code, path)
			assert.Equal(t, want.Body.String(), got.Body.String(), path)
			assert.Equal(t, want.Header(), got.Header(), path)
		}
	}
	check()
	r.NoRoute(missing404)
	check()
}

func TestWhatIsNotValidIsSaid(t *testing.T) {
	for _, tt := range []struct {
		cfg  inspect.Config
		want string
	}{
		{inspect.Config{Path: "debug"}, `Path "debug"`},
		{inspect.Config{Path: "/debug/"}, `Path "/debug/"`},
		{inspect.Config{Path: "/:any"}, `Path "/:any"`},
		{inspect.Config{Path: "/"}, `Path "/"`},
		{inspect.Config{Path: "/a/../b"}, `Path "/a/../b"`},
		{inspect.Config{Path: "/./a"}, `Path "/./a"`},
		{inspect.Config{Path: "/a//b"}, `Path "/a//b"`},
		{inspect.Config{Path: "/a b"}, `Path "/a b"`},
		{inspect.Config{Path: "/é"}, `Path "/é"`},
		{inspect.Config{Path: "/%41"}, `Path "/%41"`},
		{inspect.Config{Path: "/<b>"}, `Path "/<b>"`},
		{inspect.Config{Path: "/\x00"}, `Path "/\x00"`},
		{inspect.Config{Hosts: []string{"http://x"}}, `"http://x" is not a host`},
		{inspect.Config{Requests: -1}, "negative"},
	} {
		assert.ErrorContains(t, inspect.Mount(hello(), tt.cfg), tt.want)
	}
	assert.ErrorContains(t, inspect.Mount(nil, inspect.Config{}), "no engine")
	r := hello()
	require.NoError(t, inspect.Mount(r, inspect.Config{}))
	assert.ErrorContains(t, inspect.Mount(r, inspect.Config{}), "mount once")
}

// The program's layers are not around the pages: they would log, limit and change them.
func TestTheLayersOfTheEngineAreNotAroundThePages(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Header("X-Layer", "1") })
	r.GET("/", func(c *dram.Context) {})
	s := serve(t, r, inspect.Config{}).open()
	assert.Equal(t, "1", s.ask("GET", "/", "").Header.Get("X-Layer"))
	assert.Empty(t, s.ask("GET", "/debug/dram/requests", "").Header.Get("X-Layer"))
}

// Over TLS no other host of the domain can set the cookie.
func TestTheCookieOverTLS(t *testing.T) {
	r, out := hello(), new(output)
	require.NoError(t, inspect.Mount(r, inspect.Config{Out: out}))
	server := httptest.NewTLSServer(r)
	defer server.Close()
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	_, err := client.Get(server.URL + "/")
	require.NoError(t, err)
	s := &site{t: t, out: out}
	res, err := client.Get(server.URL + s.link())
	require.NoError(t, err)
	cookie := res.Cookies()[0]
	assert.True(t, strings.HasPrefix(cookie.Name, "__Host-dram-inspect-"), cookie.Name)
	assert.True(t, cookie.Secure && cookie.HttpOnly && cookie.Path == "/" && cookie.Domain == "", cookie)
	req, err := http.NewRequest("GET", server.URL+"/debug/dram/"+s.room+"/requests", nil)
	require.NoError(t, err)
	req.AddCookie(cookie)
	res, err = client.Do(req)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, res.StatusCode)
	req.URL.Path = "/debug/dram/requests"
	res, err = client.Do(req)
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, res.StatusCode, "who has the cookie only, another program at another port, say")
}

// Many first requests at once print one address.
func TestTheAddressIsPrintedOnce(t *testing.T) {
	s := serve(t, hello(), inspect.Config{})
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() { s.ask("GET", "/", "") })
	}
	wait.Wait()
	assert.Equal(t, 1, strings.Count(s.out.String(), "?token="))
}

// A guard's Logger is around the pages: the token is a secret to it, by its name.
func TestATokenIsInNoLog(t *testing.T) {
	defer dram.SetMode(dram.TestMode)
	dram.SetMode(dram.ReleaseMode)
	r, log := dram.New(), new(output)
	r.Use(dram.LoggerWithWriter(log))
	s := serve(t, r, inspect.Config{Guarded: true})
	s.ask("GET", "/", "")
	link := s.link()
	s.ask("GET", link, "", "Purpose", "prefetch")
	s.open()
	assert.Contains(t, log.String(), "?token=*")
	assert.NotContains(t, log.String(), link[strings.LastIndexByte(link, '=')+1:])
}

func TestAPrefetchDoesNotUseTheTokenUp(t *testing.T) {
	s := serve(t, hello(), inspect.Config{})
	s.ask("GET", "/", "")
	for _, header := range [][2]string{{"Purpose", "prefetch"}, {"X-Moz", "prefetch"}, {"Sec-Purpose", "prefetch;prerender"}, {"X-Purpose", "preview"}} {
		res := s.ask("GET", s.link(), "", header[0], header[1])
		assert.Equal(t, http.StatusUnauthorized, res.StatusCode)
		assert.Empty(t, res.Cookies())
	}
	s.open()
}

func TestAnEngineIsMountedOnce(t *testing.T) {
	r := hello()
	require.NoError(t, inspect.Mount(r, inspect.Config{}))
	assert.ErrorContains(t, inspect.Mount(r, inspect.Config{Path: "/other"}), "mounted already, at /debug/dram")
}

// The pages of an engine inside are below a segment that nobody else is to learn, whatever the method and case.
func TestThePagesOfAnEngineInsideAreNotRecorded(t *testing.T) {
	inner, outside := hello(), dram.New()
	outside.Use(outer)
	outside.Any("/in/*p", dram.WrapH(http.StripPrefix("/in", inner)))
	out := new(output)
	require.NoError(t, inspect.Mount(inner, inspect.Config{Out: out}))
	s := serve(t, outside, inspect.Config{}).open()
	s.ask("GET", "/in/", "")
	room := printed.FindStringSubmatch(out.String())[3]
	for _, path := range []string{"/in/debug/dram/" + room + "/requests", "/in/debug/dram/" + room + "/style.css"} {
		s.ask("GET", path, "")
	}
	for _, method := range []string{"OPTIONS", "PUT", "DELETE", "PURGE"} {
		s.ask(method, "/DEBUG/dram/"+s.room+"/requests", "")
		s.ask(method, "/debug/dram/"+s.room+"/requests", "")
	}
	assert.Equal(t, "/in/", s.last().Path)
	assert.NotContains(t, s.page("requests"), room)
}
