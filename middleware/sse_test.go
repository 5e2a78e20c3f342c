package middleware_test

import (
	"bufio"
	"context"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
	"github.com/dram-go/dram/render"
)

type event = render.SSEvent

func TestSSEInsideLayers(t *testing.T) {
	http2 := new(http.Protocols)
	http2.SetUnencryptedHTTP2(true)
	for protocol, transport := range map[string]*http.Transport{"HTTP/1.1": {DisableKeepAlives: true}, "HTTP/2": {Protocols: http2}} {
		t.Run(protocol, func(t *testing.T) {
			engine := dram.New()
			engine.UseH2C, engine.ShutdownTimeout = true, 0
			engine.Use(middleware.Compress(middleware.CompressConfig{}), middleware.ETag(middleware.ETagConfig{}), middleware.Timeout(middleware.TimeoutConfig{After: 50 * time.Millisecond}))
			next := make(chan event)
			engine.GET("/", func(c *dram.Context) {
				dram.SSE(c, func(context.Context, string) (<-chan event, error) { return next, nil })
			})
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			defer transport.CloseIdleConnections()
			listening, ended := make(chan net.Addr, 1), make(chan error, 1)
			engine.OnListen = func(addr net.Addr) { listening <- addr }
			go func() { ended <- engine.RunContext(ctx, "127.0.0.1:0") }()
			go func() { next <- event{Data: 1} }()
			res, err := (&http.Client{Transport: transport}).Get("http://" + (<-listening).String())
			require.NoError(t, err)
			defer res.Body.Close()
			lines := bufio.NewScanner(res.Body)
			require.True(t, lines.Scan())
			assert.Equal(t, "data:1", lines.Text())
			time.Sleep(70 * time.Millisecond) // a stream has no deadline
			next <- event{Data: 2}
			require.True(t, lines.Scan())
			require.True(t, lines.Scan())
			assert.Equal(t, "data:2", lines.Text())
			stop()
			for lines.Scan() {
			}
			assert.NoError(t, lines.Err())
			assert.NoError(t, <-ended)
			assert.Empty(t, res.Header.Get("Etag"))
		})
	}
	t.Run("Timeout before the first event", func(t *testing.T) {
		engine := dram.New()
		engine.Use(middleware.Timeout(middleware.TimeoutConfig{After: time.Millisecond}))
		engine.GET("/", func(c *dram.Context) { dram.SSE(c, waitingFirst) })
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		assert.Equal(t, 503, w.Code)
	})
}

func waitingFirst(ctx context.Context, _ string) (iter.Seq[event], error) {
	return func(func(event) bool) { <-ctx.Done() }, nil
}
