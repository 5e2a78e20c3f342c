package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleHealth() {
	r := dram.New()
	r.Use(middleware.Health(middleware.HealthConfig{})) // no route is needed
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/livez", nil))
	fmt.Print(w.Code, " ", w.Body)
	// Output: 200 ok
}

func ExampleReadiness() {
	stop, sigterm := context.WithCancel(context.Background()) // signal.NotifyContext in a program
	r := dram.New()
	r.Use(middleware.Readiness(middleware.ReadinessConfig{
		Checks:   map[string]func(context.Context) error{"database": func(ctx context.Context) error { return nil }},
		Stopping: stop,
	}))
	ask := func() {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		fmt.Println(w.Code, w.Body)
	}
	ask()
	sigterm() // and serve with Delay(stop, 5*time.Second)
	ask()
	// Output:
	// 200 {"status":"ready","checks":{"database":"ok"}}
	// 503 {"status":"stopping"}
}

func TestHealth(t *testing.T) {
	r := withLayers(middleware.Health(middleware.HealthConfig{Path: "/up"}), middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: []string{"a.example"}}))
	assert.Equal(t, http.StatusOK, get(r, "/up").Code)
	assert.Equal(t, "no-store", get(r, "/up").Header().Get("Cache-Control"))
	assert.Equal(t, http.StatusOK, send(r, http.MethodHead, "/up", "").Code)
	assert.Equal(t, http.StatusMisdirectedRequest, send(r, http.MethodPost, "/up", "").Code, "all else passes")
	assert.Equal(t, http.StatusMisdirectedRequest, get(r, "/up/").Code)
}

func TestReadiness(t *testing.T) {
	down := errors.New("refused at 10.0.0.5")
	good := func(context.Context) error { return nil }
	cases := []struct {
		name   string
		checks map[string]func(context.Context) error
		want   int
		body   string
		errors int
	}{
		{"no checks", nil, 200, `{"status":"ready"}`, 0},
		{"all good", map[string]func(context.Context) error{"a": good, "b": good}, 200, `{"status":"ready","checks":{"a":"ok","b":"ok"}}`, 0},
		{"one down", map[string]func(context.Context) error{"a": good, "b": func(context.Context) error { return down }}, 503, `{"status":"unready","checks":{"a":"ok","b":"failed"}}`, 1},
		{"one panics", map[string]func(context.Context) error{"a": func(context.Context) error { panic("out") }}, 503, `{"status":"unready","checks":{"a":"failed"}}`, 1},
		{"one hangs", map[string]func(context.Context) error{"a": good, "b": func(context.Context) error { time.Sleep(time.Hour); return nil }}, 503, `{"status":"unready","checks":{"a":"ok","b":"timeout"}}`, 1},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var recorded []string
				r := withLayers(func(c *dram.Context) { c.Next(); recorded = c.Errors.Errors() },
					middleware.Readiness(middleware.ReadinessConfig{Checks: tc.checks}))
				w := get(r, "/readyz")
				assert.Equal(t, tc.want, w.Code)
				assert.JSONEq(t, tc.body, w.Body.String())
				assert.Len(t, recorded, tc.errors)
				time.Sleep(2 * time.Hour) // the hanging one ends
			})
		})
	}
}

func TestReadinessAsksSeldomAndNeverPilesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, hung atomic.Int64
		r := withLayers(middleware.Readiness(middleware.ReadinessConfig{Timeout: time.Second, CacheFor: time.Minute, Checks: map[string]func(context.Context) error{
			"counts": func(context.Context) error { calls.Add(1); return nil },
			"hangs":  func(context.Context) error { hung.Add(1); time.Sleep(24 * time.Hour); return nil },
		}}))
		for range 100 {
			assert.Equal(t, http.StatusServiceUnavailable, get(r, "/readyz").Code)
		}
		assert.EqualValues(t, 1, calls.Load())
		for range 5 {
			time.Sleep(time.Minute)
			assert.Equal(t, http.StatusServiceUnavailable, get(r, "/readyz").Code)
		}
		assert.EqualValues(t, 6, calls.Load())
		assert.EqualValues(t, 1, hung.Load(), "a check that hangs is not started again")
		time.Sleep(25 * time.Hour)
	})
}

func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop, sigterm := context.WithCancel(context.Background())
		serve := middleware.Delay(stop, 5*time.Second)
		r := withLayers(middleware.Readiness(middleware.ReadinessConfig{Stopping: stop}))
		assert.Equal(t, http.StatusOK, get(r, "/readyz").Code)
		sigterm()
		synctest.Wait()
		assert.Equal(t, http.StatusServiceUnavailable, get(r, "/readyz").Code, "readiness fails first")
		assert.NoError(t, serve.Err(), "while requests are still taken")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		assert.Error(t, serve.Err())
	})
}

func TestReadinessEndsTheContextOfItsChecks(t *testing.T) {
	var asked context.Context
	r := dram.New()
	r.Use(middleware.Readiness(middleware.ReadinessConfig{Checks: map[string]func(context.Context) error{
		"db": func(ctx context.Context) error { asked = ctx; return nil },
	}}))
	assert.Equal(t, 200, get(r, "/readyz").Code)
	assert.ErrorIs(t, asked.Err(), context.Canceled)
}
