package inspect_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/inspect"
)

// record is what the JSON of a request says.
type record struct {
	ID      uint64
	Status  int
	Route   string
	Source  string
	Query   string
	Path    string
	TookUS  float64 `json:"took_us"`
	Size    int
	Header  []pair
	Params  []pair
	Keys    []pair
	Layers  []recordLayer
	NotRun  []string      `json:"not_run"`
	Outside []recordEvent `json:"outside_of_layers"`
	Stack   string
}

type pair struct{ Name, Value string }

type recordLayer struct {
	Name, Position    string
	Depth             int
	StartUS           float64 `json:"start_us"`
	TotalUS           float64 `json:"total_us"`
	OwnUS             float64 `json:"own_us"`
	Running, Panicked bool
	Events            []recordEvent
}

type recordEvent struct {
	Kind     string
	Status   int
	Text     string
	Position string
	Fields   []struct{ Source, Field, Message string }
}

// last is the request that was recorded last. A client can have its answer before the handler returns.
func (s *site) last() (rec record) {
	s.t.Helper()
	for s.running.Load() > 0 {
		runtime.Gosched()
	}
	ids := regexp.MustCompile(`requests/(\d+)"`).FindStringSubmatch(s.page("requests"))
	require.NotEmpty(s.t, ids, "no request was recorded")
	require.NoError(s.t, json.Unmarshal([]byte(s.page("requests/"+ids[1]+"/json")), &rec))
	return rec
}

// did is what the layers did, in order: "CSRF: status 403, abort".
func (rec record) did() (all []string) {
	for _, l := range rec.Layers {
		var did []string
		for _, e := range l.Events {
			switch e.Kind {
			case "status", "header":
				did = append(did, fmt.Sprint(e.Kind, " ", e.Status))
			default:
				did = append(did, e.Kind)
			}
		}
		all = append(all, strings.Repeat(" ", l.Depth)+strings.TrimPrefix(l.Name, "inspect_test.")+": "+strings.Join(did, ", "))
	}
	return all
}

func outer(c *dram.Context)  { c.Next() }
func beside(c *dram.Context) {}
func denies(c *dram.Context) { c.AbortWithStatus(http.StatusForbidden) }
func answers(c *dram.Context) {
	c.String(http.StatusCreated, "made")
}
func panics(*dram.Context) { panic("no luck") }
func failing(c *dram.Context) {
	_ = c.Error(errors.New("see http://user:secret@host/x"))
	c.Status(http.StatusBadGateway)
}

func TestTheLayersOfARequest(t *testing.T) {
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.Use(dram.RecoveryWithWriter(nil), outer)
	r.GET("/fine/:id", beside, answers)
	r.GET("/denied", outer, denies, answers)
	r.GET("/panic", outer, panics)
	r.GET("/fails", dram.Try(func(c *dram.Context) error { return errors.New("the database is gone") }))
	r.GET("/errors", failing)
	r.GET("/again", func(c *dram.Context) {
		c.Request.URL.Path = "/denied"
		r.HandleContext(c)
	})
	s := serve(t, r, inspect.Config{}).open()
	for path, want := range map[string][]string{
		"/fine/7": {"dram.RecoveryWithWriter: ", " outer: ", "  beside: ", "  answers: status 201, header 201"},
		"/denied": {"dram.RecoveryWithWriter: ", " outer: ", "  outer: ", "   denies: status 403, header 403, abort"},
		"/panic":  {"dram.RecoveryWithWriter: recovered, status 500, header 500, abort", " outer: ", "  outer: ", "   panics: panic"},
		"/errors": {"dram.RecoveryWithWriter: ", " outer: ", "  failing: status 502, error"},
		"/none":   {"dram.RecoveryWithWriter: ", " outer: "},
	} {
		s.ask("GET", path, "")
		assert.Equal(t, want, s.last().did(), path)
	}
	s.ask("HEAD", "/fine/7", "")
	rec := s.last()
	assert.Equal(t, 201, rec.Status)
	assert.Equal(t, "/fine/:id", rec.Route)
	assert.Contains(t, rec.Source, "record_test.go:", "GET's route answers HEAD")
	assert.Equal(t, []pair{{"id", "7"}}, rec.Params)

	s.ask("GET", "/denied", "")
	rec = s.last()
	require.Len(t, rec.NotRun, 1)
	assert.Regexp(t, `^inspect_test\.answers \(record_test\.go:\d+\)$`, rec.NotRun[0])
	assert.Contains(t, rec.Layers[3].Events[1].Position, "record_test.go:", "who wrote this 403?")

	s.ask("GET", "/panic", "")
	rec = s.last()
	assert.Equal(t, "no luck", rec.Layers[3].Events[0].Text)
	assert.Contains(t, rec.Layers[3].Events[0].Position, "record_test.go:")
	assert.Contains(t, rec.Stack, "inspect_test.panics")
	assert.NotContains(t, rec.Stack, "inspect.(*")
	page := s.page(fmt.Sprint("requests/", rec.ID))
	for _, want := range []string{"inspect_test.panics panicked at", "500 was set by dram.RecoveryWithWriter (record_test.go:", ") recovered from the panic", "The header went out after"} {
		assert.Contains(t, page, want)
	}

	s.ask("GET", "/errors", "")
	assert.Equal(t, "see http://*@host/x", s.last().Layers[2].Events[1].Text)
	s.ask("GET", "/fails", "")
	assert.Contains(t, fmt.Sprint(s.last().Layers), "the database is gone")
	s.ask("GET", "/again", "")
	rec = s.last()
	assert.Equal(t, "/again", rec.Route)
	assert.Len(t, rec.Layers, 7, "those of both routes: %s", rec.did())
}

func TestTimesWithAndWithoutWhatIsInside(t *testing.T) {
	r := dram.New()
	const inside, own = 20 * time.Millisecond, 5 * time.Millisecond
	r.Use(func(c *dram.Context) { time.Sleep(own); c.Next(); time.Sleep(own) })
	r.GET("/", func(c *dram.Context) { time.Sleep(inside) })
	s := serve(t, r, inspect.Config{}).open()
	s.ask("GET", "/", "")
	layers := s.last().Layers
	assert.InDelta(t, layers[0].TotalUS-layers[1].TotalUS, layers[0].OwnUS, 1)
	assert.GreaterOrEqual(t, layers[0].OwnUS, 10_000.0)
	assert.GreaterOrEqual(t, layers[1].OwnUS, 20_000.0)
	assert.Equal(t, layers[1].TotalUS, layers[1].OwnUS)
	assert.Greater(t, layers[1].StartUS, 5_000.0)
}

func TestBindingsThatFail(t *testing.T) {
	type form struct {
		Name string `json:"name" binding:"required"`
		Age  int    `json:"age" binding:"max=150"`
	}
	r := dram.New()
	r.POST("/should", func(c *dram.Context) {
		if err := c.ShouldBindJSON(new(form)); err != nil {
			c.JSON(http.StatusUnprocessableEntity, dram.H{})
		}
	})
	r.POST("/must", func(c *dram.Context) { _ = c.BindJSON(new(form)) })
	s := serve(t, r, inspect.Config{}).open()
	for _, path := range []string{"/should", "/must"} {
		s.ask("POST", path, `{"age": 200}`)
		rec, unbound := s.last(), []recordEvent(nil)
		for _, e := range rec.Layers[0].Events {
			if e.Kind == "not bound" || e.Kind == "error" {
				unbound = append(unbound, e)
			}
		}
		if assert.Len(t, unbound, 1, path) {
			fields := fmt.Sprint(unbound[0].Fields)
			assert.Contains(t, fields, "name")
			assert.Contains(t, fields, "age")
			assert.NotContains(t, fields, "200")
			assert.Regexp(t, `data-state="bad">(name [^,<]+, age|age [^,<]+, name) `, s.page("requests"), "the fields in words")
			assert.Contains(t, unbound[0].Position, "record_test.go:")
		}
	}
}

// What no log may show is in no page, file or line either.
func TestAttackSecretsAreMasked(t *testing.T) {
	r := dram.New()
	r.GET("/reset/:token/x", func(c *dram.Context) {
		c.Set("session", "hidden-key")
		c.Set("api_key", 12345678)
		c.Set("jwt", struct{ Text string }{"hidden-struct"})
		c.Set("who", "ann")
		_ = c.Error(errors.New("at https://x:hidden-password@host/?token=hidden-url"))
	})
	s := serve(t, r, inspect.Config{}).open()
	s.ask("GET", "/reset/hidden-param/x?a=1&access_token=hidden-query&b=%3Fpassword%3Dhidden-nested", "",
		"Authorization", "Bearer hidden-bearer", "X-Api-Key", "hidden-header", "X-Odd", "Basic hidden-basic", "Referer", "http://h/?code=hidden-referer")
	id := s.last().ID
	for _, path := range []string{
		"requests", "requests?q=reset", fmt.Sprint("requests/", id), fmt.Sprint("requests/", id, "/json"), fmt.Sprint("requests/", id, "/trace"), "routes", "runtime",
	} {
		body := s.page(path)
		assert.NotContains(t, body, "hidden-", path)
		assert.NotContains(t, body, "12345678", path)
		assert.NotContains(t, body, strings.SplitN(s.cookie, "=", 2)[1], path)
	}
	page := s.page(fmt.Sprint("requests/", id))
	assert.Contains(t, page, "ann")
	assert.Contains(t, page, "/reset/*/x?a=1&amp;access_token=*", "the path")
	assert.Contains(t, page, "is not sent again")
}

// A secret in a path is masked by its place, however the client has spelled it.
func TestAttackSecretParamsInOtherSpellings(t *testing.T) {
	for name, option := range map[string]dram.OptionFunc{
		"decoded":          nil,
		"UseRawPath":       func(r *dram.Engine) { r.UseRawPath = true },
		"UseEscapedPath":   func(r *dram.Engine) { r.UseEscapedPath = true },
		"RemoveExtraSlash": func(r *dram.Engine) { r.RemoveExtraSlash = true },
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			if option != nil {
				option(r)
			}
			r.GET("/reset/:token/x", beside)
			r.GET("/v:secret/:id", beside)
			r.GET("/all/:id/*token", beside)
			r.Host("{secret}.example.com").GET("/h/:token", beside)
			s := serve(t, r, inspect.Config{}).open()
			for target, want := range map[string]string{
				"/reset/zebra/x":           "/reset/*/x",
				"/reset/z%65bra/x":         "/reset/*/x",
				"/reset/%7a%65%62%72%61/x": "/reset/*/x",
				"/reset/zeb+ra%20x/x":      "/reset/*/x",
				"/re%73et/z%65bra/x":       "/re%73et/*/x",
				"/reset/x/x":               "/reset/*/x",
				"/vz%65bra/7":              "/v*/7",
				"/all/7/a/z%65bra":         "/all/7/*/*",
				"/all/7/z%2Febra":          "/all/7/*/*",
				"/reset/h%69d/../zebra/x":  "/reset/*/../*/x",
				"//reset/z%65bra/x":        "//reset/*/x",
			} {
				if res := s.ask("GET", target, ""); res.StatusCode == http.StatusNotFound {
					continue // by this option the path has another spelling
				}
				rec := s.last()
				assert.Equal(t, want, rec.Path, target)
				assert.NotContains(t, s.page("requests"), "bra", target)
			}
			s.ask("GET", "/h/z%65bra", "", "Host", "a.example.com")
			assert.Equal(t, "/h/*", s.last().Path)
		})
	}
}

// A request with more layers than are kept is over when it is over.
func TestARequestWithTooManyLayersEnds(t *testing.T) {
	r := dram.New()
	r.GET("/many", func(c *dram.Context) {
		for range 300 {
			c.Request.URL.Path = "/one"
			r.HandleContext(c)
		}
	}, answers)
	r.GET("/one", beside)
	r.GET("/deep", dram.RecoveryWithWriter(nil), func(c *dram.Context) {
		c.Request.URL.Path = "/deeper"
		r.HandleContext(c)
	}, answers)
	depth := 0
	r.GET("/deeper", func(c *dram.Context) {
		if depth++; depth == 300 {
			panic("too deep")
		}
		r.HandleContext(c)
	})
	s := serve(t, r, inspect.Config{}).open()
	for _, path := range []string{"/many", "/deep"} {
		s.ask("GET", path, "")
		assert.Contains(t, s.page("requests"), "0 running", path)
		assert.Equal(t, path, s.last().Path)
		assert.Len(t, s.last().Layers, 256)
	}
}

func TestTheRingIsBounded(t *testing.T) {
	r := hello()
	s := serve(t, r, inspect.Config{Requests: 5, Bytes: 20_000}).open()
	for range 10 {
		s.ask("GET", "/", "")
	}
	assert.Equal(t, 5, strings.Count(s.page("requests"), "<tr><td class=\"quiet mono\""))
	assert.Equal(t, http.StatusNotFound, s.ask("GET", "/debug/dram/requests/1", "").StatusCode)
	for range 5 {
		s.ask("GET", "/?"+strings.Repeat("x", 7000), "")
	}
	assert.Equal(t, 2, strings.Count(s.page("requests"), "<tr><td class=\"quiet mono\""), "of 20,000 bytes")
	s.ask("GET", "/?"+strings.Repeat("x", 30_000), "")
	assert.Contains(t, s.page("requests"), "16 so far")
	assert.Equal(t, 2, strings.Count(s.page("requests"), "<tr><td class=\"quiet mono\""), "one that is too large is not kept, and the others are")
}

func TestRequestsOfThePagesAreNotRecorded(t *testing.T) {
	s := serve(t, hello(), inspect.Config{}).open()
	s.ask("GET", "/", "")
	before := s.last().ID
	for _, path := range []string{"requests", "routes", "tree", "lint", "runtime", "style.css", "script.js", "runtime/goroutines"} {
		s.page(path)
	}
	assert.Equal(t, before, s.last().ID)
}

// A path that has come to no route may be meant for one with a secret; so may the address in a header.
func TestAttackSecretsInPathsOfOtherRoutes(t *testing.T) {
	for name, handle := range map[string]func(r *dram.Engine){
		"404":       func(r *dram.Engine) { r.NoRoute(beside) },
		"405":       func(r *dram.Engine) { r.HandleMethodNotAllowed = true; r.NoMethod(beside); r.NoRoute(beside) },
		"catch-all": func(r *dram.Engine) { r.Any("/*path", func(c *dram.Context) { c.Set("seen", len(c.Param("path"))) }) },
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(outer)
			r.PUT("/reset/:token", beside)
			r.PUT("/v:secret/x/*key", beside)
			r.PUT("/users/:id", beside)
			handle(r)
			s := serve(t, r, inspect.Config{}).open()
			for target, want := range map[string]string{
				"/reset/zebra":                     "/reset/*",
				"/reset/zebra/":                    "/reset/*/",
				"/RESET/z%65bra":                   "/RESET/*",
				"//reset//zebra":                   "//reset//*",
				"/reset%2Fzebra":                   "/reset/*",
				"/reset/zebra/more":                "/reset/*/more",
				"/x/../reset/zebra":                "/x/../reset/*",
				"/reset/./zebra/..":                "/reset/./*/..",
				"/vzebra/x/zebra/zebra":            "/v*/x/*/*",
				"/none/eyJhbGci.eyJzdWIi.zebra":    "/none/*",
				"/none;token=zebra/x":              "/none;token=*/x",
				"/none/%65yJhbGci.eyJzdWIi.zebra/": "/none/*/",
				"/users/7":                         "/users/7",
				"/none/zoo%2F7":                    "/none/zoo%2F7",
			} {
				s.ask("POST", target, "", "Referer", "http://h.example/app"+target, "X-Forwarded-Uri", target+"?a=1", "X-Plain", "kept", "Origin", "http://h.example")
				rec := s.last()
				if rec.Path != "/*" { // all that a catch-all takes, if it shows that there is a secret in it
					assert.Equal(t, want, rec.Path, target)
				}
				if !strings.Contains(want, ";") { // the value of a pair may go on in a header
					assert.Contains(t, rec.Header, pair{"Referer", "http://h.example/app" + want})
					assert.Contains(t, rec.Header, pair{"X-Forwarded-Uri", want + "?a=1"})
				}
				assert.Contains(t, rec.Header, pair{"X-Plain", "kept"})
				assert.Contains(t, rec.Header, pair{"Origin", "http://h.example"})
				for _, page := range []string{"requests", fmt.Sprint("requests/", rec.ID), fmt.Sprint("requests/", rec.ID, "/json"), fmt.Sprint("requests/", rec.ID, "/trace")} {
					assert.NotContains(t, s.page(page), "bra", target)
				}
			}
		})
	}
}

func TestAttackSecretsInErrors(t *testing.T) {
	r := dram.New()
	r.Use(dram.RecoveryWithWriter(nil))
	r.GET("/", func(c *dram.Context) {
		for _, text := range []string{
			"login with password=zebra failed", "Authorization: Bearer zebra, twice", "Basic dTp6ZWJyYQ== is wrong", "a eyJhbGci.eyJzdWIi.zebra b",
			"{Name:ann Password:zebra}", `"https://u:zebra@h/?token=zebra"`,
		} {
			_ = c.Error(errors.New(text))
		}
		_ = c.Error(errors.New("the password is too short, in token.go:12: basic rules, n=5"))
		panic(map[string]string{"password": "zebra"})
	})
	s := serve(t, r, inspect.Config{}).open()
	s.ask("GET", "/", "")
	page := s.page(fmt.Sprint("requests/", s.last().ID))
	assert.NotContains(t, page, "zebra")
	assert.NotContains(t, page, "dTp6")
	for _, kept := range []string{"login with password=* failed", "{Name:ann Password:*", "the password is too short, in token.go:12: basic rules, n=5"} {
		assert.Contains(t, page, kept)
	}
}

// The answer to HEAD stays whole for whoever looks at the request when it is over.
func TestHeadOfARouteThatStoresAValueIsRecorded(t *testing.T) {
	for name, layers := range map[string][]dram.HandlerFunc{
		"alone":        nil,
		"in a wrapper": {wrapping(func(w http.ResponseWriter) http.ResponseWriter { return unwrapped{w} })},
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(layers...)
			r.GET("/", func(c *dram.Context) {
				c.Set("name", "value")
				c.String(http.StatusOK, "five!")
			})
			s := serve(t, r, inspect.Config{}).open()
			resp, err := http.Head(s.server.URL)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, "5", resp.Header.Get("Content-Length"))
			rec := s.last()
			assert.Equal(t, http.StatusOK, rec.Status)
			assert.Equal(t, []pair{{"name", "value"}}, rec.Keys)
		})
	}
}
