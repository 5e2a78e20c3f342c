package middleware_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// bothProtocols runs f against a server of HTTP/1.1 and one of HTTP/2.
func bothProtocols(t *testing.T, r *dram.Engine, f func(t *testing.T, s *httptest.Server)) {
	for _, h2 := range []bool{false, true} {
		s := httptest.NewUnstartedServer(r)
		s.EnableHTTP2 = h2
		s.StartTLS()
		t.Cleanup(s.Close)
		t.Run(map[bool]string{false: "HTTP/1.1", true: "HTTP/2"}[h2], func(t *testing.T) { f(t, s) })
	}
}

// sendSlowly sends the beginning of a body that has no end, and returns the status.
func sendSlowly(t *testing.T, s *httptest.Server, path, kind string, begin string) int {
	body, end := io.Pipe()
	req, err := http.NewRequest(http.MethodPost, s.URL+path, body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Idempotency-Key", rand.Text())
	if kind == "application/gzip" {
		req.Header.Set("Content-Encoding", "gzip")
	}
	go io.WriteString(end, begin)
	resp, err := s.Client().Do(req)
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return resp.StatusCode
}

// sendPart sends a part of a body with a Content-Length over a connection of HTTP/1.1, and
// returns the status of the whole answer.
func sendPart(t *testing.T, s *httptest.Server, path, kind, begin string) int {
	conn, err := tls.Dial("tcp", s.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nIdempotency-Key: %s\r\nContent-Length: 100\r\n", path, kind, rand.Text())
	if kind == "application/gzip" {
		fmt.Fprint(conn, "Content-Encoding: gzip\r\n")
	}
	fmt.Fprint(conn, "\r\n", begin)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if !assert.NoError(t, err) {
		return 0
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	assert.NoError(t, err)
	return resp.StatusCode
}

func TestABodyThatNeverComesIsNotWaitedForBeyondTheTime(t *testing.T) {
	var in struct {
		Name string `json:"name" form:"name"`
	}
	r := dram.New()
	r.Use(middleware.Timeout(middleware.TimeoutConfig{After: 200 * time.Millisecond}))
	r.POST("/bind", func(c *dram.Context) { _ = c.Bind(&in) })
	r.POST("/try", dram.Try(func(c *dram.Context) error { return c.ShouldBind(&in) }))
	r.POST("/all", dram.Try(func(c *dram.Context) error { return c.ShouldBindAll(&in) }))
	r.POST("/read", dram.Try(func(c *dram.Context) error { _, err := c.GetRawData(); return err }))
	r.POST("/form", dram.Try(func(c *dram.Context) error { _, err := c.FormFile("name"); return err }))
	r.POST("/silent", func(c *dram.Context) { _, _ = io.Copy(io.Discard, c.Request.Body) })
	// What a handler leaves of a body, net/http reads before it answers.
	r.POST("/big", func(c *dram.Context) { _, _ = c.GetRawData(); c.Data(200, "text/plain", make([]byte, 1<<20)) })
	limited := r.Group("", middleware.BodyLimit(middleware.BodyLimitConfig{}), middleware.Decompress(middleware.DecompressConfig{}))
	r.POST("/readall", dram.Try(func(c *dram.Context) error { _, err := io.ReadAll(c.Request.Body); return err }))
	r.POST("/decoder", dram.Try(func(c *dram.Context) error { return json.NewDecoder(c.Request.Body).Decode(&in) }))
	r.POST("/parseform", dram.Try(func(c *dram.Context) error { return c.Request.ParseForm() }))
	r.POST("/key", middleware.Idempotency(middleware.IdempotencyConfig{Required: true, Scope: middleware.ByClientIP}), func(c *dram.Context) {})
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body) }))
	defer behind.Close()
	r.POST("/proxy", middleware.Proxy(middleware.ProxyConfig{Target: behind.URL}))
	limited.POST("/unzip", func(c *dram.Context) { _, _ = io.ReadAll(c.Request.Body) })
	limited.POST("/layers", dram.Try(func(c *dram.Context) error { return c.ShouldBind(&in) }))
	bothProtocols(t, r, func(t *testing.T, s *httptest.Server) {
		for _, tc := range []struct {
			path, kind, begin string
			want              int
		}{
			{"/big", "application/json", `{"name":`, 200},
			{"/bind", "application/json", `{"name":`, 408},
			{"/bind", "application/x-www-form-urlencoded", `name=`, 408},
			{"/bind", "multipart/form-data; boundary=x", "--x\r\n", 408},
			{"/try", "application/json", `{"name":`, 408},
			{"/try", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nMo", 408},
			{"/all", "application/json", `{"name":`, 408},
			{"/read", "application/json", `{"name":`, 408},
			{"/form", "multipart/form-data; boundary=x", "--x\r\n", 408},
			{"/layers", "application/json", `{"name":`, 408},
			{"/readall", "application/json", `{"name":`, 408},
			{"/decoder", "application/json", `{"name":`, 408},
			{"/parseform", "application/x-www-form-urlencoded", `name=`, 408},
			{"/key", "application/json", `{"name":`, 408},
			{"/proxy", "application/json", `{"name":`, 408},
			{"/unzip", "application/json", `{"name":`, 503},
			{"/unzip", "application/gzip", "\x1f\x8b", 408},
			{"/silent", "application/json", `{"name":`, 503},
		} {
			t.Run(tc.path+" "+tc.kind, func(t *testing.T) {
				assert.Equal(t, tc.want, sendSlowly(t, s, tc.path, tc.kind, tc.begin))
				if s.TLS.NextProtos[0] != "h2" {
					assert.Equal(t, tc.want, sendPart(t, s, tc.path, tc.kind, tc.begin), "with a Content-Length")
				}
			})
		}
	})
}

// What the deadline is for has arrived: the time that comes afterwards is the handler's, and the
// connection is as good as before.
func TestABodyThatCameTakesItsDeadlineWithIt(t *testing.T) {
	var ended error
	r := dram.New()
	r.POST("/", middleware.Timeout(middleware.TimeoutConfig{After: 100 * time.Millisecond}), func(c *dram.Context) {
		_, err := c.GetRawData()
		assert.NoError(t, err)
		c.Writer.Flush() // a stream from now on: it has no limit
		time.Sleep(200 * time.Millisecond)
		ended = c.Request.Context().Err()
		c.String(200, "whole")
	})
	bothProtocols(t, r, func(t *testing.T, s *httptest.Server) {
		for range 2 {
			resp, err := s.Client().Post(s.URL, "text/plain", bytes.NewReader([]byte("body")))
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			assert.NoError(t, err)
			assert.Equal(t, "whole", string(body))
			assert.NoError(t, ended)
		}
	})
}

// A stream takes its body for as long as it takes: an upload that is answered as it comes.
func TestAStreamMayReadBeyondTheTime(t *testing.T) {
	r := dram.New()
	r.POST("/", middleware.Timeout(middleware.TimeoutConfig{After: 100 * time.Millisecond}), func(c *dram.Context) {
		_ = http.NewResponseController(c.Writer).EnableFullDuplex()
		c.Writer.Flush()
		body, err := io.ReadAll(c.Request.Body)
		assert.NoError(t, err)
		c.String(200, "%s", body)
	})
	bothProtocols(t, r, func(t *testing.T, s *httptest.Server) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		body, end := io.Pipe()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, body)
		require.NoError(t, err)
		resp, err := s.Client().Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		go func() {
			time.Sleep(200 * time.Millisecond)
			_, _ = io.WriteString(end, "late")
			end.Close()
		}()
		got, err := io.ReadAll(resp.Body)
		assert.NoError(t, err)
		assert.Equal(t, "late", string(got))
	})
}

// Whatever was done with the body before, the connection's next request is as good as the first:
// with a ReadTimeout of the server and without.
func TestTheTimeOfABodyIsNotThatOfTheConnection(t *testing.T) {
	drain := func(c *dram.Context) { _, _ = io.ReadAll(c.Request.Body) }
	for name, outside := range map[string]dram.HandlerFunc{
		"nothing":          func(*dram.Context) {},
		"a form":           func(c *dram.Context) { _ = c.PostForm("csrf") },
		"read":             drain,
		"read and closed":  func(c *dram.Context) { drain(c); c.Request.Body.Close() },
		"closed":           func(c *dram.Context) { c.Request.Body.Close() },
		"limited":          middleware.BodyLimit(middleware.BodyLimitConfig{}),
		"a nested Timeout": middleware.Timeout(middleware.TimeoutConfig{After: time.Minute}),
	} {
		for _, readTimeout := range []time.Duration{0, 150 * time.Millisecond, time.Minute} {
			t.Run(fmt.Sprint(name, " ", readTimeout), func(t *testing.T) {
				t.Parallel()
				r := dram.New()
				timed := r.Group("", outside, middleware.Timeout(middleware.TimeoutConfig{After: 50 * time.Millisecond}))
				timed.POST("/wait", func(c *dram.Context) { _ = c.PostForm("a"); <-c.Done() })
				timed.POST("/late", func(c *dram.Context) {
					_, _ = c.GetRawData()
					time.Sleep(100 * time.Millisecond)
					c.String(200, "late")
				})
				timed.POST("/stream", func(c *dram.Context) {
					_, _ = c.GetRawData()
					for range 4 {
						c.Writer.Flush()
						time.Sleep(50 * time.Millisecond)
					}
					c.String(200, "whole")
				})
				r.GET("/next", func(c *dram.Context) { c.String(200, "%v", c.Request.Context().Err()) })
				s := httptest.NewUnstartedServer(r)
				s.Config.ReadTimeout, s.Config.IdleTimeout = readTimeout, time.Minute
				s.Start()
				defer s.Close()
				for path, want := range map[string]int{"/wait": 503, "/late": 200, "/stream": 200} {
					resp, err := s.Client().Post(s.URL+path, "application/x-www-form-urlencoded", strings.NewReader("csrf=1"))
					require.NoError(t, err)
					_, err = io.ReadAll(resp.Body)
					resp.Body.Close()
					assert.NoError(t, err)
					assert.Equal(t, want, resp.StatusCode, path)
					resp, err = s.Client().Get(s.URL + "/next")
					require.NoError(t, err)
					body, _ := io.ReadAll(resp.Body)
					resp.Body.Close()
					assert.Equal(t, "<nil>", string(body), path)
				}
			})
		}
	}
}

// A layer outside may have read the body: the server then reads on for itself, and takes no
// deadline of ours for the end of its client.
func TestABodyThatWasReadBeforeHasNoDeadline(t *testing.T) {
	var outside error
	r := dram.New()
	r.Use(func(c *dram.Context) {
		read, _ := io.ReadAll(c.Request.Body)
		c.Request.Body = io.NopCloser(bytes.NewReader(read))
		c.Next()
		outside = c.Request.Context().Err()
	}, middleware.Timeout(middleware.TimeoutConfig{After: 50 * time.Millisecond}))
	r.POST("/wait", func(c *dram.Context) { <-c.Done() })
	r.POST("/late", func(c *dram.Context) {
		time.Sleep(100 * time.Millisecond)
		_, _ = io.ReadAll(c.Request.Body)
		c.String(200, "late")
	})
	r.POST("/next", func(c *dram.Context) { c.String(200, "%v", c.Request.Context().Err()) })
	bothProtocols(t, r, func(t *testing.T, s *httptest.Server) {
		for range 5 {
			for path, want := range map[string]int{"/wait": 503, "/late": 200} {
				resp, err := s.Client().Post(s.URL+path, "text/plain", strings.NewReader("whole"))
				require.NoError(t, err)
				resp.Body.Close()
				assert.Equal(t, want, resp.StatusCode)
				assert.NoError(t, outside)
			}
			resp, err := s.Client().Post(s.URL+"/next", "text/plain", strings.NewReader("whole"))
			require.NoError(t, err)
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			assert.Equal(t, "<nil>", string(body), "the connection is as good as before")
		}
	})
}

// What goes on after the layer has returned does not touch the server's writer.
func TestABodyThatIsReadTooLateDoesNotPanic(t *testing.T) {
	ended, read := make(chan struct{}), make(chan any)
	r := dram.New()
	r.POST("/", middleware.Timeout(middleware.TimeoutConfig{After: time.Minute}), func(c *dram.Context) {
		body := c.Request.Body
		go func() {
			defer func() { read <- recover() }()
			<-ended
			_, _ = io.ReadAll(body)
		}()
	})
	bothProtocols(t, r, func(t *testing.T, s *httptest.Server) {
		resp, err := s.Client().Post(s.URL, "text/plain", strings.NewReader("whole"))
		require.NoError(t, err)
		resp.Body.Close()
		ended <- struct{}{}
		assert.Nil(t, <-read)
	})
}

func TestTheShortestTimeOfABodyCounts(t *testing.T) {
	timeout := func(after time.Duration) dram.HandlerFunc {
		return middleware.Timeout(middleware.TimeoutConfig{After: after})
	}
	var between error
	look := func(c *dram.Context) { c.Next(); between = c.Request.Context().Err() }
	read := dram.Try(func(c *dram.Context) error { _, err := c.GetRawData(); return err })
	const short, long = 100 * time.Millisecond, time.Minute
	for name, tc := range map[string]struct {
		server time.Duration
		layers []dram.HandlerFunc
		up     bool // the time of the layer outside
	}{
		"the server's":        {server: short, layers: []dram.HandlerFunc{timeout(long), look}},
		"the layer's":         {layers: []dram.HandlerFunc{look, timeout(short)}},
		"that of one outside": {layers: []dram.HandlerFunc{timeout(short), look, timeout(long)}, up: true},
		"that of one inside":  {layers: []dram.HandlerFunc{timeout(long), look, timeout(short)}},
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.POST("/", append(tc.layers, read)...)
			s := httptest.NewUnstartedServer(r)
			s.Config.ReadTimeout = tc.server
			s.Start()
			defer s.Close()
			assert.Equal(t, 408, sendSlowly(t, s, "/", "text/plain", "begin"))
			assert.Equal(t, tc.up, between == context.DeadlineExceeded)
		})
	}
}

// A client that sends slowly is not the failure of the server behind.
func TestASlowClientOpensNobodysCircuit(t *testing.T) {
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body) }))
	defer behind.Close()
	breaker := &failures{}
	r := dram.New()
	r.Any("/", middleware.Timeout(middleware.TimeoutConfig{After: 50 * time.Millisecond}),
		middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: breaker}),
		middleware.Proxy(middleware.ProxyConfig{Target: behind.URL}))
	s := httptest.NewServer(r)
	defer s.Close()
	assert.Equal(t, 408, sendSlowly(t, s, "/", "text/plain", "begin"))
	assert.Zero(t, breaker.n.Load())
}

// failures is a breaker that counts.
type failures struct{ n atomic.Int64 }

func (f *failures) Allow() (func(error), error) {
	return func(err error) {
		if err != nil && !errors.Is(err, context.Canceled) {
			f.n.Add(1)
		}
	}, nil
}
