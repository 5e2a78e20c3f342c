package dram_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// serve sends one request to an engine.
func serve(h http.Handler, method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

// handled is an engine with one handler, of "/".
func handled(handler dram.HandlerFunc) *dram.Engine {
	r := dram.New()
	r.GET("/", handler)
	return r
}

func TestNextRunsTheOnion(t *testing.T) {
	var order []string
	layer := func(name string) dram.HandlerFunc {
		return func(c *dram.Context) {
			order = append(order, name+" in")
			c.Next()
			order = append(order, name+" out")
		}
	}
	r := dram.New()
	r.Use(layer("a"), layer("b"))
	r.GET("/", func(*dram.Context) { order = append(order, "handler") })

	serve(r, "GET", "/")

	assert.Equal(t, []string{"a in", "b in", "handler", "b out", "a out"}, order)
}

func TestHandlersRunInSequenceWithoutNext(t *testing.T) {
	var order []int
	handler := func(n int) dram.HandlerFunc {
		return func(*dram.Context) { order = append(order, n) }
	}
	r := dram.New()
	r.GET("/", handler(1), handler(2), handler(3))

	serve(r, "GET", "/")

	assert.Equal(t, []int{1, 2, 3}, order)
}

func TestAbortStopsWhatIsToCome(t *testing.T) {
	var reached, after bool
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		assert.False(t, c.IsAborted())
		c.AbortWithStatus(http.StatusTeapot)
		assert.True(t, c.IsAborted())
		after = true
	}, func(*dram.Context) { reached = true })

	w := serve(r, "GET", "/")

	assert.Equal(t, http.StatusTeapot, w.Code)
	assert.True(t, after, "the handler that aborts goes on")
	assert.False(t, reached, "the handler behind it must not run")
}

func TestNextAfterAbortAndTooOften(t *testing.T) {
	runs := 0
	r := dram.New()
	r.GET("/abort", func(c *dram.Context) {
		c.Abort()
		for range 300 {
			c.Next()
		}
		assert.True(t, c.IsAborted())
	}, func(*dram.Context) { runs++ })
	r.GET("/next", func(c *dram.Context) {
		for range 300 {
			c.Next()
		}
		assert.False(t, c.IsAborted(), "only Abort aborts")
	}, func(*dram.Context) { runs++ })

	serve(r, "GET", "/abort")
	assert.Zero(t, runs)
	serve(r, "GET", "/next")
	assert.Equal(t, 1, runs)
}

func TestKeys(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	assert.Nil(t, c.Keys)

	type key struct{}
	c.Set("n", 7)
	c.Set(key{}, "typed")

	assert.Equal(t, 7, c.GetInt("n"))
	assert.Empty(t, c.GetString("n"), "another type is the zero value")
	assert.Zero(t, c.GetInt("missing"))
	assert.Equal(t, "typed", c.MustGet(key{}))
	assert.PanicsWithValue(t, "dram: key missing does not exist: Set it in an earlier handler", func() { c.MustGet("missing") })
	c.Delete("n")
	_, ok := c.Get("n")
	assert.False(t, ok)
}

func TestValueFindsRequestContextAndKeys(t *testing.T) {
	type ctxKey struct{}
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), ctxKey{}, "outer"), time.Hour)
	c.Request = httptest.NewRequestWithContext(ctx, "GET", "/", nil)
	c.Set("s", 1)
	c.Set(42, "any key")

	assert.Same(t, c.Request, c.Value(dram.ContextRequestKey))
	assert.Same(t, c, c.Value(dram.ContextKey))
	assert.Equal(t, 1, c.Value("s"))
	assert.Equal(t, "any key", c.Value(42))
	assert.Equal(t, "outer", c.Value(ctxKey{}))
	assert.Nil(t, c.Value("missing"))

	_, ok := c.Deadline()
	assert.True(t, ok)
	require.NoError(t, c.Err())
	cancel()
	<-c.Done()
	assert.ErrorIs(t, c.Err(), context.Canceled)
}

func TestWithoutFallbackTheRequestContextIsNotAsked(t *testing.T) {
	c, r := dram.CreateTestContext(httptest.NewRecorder())
	r.ContextWithFallback = false
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c.Request = httptest.NewRequestWithContext(ctx, "GET", "/", nil)

	assert.Nil(t, c.Done())
	assert.NoError(t, c.Err())
	_, ok := c.Deadline()
	assert.False(t, ok)
	assert.Nil(t, c.Value("x"))
}

func TestCopyOutlivesTheHandler(t *testing.T) {
	var cp *dram.Context
	r := dram.New()
	r.GET("/u/:id", func(c *dram.Context) {
		c.Set("k", "v")
		c.Status(http.StatusAccepted)
		c.Error(errors.New("noted"))
		c.Accepted = []string{"a/b"}
		cp = c.Copy()
		c.Set("k", "changed")
	})
	serve(r, "GET", "/u/7?q=1")

	assert.Equal(t, "7", cp.Param("id"))
	assert.Equal(t, "v", cp.GetString("k"))
	assert.Equal(t, "/u/:id", cp.FullPath())
	assert.Equal(t, "1", cp.Query("q"))
	assert.Equal(t, http.StatusAccepted, cp.Writer.Status())
	assert.Len(t, cp.Errors, 1)
	assert.Equal(t, []string{"a/b"}, cp.Accepted)
	assert.True(t, cp.IsAborted())
	assert.Nil(t, cp.Handler())

	cp.String(http.StatusOK, "too late")
	assert.ErrorIs(t, cp.Errors.Last(), dram.ErrDetached)
}

func TestCopyIsSafeBesideSet(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 100 {
				c.Set(i, i)
				c.Copy()
			}
		})
	}
	wg.Wait()
	assert.Len(t, c.Keys, 4)
}

func TestQueryIsSafeFromGoroutines(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("GET", "/?a=1", nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { assert.Equal(t, "1", c.Query("a")) })
	}
	wg.Wait()
}

func TestHandleContextStartsAnew(t *testing.T) {
	r := dram.New()
	var order []string
	r.Use(func(c *dram.Context) {
		order = append(order, c.Request.URL.Path)
		c.Next()
	})
	r.GET("/old/:id", func(c *dram.Context) {
		c.Set("k", 1)
		c.Error(errors.New("of the first run"))
		c.Request.URL.Path = "/new"
		r.HandleContext(c)
		order = append(order, "back")
	}, func(*dram.Context) { order = append(order, "rest of the first chain") })
	r.GET("/new", func(c *dram.Context) {
		assert.Empty(t, c.Params)
		assert.Empty(t, c.Errors)
		assert.Nil(t, c.Keys)
		c.String(http.StatusOK, "new")
	})

	w := serve(r, "GET", "/old/1")

	assert.Equal(t, "new", w.Body.String())
	assert.Equal(t, []string{"/old/1", "/new", "back", "rest of the first chain"}, order)
}

func TestHandlerNames(t *testing.T) {
	r := dram.New()
	r.Use(namedLayer)
	r.GET("/", namedHandler)
	r.GET("/names", func(c *dram.Context) {
		assert.Len(t, c.HandlerNames(), 2)
		assert.Contains(t, c.HandlerName(), "TestHandlerNames")
		c.Status(http.StatusAccepted)
	})
	assert.Equal(t, http.StatusAccepted, serve(r, "GET", "/names").Code)
	info := r.Routes()[0]
	assert.Equal(t, "github.com/dram-go/dram_test.namedHandler", info.Handler)
	assert.Equal(t, []string{"github.com/dram-go/dram_test.namedLayer", "github.com/dram-go/dram_test.namedHandler"}, info.Handlers)
	assert.Contains(t, info.Source, "context_test.go:")
}

func namedLayer(*dram.Context)   {}
func namedHandler(*dram.Context) {}

func TestErrorAttaches(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	attached := c.Error(errors.New("x"))
	assert.Equal(t, dram.ErrorTypePrivate, attached.Type)
	assert.Same(t, attached, c.Error(attached), "an *Error is attached as it is")
	assert.Len(t, c.Errors, 2)
	assert.Panics(t, func() { c.Error(nil) })
}

// A middleware may have put a Writer of its own around the response: what runs
// again inside it must not write past it.
func TestHandleContextKeepsTheWriter(t *testing.T) {
	r := dram.New()
	r.GET("/old", func(c *dram.Context) {
		buffer := &shoutingWriter{ResponseWriter: c.Writer}
		c.Writer = buffer
		c.Request.URL.Path = "/new"
		r.HandleContext(c)
		assert.False(t, buffer.Written(), "the header is not sent before its time")
		c.Writer = buffer.ResponseWriter
		_, _ = c.Writer.WriteString(strings.ToUpper(buffer.body))
	})
	r.GET("/new", func(c *dram.Context) { c.String(http.StatusAccepted, "quiet") })

	w := serve(r, "GET", "/old")
	assert.Equal(t, "QUIET", w.Body.String())
	assert.Equal(t, http.StatusAccepted, w.Code)
}

type shoutingWriter struct {
	dram.ResponseWriter
	body string
}

func (w *shoutingWriter) Write(p []byte) (int, error) {
	w.body += string(p)
	return len(p), nil
}

func TestHandleContextOfATest(t *testing.T) {
	w := httptest.NewRecorder()
	c, r := dram.CreateTestContext(w)
	r.GET("/", func(c *dram.Context) { c.Status(http.StatusAccepted) })
	c.Request = httptest.NewRequest("GET", "/", nil)
	r.HandleContext(c)
	assert.Equal(t, http.StatusAccepted, w.Code)
}

// net/http removes the temporary files of the form of its own request only.
func TestAFormOfACopiedRequestIsHandedBack(t *testing.T) {
	copied := func(c *dram.Context) { c.Request = c.Request.WithContext(c.Request.Context()) }
	inside := func(c *dram.Context) { c.NextWith(nil, c.Request.WithContext(c.Request.Context())) }
	wrapped := dram.WrapMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { next.ServeHTTP(struct{ http.ResponseWriter }{w}, req) })
	})
	for name, layer := range map[string]dram.HandlerFunc{"copied": copied, "inside": inside, "wrapped": wrapped} {
		r := dram.New()
		r.Use(layer)
		r.POST("/", func(c *dram.Context) { assert.Equal(t, "1", c.PostForm("a")) })
		req := multipartContext(t, nil).Request
		r.ServeHTTP(httptest.NewRecorder(), req)
		assert.NotNil(t, req.MultipartForm, name)
	}
}

// A stack that is full ends the program, whatever recovers.
func TestACircleOfRewritesEnds(t *testing.T) {
	again := func(r *dram.Engine) dram.HandlerFunc {
		return func(c *dram.Context) {
			req := c.Request.Clone(c.Request.Context())
			req.URL.Path = map[string]string{"/a": "/b", "/b": "/a"}[req.URL.Path]
			r.HandleContextWith(c, req)
		}
	}
	for name, layers := range map[string][]dram.HandlerFunc{
		"alone": nil,
		"with WrapMiddleware": {dram.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { next.ServeHTTP(struct{ http.ResponseWriter }{w}, req) })
		})},
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			r := dram.New()
			r.Use(layers...)
			r.GET("/a", again(r))
			r.GET("/b", again(r))
			outer := dram.New()
			outer.Use(dram.RecoveryWithWriter(&log))
			outer.GET("/*path", dram.WrapH(r))
			assert.Equal(t, 500, serve(outer, "GET", "/a").Code)
			assert.Contains(t, log.String(), `dram: HandleContext: the path "/b" is one of a circle: 16384 requests are inside of one another`)
		})
	}
}

// A loop of requests with the context of the one outside leaves nothing behind, and is not taken for
// a circle, however many there are.
func TestHandleContextWithInALoopLeavesNothing(t *testing.T) {
	r := dram.New()
	r.GET("/sub", func(c *dram.Context) { assert.NotNil(t, c.Done()) })
	r.GET("/", func(c *dram.Context) {
		sub := c.Request.Clone(c.Request.Context())
		sub.URL.Path = "/sub"
		before := c.Done()
		assert.Zero(t, testing.AllocsPerRun(1<<14, func() { r.HandleContextWith(c, sub) }))
		assert.Equal(t, before, c.Done())
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	req := httptest.NewRequest("GET", "/", nil).WithContext(ctx)
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, 200, w.Code)
}

// Who has asked for Done inside of several layers goes on with what is outside, however
// many have returned, and Err knows of one that has ended meanwhile.
func TestDoneOfInnerRequestsGoesOnWithTheOutermost(t *testing.T) {
	r := dram.New()
	outside, end := context.WithCancel(context.Background())
	defer end()
	open := func(c *dram.Context) { // a layer that leaves its context open
		ctx, cancel := context.WithCancel(c.Request.Context())
		t.Cleanup(cancel)
		c.NextWith(nil, c.Request.WithContext(ctx))
	}
	var kept []<-chan struct{}
	asks := func(c *dram.Context) { kept = append(kept, c.Done()) }
	r.GET("/sub", open, open, asks)
	r.GET("/", open, func(c *dram.Context) {
		for range 100 {
			sub := c.Request.Clone(c.Request.Context())
			sub.URL.Path = "/sub"
			r.HandleContextWith(c, sub)
		}
		for _, done := range kept {
			select {
			case <-done:
				t.Fatal("it has ended with its layer")
			default:
			}
		}
		assert.NoError(t, c.Err())
		end()
		for _, done := range append(kept, c.Done()) {
			<-done
		}
		assert.ErrorIs(t, c.Err(), context.Canceled)
	})
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(outside))
	assert.Len(t, kept, 100)
}
