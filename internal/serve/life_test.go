package serve_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/serve"
)

// journal is what happened, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

// fake is a server with one request that takes a while to drain.
type fake struct {
	fails  error         // what Serve returns at once, if set
	drain  time.Duration // how long its request takes
	ending chan struct{}
	log    *journal
	name   string
}

func newFake(log *journal, name string, drain time.Duration) *fake {
	return &fake{drain: drain, ending: make(chan struct{}, 9), log: log, name: name}
}

func (f *fake) Addr() net.Addr { return &net.UnixAddr{Name: f.name, Net: "unix"} }

func (f *fake) Serve() error {
	if f.fails != nil {
		return f.fails
	}
	<-f.ending
	return http.ErrServerClosed
}

func (f *fake) Shutdown(ctx context.Context) error {
	f.ending <- struct{}{}
	select {
	case <-time.After(f.drain):
		f.log.add(f.name + " drained")
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fake) Close() error {
	f.ending <- struct{}{}
	f.log.add(f.name + " closed")
	return nil
}

func listening(servers ...serve.Server) func() ([]serve.Server, error) {
	return func() ([]serve.Server, error) { return servers, nil }
}

func TestRunEndsWhenAllIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		life := serve.Life{Listening: func(addr net.Addr) { log.add(addr.String() + " listens") }}
		life.OnShutdown(func(context.Context) { log.add("the hook is called") })
		ctx, stop := context.WithCancel(context.Background())
		time.AfterFunc(time.Hour, stop)
		began := time.Now()
		err := life.Run(ctx, "Run", time.Minute, listening(newFake(&log, "a", time.Second), newFake(&log, "b", 2*time.Second)))
		assert.Same(t, http.ErrServerClosed, err)
		assert.Equal(t, time.Hour+2*time.Second, time.Since(began))
		assert.Equal(t, []string{"a listens", "b listens", "the hook is called", "a drained", "b drained", "a closed", "b closed"}, log.lines)
		assert.Same(t, http.ErrServerClosed, life.Run(context.Background(), "Run", 0, func() ([]serve.Server, error) { panic("it listens") }))
	})
}

func TestRunCutsOffWhatDoesNotEndInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		var told error
		life := serve.Life{Failed: func(err error) { told = err }}
		ctx, stop := context.WithCancel(context.Background())
		time.AfterFunc(time.Hour, stop)
		err := life.Run(ctx, "Run", time.Minute, listening(newFake(&log, "a", time.Second), newFake(&log, "b", time.Hour)))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.EqualError(t, err, "dram: Run: requests were cut off after 1m0s of shutting down: context deadline exceeded")
		assert.Same(t, err, told)
		assert.Equal(t, []string{"a drained", "b closed", "a closed", "b closed"}, log.lines)
	})
}

func TestRunWithoutGraceWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		var life serve.Life
		ctx, stop := context.WithCancel(context.Background())
		stop()
		life.OnShutdown(func(context.Context) { time.Sleep(time.Hour) })
		began := time.Now()
		assert.Same(t, http.ErrServerClosed, life.Run(ctx, "Run", 0, listening(newFake(&log, "a", 0))))
		assert.Equal(t, time.Hour, time.Since(began))
		assert.Empty(t, log.lines, "it did not listen")
	})
}

// A server that fails ends those of its Run, which drain, but not the Life.
func TestOneFailureEndsTheServersOfItsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		var life serve.Life
		broken, oh := newFake(&log, "broken", 0), errors.New("oh")
		broken.fails = oh
		life.Failed = func(error) { log.add("told") }
		err := life.Run(context.Background(), "Run", time.Minute, listening(newFake(&log, "a", time.Second), broken))
		require.ErrorIs(t, err, oh)
		require.NotEmpty(t, log.lines)
		assert.Equal(t, "told", log.lines[0], "before it is waited for")
		assert.ElementsMatch(t, []string{"told", "broken drained", "a drained", "a closed", "broken closed"}, log.lines)
		life.Failed = nil

		log.lines = nil
		time.AfterFunc(time.Hour, func() { _ = life.Shutdown(context.Background()) })
		assert.Same(t, http.ErrServerClosed, life.Run(context.Background(), "Run", 0, listening(newFake(&log, "b", 0))))
		assert.Equal(t, []string{"b drained", "b closed"}, log.lines)
	})
}

func TestRunThatCannotListen(t *testing.T) {
	oh := errors.New("oh")
	var life serve.Life
	err := life.Run(context.Background(), "contrib/x", 0, func() ([]serve.Server, error) { return nil, oh })
	assert.ErrorIs(t, err, oh)
	assert.EqualError(t, err, "dram: contrib/x: oh")
}

// A listener of the program's own may say that the server was closed.
func TestListenerThatClosesByItself(t *testing.T) {
	var log journal
	var life serve.Life
	broken := newFake(&log, "broken", 0)
	broken.fails = http.ErrServerClosed
	assert.Same(t, http.ErrServerClosed, life.Run(context.Background(), "Run", 0, listening(broken)))
}

func TestRequestsHaveTheValuesOfTheContextButNotItsEnd(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "value"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{}
	s := serve.HTTP(ctx, server, listener, (*http.Server).Serve)
	base := server.BaseContext(listener)
	cancel()
	assert.Equal(t, "value", base.Value(key{}))
	assert.NoError(t, base.Err())
	require.NoError(t, s.Close())
	assert.ErrorIs(t, base.Err(), context.Canceled, "Close cuts requests off")
	_, err = listener.Accept()
	assert.ErrorIs(t, err, net.ErrClosed, "though it never served")
}
