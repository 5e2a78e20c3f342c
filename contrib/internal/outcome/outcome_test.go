package outcome_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/outcome"
	"github.com/dram-go/dram/middleware"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// watching returns a server whose outcomes are seen outside of Recovery.
func watching(t *testing.T, handlers ...dram.HandlerFunc) (*httptest.Server, chan outcome.Outcome) {
	seen := make(chan outcome.Outcome, 1)
	r := dram.New()
	r.Use(func(c *dram.Context) { outcome.Watch(c, nil, func(o outcome.Outcome, _ int64) { seen <- o }) })
	r.Use(dram.CustomRecoveryWithWriter(nil, func(c *dram.Context, _ any) { c.AbortWithStatus(http.StatusInternalServerError) }))
	r.GET("/*path", handlers...)
	server := httptest.NewUnstartedServer(r)
	server.Config.ErrorLog = nil
	server.Start()
	t.Cleanup(server.Close)
	return server, seen
}

func TestOutcome(t *testing.T) {
	broken := errors.New("the source broke")
	for name, tt := range map[string]struct {
		handler dram.HandlerFunc
		want    outcome.Outcome
	}{
		"an answer":                     {func(c *dram.Context) { c.String(201, "made") }, outcome.Outcome{Status: 201}},
		"a status alone":                {func(c *dram.Context) { c.Status(204) }, outcome.Outcome{Status: 204}},
		"a 5xx":                         {func(c *dram.Context) { c.String(503, "no") }, outcome.Outcome{Status: 503}},
		"a panic":                       {func(*dram.Context) { panic("oh") }, outcome.Outcome{Status: 500}},
		"a panic after the first byte":  {func(c *dram.Context) { begin(c); panic("oh") }, outcome.Outcome{Status: 500, Fault: outcome.Aborted}},
		"an abort":                      {func(*dram.Context) { panic(http.ErrAbortHandler) }, outcome.Outcome{Status: 500, Fault: outcome.Aborted}},
		"an abort after the first byte": {func(c *dram.Context) { begin(c); panic(http.ErrAbortHandler) }, outcome.Outcome{Status: 500, Fault: outcome.Aborted}},
		"a source that fails": {func(c *dram.Context) {
			c.DataFromReader(200, -1, "text/plain", io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), failing{broken}), nil)
		}, outcome.Outcome{Status: 500, Fault: outcome.Aborted}},
		"an upgrade that led nowhere": {func(c *dram.Context) { c.String(400, "no") }, outcome.Outcome{Status: 400}},
		"a connection taken over": {func(c *dram.Context) {
			conn, _, err := c.Writer.Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
				_ = conn.Close()
			}
		}, outcome.Outcome{Status: 101}},
	} {
		t.Run(name, func(t *testing.T) {
			server, seen := watching(t, tt.handler)
			req, err := http.NewRequest(http.MethodGet, server.URL, nil)
			require.NoError(t, err)
			req.Header.Set("Connection", "Upgrade")
			req.Header.Set("Upgrade", "websocket")
			if resp, err := http.DefaultTransport.RoundTrip(req); err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
			assert.Equal(t, tt.want, <-seen)
		})
	}
}

func begin(c *dram.Context) {
	_, _ = c.Writer.WriteString("begun")
	c.Writer.Flush()
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A client that leaves is not the server's fault: neither in a download by Proxy, nor in
// one of the handler's, nor before the answer begins.
func TestClientLeaves(t *testing.T) {
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	for name, tt := range map[string]struct {
		handler dram.HandlerFunc
		want    outcome.Outcome
	}{
		"a proxied download": {middleware.Proxy(middleware.ProxyConfig{Target: endless.URL}), outcome.Outcome{Status: 200}},
		"a download": {func(c *dram.Context) {
			c.DataFromReader(200, -1, "text/plain", zeros{}, nil)
		}, outcome.Outcome{Status: 200}},
		"before the answer": {func(c *dram.Context) {
			<-c.Request.Context().Done()
			panic(http.ErrAbortHandler)
		}, outcome.Outcome{Status: 499}},
	} {
		t.Run(name, func(t *testing.T) {
			server, seen := watching(t, tt.handler)
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			require.NoError(t, err)
			_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			require.NoError(t, err)
			if tt.want.Status == http.StatusOK {
				_, err = io.CopyN(io.Discard, conn, 1<<20)
				require.NoError(t, err)
			}
			require.NoError(t, conn.Close())
			assert.Equal(t, tt.want, <-seen)
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestPanicGoesOn(t *testing.T) {
	var got outcome.Outcome
	r := dram.New()
	r.Use(func(c *dram.Context) { outcome.Watch(c, nil, func(o outcome.Outcome, _ int64) { got = o }) })
	r.GET("/", func(*dram.Context) { panic("oh") })
	assert.PanicsWithValue(t, "oh", func() {
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil))
	})
	assert.Equal(t, outcome.Outcome{Status: 500, Fault: outcome.Panic}, got)
}

func TestNothingIsSentInAnswerToHead(t *testing.T) {
	for method, want := range map[string]int{http.MethodGet: 5, http.MethodHead: 0} {
		sent := -1
		r := dram.New()
		r.Use(func(c *dram.Context) { c.Next(); sent = outcome.Sent(c) })
		r.Any("/", func(c *dram.Context) { c.String(http.StatusOK, "hello") })
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, "/", nil))
		assert.Equal(t, want, sent, method)
	}
}

// What a client claims to send is believed only as far as it costs the client something.
func TestReceived(t *testing.T) {
	read := func(c *dram.Context) { _, _ = io.Copy(io.Discard, c.Request.Body) }
	for name, tt := range map[string]struct {
		body    string
		claimed int64
		handler dram.HandlerFunc
		want    int64
	}{
		"no body":                      {"", 0, read, 0},
		"read":                         {"body", 4, read, 4},
		"not read":                     {"body", 4, func(*dram.Context) {}, 4},
		"of unknown length":            {"body", -1, read, 4},
		"of unknown length, not read":  {"body", -1, func(*dram.Context) {}, 0},
		"long":                         {strings.Repeat("x", 1<<20), 1 << 20, read, 1 << 20},
		"claimed, and not sent":        {"body", 1 << 62, read, 256 << 10},
		"read, and the handler panics": {"body", 4, func(c *dram.Context) { read(c); panic("oh") }, 4},
	} {
		t.Run(name, func(t *testing.T) {
			var got int64 = -1
			r := dram.New()
			r.Use(dram.CustomRecoveryWithWriter(nil, func(*dram.Context, any) {}))
			r.Use(func(c *dram.Context) {
				before := c.Request
				outcome.Watch(c, nil, func(_ outcome.Outcome, received int64) { got = received })
				assert.Same(t, before, c.Request)
			})
			r.POST("/", tt.handler)
			req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body))
			req.ContentLength = tt.claimed
			if tt.body == "" {
				req.Body = http.NoBody
			}
			r.ServeHTTP(httptest.NewRecorder(), req)
			assert.Equal(t, tt.want, got)
		})
	}
}

// A handler that stops in the middle since its time is up says so by an abort, as Timeout has it. That is
// no client who has left, also where Timeout is the layer outside.
func TestARequestWhoseTimeIsUpHasNotLeft(t *testing.T) {
	var got outcome.Outcome
	r := dram.New()
	r.Use(dram.CustomRecoveryWithWriter(nil, func(*dram.Context, any) {}), middleware.Timeout(middleware.TimeoutConfig{After: time.Millisecond}))
	r.Use(func(c *dram.Context) { outcome.Watch(c, nil, func(o outcome.Outcome, _ int64) { got = o }) })
	r.GET("/", func(c *dram.Context) {
		_, _ = c.Writer.WriteString("half")
		<-c.Request.Context().Done()
		panic(http.ErrAbortHandler)
	})
	func() {
		defer func() { _ = recover() }() // as net/http does
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	}()
	assert.Equal(t, outcome.Outcome{Status: 500, Fault: outcome.Aborted}, got)
}
