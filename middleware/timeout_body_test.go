package middleware_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
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
	go io.WriteString(end, begin)
	resp, err := s.Client().Do(req)
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
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
	limited := r.Group("", middleware.BodyLimit(middleware.BodyLimitConfig{}), middleware.Decompress(middleware.DecompressConfig{}))
	limited.POST("/layers", dram.Try(func(c *dram.Context) error { return c.ShouldBind(&in) }))
	bothProtocols(t, r, func(t *testing.T, s *httptest.Server) {
		for _, tc := range []struct {
			path, kind, begin string
			want              int
		}{
			{"/bind", "application/json", `{"name":`, 408},
			{"/bind", "application/x-www-form-urlencoded", `name=`, 408},
			{"/bind", "multipart/form-data; boundary=x", "--x\r\n", 408},
			{"/try", "application/json", `{"name":`, 408},
			{"/try", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nMo", 408},
			{"/all", "application/json", `{"name":`, 408},
			{"/read", "application/json", `{"name":`, 408},
			{"/form", "multipart/form-data; boundary=x", "--x\r\n", 408},
			{"/layers", "application/json", `{"name":`, 408},
			{"/silent", "application/json", `{"name":`, 503},
		} {
			t.Run(tc.path+" "+tc.kind, func(t *testing.T) {
				status := sendSlowly(t, s, tc.path, tc.kind, tc.begin)
				assert.Equal(t, tc.want, status)
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
