package dram_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

func ExampleEngine_Host() {
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.String(200, "everybody") })
	r.Host("www.example.com").GET("/", func(c *dram.Context) { c.String(200, "the shop window") })
	tenants := r.Host("{tenant}.example.com")
	tenants.GET("/orders/:id", func(c *dram.Context) {
		c.String(200, "order %s of %s", c.Param("id"), c.Param("tenant"))
	})

	for _, url := range []string{"http://www.example.com/", "http://anna.example.com/orders/7", "http://10.0.0.7/", "http://anna.example.com/"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", url, nil))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 the shop window
	// 200 order 7 of anna
	// 200 everybody
	// 404 404 page not found
}

// byHost asks for a path of a host.
func byHost(r http.Handler, method, host, path string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, "http://any.example"+path, nil)
	req.Host = host
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

// sayHost registers a route that answers with what matched.
func sayHost(group dram.IRoutes, path string) {
	group.GET(path, func(c *dram.Context) {
		c.String(200, "%s%s", c.FullHost(), c.FullPath())
		for _, p := range c.Params {
			c.String(-1, " %s=%s", p.Key, p.Value)
		}
	})
}

func TestWhichHostMatches(t *testing.T) {
	r := dram.New()
	sayHost(r, "/")
	for _, pattern := range []string{
		"{tenant}.example.com", "www.example.com", "WWW.Example.org.", "{tenant}.example.com:8443", "example.com:8080", "example.com:80", "tls.example.com:443",
		"{a}.{b}.example.com", "{a}.eu.example.com", "admin.{b}.example.com", "[::1]", "127.0.0.1:8080", "xn--bcher-kva.example", "localhost", "{name}", "{a}.{b}.{c}.{d}",
	} {
		sayHost(r.Host(pattern), "/")
	}
	for host, want := range map[string]string{
		"":                          "/",
		"example.com":               "example.com:80/",
		"www.example.com":           "www.example.com/",
		"WWW.EXAMPLE.COM":           "www.example.com/",
		"www.example.com.":          "www.example.com/",
		"www.example.com:":          "www.example.com/",
		"www.example.com:8443":      "www.example.com/",
		"www.example.org":           "www.example.org/",
		"Anna.example.com":          "{tenant}.example.com/ tenant=anna",
		"anna.example.com:1":        "{tenant}.example.com/ tenant=anna",
		"anna.example.com:8443":     "{tenant}.example.com:8443/ tenant=anna",
		"example.com:8080":          "example.com:8080/",
		"example.com:80":            "example.com:80/",
		"example.com:81":            "/",
		"tls.example.com":           "{tenant}.example.com/ tenant=tls",
		"tls.example.com:443":       "tls.example.com:443/",
		"x.y.example.com":           "{a}.{b}.example.com/ a=x b=y",
		"x.eu.example.com":          "{a}.eu.example.com/ a=x",
		"admin.eu.example.com":      "{a}.eu.example.com/ a=admin",
		"admin.us.example.com":      "admin.{b}.example.com/ b=us",
		"a.x.y.example.com":         "/",
		"[::1]":                     "[::1]/",
		"[0:0::1]:80":               "[::1]/",
		"127.0.0.1:8080":            "127.0.0.1:8080/",
		"127.0.0.1":                 "/",
		"xn--bcher-kva.example":     "xn--bcher-kva.example/",
		"localhost":                 "localhost/",
		"10.0.0.7":                  "/",
		"4711":                      "/",
		"2130706433":                "/",
		"0x7f000001":                "/",
		"0177.0.0.1":                "/",
		"127.0.0.0x1":               "/",
		"0x7f.0x0.0x0.0X1":          "/",
		"127.0.0.1.":                "/",
		"a.b.c.0x":                  "/",
		"a.b.c.09":                  "/",
		"0x7f.0x0.0x0.0x1g":         "{a}.{b}.{c}.{d}/ a=0x7f b=0x0 c=0x0 d=0x1g",
		"1.2.3.x4":                  "{a}.{b}.{c}.{d}/ a=1 b=2 c=3 d=x4",
		"[::2]":                     "/",
		"[::ffff:1.2.3.4]":          "/",
		"node1":                     "{name}/ name=node1",
		"a.b.c.d":                   "{a}.{b}.{c}.{d}/ a=a b=b c=c d=d",
		"other":                     "{name}/ name=other",
		"example.com.evil.sub.test": "/",
		"notexample.com":            "/",
	} {
		assert.Equal(t, want, byHost(r, "GET", host, "/").Body.String(), "Host: %s", host)
	}
	req := httptest.NewRequest("GET", "https://tls.example.com/", nil)
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, "tls.example.com:443/", w.Body.String(), "the port that https has")
}

// TestHostsAgainstAList compares the tree with the list of patterns that match, the most
// specific first.
func TestHostsAgainstAList(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	label := func(params string) string {
		if random.IntN(3) == 0 && params != "" {
			return params
		}
		return string(rune('a' + random.IntN(3)))
	}
	for range 300 {
		r := dram.New()
		var patterns []string
		for range 1 + random.IntN(8) {
			labels := make([]string, 1+random.IntN(4))
			for i := range labels {
				labels[i] = label("{p" + fmt.Sprint(len(labels)-i) + "}")
			}
			pattern := strings.Join(labels, ".") + []string{"", "", ":1", ":2"}[random.IntN(4)]
			if !slices.Contains(patterns, pattern) {
				patterns = append(patterns, pattern)
				sayHost(r.Host(pattern), "/")
			}
		}
		slices.SortFunc(patterns, func(a, b string) int { return strings.Compare(rank(a), rank(b)) })
		for range 40 {
			labels := make([]string, 1+random.IntN(4))
			for i := range labels {
				labels[i] = label("")
			}
			host := strings.Join(labels, ".") + []string{":1", ":2", ":3"}[random.IntN(3)]
			want := ""
			for _, pattern := range slices.Backward(patterns) {
				if hostMatches(pattern, host) {
					want = pattern
				}
			}
			got, _, _ := strings.Cut(byHost(r, "GET", host, "/").Body.String(), "/")
			if want == "" {
				want = "404 page not found"
			}
			require.Equal(t, want, got, "%s among %q", host, patterns)
		}
	}
}

// rank sorts patterns: label by label from the right, a param after any label, those with
// a port first.
func rank(pattern string) (key string) {
	name, port, _ := strings.Cut(pattern, ":")
	labels := strings.Split(name, ".")
	for _, label := range slices.Backward(labels) {
		key += label[:1]
	}
	if port == "" {
		return key + "~"
	}
	return key
}

func hostMatches(pattern, host string) bool {
	name, port, _ := strings.Cut(pattern, ":")
	asked, askedPort, _ := strings.Cut(host, ":")
	labels, given := strings.Split(name, "."), strings.Split(asked, ".")
	if len(labels) != len(given) || port != "" && port != askedPort {
		return false
	}
	for i := range labels {
		if labels[i][0] != '{' && labels[i] != given[i] {
			return false
		}
	}
	return true
}

func TestHostileHostsAreRefused(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Header("X-Layer", "ran"); c.Next() })
	r.NoRoute(func(c *dram.Context) { c.String(200, "NoRoute") })
	sayHost(r, "/")
	hosts := []string{
		"a b", "evil.example/..", "user@www.example.com", "www.example.com:x", "www.example.com:0", "www.example.com:99999", "www.example.com:80:80",
		"www..example.com", ".example.com", "..", ".", "www.example.com..", "bücher.example", "%77ww.example.com", "www.example.com%00", "www.example.com\x00", "[::1", "::1", "[::1%25eth0]", "[127.0.0.1]",
		"{tenant}.example.com", "*", strings.Repeat("a", 64) + ".com", strings.Repeat("a.", 127) + "com", "www.example.com, evil.example", "https://www.example.com",
	}
	for _, host := range hosts {
		assert.Equal(t, 200, byHost(r, "GET", host, "/").Code, "no group of a host: %q", host)
	}
	sayHost(r.Host("www.example.com"), "/")
	sayHost(r.Host("{tenant}.example.com"), "/")
	r.OnError(func(*dram.Context, error) { panic("outside Recovery") })
	for _, host := range hosts {
		for _, path := range []string{"/", "/none"} {
			w := byHost(r, "GET", host, path)
			assert.Equal(t, 400, w.Code, "%q", host)
			assert.Equal(t, "400 the Host header is not a host", w.Body.String(), "%q", host)
			assert.Empty(t, w.Header().Get("X-Layer"), "no layer answers it: %q", host)
		}
	}
}

// net/http hands the field host of HTTP/2 on beside :authority.
func TestAHostFieldThatContradictsTheAuthorityIsRefused(t *testing.T) {
	r := dram.New()
	sayHost(r.Host("www.example.com"), "/")
	for own, code := range map[string]int{
		"www.example.com": 200, "WWW.example.com": 200, "admin.example.com": 400, "": 400,
		"www.example.com\nwww.example.com": 200, "www.example.com\nadmin.example.com": 400,
	} {
		req := httptest.NewRequest("GET", "http://www.example.com/", nil)
		req.Header["Host"] = strings.Split(own, "\n")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.Equal(t, code, w.Code, own)
	}
}

// The lookups that a miss makes for HEAD and Allow have params of their own.
func TestTheParamsOfAHostAreNotThePathsOnAMiss(t *testing.T) {
	r := dram.New()
	r.HandleMethodNotAllowed = true
	seen := func(c *dram.Context) string { return c.Param("tenant") + c.Param("region") + "|" + c.Param("id") }
	var before, after string
	r.Use(func(c *dram.Context) { before = seen(c); c.Next(); after = seen(c) })
	say := func(c *dram.Context) { c.String(c.Writer.Status(), "%s", seen(c)) }
	r.NoRoute(say)
	r.NoMethod(say)
	host := r.Host("{tenant}.{region}.example.com")
	host.GET("/u/:id", ok)
	host.PUT("/u/:id/:more/x", ok)
	for _, asked := range [][2]string{{"GET", "/u/bank/x"}, {"POST", "/u/bank"}, {"POST", "/u/bank/x"}, {"HEAD", "/u/bank/x"}, {"DELETE", "/u/bank/more/x"}, {"GET", "/u/bank/more/y"}} {
		for _, bare := range []bool{false, true} {
			r.BareMisses = bare
			before, after = "", ""
			w := byHost(r, asked[0], "shop.eu.example.com", asked[1])
			assert.NotContains(t, w.Body.String()+before+after, "bank", "%v", asked)
			if asked[0] != "HEAD" {
				assert.Equal(t, "shopeu|", w.Body.String(), "%v", asked)
			}
			assert.Equal(t, "shopeu|shopeu|", before+after, "%v", asked)
		}
	}
}

func TestMistakesInHosts(t *testing.T) {
	for pattern, says := range map[string]string{
		"":                       "it is not a host",
		"*.example.com":          "for any first label write {name}.example.com",
		"https://example.com":    "it is not a host",
		"example.com/x":          "it is not a host",
		"bücher.example":         "write its ASCII form, xn--",
		"example.com:0":          "it is not a host",
		"a..b":                   "it is not a host",
		":tenant.example.com":    "it is not a host",
		"{tenant.example.com":    `"{tenant" is not a param`,
		"{}.example.com":         `"{}" is not a param`,
		"{ten-ant}.example.com":  `"{ten-ant}" is not a param`,
		"{tenañt}.example.com":   `"{tenañt}" is not a param`,
		"{x...}.example.com":     `"{x" is not a param`,
		"{a}.0.0.1":              `write the whole address`,
		"{a}.0x1":                `is "0x1" is an IPv4 address`,
		"{a}.{a}.example.com":    `two params are called "a"`,
		"{other}.example.com":    "matches the same hosts as '{tenant}.example.com' (",
		"{other}.example.com:81": "",
		"{tenant}.EXAMPLE.com.":  "",
		"{_azAZ09}.example.org":  "",
	} {
		r := dram.New()
		r.Host("{tenant}.example.com")
		if says == "" {
			assert.NotPanics(t, func() { r.Host(pattern) }, pattern)
			continue
		}
		text := panicText(t, func() { r.Host(pattern) })
		assert.Contains(t, text, says, pattern)
		assert.Contains(t, text, "engine_hosts_test.go:", pattern)
	}
	r := dram.New()
	tenants := r.Host("{id}.example.com")
	tenants.GET("/a/:id2", ok)
	assert.Contains(t, panicText(t, func() { tenants.GET("/users/:id", ok) }), `GET {id}.example.com/users/:id`)
	assert.Contains(t, panicText(t, func() { r.Host("{id}.example.com").GET("/a/:id2", ok) }), "GET {id}.example.com: ")
	assert.Contains(t, panicText(t, func() { r.Host("x.example.com", nil) }), "handler 1 of Host 'x.example.com'")
	r.GET("/a/:id2", ok)
	r.Host("other.example.com").GET("/a/:id2", ok)
}

func panicText(t *testing.T, f func()) (text string) {
	t.Helper()
	defer func() { text = fmt.Sprint(recover()) }()
	f()
	return ""
}

func TestAHostIsAGroup(t *testing.T) {
	r := dram.New()
	r.HandleMethodNotAllowed, r.RedirectFixedPath = true, true
	r.Use(func(c *dram.Context) { c.Header("X-Outer", c.FullHost()+" "+c.Param("tenant")) })
	r.GET("/only-here", ok)
	r.NoRoute(func(c *dram.Context) { c.String(404, "nothing of %s", c.Param("tenant")) })
	host := r.Host("{tenant}.example.com", func(c *dram.Context) { c.Header("X-Inner", "ran") })
	api := host.Group("/api")
	api.GET("/users/:id", func(c *dram.Context) { c.String(200, "%v", c.Params) })
	api.POST("/users", ok)
	host.Static("/docs", "testdata")

	ask := func(method, path string) *httptest.ResponseRecorder {
		return byHost(r, method, "anna.example.com", path)
	}
	w := ask("GET", "/api/users/7")
	assert.Equal(t, "[{id 7} {tenant anna}]", w.Body.String())
	assert.Equal(t, "{tenant}.example.com anna", w.Header().Get("X-Outer"))
	assert.Equal(t, "ran", w.Header().Get("X-Inner"))
	w = ask("HEAD", "/api/users/7")
	assert.Equal(t, 200, w.Code)
	assert.Equal(t, "{tenant}.example.com anna", w.Header().Get("X-Outer"))
	w = ask("DELETE", "/api/users")
	assert.Equal(t, 405, w.Code)
	assert.Equal(t, "POST", w.Header().Get("Allow"))
	assert.Equal(t, "/api/users/7", ask("GET", "/api/users/7/").Header().Get("Location"))
	assert.Equal(t, "/api/users/7", ask("GET", "/API/users/7").Header().Get("Location"))
	w = ask("GET", "/only-here")
	assert.Equal(t, "nothing of anna", w.Body.String(), "the Engine's routes are not the host's")
	assert.Equal(t, "{tenant}.example.com anna", w.Header().Get("X-Outer"))
	assert.Equal(t, 404, byHost(r, "GET", "other.test", "/api/users/7").Code)
	assert.Equal(t, 200, byHost(r, "GET", "other.test", "/only-here").Code)

	var routes []string
	for _, route := range r.Routes() {
		routes = append(routes, route.Method+" "+route.Host+route.Path)
	}
	assert.Equal(t, []string{
		"GET /only-here", "GET {tenant}.example.com/api/users/:id", "GET {tenant}.example.com/docs/*filepath",
		"POST {tenant}.example.com/api/users", "HEAD {tenant}.example.com/docs/*filepath",
	}, routes)
}

func TestAHostIsKnownWhereverItsContextGoes(t *testing.T) {
	r := dram.New()
	var copied *dram.Context
	r.Host("{tenant}.example.com").GET("/wrapped", dram.WrapMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { next.ServeHTTP(struct{ http.ResponseWriter }{w}, req) })
	}), func(c *dram.Context) {
		copied = c.Copy()
		c.String(200, "%s %s", c.FullHost(), c.Param("tenant"))
	})
	assert.Equal(t, "{tenant}.example.com anna", byHost(r, "GET", "anna.example.com", "/wrapped").Body.String())
	assert.Equal(t, "{tenant}.example.com", copied.FullHost())
	assert.Equal(t, "anna", copied.Param("tenant"))

	// A request that a layer gives to another host has that one's routes and params.
	r = dram.New()
	r.Host("{user}.old.example").GET("/:page", func(c *dram.Context) {
		c.Request.Host = c.Param("user") + ".new.example"
		r.HandleContext(c)
	})
	sayHost(r.Host("{tenant}.new.example"), "/:name")
	sayHost(r, "/:name")
	assert.Equal(t, "{tenant}.new.example/:name name=x tenant=anna", byHost(r, "GET", "anna.old.example", "/x").Body.String())
	assert.Equal(t, "/:name name=x", byHost(r, "GET", "", "/x").Body.String(), "of a Context from the pool")
}

func TestHostsOfRequestsThatRunBeside(t *testing.T) {
	release(t)
	r := dram.New()
	sayHost(r, "/:id")
	sayHost(r.Host("{tenant}.example.com"), "/:id")
	sayHost(r.Host("www.example.com"), "/:id")
	wants := map[string]string{
		"a.example.com": "{tenant}.example.com/:id id=7 tenant=a", "b.example.com": "{tenant}.example.com/:id id=7 tenant=b",
		"www.example.com": "www.example.com/:id id=7", "other": "/:id id=7", "": "/:id id=7",
	}
	var work sync.WaitGroup
	for host, want := range wants {
		work.Go(func() {
			for range 500 {
				assert.Equal(t, want, byHost(r, "GET", host, "/7").Body.String())
			}
		})
	}
	work.Wait()
}

func TestHostsAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("pools lose what they hold under the race detector")
	}
	release(t)
	r := dram.New()
	r.GET("/users/:id", func(*dram.Context) {})
	for _, pattern := range []string{"www.example.com", "{tenant}.example.com:443", "{a}.{b}.example.com"} {
		r.Host(pattern).GET("/users/:id", func(c *dram.Context) {})
	}
	for _, host := range []string{"www.example.com", "anna.example.com", "x.y.example.com", "other.test", ""} {
		req := httptest.NewRequest("GET", "https://x/users/7", nil)
		req.Host = host
		w := nullWriter{http.Header{}}
		assert.Zero(t, testing.AllocsPerRun(200, func() {
			clear(w.header)
			r.ServeHTTP(w, req)
		}), host)
	}
}

func TestGuardsOfAnotherHostAreNotMissed(t *testing.T) {
	inMode(t, dram.DebugMode)
	out := captureWriter(t)
	r := dram.New()
	r.Host("a.example").GET("/*path", dram.WrapH(http.NotFoundHandler()))
	r.Host("b.example").GET("/admin", guard, target)
	assert.NotContains(t, out.String(), "past the layers")
	r.Host("a.example").GET("/admin", guard, target)
	assert.Contains(t, out.String(), "GET a.example/*path")
	assert.Contains(t, out.String(), "past the layers of GET a.example/admin")
	assert.Contains(t, out.String(), "GET    a.example/admin")
}
