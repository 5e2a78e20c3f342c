package serve_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/serve"
)

// h2cClient speaks HTTP/2 without TLS, and nothing else.
func h2cClient(t *testing.T) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// echo answers with the protocol, the path and how much of the body can be read.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	_, _ = fmt.Fprintf(w, "%s %s %d", r.Proto, r.URL.Path, len(body))
})

// mount serves with a server of the program's own until the test ends.
func mount(t *testing.T, server *http.Server) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String()
}

func post(t *testing.T, client *http.Client, url string, size int) (status int, body string) {
	t.Helper()
	resp, err := client.Post(url, "text/plain", strings.NewReader(strings.Repeat("x", size)))
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

var never = make(chan struct{})

// wrappers are what programs put around a handler.
var wrappers = map[string]struct {
	wrap     func(http.Handler) http.Handler
	takeOver bool // it lets the preface through, and the connection be taken over
	size     int  // of the body that is sent to /api/x
	status   int
	body     string
}{
	"nothing":           {func(h http.Handler) http.Handler { return h }, true, 5, 200, "HTTP/2.0 /api/x 5"},
	"MaxBytesHandler":   {func(h http.Handler) http.Handler { return http.MaxBytesHandler(h, 4) }, true, 5, 413, "http: request body too large\n"},
	"a guard":           {func(h http.Handler) http.Handler { return guard(h) }, true, 0, 401, "who are you?\n"},
	"another mux":       {func(h http.Handler) http.Handler { return elsewhere(h) }, true, 0, 200, "elsewhere"},
	"a new context":     {func(h http.Handler) http.Handler { return forgetful(h) }, false, 5, 200, "HTTP/2.0 /api/x 5"},
	"StripPrefix":       {func(h http.Handler) http.Handler { return http.StripPrefix("/api", h) }, false, 5, 200, "HTTP/2.0 /x 5"},
	"a mux with a path": {func(h http.Handler) http.Handler { mux := http.NewServeMux(); mux.Handle("/api/", h); return mux }, false, 5, 200, "HTTP/2.0 /api/x 5"},
	"TimeoutHandler": {func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Hour, "late") },
		false, 5, 200, "HTTP/2.0 /api/x 5"},
	"TimeoutHandler that is late": {func(http.Handler) http.Handler {
		return http.TimeoutHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-never }), time.Nanosecond, "late")
	}, false, 0, 503, "late"},
}

func guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "PRI" && r.Header.Get("Authorization") == "" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func elsewhere(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/x" {
			_, _ = io.WriteString(w, "elsewhere")
			return
		}
		h.ServeHTTP(w, r)
	})
}

func forgetful(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r.WithContext(context.Background())) })
}

// No stream reaches the handler past what is around it: it passes through, or is
// refused.
func TestH2CStreamsPassThroughWrappers(t *testing.T) {
	for name, tt := range wrappers {
		t.Run(name, func(t *testing.T) {
			var reached atomic.Bool
			inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reached.Store(true); echo(w, r) })
			url := mount(t, &http.Server{Handler: tt.wrap(serve.H2C(inner, func(error) {}))})
			if tt.takeOver {
				status, body := post(t, h2cClient(t), url+"/api/x", tt.size)
				assert.Equal(t, tt.status, status)
				assert.Equal(t, tt.body, body)
				return
			}
			_, err := h2cClient(t).Get(url + "/api/x")
			assert.Error(t, err)
			assert.False(t, reached.Load())
		})
	}
}

// With the server's Protocols, as the documentation advises, all of them serve.
func TestH2CByProtocolsPassesThroughAllWrappers(t *testing.T) {
	for name, tt := range wrappers {
		t.Run(name, func(t *testing.T) {
			server := &http.Server{Handler: tt.wrap(serve.H2C(echo, func(error) {})), Protocols: new(http.Protocols)}
			server.Protocols.SetUnencryptedHTTP2(true)
			status, body := post(t, h2cClient(t), mount(t, server)+"/api/x", tt.size)
			assert.Equal(t, tt.status, status)
			assert.Equal(t, tt.body, body)
		})
	}
}

func TestH2CStreamsAreCounted(t *testing.T) {
	var count atomic.Int32
	handler := serve.H2C(echo, func(error) {})
	url := mount(t, &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		handler.ServeHTTP(w, r)
	})})
	client := h2cClient(t)
	for range 3 {
		post(t, client, url, 0)
	}
	assert.EqualValues(t, 1+3, count.Load(), "the preface, and each stream")
}

// One handler in two servers: each has streams, limits and an end of its own.
func TestH2CInTwoServers(t *testing.T) {
	handler := serve.H2C(echo, func(error) {})
	small := &http.Server{Handler: http.MaxBytesHandler(handler, 4)}
	large := &http.Server{Handler: handler, MaxHeaderBytes: 4 << 10}
	smallURL, largeURL := mount(t, small), mount(t, large)
	client := h2cClient(t)
	status, _ := post(t, client, smallURL, 5)
	assert.Equal(t, 413, status)
	_, body := post(t, client, largeURL, 5)
	assert.Equal(t, "HTTP/2.0 / 5", body)

	req, err := http.NewRequest(http.MethodGet, largeURL, nil)
	require.NoError(t, err)
	req.Header.Set("X-Long", strings.Repeat("x", 64<<10))
	resp, err := client.Do(req)
	if err == nil {
		_ = resp.Body.Close()
		assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, resp.StatusCode, "the server's limit")
	}

	require.NoError(t, small.Shutdown(context.Background()))
	_, body = post(t, client, largeURL, 5)
	assert.Equal(t, "HTTP/2.0 / 5", body, "the other server's end is not its own")
}

func TestH2CSaysWhyItCannotServe(t *testing.T) {
	var said error
	handler := serve.H2C(echo, func(err error) { said = err })
	preface := func(ctx context.Context) *http.Request {
		req := httptest.NewRequest("PRI", "/", nil).WithContext(ctx)
		req.RequestURI, req.ProtoMajor, req.ProtoMinor, req.Proto = "*", 2, 0, "HTTP/2.0"
		return req
	}
	known := context.WithValue(context.Background(), http.ServerContextKey, &http.Server{Handler: handler})
	for name, tt := range map[string]struct {
		ctx    context.Context
		reason string
	}{
		"the server is not known":     {context.Background(), "does not name its http.Server"},
		"the writer is not to be had": {known, "what is around the handler keeps the connection from it"},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, preface(tt.ctx))
			assert.Equal(t, http.StatusHTTPVersionNotSupported, w.Code)
			assert.Equal(t, "HTTP/2 without TLS is not served here\n", w.Body.String())
			assert.ErrorContains(t, said, tt.reason)
			assert.ErrorContains(t, said, "server.Protocols.SetUnencryptedHTTP2(true)")
		})
	}
}
