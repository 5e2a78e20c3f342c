package middleware_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleTimeout() {
	r := dram.New()
	r.Use(middleware.Timeout(middleware.TimeoutConfig{After: time.Millisecond}))
	r.GET("/report", func(c *dram.Context) {
		<-c.Done() // a database query with c as its context ends like that
	})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/report", nil))
	fmt.Println(w.Code)
	// Output: 503
}

func ExampleTimeoutBuffered() {
	r := dram.New()
	r.Use(middleware.TimeoutBuffered(middleware.TimeoutBufferedConfig{After: time.Millisecond}))
	r.GET("/", func(c *dram.Context) {
		time.Sleep(20 * time.Millisecond) // heeds nothing
		c.String(http.StatusOK, "too late")
	})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 503 application/problem+json
}

func TestTimeout(t *testing.T) {
	cases := []struct {
		name    string
		handler dram.HandlerFunc
		want    int
		body    string
	}{
		{"in time", func(c *dram.Context) { c.String(200, "ok") }, 200, "ok"},
		{"waits for its context", func(c *dram.Context) { <-c.Done() }, 503, ""},
		{"late without a word", func(c *dram.Context) { time.Sleep(2 * time.Second) }, 503, ""},
		{"late, but wrote", func(c *dram.Context) { time.Sleep(2 * time.Second); c.String(200, "late") }, 200, "late"},
		{"began in time", func(c *dram.Context) { c.String(200, "begun "); <-c.Done(); c.String(200, "ended") }, 200, "begun ended"},
		{"its own error", func(c *dram.Context) { <-c.Done(); c.AbortWithStatus(504) }, 504, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var after error
				r := dram.New()
				r.Use(func(c *dram.Context) {
					c.Next()
					after = c.Request.Context().Err()
				}, middleware.Timeout(middleware.TimeoutConfig{After: time.Second}))
				r.GET("/", tc.handler)
				w := get(r, "/")
				assert.Equal(t, tc.want, w.Code)
				if tc.body != "" {
					assert.Equal(t, tc.body, w.Body.String())
				}
				assert.NoError(t, after, "layers outside see no cancelled context")
			})
		})
	}
}

func TestTimeoutDefaultAndClientGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := dram.New()
		r.Use(middleware.Timeout(middleware.TimeoutConfig{}))
		r.GET("/", func(c *dram.Context) {
			deadline, ok := c.Deadline()
			assert.True(t, ok)
			assert.Equal(t, middleware.DefaultTimeout, time.Until(deadline))
		})
		assert.Equal(t, http.StatusOK, get(r, "/").Code)
		gone := func(req *http.Request) {
			ctx, cancel := context.WithCancel(req.Context())
			cancel()
			*req = *req.WithContext(ctx)
		}
		assert.Equal(t, http.StatusOK, get(r, "/", gone).Code, "a client that left is not a timeout")
	})
}

func TestTimeoutBuffered(t *testing.T) {
	late := func(c *dram.Context) { time.Sleep(2 * time.Second) }
	cases := []struct {
		name    string
		handler dram.HandlerFunc
		want    int
		body    string
	}{
		{"in time", func(c *dram.Context) { c.Header("X-A", "1"); c.String(201, "ok") }, 201, "ok"},
		{"in time, in pieces", func(c *dram.Context) { c.String(200, "a"); c.String(200, "b") }, 200, "ab"},
		{"in time, status only", func(c *dram.Context) { c.Status(204) }, 204, ""},
		{"in time, header sent", func(c *dram.Context) { c.AbortWithStatus(409) }, 409, ""},
		{"late", func(c *dram.Context) { late(c); c.String(200, "late") }, 503, "-"},
		{"written before, late", func(c *dram.Context) { c.String(200, "early"); late(c) }, 503, "-"},
		{"flushed before, late", func(c *dram.Context) { c.String(200, "early "); c.Writer.Flush(); late(c); c.String(200, "late") }, 200, "early late"},
		{"larger than the buffer, late", func(c *dram.Context) { c.String(200, strings.Repeat("x", 20)); late(c); c.String(200, "y") }, 200, strings.Repeat("x", 20) + "y"},
		{"late, then an error", func(c *dram.Context) { late(c); c.JSON(500, dram.H{}) }, 503, "-"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := dram.New()
				r.Use(middleware.Secure(middleware.SecureConfig{}),
					middleware.TimeoutBuffered(middleware.TimeoutBufferedConfig{After: time.Second, MaxBuffer: 10}))
				r.GET("/", tc.handler)
				w := get(r, "/")
				assert.Equal(t, tc.want, w.Code)
				assert.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"), "layers outside keep their headers")
				if tc.body == "-" {
					assert.Equal(t, "the request took too long", problemIn(t, w).Detail)
				} else {
					assert.Equal(t, tc.body, w.Body.String())
				}
			})
		})
	}
}

func TestTimeoutBufferedWriterTellsTheTruth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := dram.New()
		r.Use(middleware.TimeoutBuffered(middleware.TimeoutBufferedConfig{After: time.Second}))
		r.GET("/", func(c *dram.Context) {
			assert.False(t, c.Writer.Written())
			assert.Equal(t, -1, c.Writer.Size())
			c.Status(http.StatusAccepted)
			assert.Equal(t, http.StatusAccepted, c.Writer.Status())
			_, err := c.Writer.WriteString("four")
			assert.NoError(t, err)
			assert.True(t, c.Writer.Written())
			assert.Equal(t, 4, c.Writer.Size())
			c.Writer.WriteHeader(http.StatusTeapot) // too late, as without the layer
			assert.Equal(t, http.StatusAccepted, c.Writer.Status())
			time.Sleep(time.Minute)
			_, err = c.Writer.Write([]byte("more"))
			assert.ErrorIs(t, err, http.ErrHandlerTimeout)
			_, _, err = c.Writer.Hijack()
			assert.ErrorIs(t, err, http.ErrHandlerTimeout)
		})
		assert.Equal(t, http.StatusServiceUnavailable, get(r, "/").Code)
	})
}

func TestTimeoutBufferedLeavesAPanicToRecovery(t *testing.T) {
	r := dram.New()
	var log bytes.Buffer
	r.Use(dram.RecoveryWithWriter(&log), middleware.TimeoutBuffered(middleware.TimeoutBufferedConfig{}))
	r.GET("/", func(c *dram.Context) {
		c.String(http.StatusOK, "half an answer")
		panic("out")
	})
	w := get(r, "/")
	assert.Equal(t, http.StatusInternalServerError, w.Code)
	assert.Empty(t, w.Body.String())
}

// The client must have its answer while the handler still runs: that is what the
// layer is for. The handler ends only after the client has read it.
func TestTimeoutBufferedAnswersBeforeTheHandlerReturns(t *testing.T) {
	release := make(chan struct{})
	r := dram.New()
	r.Use(middleware.TimeoutBuffered(middleware.TimeoutBufferedConfig{After: 5 * time.Millisecond}))
	r.GET("/", func(c *dram.Context) {
		<-release
		for range 100 {
			c.Header("X-Late", "1")
			_, _ = c.Writer.WriteString("late")
		}
	})
	server := httptest.NewServer(r)
	defer server.Close()
	res, err := http.Get(server.URL)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	close(release)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	assert.True(t, res.Close, "the connection is not to be used again")
	assert.Contains(t, string(body), "took too long")
}

// The timer and the handler meet at about the same moment: for the race detector.
func TestTimeoutBufferedRace(t *testing.T) {
	r := dram.New()
	r.Use(middleware.TimeoutBuffered(middleware.TimeoutBufferedConfig{After: time.Millisecond}))
	r.GET("/", func(c *dram.Context) {
		time.Sleep(time.Millisecond)
		c.Header("X-A", "1")
		c.JSON(http.StatusOK, dram.H{"ok": true})
	})
	for range 100 {
		w := get(r, "/")
		assert.Contains(t, []int{200, 503}, w.Code)
		assert.Equal(t, w.Code == http.StatusOK, w.Header().Get("X-A") != "", "no mixture of two answers")
	}
}
