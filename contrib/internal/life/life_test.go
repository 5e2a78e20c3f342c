package life_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/life"
)

func listen(t *testing.T) net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

func TestRunWaitsForRequests(t *testing.T) {
	dram.SetMode(dram.TestMode)
	ctx, cancel := context.WithCancel(context.Background())
	listener, engine := listen(t), dram.New()
	engine.GET("/", func(c *dram.Context) {
		cancel()
		time.Sleep(10 * time.Millisecond) // the shutdown has begun, most likely
		c.String(http.StatusOK, "done %v", c.Err())
	})
	ended := make(chan error)
	go func() { ended <- life.Run(ctx, time.Minute, life.HTTP(ctx, engine, listener, engine)) }()
	resp, err := http.Get("http://" + listener.Addr().String())
	require.NoError(t, err)
	defer resp.Body.Close()
	body := make([]byte, 20)
	n, _ := resp.Body.Read(body)
	assert.Equal(t, "done <nil>", string(body[:n]))
	assert.NoError(t, <-ended)
}

func TestRunCutsOff(t *testing.T) {
	dram.SetMode(dram.TestMode)
	ctx, cancel := context.WithCancel(context.Background())
	listener, engine := listen(t), dram.New()
	engine.GET("/", func(c *dram.Context) { cancel(); <-c.Done() })
	ended := make(chan error)
	go func() { ended <- life.Run(ctx, time.Millisecond, life.HTTP(ctx, engine, listener, engine)) }()
	resp, err := http.Get("http://" + listener.Addr().String())
	if err == nil {
		_ = resp.Body.Close()
	}
	assert.ErrorIs(t, <-ended, context.DeadlineExceeded)
}

// failing is a server that cannot serve.
type failing struct{ err error }

func (f failing) Serve() error                   { return f.err }
func (f failing) Shutdown(context.Context) error { return nil }
func (f failing) Close() error                   { return nil }

func TestOneFailureEndsAll(t *testing.T) {
	engine, oh := dram.New(), errors.New("oh")
	ctx := context.Background()
	assert.ErrorIs(t, life.Run(ctx, 0, life.HTTP(ctx, engine, listen(t), engine), failing{oh}), oh)
}
