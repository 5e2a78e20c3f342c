package dram_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/timelimit"
)

// A layer that answers, and has the layers inside run when its own Context is over.
func TestForkRunsTheRestOfTheChainWhenTheContextIsOver(t *testing.T) {
	r, forked := dram.New(), httptest.NewRecorder()
	var run func(http.ResponseWriter, *http.Request, dram.HandlerFunc)
	runs, whole := 0, false
	r.Use(func(c *dram.Context) {
		c.Set("key", "outside")
		run = c.Fork()
		c.AbortWithStatus(http.StatusAccepted)
	})
	r.GET("/:name", func(c *dram.Context) {
		runs++
		assert.Equal(t, "outside", c.GetString("key"))
		assert.Equal(t, "/:name", c.FullPath())
		assert.NoError(t, c.Err(), "it has a request of its own")
		c.Set("key", "inside")
		c.String(http.StatusCreated, "hello, "+c.Param("name"))
	})
	w := httptest.NewRecorder()
	gone, leave := context.WithCancel(t.Context())
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/ann", nil).WithContext(gone))
	leave()
	assert.Equal(t, http.StatusAccepted, w.Code)
	assert.Zero(t, runs)

	again := httptest.NewRequest(http.MethodGet, "/ann", nil)
	for range 2 {
		run(forked, again, func(c *dram.Context) { whole = c.NextAnswer(nil, func(dram.Answer) {}) })
	}
	assert.Equal(t, 1, runs)
	assert.True(t, whole)
	assert.Equal(t, http.StatusCreated, forked.Code)
	assert.Equal(t, "hello, ann", forked.Body.String())
	assert.Empty(t, w.Body.String())
}

func TestForkOfAPathWithoutARouteAnswersAsTheEngineDoes(t *testing.T) {
	r, forked := dram.New(), httptest.NewRecorder()
	var run func(http.ResponseWriter, *http.Request, dram.HandlerFunc)
	r.Use(func(c *dram.Context) {
		run = c.Fork()
		c.AbortWithStatus(http.StatusNoContent)
	})
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/none", nil))
	require.NotNil(t, run)
	run(forked, httptest.NewRequest(http.MethodGet, "/none", nil), (*dram.Context).Next)
	assert.Equal(t, http.StatusNotFound, forked.Code)
	assert.Equal(t, "404 page not found", forked.Body.String())
}

// A Proxy, say, that asks for somebody else streams; the request that waits for it does not.
func TestAForkLiftsNoLimitOfTheRequest(t *testing.T) {
	limit := new(timelimit.Limit)
	limit.Start(t.Context(), time.Minute)
	defer limit.End(context.Canceled)
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		run := c.Fork()
		assert.Same(t, limit, timelimit.Of(c.Request.Context()))
		run(httptest.NewRecorder(), c.Request.Clone(c.Request.Context()), func(c *dram.Context) {
			assert.Nil(t, timelimit.Of(c.Request.Context()))
			deadline, _ := c.Request.Context().Deadline()
			own, _ := limit.Deadline()
			assert.Equal(t, own, deadline)
			limit.End(context.DeadlineExceeded)
			<-c.Request.Context().Done()
			assert.ErrorIs(t, c.Request.Context().Err(), context.DeadlineExceeded)
		})
	})
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(limit))
}

func TestForkPassesAPanic(t *testing.T) {
	r := dram.New()
	var run func(http.ResponseWriter, *http.Request, dram.HandlerFunc)
	r.GET("/", func(c *dram.Context) { run = c.Fork(); c.Abort() }, func(*dram.Context) { panic("inside") })
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	assert.PanicsWithValue(t, "inside", func() {
		run(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), (*dram.Context).Next)
	})
}
