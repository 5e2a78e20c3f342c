package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const patience = 30 * time.Second // only a failing test waits as long

// receive fails the test when nothing comes.
func receive[T any](t *testing.T, from <-chan T, what string) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(patience):
		require.FailNow(t, "waited in vain for "+what)
	}
	return value
}

func TestRequestInFlightIsFinished(t *testing.T) {
	working, finish := make(chan struct{}), make(chan struct{})
	engine := newEngine(func(ctx context.Context) error {
		close(working)
		select {
		case <-finish:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	listening := make(chan net.Addr, 1)
	engine.OnListen = func(addr net.Addr) { listening <- addr }

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- engine.RunContext(ctx, "127.0.0.1:0") }()
	addr := receive(t, listening, "the listener").String()

	type answer struct {
		body string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		resp, err := http.Get("http://" + addr + "/slow")
		if err != nil {
			answered <- answer{err: err}
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		answered <- answer{string(body), err}
	}()
	receive(t, working, "the request")

	cancel() // as the signal does
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return true
		}
		return conn.Close() != nil
	}, patience, 5*time.Millisecond, "new connections are refused")
	select {
	case err := <-stopped:
		require.FailNow(t, "RunContext returned before the request was answered", "%v", err)
	default:
	}

	close(finish)
	got := receive(t, answered, "the answer")
	require.NoError(t, got.err)
	assert.Equal(t, "finished\n", got.body)
	assert.NoError(t, receive(t, stopped, "RunContext"))
}

func TestWorkIsGivenUpWithTheClient(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.True(t, errors.Is(fiveSeconds(ctx), context.Canceled))
}
