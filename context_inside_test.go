// An Engine inside another one: its requests are those of the outer one's servers.

package dram_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/whose"
	"github.com/dram-go/dram/render"
)

// mounts are the ways in which an Engine comes to be inside another one.
var mounts = map[string]func(outer, inner *dram.Engine){
	"WrapH": func(outer, inner *dram.Engine) { outer.GET("/*p", dram.WrapH(inner)) },
	"WrapF": func(outer, inner *dram.Engine) { outer.GET("/*p", dram.WrapF(inner.ServeHTTP)) },
	"WrapH of a mux": func(outer, inner *dram.Engine) {
		mux := http.NewServeMux()
		mux.Handle("/", inner)
		outer.GET("/*p", dram.WrapH(mux))
	},
	"NoRoute": func(outer, inner *dram.Engine) { outer.NoRoute(dram.WrapH(inner)) },
	"WrapMiddleware": func(outer, inner *dram.Engine) {
		outer.Use(dram.WrapMiddleware(func(http.Handler) http.Handler { return inner }))
	},
	"inside a layer that looks at the answer": func(outer, inner *dram.Engine) {
		outer.Use(func(c *dram.Context) { c.NextAnswer(nil, func(dram.Answer) {}) })
		outer.GET("/*p", dram.WrapH(inner))
	},
	"inside a middleware with a writer": func(outer, inner *dram.Engine) {
		outer.Use(dram.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				next.ServeHTTP(struct {
					http.ResponseWriter
					http.Flusher
				}{w, w.(http.Flusher)}, req)
			})
		}))
		outer.GET("/*p", dram.WrapH(inner))
	},
	"behind a writer with Unwrap": func(outer, inner *dram.Engine) {
		outer.GET("/*p", func(c *dram.Context) { inner.ServeHTTP(unwrapping{c.Writer}, c.Request) })
	},
	"in one that is inside": func(outer, inner *dram.Engine) {
		between := dram.New()
		between.GET("/*p", dram.WrapH(inner))
		outer.GET("/*p", dram.WrapH(between))
	},
}

type unwrapping struct{ http.ResponseWriter }

func (w unwrapping) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestAnEngineInsideAnotherOneEndsWithIt(t *testing.T) {
	for name, mount := range mounts {
		t.Run(name, func(t *testing.T) {
			outer, inner := dram.New(), dram.New()
			outer.ShutdownTimeout = 0
			var finished atomic.Bool
			inner.GET("/stream", func(c *dram.Context) {
				stopping := c.Stopping()
				c.Go(func(context.Context) {
					<-stopping
					time.Sleep(5 * time.Millisecond)
					finished.Store(true)
				})
				events := make(chan render.SSEvent, 1)
				events <- render.SSEvent{Data: "first"}
				dram.SSE(c, func(context.Context, string) (chan render.SSEvent, error) { return events, nil })
			})
			mount(outer, inner)
			ctx, stop := context.WithCancel(context.Background())
			r := start(t, outer, func() error { return outer.RunContext(ctx, "127.0.0.1:0") })
			res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}).Get("http://" + r.addr.String() + "/stream")
			require.NoError(t, err)
			defer res.Body.Close()
			body := bufio.NewReader(res.Body)
			_, err = body.ReadString('\n')
			require.NoError(t, err)
			stop()
			_, err = io.Copy(io.Discard, body)
			assert.NoError(t, err, "the stream ends by itself, and is whole")
			assert.NoError(t, r.result(t))
			assert.True(t, finished.Load(), "the job is waited for")
		})
	}
}

// The same Engine may serve by itself as well: its Contexts remember no request before.
func TestAnEngineInsideAnotherOneIsItsOwnOtherwise(t *testing.T) {
	outer, inner := dram.New(), dram.New()
	var stopping []<-chan struct{}
	inner.GET("/", func(c *dram.Context) { stopping = append(stopping, c.Stopping(), c.Copy().Stopping()) })
	outer.GET("/", dram.WrapH(inner))
	serve(outer, "GET", "/")
	serve(inner, "GET", "/")
	require.NoError(t, outer.Shutdown(t.Context()))
	assert.True(t, isClosed(stopping[0]))
	assert.True(t, isClosed(stopping[1]), "a copy's")
	assert.False(t, isClosed(stopping[2]))
	assert.False(t, isClosed(stopping[3]))
	require.NoError(t, inner.Shutdown(t.Context()))
	assert.True(t, isClosed(stopping[2]))
}

// Whoever is around an Engine is told of an answer without a body as of any other, in each mode.
func TestAnEmptyAnswerOfAnEngineInsideAnotherOneIsOne(t *testing.T) {
	captureWriter(t)
	for _, mode := range []string{dram.ReleaseMode, dram.TestMode, dram.DebugMode} {
		inMode(t, mode)
		for name, mount := range mounts {
			outer, inner := dram.New(), dram.New()
			inner.GET("/empty", func(*dram.Context) {})
			mount(outer, inner)
			for range 3 { // the later ones in a Context that is known
				assert.Equal(t, 200, serve(outer, "GET", "/empty").Code, "%s %s", mode, name)
				assert.Equal(t, 404, serve(outer, "GET", "/none").Code, "%s %s", mode, name)
			}
		}
	}
}

func TestAnEngineInsideAnotherOneAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	outer, inner := dram.New(), dram.New()
	inner.GET("/", func(*dram.Context) {})
	outer.GET("/", dram.WrapH(inner))
	w, req := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	assert.Zero(t, testing.AllocsPerRun(100, func() { outer.ServeHTTP(w, req) }))
}

func TestAUserOfAContextIsToldToTheCachesOutside(t *testing.T) {
	for name, tt := range map[string]struct {
		key, value any
		told       bool
	}{
		"a user":             {dram.AuthUserKey, "ada", true},
		"a user of a proxy":  {dram.AuthProxyUserKey, "ada", true},
		"a visitor":          {dram.AuthUserKey, "", false},
		"nobody":             {dram.AuthUserKey, nil, false},
		"something else":     {"visitor", "ada", false},
		"a key of no string": {7, "ada", false},
	} {
		t.Run(name, func(t *testing.T) {
			var watch whose.Watch
			req := httptest.NewRequest("GET", "/", nil)
			r := dram.New()
			r.GET("/", func(c *dram.Context) { c.Set(tt.key, tt.value) })
			r.ServeHTTP(httptest.NewRecorder(), req.WithContext(watch.Within(req.Context())))
			assert.Equal(t, tt.told, watch.IsUsers())
		})
	}
}
