package inspect_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/inspect"
)

// wrapping is a middleware that passes on another writer.
func wrapping(writer func(http.ResponseWriter) http.ResponseWriter) dram.HandlerFunc {
	return dram.WrapMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { next.ServeHTTP(writer(w), req) })
	})
}

// within is http.TimeoutHandler as a layer.
func within(bound time.Duration) dram.HandlerFunc {
	return dram.WrapMiddleware(func(next http.Handler) http.Handler { return http.TimeoutHandler(next, bound, "") })
}

type bare struct{ http.ResponseWriter }

type unwrapped struct{ http.ResponseWriter }

func (w unwrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// The layers inside a net/http middleware that passes on its own writer are those of the request, which ends.
func TestLayersInsideAMiddlewareWithItsOwnWriter(t *testing.T) {
	r := dram.New()
	late := make(chan struct{})
	r.Use(dram.RecoveryWithWriter(nil))
	r.GET("/bare", wrapping(func(w http.ResponseWriter) http.ResponseWriter { return bare{w} }), denies, answers)
	r.GET("/unwrap", wrapping(func(w http.ResponseWriter) http.ResponseWriter { return unwrapped{w} }), outer, answers)
	r.GET("/nobody", wrapping(func(http.ResponseWriter) http.ResponseWriter { return httptest.NewRecorder() }), answers)
	r.GET("/within", within(time.Minute), outer, failing)
	r.GET("/panic", within(time.Minute), panics)
	r.GET("/late", within(time.Millisecond), func(c *dram.Context) { <-late; answers(c) })
	r.GET("/fork", func(c *dram.Context) {
		c.Fork()(httptest.NewRecorder(), c.Request.Clone(c.Request.Context()), outer)
		c.Abort()
	}, answers)
	s := serve(t, r, inspect.Config{}).open()
	const recovery, wrap, timeout = "dram.RecoveryWithWriter: ", " wrapping: ", " within: "
	for path, want := range map[string][]string{
		"/bare":   {recovery, wrap, "  denies: status 403, abort"},
		"/unwrap": {recovery, wrap, "  outer: ", "   answers: status 201, header 201"},
		"/nobody": {recovery, wrap, "  answers: status 201"},
		"/within": {recovery, timeout + "header 502", "  outer: ", "   failing: status 502, error"},
		"/panic":  {recovery + "recovered, status 500, header 500, abort", timeout, "  panics: panic"},
		"/late":   {recovery, timeout + "status 503, header 503, abort", "  TestLayersInsideAMiddlewareWithItsOwnWriter: "},
		"/fork":   {recovery, " TestLayersInsideAMiddlewareWithItsOwnWriter: abort", "  answers: status 201"},
	} {
		s.ask("GET", path, "")
		rec := s.last()
		assert.Equal(t, want, rec.did(), path)
		assert.Equal(t, path == "/late", rec.Layers[len(rec.Layers)-1].Running, path)
		assert.Equal(t, path == "/bare", len(rec.NotRun) > 0, path)
		assert.Contains(t, s.page("requests"), "0 running", path)
		switch glance := s.glance(); path {
		case "/nobody":
			assert.Contains(t, glance, "200 is what answers begin with", "nobody got the 201")
		case "/panic":
			assert.Contains(t, glance, "panics panicked at record_test.go:N: no luck")
			assert.Equal(t, 1, strings.Count(glance, "panicked"), "the handler of the timeout throws it again")
		}
	}
	close(late)
}

// Contexts that are used again, as release mode does, have nothing of the request before.
func TestAttackARequestBegunByAnotherClientIsNotGoneOnWith(t *testing.T) {
	defer dram.SetMode(dram.TestMode)
	dram.SetMode(dram.ReleaseMode)
	r := dram.New()
	r.Use(outer)
	r.GET("/wrapped", wrapping(func(w http.ResponseWriter) http.ResponseWriter { return bare{w} }), answers)
	r.GET("/plain", denies)
	s := serve(t, r, inspect.Config{Guarded: true}).open()
	for range 3 {
		for path, status := range map[string]int{"/wrapped": 201, "/plain": 403} {
			s.ask("GET", path, "", "X-Who", path)
			rec := s.last()
			assert.Equal(t, path, rec.Path)
			assert.Equal(t, status, rec.Status)
			assert.Contains(t, rec.Header, pair{"X-Who", path})
		}
	}
}

// A HEAD that a route of GET answers waits for the end: nobody has taken its connection over.
func TestAHEADIsShownAsItsGET(t *testing.T) {
	r := dram.New()
	r.GET("/made", answers)
	r.GET("/denied", denies)
	r.GET("/flush", func(c *dram.Context) { c.Writer.Flush() })
	r.GET("/bare", wrapping(func(w http.ResponseWriter) http.ResponseWriter { return bare{w} }), answers)
	r.GET("/nothing", beside)
	s := serve(t, r, inspect.Config{}).open()
	for _, path := range []string{"/made", "/denied", "/flush", "/bare", "/nothing"} {
		s.ask("GET", path, "")
		want := s.last().did()
		s.ask("HEAD", path, "")
		assert.Equal(t, want, s.last().did(), path)
		assert.NotContains(t, s.glance(), "Hijack", path)
	}
	s.ask("HEAD", "/made", "")
	assert.Contains(t, s.glance(), "in inspect_test.answers, at record_test.go:N")
}

// An engine that has served already knows who sends headers.
func TestAnEngineThatHasServedIsMounted(t *testing.T) {
	defer dram.SetMode(dram.TestMode)
	dram.SetMode(dram.ReleaseMode)
	r := dram.New()
	r.Use(outer)
	r.GET("/", answers)
	for range 5 {
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}
	s := serve(t, r, inspect.Config{Guarded: true}).open()
	s.ask("GET", "/", "")
	assert.Equal(t, []string{"outer: ", " answers: status 201, header 201"}, s.last().did())
}

// A short text may be a part of a large one, which is not to be kept with it.
func TestAttackAPartOfALargeTextDoesNotKeepIt(t *testing.T) {
	for name, handle := range map[string]func(c *dram.Context, part string){
		"key":        func(c *dram.Context, part string) { c.Set("who", part) },
		"key's name": func(c *dram.Context, part string) { c.Set(part, 1) },
		"error":      func(c *dram.Context, part string) { _ = c.Error(errors.New(part)) },
		"panic":      func(_ *dram.Context, part string) { panic(part) },
		"binding": func(c *dram.Context, part string) {
			c.Request.URL.RawQuery = "n=x"
			assert.Error(t, c.ShouldBindQuery(&struct {
				N int `form:"n"`
			}{}))
			c.Set("n", part)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			var large weak.Pointer[byte]
			r.Use(func(c *dram.Context) { // what is around the engine may change a request as well
				c.Next()
				c.Keys = map[any]any{"kept": fmt.Sprint(c.Keys["who"])[:1], "who": c.Keys["who"]}
			}, dram.RecoveryWithWriter(nil))
			r.GET("/", func(c *dram.Context) {
				text := strings.Repeat("large text ", 100_000)
				large = weak.Make(unsafe.StringData(text))
				handle(c, text[:10])
			})
			require.NoError(t, inspect.Mount(r, inspect.Config{Out: io.Discard}))
			r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			runtime.GC()
			runtime.GC()
			assert.Nil(t, large.Value())
			runtime.KeepAlive(r)
		})
	}
	t.Run("header and path", func(t *testing.T) {
		r := dram.New()
		r.NoRoute(beside)
		require.NoError(t, inspect.Mount(r, inspect.Config{Out: io.Discard}))
		text := strings.Repeat("/large/text", 100_000)
		large := weak.Make(unsafe.StringData(text))
		req := httptest.NewRequest("GET", "/", nil)
		req.URL.Path, req.Host = text[:10], text[1:5]
		req.Header.Set("A", text[:10])
		r.ServeHTTP(httptest.NewRecorder(), req)
		req, text = nil, ""
		runtime.GC()
		runtime.GC()
		assert.Nil(t, large.Value())
		runtime.KeepAlive(r)
	})
}

func rethrows(c *dram.Context) {
	defer func() { panic(fmt.Sprint("wrapped: ", recover())) }()
	c.Next()
}

func swallows(c *dram.Context) {
	func() {
		defer func() { _ = recover() }()
		c.Next()
	}()
	panic("one of its own")
}

func recovers(c *dram.Context) {
	defer func() { _ = recover() }()
	c.Next()
}

// A panic is the one that has passed the layers inside, or another one: then it is told apart.
func TestASecondPanicIsNotTheFirst(t *testing.T) {
	r := dram.New()
	r.Use(dram.RecoveryWithWriter(nil))
	r.GET("/rethrows", rethrows, panics)
	r.GET("/swallows", swallows, panics)
	r.GET("/passes", outer, outer, panics)
	r.GET("/recovers", recovers, panics)
	r.GET("/same", swallows, swallows)
	r.GET("/again", func(c *dram.Context) {
		for range 2 {
			c.Request.URL.Path = "/recovers"
			r.HandleContext(c)
		}
	})
	s := serve(t, r, inspect.Config{}).open()
	for path, want := range map[string][]string{
		"/rethrows": {"panics panicked at record_test.go:N.", "rethrows panicked at strand_test.go:N: wrapped: no luck."},
		"/swallows": {"panics panicked at record_test.go:N.", "swallows panicked at strand_test.go:N: one of its own."},
		"/same":     {"swallows panicked at strand_test.go:N.", "swallows panicked at strand_test.go:N: one of its own."},
		"/passes":   {"panics panicked at record_test.go:N: no luck."},
		"/recovers": {"panics panicked at record_test.go:N."},
		"/again":    {"panics panicked at record_test.go:N.", "panics panicked at record_test.go:N."},
	} {
		s.ask("GET", path, "")
		glance := s.glance()
		assert.Equal(t, len(want), strings.Count(glance, " panicked at "), path)
		for _, line := range want {
			before, after, found := strings.Cut(glance, line)
			assert.True(t, found, "%s: %s in %s", path, line, glance)
			glance = before + after
		}
		assert.Equal(t, strings.Count(path, "again")+1, strings.Count(glance, "recovered from the panic"), path)
	}
}

// A line is one of the program, though a function of the standard library may have been inlined into it.
func TestAPositionIsNotOneOfTheStandardLibrary(t *testing.T) {
	r := dram.New()
	r.Use(dram.RecoveryWithWriter(nil))
	r.GET("/x/*p", dram.WrapH(http.StripPrefix("/x", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))))
	r.GET("/none/*p", dram.WrapH(http.StripPrefix("/other", http.NotFoundHandler())))
	r.GET("/index", func(*dram.Context) { _ = strings.Repeat("x", -1) })
	s := serve(t, r, inspect.Config{}).open()
	for _, path := range []string{"/x/y", "/none/y", "/index"} {
		s.ask("GET", path, "")
		for _, l := range s.last().Layers {
			for _, e := range l.Events {
				assert.True(t, e.Position == "" || strings.HasPrefix(e.Position, "strand_test.go:"), "%s: %s", path, e.Position)
			}
		}
	}
}

// However many errors there are, what is asked first is shown.
func TestTheHeaderIsShownAfterManyErrors(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		for i := range 1000 {
			_ = c.Error(errors.New(strings.Repeat("e", i)))
		}
		c.String(http.StatusTeapot, "tea")
	})
	s := serve(t, r, inspect.Config{}).open()
	s.ask("GET", "/", "")
	assert.Contains(t, s.glance(), "418 was set by")
	assert.Contains(t, s.glance(), "The header went out after")
	assert.Contains(t, s.page(fmt.Sprint("requests/", s.last().ID)), "744 events more")
}
