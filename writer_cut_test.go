package dram_test

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// protocols are servers for both.
var protocols = map[string]func(http.Handler) *httptest.Server{"HTTP/1.1": httptest.NewServer, "HTTP/2": newHTTP2Server}

// A middleware that compresses drops the Content-Length, by which a client would
// have seen that the body is not whole.
func TestABodyShorterThanPromisedIsCutBehindAMiddlewareThatDropsTheLength(t *testing.T) {
	for protocol, newServer := range protocols {
		t.Run(protocol, func(t *testing.T) {
			engine := dram.New()
			engine.Use(dram.WrapMiddleware(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Encoding", "gzip")
					wrapped := &droppingWriter{ResponseWriter: w, out: gzip.NewWriter(w)}
					next.ServeHTTP(wrapped, r)
					_ = wrapped.out.Close()
				})
			}))
			engine.GET("/", func(c *dram.Context) {
				c.DataFromReader(http.StatusOK, 100, "text/plain", strings.NewReader("half"), nil)
			})
			server := newServer(engine)
			defer server.Close()
			res, err := server.Client().Get(server.URL)
			if err == nil {
				defer res.Body.Close()
				_, err = io.ReadAll(res.Body)
			}
			assert.Error(t, err)
		})
	}
}

func TestABodyWhoseSourceFailsIsCut(t *testing.T) {
	handler := func(c *dram.Context) {
		_, err := io.Copy(c.Writer, io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF)))
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
	bare := dram.New()
	bare.GET("/", handler)
	passed, _ := looking(func(dram.Answer) {}, handler)
	copied, _ := looking(func(a dram.Answer) { a.Tee(io.Discard) }, handler)
	encoded, _ := looking(func(a dram.Answer) { a.Through(upper{a.Out()}) }, handler)
	for protocol, newServer := range protocols {
		for name, r := range map[string]*dram.Engine{"without a layer": bare, "passed": passed, "copied": copied, "encoded": encoded} {
			t.Run(protocol+" "+name, func(t *testing.T) {
				server := newServer(r)
				defer server.Close()
				res, err := server.Client().Get(server.URL)
				if err == nil {
					defer res.Body.Close()
					_, err = io.ReadAll(res.Body)
				}
				assert.Error(t, err)
			})
		}
	}
}

// droppingWriter writes another body.
type droppingWriter struct {
	http.ResponseWriter
	out io.WriteCloser
}

func (w *droppingWriter) WriteHeader(status int) {
	w.Header().Del("Content-Length")
	w.ResponseWriter.WriteHeader(status)
}
func (w *droppingWriter) Write(p []byte) (int, error) { return w.out.Write(p) }

func TestARouteOfHEADMayPromiseABodyThatItDoesNotRead(t *testing.T) {
	engine := dram.New()
	engine.HEAD("/", func(c *dram.Context) {
		c.DataFromReader(http.StatusOK, 100, "text/plain", strings.NewReader(""), nil)
	})
	server := httptest.NewServer(engine)
	defer server.Close()
	res, err := server.Client().Head(server.URL)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.EqualValues(t, 100, res.ContentLength)
}

// http.TimeoutHandler and the like have no way to the connection. A layer outside
// holds the half body, so there is still time for an error.
func TestABreakBehindAWriterWithoutPowersIsAnErrorWhileALayerOutsideHoldsIt(t *testing.T) {
	for protocol, newServer := range protocols {
		t.Run(protocol, func(t *testing.T) {
			engine := dram.New()
			engine.Use(
				func(c *dram.Context) {
					c.NextAnswer(nil, func(a dram.Answer) { a.Hold(1000, func(dram.Answer, []byte, bool) {}) })
				},
				dram.WrapMiddleware(func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(plainWriter{w}, r) })
				}))
			engine.GET("/", func(c *dram.Context) {
				c.DataFromReader(http.StatusOK, -1, "text/plain", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrNoProgress)), nil)
			})
			headers := 0
			server := newServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				engine.ServeHTTP(headerCounter{w, &headers}, r)
			}))
			defer server.Close()
			res, err := server.Client().Get(server.URL)
			require.NoError(t, err)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			assert.Equal(t, http.StatusInternalServerError, res.StatusCode)
			assert.Empty(t, body)
			assert.Equal(t, 1, headers)
		})
	}
}

// headerCounter counts the headers that are sent.
type headerCounter struct {
	http.ResponseWriter
	n *int
}

func (w headerCounter) WriteHeader(status int) { *w.n++; w.ResponseWriter.WriteHeader(status) }

// A handler that http.TimeoutHandler has given up cannot write; that its own answer
// is not whole does not matter to the one that was sent.
func TestTheAnswerOfATimeoutIsNotCutByTheHandlerThatIsLate(t *testing.T) {
	for protocol, newServer := range protocols {
		t.Run(protocol, func(t *testing.T) {
			engine := dram.New()
			engine.Use(dram.WrapMiddleware(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					http.Error(w, "too late", http.StatusServiceUnavailable)
					next.ServeHTTP(timedOutWriter{http.ErrHandlerTimeout}, r) // it returns at that moment
				})
			}))
			engine.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "late") })
			server := newServer(engine)
			defer server.Close()
			res, err := server.Client().Get(server.URL)
			require.NoError(t, err)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			assert.Equal(t, "too late\n", string(body))
		})
	}
}

// The same, when the time is not up, but the client has left: a log has the 503 of http.TimeoutHandler, and no 500.
func TestAHandlerThatIsLateForAClientThatHasLeftDoesNotChangeTheStatus(t *testing.T) {
	engine := dram.New()
	engine.Use(dram.WrapMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			next.ServeHTTP(timedOutWriter{context.Canceled}, r)
		})
	}))
	engine.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "late") })
	assert.Equal(t, http.StatusServiceUnavailable, serve(engine, "GET", "/").Code)
}

// timedOutWriter is what http.TimeoutHandler's writer is when the time is up.
type timedOutWriter struct{ err error }

func (timedOutWriter) Header() http.Header         { return http.Header{} }
func (timedOutWriter) WriteHeader(int)             {}
func (w timedOutWriter) Write([]byte) (int, error) { return 0, w.err }
