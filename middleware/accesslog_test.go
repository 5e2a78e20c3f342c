package middleware_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleAccessLog() {
	quiet := func(_ []string, a slog.Attr) slog.Attr { // what differs from run to run
		if a.Key == slog.TimeKey || a.Key == "latency_ms" {
			return slog.Attr{}
		}
		return a
	}
	r := dram.New()
	r.Use(middleware.AccessLog(middleware.AccessLogConfig{
		Logger: slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: quiet})),
	}))
	r.GET("/books/:id", func(c *dram.Context) { c.String(http.StatusOK, "ok") })
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/books/7", nil))
	// Output: level=INFO msg=request method=GET route=/books/:id path=/books/7 status=200 size=2 client=192.0.2.1
}

// records reads what a JSON handler wrote.
func records(t *testing.T, log *bytes.Buffer) (list []map[string]any) {
	t.Helper()
	decoder := json.NewDecoder(log)
	for {
		var record map[string]any
		err := decoder.Decode(&record)
		if err == io.EOF {
			return list
		}
		require.NoError(t, err)
		list = append(list, record)
	}
}

func TestAccessLogSampling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		r := dram.New()
		r.Use(middleware.AccessLog(middleware.AccessLogConfig{
			Logger: slog.New(slog.NewJSONHandler(&log, nil)), SampleEvery: 10, Slow: time.Second,
		}), dram.RecoveryWithWriter(io.Discard))
		r.GET("/ok", func(c *dram.Context) { c.Status(http.StatusOK) })
		r.GET("/slow", func(c *dram.Context) { time.Sleep(time.Second) })
		r.GET("/error", func(c *dram.Context) { _ = c.Error(io.ErrUnexpectedEOF) })
		r.GET("/refused", func(c *dram.Context) { c.AbortWithStatus(http.StatusBadRequest) })
		r.GET("/panic", func(c *dram.Context) { panic("out") })
		get(r, "/ok")
		assert.Contains(t, log.String(), `"path":"/ok"`, "the first one")
		for range 99 {
			get(r, "/ok")
		}
		for range 3 {
			get(r, "/none")
			get(r, "/slow")
			get(r, "/error")
			get(r, "/panic")
			get(r, "/refused")
		}
		count := map[string]int{}
		for _, record := range records(t, &log) {
			count[record["path"].(string)]++
		}
		assert.Equal(t, map[string]int{"/ok": 10, "/none": 3, "/slow": 3, "/error": 3, "/panic": 3, "/refused": 3}, count)
	})
}

func TestAccessLogAttributes(t *testing.T) {
	var log bytes.Buffer
	r := dram.New()
	r.Use(middleware.RequestID(middleware.RequestIDConfig{}), middleware.AccessLog(middleware.AccessLogConfig{
		Logger: slog.New(slog.NewJSONHandler(&log, nil)),
		Level:  func(int) slog.Level { return slog.LevelWarn },
		Attrs:  func(c *dram.Context) []slog.Attr { return []slog.Attr{slog.String("user", middleware.ByUser(c))} },
	}))
	r.GET("/", func(c *dram.Context) { c.Set(dram.AuthUserKey, "ada") })
	get(r, "/?token=secret", header("X-Request-Id", "id-1"))
	list := records(t, &log)
	require.Len(t, list, 1)
	assert.Equal(t, "ada", list[0]["user"])
	assert.Equal(t, "WARN", list[0]["level"])
	assert.Equal(t, "id-1", list[0]["request_id"])
	assert.NotContains(t, fmt.Sprint(list[0]), "secret")
}
