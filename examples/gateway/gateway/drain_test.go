package gateway_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A gateway that is to end says so first, and serves on until a load balancer has seen it.
func TestALoadBalancerSeesTheEnd(t *testing.T) {
	g, _ := start(t, `
listen: {addr: "127.0.0.1:0", ready: /readyz, drain: 2s}
admin: {addr: "127.0.0.1:0"}
upstreams: {books: {servers: [{url: $1}]}}
routes: [{path: "/*rest", to: books}]
`, answer("book"))
	ctx, stop := context.WithCancel(t.Context())
	ended, address := make(chan error, 1), make(chan string, 1)
	go func() { ended <- g.Run(ctx, func(at, _ string) { address <- at }) }()
	at := "http://" + <-address
	get := func(path string) int {
		resp, err := http.Get(at + path)
		require.NoError(t, err)
		resp.Body.Close()
		return resp.StatusCode
	}
	assert.Equal(t, 200, get("/readyz"))
	stop()
	require.Eventually(t, func() bool { return get("/readyz") == 503 }, time.Second, time.Millisecond)
	assert.Equal(t, 200, get("/books"))
	assert.NoError(t, <-ended)
}
