package middleware_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// goroutine is the number of the one that calls it.
func goroutine() string {
	buf := make([]byte, 64)
	return strings.Fields(string(buf[:runtime.Stack(buf, false)]))[1]
}

// tracing keeps on which goroutines it is called, as a layer's own writer.
type tracing struct {
	dram.ResponseWriter
	on map[string]bool
}

func (w *tracing) WriteHeader(status int) {
	w.on[goroutine()] = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *tracing) Write(p []byte) (int, error) {
	w.on[goroutine()] = true
	return w.ResponseWriter.Write(p)
}

func (w *tracing) Flush() {
	w.on[goroutine()] = true
	w.ResponseWriter.Flush()
}

// TestProxyRunsLayersOnTheContextsGoroutine: a look and a layer's writer, be it for a
// 1xx, the header of a stream that is silent at first, its parts, or its trailers.
func TestProxyRunsLayersOnTheContextsGoroutine(t *testing.T) {
	for _, tc := range []struct {
		name          string
		flushInterval time.Duration
		length, typ   string
	}{
		{"no length", 0, "", "text/plain"}, {"events", 0, "8", "text/event-stream"}, {"an interval", time.Microsecond, "8", "text/plain"}, {"at once", -1, "8", "text/plain"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			looked := make(chan struct{})
			server := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusEarlyHints)
				w.Header().Set("Content-Type", tc.typ)
				if tc.length != "" {
					w.Header().Set("Content-Length", tc.length)
				} else {
					w.Header().Set("Trailer", "X-Sum")
				}
				_ = http.NewResponseController(w).Flush()
				<-looked // the header goes out although no byte of the body is there
				_, _ = io.WriteString(w, "part")
				_ = http.NewResponseController(w).Flush()
				_, _ = io.WriteString(w, "part")
				w.Header().Set("X-Sum", "1")
			})
			var own, look string
			on := map[string]bool{}
			front := httptest.NewServer(proxied(middleware.ProxyConfig{Target: server.URL, FlushInterval: tc.flushInterval}, func(c *dram.Context) {
				own = goroutine()
				c.Writer = &tracing{c.Writer, on}
				c.NextAnswer(nil, func(dram.Answer) { look = goroutine(); close(looked) })
			}))
			res, err := http.Get(front.URL)
			require.NoError(t, err)
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			_ = res.Body.Close()
			front.Close() // and so the handler has returned
			assert.Equal(t, "partpart", string(body))
			assert.Equal(t, own, look)
			assert.Equal(t, map[string]bool{own: true}, on)
		})
	}
}

// TestProxyPanicsReachRecovery: those of a look, a layer's writer and the transport.
//
// ReverseProxy, GO-2021-0245 (CVE-2021-36221): a panic of its own when a body broke off.
func TestProxyPanicsReachRecovery(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		_ = http.NewResponseController(w).Flush()
		<-req.Context().Done()
	})
	for name, front := range map[string]*dram.Engine{
		"look": proxied(middleware.ProxyConfig{Target: server.URL}, dram.RecoveryWithWriter(nil), func(c *dram.Context) {
			c.NextAnswer(nil, func(a dram.Answer) {
				if a.Status() == http.StatusOK {
					panic("look")
				}
			})
		}),
		"writer": proxied(middleware.ProxyConfig{Target: server.URL}, dram.RecoveryWithWriter(nil), func(c *dram.Context) {
			c.Header("X-Outer", "1")
			c.Writer = refusingHints{c.Writer}
		}),
		"transport": proxied(middleware.ProxyConfig{Target: server.URL, Transport: roundTripper(func(*http.Request) (*http.Response, error) { panic("transport") })}, dram.RecoveryWithWriter(nil)),
	} {
		t.Run(name, func(t *testing.T) {
			front := httptest.NewServer(front)
			defer front.Close()
			res, err := http.Get(front.URL)
			require.NoError(t, err)
			_ = res.Body.Close()
			assert.Equal(t, 500, res.StatusCode)
			if name == "writer" {
				assert.Equal(t, "1", res.Header.Get("X-Outer"), "the header is that of the answer again")
			}
		})
	}
}

// refusingHints is a layer's writer with a mistake in it.
type refusingHints struct{ dram.ResponseWriter }

func (w refusingHints) WriteHeader(status int) {
	if status == http.StatusEarlyHints {
		panic("hints")
	}
	w.ResponseWriter.WriteHeader(status)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// TestProxyRefusesStatusesOfNoAnswer: net/http panics at some of them, and takes
// others for one that is still to come.
func TestProxyRefusesStatusesOfNoAnswer(t *testing.T) {
	for _, status := range []int{-1, 0, 1, 99, 100, 103, 199, 1000, 9999} {
		var logged error
		transport := roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{"X-Theirs": {"1"}}, ContentLength: -1, Body: io.NopCloser(strings.NewReader("hello"))}, nil
		})
		w := get(proxied(middleware.ProxyConfig{Target: "http://127.0.0.1", Transport: transport}, func(c *dram.Context) {
			c.Next()
			if last := c.Errors.Last(); last != nil {
				logged = last
			}
		}), "/")
		assert.Equal(t, 502, w.Code, status)
		assert.Empty(t, w.Header()["X-Theirs"])
		assert.ErrorContains(t, logged, "which is not one of an answer")
	}
}

// TestProxyBodyLimitWhileTheBodyIsStillRead: the server behind has answered before it
// was seen that the body is too long. For the race detector.
func TestProxyBodyLimitWhileTheBodyIsStillRead(t *testing.T) {
	for range 10 {
		reading, read := make(chan struct{}), make(chan error)
		source := reader(func(p []byte) (int, error) {
			close(reading)
			return len(p), nil
		})
		transport := roundTripper(func(req *http.Request) (*http.Response, error) {
			go func() {
				_, err := req.Body.Read(make([]byte, 20))
				read <- err
			}()
			<-reading
			return &http.Response{StatusCode: 204, Header: http.Header{}, Body: http.NoBody}, nil
		})
		r := proxied(middleware.ProxyConfig{Target: "http://127.0.0.1", Transport: transport}, middleware.BodyLimit(middleware.BodyLimitConfig{Max: 10}))
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", source))
		assert.Contains(t, []int{204, 413}, w.Code)
		assert.ErrorContains(t, <-read, "too large")
	}
}

type reader func([]byte) (int, error)

func (f reader) Read(p []byte) (int, error) { return f(p) }

// TestProxyInformsClientsThatLeave: over HTTP/2 a 1xx is encoded later than it is sent.
// For the race detector.
func TestProxyInformsClientsThatLeave(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) {
		for i := 0; i < 50 && req.Context().Err() == nil; i++ {
			w.Header().Set("X-Turn", strings.Repeat("x", 1000*i%5000))
			w.WriteHeader(http.StatusEarlyHints)
		}
	})
	front := startTLS(t, proxied(middleware.ProxyConfig{Target: server.URL}, func(c *dram.Context) { c.Header("X-Outer", "1") }), true)
	for turn := range 40 {
		ctx, cancel := context.WithCancel(context.Background())
		infos := 0
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: func(int, textproto.MIMEHeader) error {
			if infos++; infos > turn {
				cancel()
			}
			return nil
		}})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, front.URL, nil)
		require.NoError(t, err)
		if res, err := front.Client().Do(req); err == nil {
			_ = res.Body.Close()
		}
		cancel()
	}
}
