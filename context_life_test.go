package dram_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestStoppingIsClosedWhenTheEndBegins(t *testing.T) {
	c, r := dram.CreateTestContext(httptest.NewRecorder())
	stopping := c.Stopping()
	assert.False(t, isClosed(stopping))
	assert.False(t, isClosed(c.Copy().Stopping()))
	r.OnShutdown(func(context.Context) { assert.True(t, isClosed(stopping), "before the hooks") })
	require.NoError(t, r.Shutdown(context.Background()))
	assert.True(t, isClosed(stopping))
	assert.True(t, isClosed(dram.CreateTestContextOnly(httptest.NewRecorder(), r).Stopping()), "asked for when all is over")
	require.NoError(t, r.Shutdown(context.Background()), "it is closed once")
	assert.Nil(t, new(dram.Context).Stopping(), "of no Engine")
}

// streams are the ways of a server's client.
func streams(t *testing.T) map[string]*http.Transport {
	h2c := h2cTransport()
	t.Cleanup(h2c.CloseIdleConnections)
	return map[string]*http.Transport{"HTTP/1.1": {DisableKeepAlives: true}, "HTTP/2": h2c}
}

// endless are handlers that stream until something ends them.
var endless = map[string]dram.HandlerFunc{
	"Stream": func(c *dram.Context) {
		c.Header("Content-Type", "text/event-stream; charset=utf-8")
		gone := c.Stream(func(w io.Writer) bool {
			_, _ = io.WriteString(w, "step ")
			time.Sleep(time.Millisecond)
			_, _ = io.WriteString(w, "done;")
			return true
		})
		c.Set("gone", gone)
		_, _ = io.WriteString(c.Writer, "goodbye;")
	},
	"a loop that listens": func(c *dram.Context) {
		_, _ = io.WriteString(c.Writer, "step done;")
		c.Writer.Flush()
		<-c.Stopping()
		_, _ = io.WriteString(c.Writer, "goodbye;")
	},
}

// A stream that did not end would hold the end up for all of ShutdownTimeout, and be cut.
func TestAnOpenStreamEndsWhenTheServerDoes(t *testing.T) {
	for name, handler := range endless {
		for protocol, transport := range streams(t) {
			t.Run(name+" over "+protocol, func(t *testing.T) {
				engine, whole := dram.New(), make(chan bool, 1)
				engine.UseH2C, engine.ShutdownTimeout = true, patience/2
				engine.Use(func(c *dram.Context) { whole <- c.NextAnswer(nil, func(dram.Answer) {}) })
				engine.GET("/", handler)
				ctx, stop := context.WithCancel(context.Background())
				r := start(t, engine, func() error { return engine.RunContext(ctx, "127.0.0.1:0") })
				res, err := (&http.Client{Transport: transport}).Get("http://" + r.addr.String())
				require.NoError(t, err)
				defer res.Body.Close()
				_, err = io.ReadFull(res.Body, make([]byte, len("step done;")))
				require.NoError(t, err)
				stop()
				rest, err := io.ReadAll(res.Body)
				assert.NoError(t, err, "the answer is whole")
				assert.True(t, strings.HasSuffix(";"+string(rest), ";goodbye;"), "the step was finished: %s", rest)
				assert.NoError(t, r.result(t))
				assert.True(t, <-whole)
			})
		}
	}
}

// A body that is not a stream of events has an end, and is not whole before it.
func TestAStreamOfAnotherBodyGoesOn(t *testing.T) {
	for name, header := range map[string]string{"with a length": "Content-Length: 3", "of a type": "Content-Type: text/csv", "without a header": "X-A: 1"} {
		t.Run(name, func(t *testing.T) {
			engine, begun := dram.New(), make(chan struct{})
			engine.GET("/", func(c *dram.Context) {
				key, value, _ := strings.Cut(header, ": ")
				c.Header(key, value)
				n := 0
				assert.False(t, c.Stream(func(w io.Writer) bool {
					if n++; n == 1 {
						close(begun)
						<-c.Stopping()
					}
					_, _ = io.WriteString(w, "x")
					return n < 3
				}))
			})
			r := start(t, engine, func() error { return engine.Run("127.0.0.1:0") })
			go func() {
				<-begun
				_ = engine.Shutdown(context.Background())
			}()
			assert.Equal(t, "xxx", get(t, &http.Transport{}, "http://"+r.addr.String()))
			r.result(t)
		})
	}
}

func TestGoGoesOnAfterTheAnswer(t *testing.T) {
	engine, release, seen := dram.New(), make(chan struct{}), make(chan []any, 1)
	engine.ShutdownTimeout = 0
	engine.GET("/:name", func(c *dram.Context) {
		c.Set("user", "Isla")
		c.Go(func(ctx context.Context) {
			<-release
			_, ends := ctx.Deadline()
			seen <- []any{ctx.Err(), ends, ctx.Value("user"), ctx.Value(ctxKey{}), ctx.Value(dram.ContextKey).(*dram.Context).Param("name")}
		})
		c.String(200, "accepted")
	})
	for _, fallback := range []bool{true, false} {
		t.Run(fmt.Sprint("with fallback ", fallback), func(t *testing.T) {
			engine.ContextWithFallback = fallback
			ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), ctxKey{}, "value"), time.Hour)
			w := httptest.NewRecorder()
			engine.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/oban", nil))
			cancel()
			assert.Equal(t, "accepted", w.Body.String())
			release <- struct{}{}
			assert.Equal(t, []any{nil, false, "Isla", "value", "oban"}, <-seen)
		})
	}
}

func TestGoIsAwaitedByTheEnd(t *testing.T) {
	for name, run := range map[string]func(*dram.Engine, context.Context) error{
		"RunContext": func(e *dram.Engine, ctx context.Context) error { return e.RunContext(ctx, "127.0.0.1:0") },
		"Shutdown":   func(e *dram.Engine, ctx context.Context) error { <-ctx.Done(); return e.Shutdown(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			engine := dram.New()
			engine.ShutdownTimeout = 0
			var finished atomic.Int32
			engine.GET("/", func(c *dram.Context) {
				stopping := c.Stopping()
				c.Go(func(ctx context.Context) {
					<-stopping
					time.Sleep(5 * time.Millisecond)
					assert.NoError(t, ctx.Err())
					finished.Add(1)
				})
			})
			for range 20 {
				serve(engine, "GET", "/")
			}
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan error, 1)
			go func() { done <- run(engine, ctx) }()
			stop()
			assert.NoError(t, <-done)
			assert.EqualValues(t, 20, finished.Load())
		})
	}
}

// Requests that drain may begin jobs: they are waited for like those before.
func TestGoWhileTheServerEnds(t *testing.T) {
	engine, finished := dram.New(), false
	engine.ShutdownTimeout = 0
	arrived := make(chan struct{})
	engine.GET("/", func(c *dram.Context) {
		close(arrived)
		<-c.Stopping()
		c.Go(func(ctx context.Context) {
			time.Sleep(5 * time.Millisecond)
			assert.NoError(t, ctx.Err())
			finished = true
		})
		c.String(200, "accepted")
	})
	ctx, stop := context.WithCancel(context.Background())
	r := start(t, engine, func() error { return engine.RunContext(ctx, "127.0.0.1:0") })
	go func() { <-arrived; stop() }()
	assert.Equal(t, "accepted", get(t, &http.Transport{}, "http://"+r.addr.String()))
	assert.NoError(t, r.result(t))
	assert.True(t, finished)
}

func TestGoThatDoesNotReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine, release := dram.New(), make(chan struct{})
		engine.ShutdownTimeout = time.Minute
		var cause error
		engine.GET("/", func(c *dram.Context) {
			c.Go(func(ctx context.Context) {
				<-ctx.Done()
				cause = ctx.Err()
				<-release
			})
		})
		serve(engine, "GET", "/")
		began := time.Now()
		err := engine.RunContext(cancelled())
		assert.Equal(t, time.Minute, time.Since(began))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "dram: RunContext: the job github.com/dram-go/dram_test.TestGoThatDoesNotReturn.")
		assert.ErrorContains(t, err, " of Context.Go has not returned")
		synctest.Wait()
		assert.ErrorIs(t, cause, context.Canceled)
		serve(engine, "GET", "/")
		assert.ErrorContains(t, engine.Shutdown(cancelled()), "2 jobs of Context.Go have not returned, one of them ")
		close(release)
		assert.NoError(t, engine.Shutdown(context.Background()), "they have returned")
	})
}

func TestGoWhenAllIsOver(t *testing.T) {
	c, r := dram.CreateTestContext(httptest.NewRecorder())
	require.NoError(t, r.Shutdown(context.Background()))
	ended := make(chan error, 1)
	c.Go(func(ctx context.Context) { ended <- ctx.Err() })
	assert.ErrorIs(t, <-ended, context.Canceled, "it runs, but nobody waits for it")
}

func TestGoThatPanics(t *testing.T) {
	for name, panics := range map[string]func(){
		"a text":         func() { panic("lost\nits way") },
		"an error":       func() { panic(errors.New(`lost\nits way`)) },
		"nothing at all": func() { panic(new(dram.Context).Request.Method) },
	} {
		t.Run(name, func(t *testing.T) {
			out := captureWriter(t)
			engine := dram.New()
			engine.GET("/a", func(c *dram.Context) {
				c.Go(func(context.Context) { panics() })
				c.String(200, "ok")
			})
			for range 8 { // their reports do not mix
				assert.Equal(t, "ok", serve(engine, "GET", "/a").Body.String())
			}
			require.NoError(t, engine.Shutdown(context.Background()), "it is nothing that the end could mend")
			report := out.String()
			assert.Equal(t, 8, strings.Count(report, ` panic recovered in a job of Context.Go: GET "/a"`+"\n"))
			assert.Contains(t, report, "[Recovery] ")
			assert.Contains(t, report, "context_life_test.go:", "the stack")
		})
	}
	t.Run("ErrAbortHandler is silent", func(t *testing.T) {
		out := captureWriter(t)
		engine := dram.New()
		engine.GET("/a", func(c *dram.Context) {
			c.Go(func(context.Context) { panic(http.ErrAbortHandler) })
		})
		serve(engine, "GET", "/a")
		require.NoError(t, engine.Shutdown(context.Background()))
		assert.NotContains(t, out.String(), "panic")
	})
	assertPanics(t, "the job is nil", func() {
		c, _ := dram.CreateTestContext(httptest.NewRecorder())
		c.Go(nil)
	})
}

func TestGoOfATestThatEndsItsGoroutine(t *testing.T) {
	out := captureWriter(t)
	c, r := dram.CreateTestContext(httptest.NewRecorder()) // and no request
	c.Go(func(context.Context) { panic("alone") })
	c.Go(func(context.Context) { (&testing.T{}).SkipNow() }) // runtime.Goexit
	require.NoError(t, r.Shutdown(context.Background()))
	assert.Contains(t, out.String(), "alone\n")
}

// Jobs and the end meet in any order: no job is lost, none runs on unseen.
func TestGoBesideShutdown(t *testing.T) {
	for range 50 {
		engine := dram.New()
		var begun, ended atomic.Int32
		engine.GET("/", func(c *dram.Context) {
			begun.Add(1)
			c.Go(func(context.Context) { ended.Add(1) })
		})
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() { serve(engine, "GET", "/") })
		}
		wait.Go(func() { assert.NoError(t, engine.Shutdown(context.Background())) })
		wait.Wait()
		require.NoError(t, engine.Shutdown(context.Background()))
		require.Equal(t, begun.Load(), ended.Load())
	}
}

func ExampleContext_Stopping() {
	r := dram.New()
	r.GET("/wait", func(c *dram.Context) {
		select {
		case <-c.Stopping():
			c.Header("Retry-After", "1")
			c.String(http.StatusServiceUnavailable, "try again")
		case <-c.Request.Context().Done(): // the client is gone
		}
	})
	time.AfterFunc(time.Millisecond, func() { _ = r.Shutdown(context.Background()) }) // RunContext does it
	show(r, "GET", "/wait")
	// Output: 503 try again
}

func ExampleContext_Go() {
	r := dram.New()
	answered := make(chan bool)
	r.POST("/orders", func(c *dram.Context) {
		c.Set("user", "Isla")
		c.Go(func(ctx context.Context) { // ctx has not ended when the request has
			<-answered
			fmt.Println("a mail to", ctx.Value("user"))
		})
		c.String(http.StatusAccepted, "thank you")
	})
	show(r, "POST", "/orders")
	close(answered)
	_ = r.Shutdown(context.Background()) // waits for the mail, as RunContext does
	// Output:
	// 202 thank you
	// a mail to Isla
}
