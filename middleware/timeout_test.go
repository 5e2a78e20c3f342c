package middleware_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

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

func TestTimeoutOfAStreamHasNoDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := dram.New()
		r.Use(middleware.Timeout(middleware.TimeoutConfig{After: time.Second}))
		r.GET("/", func(c *dram.Context) {
			c.String(200, "begun ")
			c.Writer.Flush()
			_, limited := c.Deadline()
			assert.False(t, limited)
			time.Sleep(2 * time.Second)
			assert.NoError(t, c.Err())
			c.String(200, "ended")
		})
		assert.Equal(t, "begun ended", get(r, "/").Body.String())
	})
}

// slowBody is the body of another server, which takes longer than the limit.
type slowBody struct {
	ctx  context.Context
	read bool
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.read {
		return 0, io.EOF
	}
	b.read = true
	time.Sleep(time.Minute)
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return copy(p, "late, and whole"), nil
}

func (b *slowBody) Close() error { return nil }

func TestTimeoutLeavesAProxiedDownloadItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := dram.New()
		r.Use(middleware.Timeout(middleware.TimeoutConfig{After: time.Second}))
		r.GET("/", middleware.Proxy(middleware.ProxyConfig{
			Target: "http://server.example",
			Transport: transport(func(req *http.Request) (*http.Response, error) {
				body := &slowBody{ctx: req.Context()}
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body, ContentLength: 15, Request: req}, nil
			}),
		}))
		assert.Equal(t, "late, and whole", get(r, "/").Body.String())
	})
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) { return t(req) }
