package wraptest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// echo handles a WebSocket and sends back what it receives.
func echo(c *dram.Context) {
	conn, err := websocket.Accept(c.Writer, c.Request, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for {
		kind, message, err := conn.Read(c)
		if err != nil {
			return
		}
		if err := conn.Write(c, kind, message); err != nil {
			return
		}
	}
}

// A client speaks through a gateway, whose layers hold answers back, to an
// engine behind it: two dram chains, two taken-over connections.
func TestWebSocketThroughProxy(t *testing.T) {
	service := dram.New()
	service.Use(middleware.Compress(middleware.CompressConfig{}), middleware.ETag(middleware.ETagConfig{}))
	service.GET("/ws/echo", echo)
	behind := httptest.NewServer(service)
	defer behind.Close()

	gateway := dram.New()
	gateway.Use(middleware.Compress(middleware.CompressConfig{}), middleware.ETag(middleware.ETagConfig{}),
		middleware.NoCache(), dram.Recovery())
	// The service compares Origin with Host, so it must see the client's.
	gateway.Any("/live/*path", middleware.Proxy(middleware.ProxyConfig{Target: behind.URL + "/ws", StripPrefix: "/live", PreserveHost: true}))
	front := httptest.NewServer(gateway)
	defer front.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, strings.Replace(front.URL, "http", "ws", 1)+"/live/echo", &websocket.DialOptions{
		HTTPHeader:      http.Header{"Origin": {front.URL}, "Accept-Encoding": {"gzip"}},
		CompressionMode: websocket.CompressionContextTakeover,
	})
	require.NoError(t, err)
	defer conn.CloseNow()
	for _, message := range []string{"hello", strings.Repeat("long ", 5000), ""} {
		require.NoError(t, conn.Write(ctx, websocket.MessageText, []byte(message)))
		_, got, err := conn.Read(ctx)
		require.NoError(t, err)
		assert.Equal(t, message, string(got))
	}
	assert.NoError(t, conn.Close(websocket.StatusNormalClosure, "done"))
}

func TestWebSocketThroughProxyOfAForeignPage(t *testing.T) {
	service := dram.New()
	service.GET("/echo", echo)
	behind := httptest.NewServer(service)
	defer behind.Close()
	gateway := dram.New()
	gateway.GET("/*path", middleware.Proxy(middleware.ProxyConfig{Target: behind.URL, PreserveHost: true}))
	front := httptest.NewServer(gateway)
	defer front.Close()
	_, res, err := websocket.Dial(t.Context(), strings.Replace(front.URL, "http", "ws", 1)+"/echo", &websocket.DialOptions{
		HTTPHeader: http.Header{"Origin": {"https://evil.example"}},
	})
	require.Error(t, err)
	assert.Equal(t, http.StatusForbidden, res.StatusCode)
}
