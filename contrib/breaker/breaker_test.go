package breaker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/breaker"
	"github.com/dram-go/dram/middleware"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

func quiet(string, string, string) {}

// errFailed is the outcome of a request that failed.
var errFailed = errors.New("failed")

// call makes one request with this outcome; false if it was not let through.
func call(t *testing.T, b *breaker.Breaker, outcome error) bool {
	t.Helper()
	done, err := b.Allow()
	if err != nil {
		return false
	}
	done(outcome)
	return true
}

func TestFailuresInARowOpen(t *testing.T) {
	var log bytes.Buffer
	b := breaker.New(breaker.Config{Name: "shop", Failures: 3, Rest: time.Hour, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for _, outcome := range []error{errFailed, errFailed, nil, errFailed, context.Canceled, errFailed} {
		require.True(t, call(t, b, outcome))
	}
	assert.Equal(t, "closed", b.State(), "the success broke the row")
	require.True(t, call(t, b, errFailed))
	assert.Equal(t, "open", b.State())
	assert.Contains(t, log.String(), "name=shop from=closed to=open")

	_, err := b.Allow()
	assert.ErrorIs(t, err, breaker.ErrOpen)
	var open *breaker.OpenError
	require.ErrorAs(t, err, &open)
	assert.Equal(t, "shop", open.Name)
	assert.InDelta(t, time.Hour.Minutes(), open.RetryAfter().Minutes(), 1)
}

func TestRatioOpens(t *testing.T) {
	b := breaker.New(breaker.Config{Ratio: 0.5, Minimum: 10, Rest: time.Hour, OnChange: quiet})
	for i := range 10 {
		assert.Equal(t, "closed", b.State(), i)
		require.True(t, call(t, b, []error{nil, errFailed}[i%2]))
	}
	assert.Equal(t, "open", b.State(), "the tenth request completes the half")
}

func TestProbesClose(t *testing.T) {
	var changes []string
	b := breaker.New(breaker.Config{
		Failures: 1, Rest: time.Millisecond, Probes: 2,
		OnChange: func(_, from, to string) { changes = append(changes, from+" "+to) },
	})
	require.True(t, call(t, b, errFailed))
	require.Eventually(t, func() bool { return b.State() == "half-open" }, time.Minute, time.Millisecond)
	first, err := b.Allow()
	require.NoError(t, err)
	second, err := b.Allow()
	require.NoError(t, err)
	_, err = b.Allow()
	assert.ErrorIs(t, err, breaker.ErrOpen, "there are two probes")
	first(nil)
	second(nil)
	assert.Equal(t, []string{"closed open", "open half-open", "half-open closed"}, changes)
}

func TestFailedProbeOpens(t *testing.T) {
	b := breaker.New(breaker.Config{Failures: 1, Rest: time.Millisecond, OnChange: quiet})
	require.True(t, call(t, b, errFailed))
	require.Eventually(t, func() bool { return call(t, b, errFailed) }, time.Minute, time.Millisecond)
	assert.NotEqual(t, "closed", b.State())
}

// A probe whose client goes away closes nothing: the next one is let through in its place.
func TestAProbeThatNobodyWaitsForSaysNothing(t *testing.T) {
	b := breaker.New(breaker.Config{Failures: 1, Rest: time.Millisecond, OnChange: quiet})
	require.True(t, call(t, b, errFailed))
	require.Eventually(t, func() bool { return b.State() == "half-open" }, time.Minute, time.Millisecond)
	r := dram.New()
	r.GET("/", middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: b}), func(c *dram.Context) { c.Status(http.StatusOK) })
	left, leave := context.WithCancel(t.Context())
	leave()
	for range 3 {
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(left, http.MethodGet, "/", nil))
		assert.Equal(t, "half-open", b.State())
	}
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	assert.Equal(t, "closed", b.State())
}

func TestInTheChain(t *testing.T) {
	b := breaker.New(breaker.Config{Failures: 2, Rest: time.Hour, OnChange: quiet})
	r, calls := dram.New(), 0
	r.Use(middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: b}))
	r.GET("/", func(c *dram.Context) { calls++; c.Status(http.StatusBadGateway) })
	var w *httptest.ResponseRecorder
	for range 3 {
		w = httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	}
	assert.Equal(t, 2, calls)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Contains(t, []string{"3600", "3599"}, w.Header().Get("Retry-After"))
}

func TestAllocations(t *testing.T) {
	b := breaker.New(breaker.Config{})
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		if done, err := b.Allow(); err == nil {
			done(nil)
		}
	}), 1.0)
}

func TestValidate(t *testing.T) {
	assert.NoError(t, breaker.Config{}.Validate())
	for name, cfg := range map[string]breaker.Config{
		"negative failures": {Failures: -1},
		"negative minimum":  {Minimum: -1},
		"negative probes":   {Probes: -1},
		"more than all":     {Ratio: 50},
		"no number":         {Ratio: math.NaN()},
		"negative window":   {Window: -1},
		"negative rest":     {Rest: -1},
		"time without unit": {Rest: 10},
	} {
		t.Run(name, func(t *testing.T) {
			var fault *middleware.ConfigError
			assert.ErrorAs(t, cfg.Validate(), &fault)
			assert.PanicsWithError(t, cfg.Validate().Error(), func() { breaker.New(cfg) })
		})
	}
}

func Example() {
	shop := breaker.New(breaker.Config{Name: "shop", Failures: 2, OnChange: func(name, from, to string) {
		fmt.Println(name, "was", from, "and is", to)
	}})
	r := dram.New()
	r.Use(middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: shop}))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusBadGateway, "the shop is down") })

	for range 3 {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		fmt.Println(w.Code)
	}
	// Output:
	// 502
	// shop was closed and is open
	// 502
	// 503
}

func BenchmarkBreaker(b *testing.B) {
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	r := dram.New()
	r.Use(middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: breaker.New(breaker.Config{})}))
	r.GET("/", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	w, req := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	b.ReportAllocs()
	for b.Loop() {
		r.ServeHTTP(w, req)
	}
}
