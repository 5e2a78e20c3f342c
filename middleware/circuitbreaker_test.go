package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// breaker opens after a number of consecutive failures, and stays open.
type breaker struct {
	limit, failed, asked int
	err                  error
}

func (b *breaker) Allow() (func(error), error) {
	b.asked++
	if b.limit > 0 && b.failed >= b.limit {
		if b.err == nil {
			b.err = errors.New("open")
		}
		return nil, b.err
	}
	return func(err error) {
		switch {
		case err == nil:
			b.failed = 0
		case !errors.Is(err, context.Canceled):
			b.failed++
		}
	}, nil
}

// comeBack is an error that says when the breaker closes.
type comeBack time.Duration

func (e comeBack) Error() string             { return "open" }
func (e comeBack) RetryAfter() time.Duration { return time.Duration(e) }

func ExampleCircuitBreaker() {
	r := dram.New()
	r.Use(middleware.CircuitBreaker(middleware.CircuitBreakerConfig{
		Breaker:    &breaker{limit: 2}, // or one of contrib/breaker
		RetryAfter: 30 * time.Second,
	}))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusBadGateway, "the database is gone") })

	for range 3 {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		fmt.Printf("%d %q\n", w.Code, w.Header().Get("Retry-After"))
	}
	// Output:
	// 502 ""
	// 502 ""
	// 503 "30"
}

func TestCircuitBreakerReportsTheOutcome(t *testing.T) {
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	cases := []struct {
		name    string
		failed  int
		ctx     context.Context
		handler dram.HandlerFunc
	}{
		{"well", 0, context.Background(), func(c *dram.Context) { c.Status(http.StatusNotFound) }},
		{"5xx", 4, context.Background(), func(c *dram.Context) { c.Status(http.StatusInternalServerError) }},
		{"panic", 4, context.Background(), func(*dram.Context) { panic("x") }},
		{"the client went away", 3, canceled, func(c *dram.Context) { c.Status(http.StatusBadGateway) }},
		{"panic after the client went away", 3, canceled, func(*dram.Context) { panic(http.ErrAbortHandler) }},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			b := &breaker{failed: 3}
			r := dram.New()
			r.Use(middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: b}))
			r.GET("/", tc.handler)
			func() {
				defer func() { _ = recover() }()
				r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(tc.ctx, http.MethodGet, "/", nil))
			}()
			assert.Equal(t, tc.failed, b.failed)
			assert.Equal(t, 1, b.asked)
		})
	}
}

// A breaker that is half-open lets few requests through, and waits for them: a stream of hours, or a
// WebSocket, must not be what it waits for.
func TestCircuitBreakerDoesNotWaitForTheEndOfAStream(t *testing.T) {
	for name, tt := range map[string]struct {
		begin  dram.HandlerFunc
		failed int
	}{
		"a stream":             {func(c *dram.Context) { c.Writer.Flush() }, 0},
		"a stream of an error": {func(c *dram.Context) { c.Status(http.StatusBadGateway); c.Writer.Flush() }, 1},
		"a connection that is taken over": {func(c *dram.Context) {
			conn, _, err := c.Writer.Hijack()
			if assert.NoError(t, err) {
				_ = conn.Close()
			}
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := &breaker{failed: 7}
			r := dram.New()
			asked, ended := 0, make(chan struct{})
			r.GET("/", func(c *dram.Context) {
				defer close(ended)
				c.Next()
			}, middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: b, IsFailure: func(c *dram.Context) bool {
				asked++
				return c.Writer.Status() >= http.StatusInternalServerError
			}}), func(c *dram.Context) {
				tt.begin(c)
				b.failed *= 10 // a report after this one would be seen
			})
			server := httptest.NewServer(r)
			res, err := http.Get(server.URL)
			if err == nil {
				_ = res.Body.Close()
			}
			server.Close()
			<-ended
			assert.Equal(t, 10*8*tt.failed, b.failed)
			assert.Equal(t, 1, asked, "a stream whose outcome is known is asked for none at its end")
		})
	}
}

func TestCircuitBreakerOpen(t *testing.T) {
	open := &breaker{limit: 1, failed: 1, err: fmt.Errorf("wrapped: %w", comeBack(1500*time.Millisecond))}
	ran := false
	r := dram.New()
	r.Use(func(c *dram.Context) {
		c.Next()
		assert.ErrorIs(t, c.Errors.Last(), open.err)
	}, middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: open}))
	r.GET("/", func(*dram.Context) { ran = true })
	w := get(r, "/")
	assert.Equal(t, http.StatusServiceUnavailable, problemIn(t, w).Status)
	assert.Equal(t, "2", w.Header().Get("Retry-After"))
	assert.False(t, ran)
}

func TestCircuitBreakerForEach(t *testing.T) {
	a := &breaker{}
	layer := middleware.CircuitBreaker(middleware.CircuitBreakerConfig{
		For: func(c *dram.Context) middleware.Breaker {
			if c.Query("of") == "a" {
				return a
			}
			return nil
		},
		IsFailure: func(c *dram.Context) bool { return c.Writer.Status() == http.StatusOK },
	})
	assert.Equal(t, "ok", get(withLayers(layer), "/?of=a").Body.String())
	assert.Equal(t, "ok", get(withLayers(layer), "/?of=b").Body.String())
	assert.Equal(t, 1, a.asked)
	assert.Equal(t, 1, a.failed)
}
