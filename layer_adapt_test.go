package dram_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dram-go/dram"
	"github.com/julienschmidt/httprouter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWrapFAndWrapHGoOn(t *testing.T) {
	var order []string
	handler := func(w http.ResponseWriter, r *http.Request) {
		order = append(order, r.URL.Path)
		w.WriteHeader(201)
	}
	engine := dram.New()
	engine.GET("/f", dram.WrapF(handler), func(*dram.Context) { order = append(order, "after f") })
	engine.GET("/h", dram.WrapH(http.HandlerFunc(handler)), func(*dram.Context) { order = append(order, "after h") })
	assert.Equal(t, 201, serve(engine, "GET", "/f").Code)
	assert.Equal(t, 201, serve(engine, "GET", "/h").Code)
	assert.Equal(t, []string{"/f", "after f", "/h", "after h"}, order)
}

func TestWrapHandle(t *testing.T) {
	engine := dram.New()
	var got httprouter.Params
	engine.GET("/users/:id/*rest", dram.WrapHandle(func(w http.ResponseWriter, _ *http.Request, ps httprouter.Params) {
		got = append(got[:0], ps...)
		w.WriteHeader(202)
	}))
	assert.Equal(t, 202, serve(engine, "GET", "/users/7/a/b").Code)
	assert.Equal(t, httprouter.Params{{Key: "id", Value: "7"}, {Key: "rest", Value: "/a/b"}}, got)
}

func TestWrapHandleCostsNothing(t *testing.T) {
	inMode(t, dram.ReleaseMode)
	engine := dram.New()
	engine.GET("/users/:id", dram.WrapHandle(func(http.ResponseWriter, *http.Request, httprouter.Params) {}))
	w, req := httptest.NewRecorder(), httptest.NewRequest("GET", "/users/7", nil)
	assert.Zero(t, testing.AllocsPerRun(100, func() { engine.ServeHTTP(w, req) }))
}

// inside puts a net/http middleware around one handler.
func inside(middleware func(http.Handler) http.Handler, handlers ...dram.HandlerFunc) *dram.Engine {
	engine := dram.New()
	engine.Use(dram.WrapMiddleware(middleware))
	engine.GET("/*path", handlers...)
	return engine
}

func passes(next http.Handler) http.Handler { return next }

func TestWrappedMiddlewareHasItsName(t *testing.T) {
	var names []string
	serve(inside(passes, func(c *dram.Context) { names = c.HandlerNames() }), "GET", "/")
	require.Len(t, names, 2)
	assert.Contains(t, names[0], "dram_test.passes")
}

func TestWrapMiddlewareThatSetsHeaders(t *testing.T) {
	var order []string
	engine := dram.New()
	engine.Use(
		func(c *dram.Context) {
			order = append(order, "outer in")
			writer, req := c.Writer, c.Request
			c.Next()
			order = append(order, "outer out")
			assert.Same(t, writer, c.Writer)
			assert.Same(t, req, c.Request)
			assert.False(t, c.IsAborted())
		},
		dram.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Layer", "1")
				order = append(order, "layer in")
				next.ServeHTTP(w, r)
				order = append(order, "layer out")
			})
		}))
	engine.GET("/", func(c *dram.Context) { order = append(order, "handler"); c.String(201, "x") })
	w := serve(engine, "GET", "/")
	assert.Equal(t, 201, w.Code)
	assert.Equal(t, "1", w.Header().Get("X-Layer"))
	assert.Equal(t, []string{"outer in", "layer in", "handler", "layer out", "outer out"}, order)
}

func TestWrapMiddlewareThatBlocks(t *testing.T) {
	engine := inside(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" {
				http.Error(w, "who are you?", http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	}, func(c *dram.Context) { c.String(200, "welcome") })
	w := serve(engine, "GET", "/")
	assert.Equal(t, 401, w.Code)
	assert.Equal(t, "who are you?\n", w.Body.String())
	assert.Equal(t, 200, askWith(engine, "Authorization", "me").Code)
}

func TestWrapMiddlewareThatAddsToTheContext(t *testing.T) {
	engine := inside(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), ctxKey{}, "added")))
		})
	}, func(c *dram.Context) { c.String(200, "%v %v", c.Value(ctxKey{}), c.Request.Context().Value(ctxKey{})) })
	assert.Equal(t, "added added", serve(engine, "GET", "/").Body.String())
}

func TestWrapMiddlewareThatChangesTheRequest(t *testing.T) {
	engine := inside(func(next http.Handler) http.Handler { return http.StripPrefix("/api", next) },
		func(c *dram.Context) { c.String(200, "%s %s", c.Request.URL.Path, c.Param("path")) })
	assert.Equal(t, "/users /api/users", serve(engine, "GET", "/api/users").Body.String())
}

func TestWrapMiddlewareAllocations(t *testing.T) {
	inMode(t, dram.ReleaseMode)
	engine := inside(func(next http.Handler) http.Handler { return next }, target)
	w, req := httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil)
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { engine.ServeHTTP(w, req) }), 2.0, "the request's copy and its context")
}

func TestWrapMiddlewareKeepsTheContextAround(t *testing.T) {
	engine := inside(func(next http.Handler) http.Handler { return next },
		func(c *dram.Context) { c.String(200, "%v", c.Value(ctxKey{})) })
	req := httptest.NewRequest("GET", "/", nil)
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, req.WithContext(context.WithValue(req.Context(), ctxKey{}, "around")))
	assert.Equal(t, "around", w.Body.String())
}

// gzipWriter compresses the body, as a middleware of net/http does it.
type gzipWriter struct {
	http.ResponseWriter
	gz    *gzip.Writer
	codes []int
}

func (w *gzipWriter) WriteHeader(code int) {
	w.codes = append(w.codes, code)
	w.Header().Set("Content-Encoding", "gzip")
	w.ResponseWriter.WriteHeader(code)
}
func (w *gzipWriter) Write(p []byte) (int, error) { return w.gz.Write(p) }
func (w *gzipWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func gzipping(last **gzipWriter) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			wrapped := &gzipWriter{ResponseWriter: w, gz: gzip.NewWriter(w)}
			*last = wrapped
			next.ServeHTTP(wrapped, r)
			if len(wrapped.codes) > 0 {
				_ = wrapped.gz.Close()
			}
		})
	}
}

func TestWrapMiddlewareThatWrapsTheWriter(t *testing.T) {
	var last *gzipWriter
	var size, status int
	engine := inside(gzipping(&last), func(c *dram.Context) {
		assert.Equal(t, -1, c.Writer.Size())
		assert.Equal(t, 200, c.Writer.Status())
		c.JSON(201, dram.H{"a": strings.Repeat("b", 1000)})
		assert.True(t, c.Writer.Written())
		size, status = c.Writer.Size(), c.Writer.Status()
	})
	w := serve(engine, "GET", "/")
	assert.Equal(t, 201, w.Code)
	assert.Equal(t, 201, status)
	assert.Equal(t, []int{201}, last.codes, "one header")
	assert.Equal(t, "gzip", w.Header().Get("Content-Encoding"))
	reader, err := gzip.NewReader(w.Body)
	require.NoError(t, err)
	body, err := io.ReadAll(reader)
	require.NoError(t, err)
	assert.JSONEq(t, `{"a":"`+strings.Repeat("b", 1000)+`"}`, string(body))
	assert.Equal(t, len(body), size, "what the layers inside wrote, before it was compressed")
}

func TestWrapMiddlewareThatWrapsTheWriterOfAStatusOnly(t *testing.T) {
	var last *gzipWriter
	engine := inside(gzipping(&last), func(c *dram.Context) {
		c.Status(0)
		c.Status(409)
		c.Status(404)
	})
	assert.Equal(t, 404, serve(engine, "GET", "/").Code)
	assert.Equal(t, []int{404}, last.codes)

	engine = inside(gzipping(&last), target)
	assert.Equal(t, 200, serve(engine, "GET", "/").Code)
	assert.Empty(t, last.codes, "nothing was said, so nothing is passed on")

	engine = inside(gzipping(&last), func(c *dram.Context) { c.AbortWithStatus(403); c.Status(200) })
	assert.Equal(t, 403, serve(engine, "GET", "/").Code, "a status that was sent stays")
}

func TestWrapMiddlewareOn404(t *testing.T) {
	var last *gzipWriter
	engine := dram.New()
	engine.Use(dram.WrapMiddleware(gzipping(&last)))
	w := serve(engine, "GET", "/nothing")
	assert.Equal(t, 404, w.Code)
	body, err := gzip.NewReader(w.Body)
	require.NoError(t, err)
	text, err := io.ReadAll(body)
	require.NoError(t, err)
	assert.Equal(t, "404 page not found", string(text))
}

// http.TimeoutHandler sends 200 for whoever has sent no status.
func TestWrapMiddlewareWithTimeoutHandlerKeepsMisses(t *testing.T) {
	engine := dram.New()
	engine.HandleMethodNotAllowed = true
	engine.Use(dram.WrapMiddleware(func(next http.Handler) http.Handler {
		return http.TimeoutHandler(next, time.Hour, "late")
	}))
	engine.GET("/only", func(c *dram.Context) { c.String(200, "ok") })
	for _, tt := range []struct {
		method, path string
		code         int
		body         string
	}{
		{"GET", "/only", 200, "ok"},
		{"GET", "/nope", 404, "404 page not found"},
		{"POST", "/only", 405, "405 method not allowed"},
	} {
		w := serve(engine, tt.method, tt.path)
		assert.Equal(t, tt.code, w.Code, tt.path)
		assert.Equal(t, tt.body, w.Body.String())
	}
	engine.NoRoute(func(*dram.Context) {})
	assert.Equal(t, "404 page not found", serve(engine, "GET", "/nope").Body.String())
	engine.NoRoute(func(c *dram.Context) { c.Status(410) })
	assert.Equal(t, 410, serve(engine, "GET", "/nope").Code)
}

func TestWrapMiddlewareWriterKeepsItsPowers(t *testing.T) {
	var last *gzipWriter
	engine := dram.New()
	engine.Use(dram.WrapMiddleware(gzipping(&last)))
	engine.GET("/stream", func(c *dram.Context) {
		_, err := c.Writer.WriteString("one")
		assert.NoError(t, err)
		assert.NoError(t, last.gz.Flush())
		c.Writer.Flush()
		n, err := c.Writer.(io.ReaderFrom).ReadFrom(strings.NewReader("two"))
		assert.NoError(t, err)
		assert.EqualValues(t, 3, n)
		assert.Equal(t, 6, c.Writer.Size())
		_, _, err = c.Writer.Hijack()
		assert.ErrorContains(t, err, "already written")
		assert.NoError(t, http.NewResponseController(c.Writer).SetWriteDeadline(time.Time{}), "the controller finds the connection")
		assert.NotNil(t, c.Writer.CloseNotify()) //nolint:staticcheck // part of the interface
		assert.Nil(t, c.Writer.Pusher(), "HTTP/1.1 has no push")
	})
	engine.GET("/hints", func(c *dram.Context) {
		c.Header("Link", "</a.css>; rel=preload")
		c.Writer.WriteHeader(http.StatusEarlyHints)
		assert.Equal(t, 200, c.Writer.Status())
		c.String(200, "late")
	})
	engine.GET("/hijack", func(c *dram.Context) {
		conn, _, err := c.Writer.Hijack()
		if assert.NoError(t, err) {
			assert.True(t, c.Writer.Written())
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw")
			conn.Close()
		}
	})
	server := httptest.NewServer(engine)
	defer server.Close()
	assert.Equal(t, "onetwo", get(t, &http.Transport{}, server.URL+"/stream"))
	assert.Equal(t, "late", get(t, &http.Transport{}, server.URL+"/hints"))
	assert.Equal(t, []int{103, 200}, last.codes)
	assert.Equal(t, "raw", get(t, &http.Transport{}, server.URL+"/hijack"))
}

func TestWrapMiddlewareWriterWithoutPowers(t *testing.T) {
	engine := inside(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(plainWriter{w}, r) })
	}, func(c *dram.Context) {
		_, _, err := c.Writer.Hijack()
		assert.Same(t, http.ErrNotSupported, err)
		assert.NotPanics(t, c.Writer.Flush)
		_, err = c.Writer.Write([]byte("x"))
		assert.NoError(t, err)
	})
	w := serve(engine, "GET", "/")
	assert.Equal(t, "x", w.Body.String())
}

// ownWriter is a whole ResponseWriter already.
type ownWriter struct{ dram.ResponseWriter }

func TestWrapMiddlewareWithAResponseWriterOfOurs(t *testing.T) {
	var got dram.ResponseWriter
	engine := inside(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&ownWriter{w.(dram.ResponseWriter)}, r)
		})
	}, func(c *dram.Context) { got = c.Writer; c.String(200, "x") })
	assert.Equal(t, "x", serve(engine, "GET", "/").Body.String())
	assert.IsType(t, &ownWriter{}, got)
}

func TestContextBehindAWriterOfTheMiddlewareIsReleased(t *testing.T) {
	var late *dram.Context
	engine := inside(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(plainWriter{w}, r)
			assert.NotNil(t, late)
		})
	}, func(c *dram.Context) { late = c })
	serve(engine, "GET", "/")
	assertPanics(t, "the Context of GET /*path was used after its handler returned", func() { late.Param("path") })
}

func TestWrapMiddlewareIsAppliedOnce(t *testing.T) {
	applied := 0
	engine := inside(func(next http.Handler) http.Handler {
		applied++
		count := 0
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			count++
			if count > 2 {
				w.WriteHeader(429)
				return
			}
			next.ServeHTTP(w, r)
		})
	}, target)
	assert.Equal(t, []int{200, 200, 429}, []int{
		serve(engine, "GET", "/").Code, serve(engine, "GET", "/").Code, serve(engine, "GET", "/").Code,
	}, "it keeps its state")
	assert.Equal(t, 1, applied)
}

func TestWrapMiddlewareNested(t *testing.T) {
	var order []string
	layer := func(name string) dram.HandlerFunc {
		return dram.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				order = append(order, name)
				next.ServeHTTP(plainWriter{w}, r)
				order = append(order, name)
			})
		})
	}
	engine := dram.New()
	engine.Use(layer("a"), layer("b"), func(c *dram.Context) { c.Next() }, layer("c"))
	engine.GET("/", func(c *dram.Context) { order = append(order, "handler"); c.String(200, "x") })
	assert.Equal(t, "x", serve(engine, "GET", "/").Body.String())
	assert.Equal(t, []string{"a", "b", "c", "handler", "c", "b", "a"}, order)
}

func TestWrapMiddlewareThatCallsNextTwice(t *testing.T) {
	ran := 0
	engine := inside(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			next.ServeHTTP(w, r)
		})
	}, func(*dram.Context) { ran++ })
	serve(engine, "GET", "/")
	assert.Equal(t, 1, ran)
}

func TestWrapMiddlewareWithAStrangeRequest(t *testing.T) {
	engine := inside(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.Background()))
		})
	}, target)
	defer func() { assert.Contains(t, recover(), "does not descend") }()
	serve(engine, "GET", "/")
}

func TestWrapMiddlewareOnPanic(t *testing.T) {
	var outside dram.ResponseWriter
	engine := dram.New()
	engine.Use(dram.RecoveryWithWriter(nil, func(c *dram.Context, _ any) { outside = c.Writer; c.Status(418) }),
		dram.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(plainWriter{w}, r) })
		}))
	engine.GET("/", panicking)
	assert.Equal(t, 418, serve(engine, "GET", "/").Code)
	assert.NotNil(t, outside)
}

// http.TimeoutHandler answers while next still runs in a goroutine, with a
// Context of its own.
func TestWrapMiddlewareWithTimeoutHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the time is up when the handler waits, and not before
		limit := dram.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.TimeoutHandler(next, time.Second, "too late")
		})
		answered, ended := make(chan struct{}), make(chan error)
		engine := dram.New()
		engine.Use(func(c *dram.Context) {
			c.Set("outer", 1)
			c.Next()
			assert.True(t, c.IsAborted(), "the rest of the chain runs elsewhere")
			assert.Empty(t, c.GetString("inner"))
		}, limit)
		engine.GET("/slow", func(c *dram.Context) {
			<-answered
			c.Set("inner", "late")
			assert.Equal(t, 1, c.GetInt("outer"))
			assert.Equal(t, "/slow", c.FullPath())
			_, err := c.Writer.WriteString("unheard")
			ended <- err
		}, func(c *dram.Context) { c.Header("X-Last", "1") })
		engine.GET("/panic", panicking)
		w := serve(engine, "GET", "/slow")
		close(answered)
		assert.ErrorIs(t, <-ended, http.ErrHandlerTimeout)
		assert.Equal(t, 503, w.Code)
		assert.Equal(t, "too late", w.Body.String())
		assert.Empty(t, w.Header().Get("X-Last"))
		assert.PanicsWithValue(t, "boom", func() { serve(engine, "GET", "/panic") })
	})
}

// A miss that is given to a route has the route's answer, an empty one as well.
func TestWrapMiddlewareBehindARequestThatWasMissed(t *testing.T) {
	engine := dram.New()
	engine.NoRoute(func(c *dram.Context) {
		c.Request.URL.Path = "/found"
		c.Status(200)
		engine.HandleContext(c)
	})
	engine.GET("/found", dram.WrapMiddleware(func(next http.Handler) http.Handler {
		return http.TimeoutHandler(next, time.Hour, "late")
	}), func(*dram.Context) {})
	w := serve(engine, "GET", "/lost")
	assert.Equal(t, 200, w.Code)
	assert.Empty(t, w.Body.String())
}

func TestWrapMiddlewareWhoseNextComesTooLate(t *testing.T) {
	late, done := make(chan struct{}), make(chan struct{})
	engine := inside(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			go func() {
				<-late
				next.ServeHTTP(w, r)
				close(done)
			}()
		})
	}, func(*dram.Context) { t.Error("the request is over") })
	serve(engine, "GET", "/")
	close(late)
	<-done
}

var errNoHijack = errors.New("no hijack")

type hijackErrorWriter struct{ http.ResponseWriter }

func (hijackErrorWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, errNoHijack }

func TestWrapMiddlewareHijackError(t *testing.T) {
	engine := inside(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(hijackErrorWriter{w}, r) })
	}, func(c *dram.Context) {
		_, _, err := c.Writer.Hijack()
		assert.Same(t, errNoHijack, err)
		assert.False(t, c.Writer.Written())
		c.Status(http.StatusAccepted)
	})
	assert.Equal(t, http.StatusAccepted, serve(engine, "GET", "/").Code)
}

// A layer that gives the request to the router again, inside a middleware that
// has a writer of its own.
func TestWrapMiddlewareAndAGETRouteThatIsFoundForHEADInside(t *testing.T) {
	engine := dram.New()
	engine.Use(dram.WrapMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(plainWriter{w}, r) })
	}))
	engine.NoRoute(func(c *dram.Context) {
		c.Request.URL.Path = "/new"
		engine.HandleContext(c)
	})
	engine.GET("/new", func(c *dram.Context) { c.String(http.StatusCreated, "short") })
	w := serve(engine, "HEAD", "/old")
	assert.Equal(t, http.StatusCreated, w.Code)
	assert.Equal(t, "5", w.Header().Get("Content-Length"))
	assert.Empty(t, w.Body.String())
}

// http.TimeoutHandler takes the first status that it gets for the answer's.
func TestWrapMiddlewareWithTimeoutHandlerKeepsTheStatusAfterEarlyHints(t *testing.T) {
	engine := dram.New()
	engine.Use(dram.WrapMiddleware(func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") }))
	engine.GET("/", func(c *dram.Context) {
		c.Header("Link", "</a.css>; rel=preload")
		c.Writer.WriteHeader(http.StatusEarlyHints)
		c.String(http.StatusNotFound, "not here")
	})
	server := httptest.NewServer(engine)
	defer server.Close()
	res, err := http.Get(server.URL)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, http.StatusNotFound, res.StatusCode)
	assert.Equal(t, "</a.css>; rel=preload", res.Header.Get("Link"))
}

// A layer outside that looks at the answer runs while the layers inside have a
// Context of their own.
func TestWrapMiddlewareLosesNoErrorOfALayerOutside(t *testing.T) {
	before, outside, inside := errors.New("before"), errors.New("outside"), errors.New("inside")
	var got []string
	engine := dram.New()
	engine.Use(
		func(c *dram.Context) {
			_ = c.Error(before)
			c.Next()
			got = c.Errors.Errors()
			assert.True(t, c.IsAborted())
		},
		func(c *dram.Context) {
			c.NextAnswer(nil, func(dram.Answer) { _ = c.Error(outside); c.Abort() })
		},
		dram.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(plainWriter{w}, r) })
		}))
	engine.GET("/", func(c *dram.Context) {
		c.String(http.StatusOK, "answer")
		_ = c.Error(inside)
	})
	serve(engine, "GET", "/")
	assert.ElementsMatch(t, []string{"before", "outside", "inside"}, got)
}
