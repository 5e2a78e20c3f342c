package dram_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/observe"
	"github.com/dram-go/dram/router"
)

// asked has routes of every kind; each answers with its pattern and its params.
func asked(options uint8) *dram.Engine {
	r := dram.New()
	r.RedirectTrailingSlash, r.RedirectFixedPath = options&1 == 0, options&2 != 0
	r.HandleMethodNotAllowed, r.UseRawPath = options&4 != 0, options&8 != 0
	r.UseEscapedPath, r.RemoveExtraSlash = options&16 != 0, options&32 != 0
	r.BareMisses = options&64 != 0
	if options&128 != 0 {
		r.OnError(func(c *dram.Context, _ error) { c.String(c.Writer.Status(), "the program's") })
	}
	show := func(c *dram.Context) {
		c.Header("Route", c.FullHost()+" "+c.FullPath()+" "+fmt.Sprint(c.Params))
		c.Header("Chain", fmt.Sprint(c.HandlerNames()))
	}
	r.Use(func(c *dram.Context) { c.Header("Chain", fmt.Sprint(c.HandlerNames())) })
	for _, pattern := range []string{"/", "/a", "/a/", "/a/b", "/a/:id", "/a/:id/c", "/b/*rest", "/:x/b", "/D"} {
		r.GET(pattern, show)
	}
	r.HEAD("/a/:id", show)
	r.HEAD("/*all", show)
	r.POST("/a/:id", show)
	r.Host("{t}.example.org").GET("/a/:id", show)
	return r
}

// FuzzAsk holds what is told of a request against what is done with it.
func FuzzAsk(f *testing.F) {
	for i, path := range []string{"/", "/a", "/a/", "/a/b", "/a/7", "/a/7/", "/b", "/b/x/y", "//a//b", "/a/../a/b", "/A/B", "/d", "/a%2Fb", "/a/%41", "/q/b", "/none", "/a/%zz"} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "CONNECT"} {
			f.Add(method, path, "", uint8(37*i))
			f.Add(method, path, "x.example.org", uint8(0))
		}
	}
	f.Add("GET", "/a/7", "a b", uint8(0))
	f.Fuzz(func(t *testing.T, method, path, host string, options uint8) {
		newRequest := func() *http.Request {
			req, err := http.NewRequestWithContext(t.Context(), method, "/", http.NoBody)
			if err != nil {
				t.Skip()
			}
			if req.URL, err = req.URL.Parse("/"); err == nil && strings.HasPrefix(path, "/") {
				if err = req.URL.UnmarshalBinary([]byte("http://x" + path)); err == nil {
					req.URL.Scheme, req.URL.Host, req.Host = "", "", host
				}
			}
			if err != nil {
				t.Skip()
			}
			return req
		}
		newRequest()
		r := asked(options)
		answer := observe.Ask(r, newRequest())
		w := httptest.NewRecorder()
		r.ServeHTTP(w, newRequest())
		if answer.Pattern != "" {
			require.Equal(t, w.Header().Get("Route"), answer.Host+" "+answer.Pattern+" "+fmt.Sprint(answer.Params))
			require.Zero(t, answer.Status)
			var last *router.Route[dram.HandlersChain]
			observe.Trees(r, func(host, method string, tree any) {
				if host == answer.Host && method == answer.Method {
					last = tree.(*router.Tree[dram.HandlersChain]).Lookup(answer.Path, new(dram.Params))
				}
			})
			require.Equal(t, answer.Pattern, last.Pattern, "the tree that is named has the route")
			return
		}
		require.Equal(t, w.Code, answer.Status)
		require.Equal(t, w.Header().Get("Location"), answer.Header.Get("Location"))
		require.Equal(t, w.Header().Get("Allow"), answer.Header.Get("Allow"))
		require.Equal(t, w.Header().Get("Chain") != "", len(answer.Chain.(dram.HandlersChain)) > 0)
	})
}

func TestAskingRunsNothingAndSaysNothing(t *testing.T) {
	inMode(t, dram.DebugMode)
	out := captureWriter(t)
	r := dram.New()
	r.RedirectFixedPath, r.HandleMethodNotAllowed = true, true
	ran := func(*dram.Context) { t.Error("a handler has run") }
	r.Use(ran)
	r.NoRoute(ran)
	r.NoMethod(ran)
	r.OnError(func(*dram.Context, error) { t.Error("OnError has run") })
	r.GET("/a", ran)
	r.Handle("CONNECT", "/c", ran)
	out.Reset()
	for _, line := range []string{"GET /a 0", "HEAD /a 0", "GET /a/ 301", "GET /A 301", "POST /a 405", "GET /none 404"} {
		var method, path string
		var status int
		_, err := fmt.Sscan(line, &method, &path, &status)
		require.NoError(t, err)
		assert.Equal(t, status, observe.Ask(r, httptest.NewRequest(method, path, nil)).Status, line)
	}
	assert.Equal(t, "/a", observe.Ask(r, httptest.NewRequest("GET", "/a/", nil)).Slash)
	assert.Equal(t, "/a", observe.Ask(r, httptest.NewRequest("GET", "/A", nil)).Fixed)
	assert.Empty(t, observe.Ask(r, httptest.NewRequest("CONNECT", "/c/", nil)).Slash, "CONNECT is not redirected")
	assert.Empty(t, out.String())
	dram.SetMode(dram.TestMode) // the Engine has not served, and follows
	r.GET("/b", ran)
	assert.Empty(t, out.String())
}

func TestFactsAreThoseOfTheProgram(t *testing.T) {
	inMode(t, dram.TestMode)
	r := dram.New()
	layer := func(c *dram.Context) { c.Next() }
	r.GET("/{id}", layer)
	r.Match([]string{"get"}, "/:a/:a", layer)
	r.Use(layer)
	require.NoError(t, r.SetTrustedProxies([]string{"0.0.0.0/0"}))
	group := r.Group("/g", saysOK)
	group.GET("/x", target)
	r.GET("/*any", dram.WrapH(http.NotFoundHandler()))
	facts := observe.FactsOf(r)
	var rules []string
	for _, found := range facts.Findings {
		rules = append(rules, found.Rule)
		assert.Regexp(t, `engine_inspect_test\.go:\d+$`, found.Position, found.Text)
		assert.NotEmpty(t, found.Mend, found.Text)
	}
	assert.Equal(t, []string{"late-use", "other-syntax", "never-matches", "unused-param", "guard-beside-catch-all"}, rules)
	assert.Equal(t, "[0.0.0.0/0]", fmt.Sprint(facts.Proxies))
	assert.Contains(t, facts.ProxiesAt, "engine_inspect_test.go:")
	places := observe.Placed(r, observe.Ask(r, httptest.NewRequest("GET", "/g/x", nil)).Chain)
	require.Len(t, places, 3)
	assert.Contains(t, places[0], "engine_inspect_test.go:")
	assert.Contains(t, places[1], "engine_inspect_test.go:")
	assert.NotEqual(t, places[0], places[1])
	assert.Empty(t, places[2], "the route's own")
}

func TestFindingsOfGuardsBesideCatchAllsAreOneForEachPosition(t *testing.T) {
	r := dram.New()
	r.GET("/admin", guard, target)
	r.POST("/admin", guard, target)
	r.PUT("/admin", guard, target) // which comes to NoRoute
	for _, method := range []string{"GET", "POST"} {
		r.Handle(method, "/*any", dram.WrapH(http.NotFoundHandler()))
	}
	r.NoRoute(dram.WrapH(http.NotFoundHandler()))
	var texts []string
	for _, found := range observe.FactsOf(r).Findings {
		assert.Equal(t, "guard-beside-catch-all", found.Rule)
		texts = append(texts, found.Text)
	}
	require.Len(t, texts, 2)
	assert.Contains(t, texts[0], "NoRoute")
	assert.NotContains(t, texts[0], "more like it")
	assert.Contains(t, texts[1], "(and 1 more like it at this line)")

	r.RemoveExtraSlash = true
	assert.Empty(t, observe.FactsOf(r).Findings)
}

func TestFactsOfMisses(t *testing.T) {
	r := dram.New()
	assert.Empty(t, observe.FactsOf(r).Misses)
	r.Use(layer)
	r.NoRoute(target)
	r.NoMethod(target, target)
	misses := observe.FactsOf(r).Misses
	require.Len(t, misses, 2)
	for i, name := range []string{"NoRoute", "NoMethod"} {
		assert.Equal(t, name, misses[i].Name)
		assert.Regexp(t, `engine_inspect_test\.go:\d+$`, misses[i].Source)
		assert.Len(t, misses[i].Chain, i+2)
	}
}

func TestChainsOfTreesAreShownAsTheyWereRegistered(t *testing.T) {
	r := dram.New()
	r.Use(dram.Recovery())
	r.GET("/a", layer, target)
	r.Host("example.org").GET("/b", target)
	lengths := map[string]int{}
	observe.Trees(r, func(host, method string, tree any) {
		tree.(*router.Tree[dram.HandlersChain]).Walk(func(route *router.Route[dram.HandlersChain]) bool {
			lengths[method+" "+host+route.Pattern] = len(observe.Plain(r, route.Value).(dram.HandlersChain))
			return true
		})
	})
	assert.Equal(t, map[string]int{"GET /a": 3, "GET example.org/b": 2}, lengths)
}

func TestPlacesOfLayersThatAProgramHasTakenOut(t *testing.T) {
	r := dram.New()
	r.Use(layer)
	r.Use(dram.Recovery())
	r.GET("/both", target)
	r.Handlers = r.Handlers[1:]
	r.GET("/one", target)
	placed := func(path string) []string {
		return observe.Placed(r, observe.Ask(r, httptest.NewRequest("GET", path, nil)).Chain)
	}
	both, one := placed("/both"), placed("/one")
	require.Len(t, both, 3)
	require.Len(t, one, 2)
	assert.Equal(t, both[1:], one)
}
