package dram_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The ways in which an Engine ends; each calls the hooks, and returns its error.
func TestOnShutdownIsCalledByEachEnd(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, engine *dram.Engine) error{
		"Shutdown without a server": func(t *testing.T, engine *dram.Engine) error {
			return engine.Shutdown(context.Background())
		},
		"Shutdown of Run": func(t *testing.T, engine *dram.Engine) error {
			r := start(t, engine, func() error { return engine.Run("127.0.0.1:0") })
			err := engine.Shutdown(context.Background())
			assert.Same(t, http.ErrServerClosed, r.result(t))
			return err
		},
		"the end of RunContext's context": func(t *testing.T, engine *dram.Engine) error {
			ctx, stop := context.WithCancel(context.Background())
			r := start(t, engine, func() error { return engine.RunContext(ctx, "127.0.0.1:0") })
			stop()
			return r.result(t)
		},
		"RunContext with a context that is done already": func(t *testing.T, engine *dram.Engine) error {
			return engine.RunContext(cancelled(), "127.0.0.1:0")
		},
	} {
		t.Run(name, func(t *testing.T) {
			engine, called := dram.New(), make(chan error, 8)
			for range 3 {
				engine.OnShutdown(func(ctx context.Context) { called <- ctx.Err() })
			}
			require.NoError(t, end(t, engine))
			require.NoError(t, engine.Shutdown(context.Background()), "a second Shutdown")
			require.Len(t, called, 3, "each of them, once, before the end is over")
			for range 3 {
				assert.NoError(t, <-called, "there is time left")
			}
			assert.NoError(t, engine.RunContext(context.Background(), "127.0.0.1:0"), "it cannot run again")
			assert.Empty(t, called)
		})
	}
}

func TestOnShutdownIsNotCalledByAFailure(t *testing.T) {
	engine := dram.New()
	engine.OnShutdown(func(context.Context) { t.Error("the Engine has not ended") })
	assert.Error(t, engine.Run("nowhere"))
	assert.ErrorIs(t, engine.RunListener(brokenListener{}), errBroken)
}

// A hub that its hook closes lets go of the requests that it holds.
func TestOnShutdownIsCalledWhileRequestsDrain(t *testing.T) {
	engine := newSlowEngine()
	engine.OnShutdown(func(context.Context) { close(engine.release) })
	r := start(t, engine.Engine, func() error { return engine.Run("127.0.0.1:0") })
	answer := engine.request(t, r)
	require.NoError(t, engine.Shutdown(context.Background()))
	assert.Equal(t, "done", <-answer)
	assert.Same(t, http.ErrServerClosed, r.result(t))
}

func TestOnShutdownAfterTheEndHasBegun(t *testing.T) {
	engine := dram.New()
	late := make(chan context.Context, 2)
	engine.OnShutdown(func(context.Context) {
		engine.OnShutdown(func(ctx context.Context) { late <- ctx })
	})
	ctx := context.WithValue(context.Background(), ctxKey{}, "of Shutdown")
	require.NoError(t, engine.Shutdown(ctx))
	require.Len(t, late, 1, "it is waited for")
	assert.Equal(t, "of Shutdown", (<-late).Value(ctxKey{}))
	engine.OnShutdown(func(ctx context.Context) { late <- ctx })
	assert.Equal(t, "of Shutdown", (<-late).Value(ctxKey{}), "when all is over, too")
}

func TestOnShutdownThatPanics(t *testing.T) {
	out := captureWriter(t)
	engine, errHub := dram.New(), errors.New("no hub")
	other := make(chan struct{})
	engine.OnShutdown(func(context.Context) { panic(errHub) })
	engine.OnShutdown(func(context.Context) { close(other) })
	r := start(t, engine, func() error { return engine.RunContext(context.Background(), "127.0.0.1:0") })
	err := engine.Shutdown(context.Background())
	<-other
	assert.ErrorIs(t, err, errHub)
	assert.ErrorContains(t, err, "dram: Shutdown: the OnShutdown hook github.com/dram-go/dram_test.TestOnShutdownThatPanics.func")
	assert.ErrorContains(t, err, "run_shutdown_test.go:")
	assert.ErrorIs(t, r.result(t), errHub, "RunContext says so as well")
	assert.Contains(t, out.String(), "[DRAM] [ERROR] dram: the OnShutdown hook ")
}

// Time that a hook takes is part of the patience of each who waits.
func TestOnShutdownThatDoesNotReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine, release := dram.New(), make(chan struct{})
		engine.ShutdownTimeout = time.Minute
		engine.OnShutdown(func(ctx context.Context) { <-release })
		returned := false
		engine.OnShutdown(func(context.Context) { returned = true })
		began := time.Now()
		err := engine.RunContext(cancelled())
		assert.Equal(t, time.Minute, time.Since(began))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "dram: RunContext: the OnShutdown hook github.com/dram-go/dram_test.TestOnShutdownThatDoesNotReturn.")
		assert.ErrorContains(t, err, " has not returned")
		assert.True(t, returned)

		impatient, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		assert.ErrorIs(t, engine.Shutdown(impatient), context.DeadlineExceeded)
		assert.Equal(t, time.Minute+time.Second, time.Since(began))
		close(release)
		assert.NoError(t, engine.Shutdown(context.Background()), "it has returned")
	})
}

func TestOnShutdownOfNothing(t *testing.T) {
	assert.PanicsWithValue(t, "dram: OnShutdown: the function is nil; pass one that closes what the program holds", func() { dram.New().OnShutdown(nil) })
}

// The end of one RunContext's context is that of the Engine.
func TestRunContextEndsTheOtherServersOfTheEngine(t *testing.T) {
	engine := helloEngine()
	ctx, stop := context.WithCancel(context.Background())
	first := start(t, engine, func() error { return engine.RunContext(ctx, "127.0.0.1:0") })
	second := start(t, engine, func() error { return engine.Run("127.0.0.1:0") })
	stop()
	assert.NoError(t, first.result(t))
	assert.Same(t, http.ErrServerClosed, second.result(t))
}

func ExampleEngine_OnShutdown() {
	r := dram.New()
	closing := make(chan struct{})
	r.OnShutdown(func(context.Context) { close(closing) }) // so that streams do not hold the end up
	r.GET("/events", func(c *dram.Context) {
		c.Writer.Flush()
		<-closing // or the next event
		c.String(http.StatusOK, "goodbye")
	})

	ctx, stop := context.WithCancel(context.Background()) // a real program has signal.NotifyContext
	last := make(chan []byte, 1)
	r.OnListen = func(addr net.Addr) {
		go func() {
			defer close(last)
			resp, err := http.Get("http://" + addr.String() + "/events")
			stop()
			if err == nil {
				defer resp.Body.Close()
				body, _ := io.ReadAll(resp.Body)
				last <- body
			}
		}()
	}
	err := r.RunContext(ctx, "127.0.0.1:0")
	fmt.Printf("%s, %v", <-last, err)
	// Output: goodbye, <nil>
}
