package matrixtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/middleware"
)

// This file holds by name what broke where two layers met.

// passing returns all layers that let a request pass.
func passing() (all []layer) {
	root, ours, contrib := rooms()
	for _, l := range slices.Concat(root, ours, contrib) {
		if l.refuses == 0 && l.replaces == 0 && !l.reroutes {
			all = append(all, l)
		}
	}
	return all
}

// engineOf returns an engine with layers.
func engineOf(layers ...layer) *dram.Engine {
	st := &stack{engine: dram.New(), limit: time.Minute}
	for _, l := range layers {
		st.engine.Use(l.of(st)...)
	}
	return st.engine
}

// ask sends a request that all layers let pass to an engine without a connection.
func ask(h http.Handler, method, target, body string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	req := permitted(httptest.NewRequest(method, "http://127.0.0.1"+target, strings.NewReader(body)))
	req.Header.Del("Accept-Encoding")
	for _, edit := range edits {
		edit(req)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func withKey(key string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Idempotency-Key", key) }
}

// waitFor does what a library does with a context: it waits in a goroutine, and asks
// why it has ended.
func waitFor(t *testing.T, all *sync.WaitGroup, ctx context.Context) {
	done := ctx.Done()
	all.Go(func() {
		_ = ctx.Err() // while the layers return
		select {
		case <-done:
			assert.Error(t, ctx.Err(), "Done is closed")
			_ = ctx.Value(contextKey{})
		case <-time.After(20 * time.Second):
			t.Error("Done is never closed")
		}
	})
}

func TestDoneThatALibraryWaitsForBehindEveryLayer(t *testing.T) {
	for _, mode := range []string{dram.TestMode, dram.ReleaseMode} {
		for _, where := range []string{"inside", "outside", "on both sides"} {
			for _, l := range passing() {
				t.Run(mode+", "+l.name+", asked "+where, func(t *testing.T) {
					modes.Lock()
					dram.SetMode(mode)
					st := &stack{engine: dram.New(), limit: time.Millisecond}
					keepMode(st.engine)
					dram.SetMode(dram.TestMode)
					modes.Unlock()
					var waiting sync.WaitGroup
					st.engine.Use(func(c *dram.Context) {
						req := c.Request
						if where != "inside" {
							waitFor(t, &waiting, c)
						}
						c.Next()
						assert.Same(t, req, c.Request, "its own request")
					})
					st.engine.Use(l.of(st)...)
					st.engine.GET("/:wait", func(c *dram.Context) {
						if where != "outside" {
							waitFor(t, &waiting, c)
						}
						if l.deadline && c.Param("wait") == "long" {
							<-c.Request.Context().Done()
						}
						c.Status(http.StatusNoContent)
					})
					server := httptest.NewServer(st.engine)
					defer server.Close()
					for _, target := range []string{"/short", "/long"} {
						req, err := http.NewRequest(http.MethodGet, server.URL+target, nil)
						require.NoError(t, err)
						res, err := server.Client().Do(permitted(req))
						require.NoError(t, err)
						res.Body.Close()
					}
					waiting.Wait()
				})
			}
		}
	}
}

func TestACopyIsNotCancelledWhenTheHandlerReturns(t *testing.T) {
	for _, l := range passing() {
		t.Run(l.name, func(t *testing.T) {
			var cp *dram.Context
			r := engineOf(l)
			r.GET("/", func(c *dram.Context) {
				_ = c.Done() // it was given to a library as well
				c.Set("key", "value")
				cp = c.Copy()
			})
			server := httptest.NewServer(r)
			req, err := http.NewRequest(http.MethodGet, server.URL, nil)
			require.NoError(t, err)
			res, err := server.Client().Do(permitted(req))
			require.NoError(t, err)
			res.Body.Close()
			server.Close() // every context of the request has ended
			assert.NoError(t, cp.Err())
			assert.Nil(t, cp.Done())
			_, ok := cp.Deadline()
			assert.False(t, ok)
			assert.Equal(t, "value", cp.Value("key"))
			assert.NotNil(t, cp.Value(http.ServerContextKey), "the values stay")
		})
	}
}

// downStore is a store of sessions that cannot be read.
type downStore struct{ failingStore }

func (downStore) Find(string) ([]byte, bool, error) { return nil, false, errStore }

func TestASessionWhoseStoreFailsInsideAndOutsideOfEveryLayer(t *testing.T) {
	reads := set("reads", session.Sessions(session.Config{Store: downStore{}, Insecure: true}))
	writes := layer{name: "writes", of: func(*stack) []dram.HandlerFunc {
		return []dram.HandlerFunc{session.Sessions(session.Config{Store: failingStore{}}), func(c *dram.Context) { session.From(c).Put("a", 1) }}
	}}
	cookie := func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: session.InsecureName, Value: strings.Repeat("x", 43)})
	}
	for _, failing := range []layer{reads, writes} {
		for _, l := range passing() {
			for where, chain := range map[string][]layer{"inside": {l, failing}, "outside": {failing, l}} {
				t.Run(failing.name+" "+where+" of "+l.name, func(t *testing.T) {
					var recorded []error
					r := dram.New()
					r.Use(func(c *dram.Context) {
						c.Next()
						for _, err := range c.Errors {
							recorded = append(recorded, err.Err)
						}
					})
					st := &stack{engine: r, limit: time.Minute}
					for _, l := range chain {
						r.Use(l.of(st)...)
					}
					r.POST("/", func(c *dram.Context) { c.String(http.StatusOK, "what only a session may see") })
					w := ask(r, "POST", "/", "a=b", cookie, withKey("k"))
					assert.Equal(t, http.StatusServiceUnavailable, w.Code)
					assert.NotContains(t, w.Body.String(), "only a session")
					assert.NotContains(t, w.Body.String(), errStore.Error())
					assert.ErrorIs(t, errors.Join(recorded...), errStore)
				})
			}
		}
	}
}

func TestASessionsCookieMakesAPublicAnswerPrivate(t *testing.T) {
	public := set("CacheControl", middleware.CacheControl(middleware.CacheControlConfig{
		Directives: middleware.CacheDirectives{Public: true, SMaxAge: time.Hour},
	}))
	sessions := layer{name: "Sessions", of: func(*stack) []dram.HandlerFunc {
		return []dram.HandlerFunc{session.Sessions(session.Config{}), func(c *dram.Context) { session.From(c).Put("a", 1) }}
	}}
	answers := map[string]dram.HandlerFunc{
		"a body":   func(c *dram.Context) { c.String(http.StatusOK, "body") },
		"nothing":  func(*dram.Context) {},
		"204":      func(c *dram.Context) { c.Status(http.StatusNoContent) },
		"404":      func(c *dram.Context) { c.String(http.StatusNotFound, "none") },
		"a file":   func(c *dram.Context) { c.File("testdata/file.txt") },
		"a stream": func(c *dram.Context) { c.Writer.Flush(); c.String(http.StatusOK, "body") },
		"its own": func(c *dram.Context) {
			c.Header("Cache-Control", "public, max-age=60")
			c.String(http.StatusOK, "body")
		},
	}
	for _, between := range append(passing(), none) {
		for where, chain := range map[string][]layer{"inside": {public, between, sessions}, "outside": {sessions, between, public}} {
			for name, handler := range answers {
				t.Run(where+", "+between.name+", "+name, func(t *testing.T) {
					r := engineOf(chain...)
					r.GET("/", handler)
					w := ask(r, "GET", "/", "")
					require.NotEmpty(t, w.Header().Get("Set-Cookie"))
					control := strings.Join(w.Header().Values("Cache-Control"), ",")
					assert.NotContains(t, control, "public")
					assert.NotContains(t, control, "s-maxage")
					assert.Regexp(t, "private|no-store", control)
				})
			}
		}
	}
}

func TestA103KeepsTheHeadersOfLayersOutsideAndInside(t *testing.T) {
	for _, l := range passing() {
		t.Run(l.name, func(t *testing.T) {
			r := dram.New()
			st := &stack{engine: r, limit: time.Minute}
			r.Use(middleware.Secure(middleware.SecureConfig{}), func(c *dram.Context) { c.Header("X-Outside", "1") })
			r.Use(l.of(st)...)
			r.Use(func(c *dram.Context) { c.Header("X-Inside", "1") })
			r.GET("/*path", func(c *dram.Context) {
				c.Header("Link", "</a.css>; rel=preload")
				c.Writer.WriteHeader(http.StatusEarlyHints)
				c.String(http.StatusNotFound, "answer")
			})
			lab := newLab()
			defer lab.close()
			lab.current.Store(st)
			got := lab.send(true, "GET", 0)
			require.NoError(t, got.err)
			assert.Equal(t, http.StatusNotFound, got.status)
			assert.Equal(t, "answer", got.body)
			if !l.opaque {
				assert.Equal(t, []string{"103 </a.css>; rel=preload"}, got.hints)
			}
			for name, value := range map[string]string{"X-Outside": "1", "X-Inside": "1", "X-Content-Type-Options": "nosniff", "Link": "</a.css>; rel=preload"} {
				assert.Equal(t, value, got.header.Get(name), name)
			}
		})
	}
}

// A reset connection to a database does not mean that the client is gone.
func TestAPanicWithAnotherConnectionsErrorIsA500InsideAndOutsideOfEveryLayer(t *testing.T) {
	reset := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	recovery := set("Recovery", dram.RecoveryWithWriter(nil))
	for _, l := range passing() {
		for where, chain := range map[string][]layer{"inside": {l, recovery}, "outside": {recovery, l}} {
			for name, panicked := range map[string]error{"ECONNRESET": reset, "EPIPE": fmt.Errorf("query: %w", syscall.EPIPE)} {
				t.Run(name+", Recovery "+where+" of "+l.name, func(t *testing.T) {
					r := engineOf(chain...)
					r.GET("/", func(*dram.Context) { panic(panicked) })
					assert.Equal(t, http.StatusInternalServerError, ask(r, "GET", "/", "").Code)
				})
			}
		}
	}
}

// net/http removes the temporary files of the request that it knows.
func TestUploadsAreRemovedBehindEveryLayer(t *testing.T) {
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	part, err := parts.CreateFormFile("file", "a.txt")
	require.NoError(t, err)
	_, err = part.Write(make([]byte, 1<<16))
	require.NoError(t, err)
	require.NoError(t, parts.Close())
	for _, l := range passing() {
		t.Run(l.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("TMPDIR", dir)
			r := engineOf(l)
			r.MaxMultipartMemory = 1
			r.POST("/", func(c *dram.Context) {
				file, err := c.FormFile("file")
				if assert.NoError(t, err) {
					assert.EqualValues(t, 1<<16, file.Size)
				}
				stored, err := os.ReadDir(dir)
				assert.NoError(t, err)
				assert.Len(t, stored, 1)
				c.Status(http.StatusNoContent)
			})
			server := httptest.NewServer(r)
			req, err := http.NewRequest(http.MethodPost, server.URL, bytes.NewReader(form.Bytes()))
			require.NoError(t, err)
			permitted(req).Header.Set("Content-Type", parts.FormDataContentType())
			res, err := server.Client().Do(req)
			require.NoError(t, err)
			res.Body.Close()
			assert.Equal(t, http.StatusNoContent, res.StatusCode)
			server.Close()
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			assert.Empty(t, left)
		})
	}
}
