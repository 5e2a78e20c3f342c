package dram_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// logged serves one request through an engine whose Logger writes as conf says
// and returns what was written.
func logged(conf dram.LoggerConfig, req *http.Request, handlers ...dram.HandlerFunc) string {
	var out bytes.Buffer
	conf.Output = &out
	engine := dram.New()
	engine.Use(dram.LoggerWithConfig(conf))
	engine.Any("/*path", handlers...)
	engine.ServeHTTP(httptest.NewRecorder(), req)
	return out.String()
}

func TestLoggerLine(t *testing.T) {
	line := logged(dram.LoggerConfig{}, httptest.NewRequest("GET", "/a?b=c", nil), target)
	assert.Regexp(t, `^\[DRAM\] \d{4}/\d\d/\d\d - \d\d:\d\d:\d\d \| 200 \| [ \d.a-zµ]{8,} \|       192\.0\.2\.1 \| GET      "/a\?b=c"`+"\n$", line)
}

func TestLoggerColumns(t *testing.T) {
	cases := map[string]struct {
		method string
		status int
		want   string
	}{
		"short method":        {"PUT", 201, ` | 201 | `},
		"method of the width": {"OPTIONS", 404, ` | OPTIONS  "/x"`},
		"long method":         {"PROPFINDER", 404, ` | PROPFINDER  "/x"`},
		"padded method":       {"POST", 500, ` | POST     "/x"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			line := logged(dram.LoggerConfig{}, httptest.NewRequest(tc.method, "/x", nil), func(c *dram.Context) { c.Status(tc.status) })
			assert.Contains(t, line, tc.want)
		})
	}
}

func TestLoggerLineCannotBeForged(t *testing.T) {
	forged := "\n[DRAM] 2026/01/01 - 00:00:00 | 200 |"
	req := httptest.NewRequest("GET", "/", nil)
	req.URL.Path = "/a" + forged + "\"\x1b[2J"
	req.URL.RawQuery = forged
	req.Method = "GET"
	line := logged(dram.LoggerConfig{}, req, func(c *dram.Context) {
		_ = c.Error(errors.New("no user x" + forged)).SetMeta("meta" + forged)
		c.Request.Method = "GE" + forged
		c.Request.RemoteAddr = "[" + forged + "]:1"
	})
	assert.Equal(t, 3, strings.Count(line, "\n"), "the line, the error and its meta, no more: %s", line)
	assert.NotContains(t, line, "\x1b")
	assert.Contains(t, line, `"/a\n[DRAM]`)
	assert.Contains(t, line, `Error #01: no user x\n[DRAM]`)
}

func TestLoggerAppendsPrivateErrors(t *testing.T) {
	line := logged(dram.LoggerConfig{}, httptest.NewRequest("GET", "/", nil), func(c *dram.Context) {
		_ = c.Error(errors.New(`disk "c" full`))
		_ = c.Error(errors.New("for all")).SetType(dram.ErrorTypePublic)
	})
	assert.True(t, strings.HasSuffix(line, "\"/\"\nError #01: disk \"c\" full\n"), line)
	assert.NotContains(t, line, "for all")
}

func TestLoggerWritesToDefaultWriter(t *testing.T) {
	out := captureWriter(t)
	engine := dram.New()
	engine.Use(dram.Logger())
	dram.DefaultWriter = io.Discard // too late for this Logger
	engine.GET("/", target)
	serve(engine, "GET", "/")
	assert.Contains(t, out.String(), `"/"`)
}

func TestDefaultPutsLoggerOutsideRecovery(t *testing.T) {
	out := captureWriter(t)
	engine := dram.Default(func(e *dram.Engine) { e.GET("/", func(*dram.Context) { panic("boom") }) })
	w := serve(engine, "GET", "/")
	assert.Equal(t, 500, w.Code)
	assert.Contains(t, out.String(), "| 500 |")
	assert.Contains(t, out.String(), "Error #01: dram: recovered from panic: boom")
	assert.Contains(t, out.String(), "panic recovered")
}

func TestLoggerSkips(t *testing.T) {
	req := func(target string) *http.Request { return httptest.NewRequest("GET", target, nil) }
	conf := dram.LoggerConfig{SkipPaths: []string{"/health"}}
	assert.Empty(t, logged(conf, req("/health"), target))
	assert.Empty(t, logged(conf, req("/health?x=1"), target), "the query is not part of the path")
	assert.NotEmpty(t, logged(conf, req("/health/x"), target))
	assert.Empty(t, logged(conf, req("/health"), func(c *dram.Context) { c.Request.URL.Path = "/rewritten" }))

	conf = dram.LoggerConfig{Skip: func(c *dram.Context) bool { return c.Writer.Status() < 400 }}
	assert.Empty(t, logged(conf, req("/"), target))
	assert.NotEmpty(t, logged(conf, req("/"), func(c *dram.Context) { c.Status(404) }))

	conf = dram.LoggerConfig{SkipQueryString: true}
	assert.NotContains(t, logged(conf, req("/?token=s3cret"), target), "s3cret")
}

func TestLoggerWithWriter(t *testing.T) {
	var out bytes.Buffer
	engine := dram.New()
	engine.Use(dram.LoggerWithWriter(&out, "/quiet"))
	engine.GET("/:x", target)
	serve(engine, "GET", "/quiet")
	assert.Empty(t, out.String())
	serve(engine, "GET", "/loud")
	assert.Contains(t, out.String(), `"/loud"`)
}

func TestLoggerWithFormatter(t *testing.T) {
	out := captureWriter(t)
	var got dram.LogFormatterParams
	engine := dram.New()
	engine.Use(dram.LoggerWithFormatter(func(p dram.LogFormatterParams) string {
		got = p
		return fmt.Sprintf("%s %d\n", p.Path, p.StatusCode)
	}))
	engine.GET("/a", func(c *dram.Context) {
		c.Set("user", "ann")
		_ = c.Error(errors.New("odd"))
		c.String(202, "four")
	})
	serve(engine, "GET", "/a?b")
	assert.Equal(t, "/a?b 202\n", out.String())
	assert.Equal(t, 202, got.StatusCode)
	assert.Equal(t, 4, got.BodySize)
	assert.Equal(t, "192.0.2.1", got.ClientIP)
	assert.Equal(t, "GET", got.Method)
	assert.Equal(t, "Error #01: odd\n", got.ErrorMessage)
	assert.Equal(t, "ann", got.Keys["user"])
	assert.NotNil(t, got.Request)
	assert.WithinDuration(t, time.Now(), got.TimeStamp, time.Minute)
	assert.False(t, got.IsOutputColor(), "a buffer is not a terminal")
}

func TestLoggersMeasureTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got dram.LogFormatterParams
		var record struct {
			Latency float64 `json:"latency_ms"`
		}
		var out bytes.Buffer
		engine := dram.New()
		engine.Use(dram.LoggerWithConfig(dram.LoggerConfig{Output: io.Discard, Formatter: func(p dram.LogFormatterParams) string {
			got = p
			return ""
		}}), dram.LoggerWithSlog(slog.New(slog.NewJSONHandler(&out, nil))))
		engine.GET("/", func(*dram.Context) { time.Sleep(1500 * time.Millisecond) })
		serve(engine, "GET", "/")
		require.NoError(t, json.Unmarshal(out.Bytes(), &record))
		assert.Equal(t, 1500*time.Millisecond, got.Latency)
		assert.Equal(t, time.Now(), got.TimeStamp)
		assert.Equal(t, 1500.0, record.Latency)
	})
}

func TestLoggerLogsAPassingPanic(t *testing.T) {
	var out bytes.Buffer
	engine := dram.New()
	engine.Use(dram.RecoveryWithWriter(nil), dram.LoggerWithWriter(&out))
	engine.GET("/early", func(*dram.Context) { panic("boom") })
	engine.GET("/late", func(c *dram.Context) { c.String(200, "x"); panic("boom") })
	serve(engine, "GET", "/early")
	assert.Contains(t, out.String(), `| 500 |`, "nobody will answer 200")
	serve(engine, "GET", "/late")
	assert.Contains(t, out.String(), `"/late"`)
}

func TestLoggerOutsideRecoveryLogsAnAbortedHandler(t *testing.T) {
	var out bytes.Buffer
	engine := dram.New()
	engine.Use(dram.LoggerWithWriter(&out), dram.RecoveryWithWriter(&out))
	engine.GET("/gone", func(*dram.Context) { panic(http.ErrAbortHandler) })
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { serve(engine, "GET", "/gone") })
	assert.Contains(t, out.String(), `"/gone"`)
	assert.NotContains(t, out.String(), "panic recovered")
}

func TestLoggerWritesWholeLinesOneAtATime(t *testing.T) {
	var out bytes.Buffer // not safe by itself: -race sees a Logger that does not lock
	engine := dram.New()
	engine.Use(dram.LoggerWithWriter(&out))
	engine.GET("/x", target)
	var wait sync.WaitGroup
	for range 4 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for range 25 {
				serve(engine, "GET", "/x")
			}
		}()
	}
	wait.Wait()
	assert.Len(t, strings.Split(strings.TrimSpace(out.String()), "\n"), 100)
}

func TestLoggerLogsARequestThatAHandlerHasTakenOff(t *testing.T) {
	line := logged(dram.LoggerConfig{}, httptest.NewRequest("GET", "/a", nil), func(c *dram.Context) { c.Request = nil })
	assert.Contains(t, line, `GET      "/a"`)
}

func TestLoggerKeepsNoHugeLine(t *testing.T) {
	line := logged(dram.LoggerConfig{}, httptest.NewRequest("GET", "/?"+strings.Repeat("a", 1<<17), nil), target)
	assert.Greater(t, len(line), 1<<17)

	var kept weak.Pointer[byte]
	engine := dram.New()
	engine.Use(dram.LoggerWithWriter(writerFunc(func(line []byte) (int, error) {
		kept = weak.Make(&line[0])
		return len(line), nil
	})))
	serve(engine, "GET", "/?"+strings.Repeat("a", 1<<17))
	runtime.GC()
	assert.Nil(t, kept.Value())
	runtime.KeepAlive(engine)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestLoggerLatencyFitsItsColumn(t *testing.T) {
	cases := map[time.Duration]string{
		0:                          "|       0s |",
		999:                        "|    999ns |",
		1234567:                    "|   1.23ms |",
		12345 * time.Microsecond:   "|  12.34ms |",
		1234567 * time.Microsecond: "|    1.23s |",
		83456 * time.Millisecond:   "|    1m23s |",
		123456:                     "| 123.45µs |",
	}
	for latency, want := range cases {
		assert.Contains(t, dram.FormatLine(dram.LogFormatterParams{Latency: latency, StatusCode: 200}), want)
	}
}

func TestLoggerColours(t *testing.T) {
	t.Cleanup(dram.ResetConsoleColor)
	req := httptest.NewRequest("GET", "/x", nil)
	plain := logged(dram.LoggerConfig{}, req, target)
	assert.NotContains(t, plain, "\x1b")

	dram.ForceConsoleColor()
	coloured := logged(dram.LoggerConfig{}, req, target)
	assert.Contains(t, coloured, "|\x1b[97;42m 200 \x1b[0m|")
	assert.Contains(t, coloured, "|\x1b[97;44m GET     \x1b[0m \"/x\"")
	assert.Regexp(t, `\[DRAM\] [-/: \d]+ \| 200 \| .{8} \|       192.0.2.1 \| GET      "/x"`,
		strings.NewReplacer("\x1b[97;42m", "", "\x1b[97;44m", "", "\x1b[90;47m", "", "\x1b[0m", "").Replace(coloured),
		"without its colours the line is the plain one")

	dram.DisableConsoleColor()
	assert.NotContains(t, logged(dram.LoggerConfig{}, req, target), "\x1b")
}

func TestLoggerColoursOnATerminalOnly(t *testing.T) {
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a character device, as a terminal is
	require.NoError(t, err)
	defer device.Close()
	coloured := func() (is bool) {
		engine := dram.New()
		engine.Use(dram.LoggerWithConfig(dram.LoggerConfig{Output: device, Formatter: func(p dram.LogFormatterParams) string {
			is = p.IsOutputColor()
			return ""
		}}))
		engine.GET("/", target)
		serve(engine, "GET", "/")
		return is
	}
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	assert.True(t, coloured())
	t.Setenv("TERM", "dumb")
	assert.False(t, coloured())
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "1")
	assert.False(t, coloured())
}

func TestColoursOfTheColumns(t *testing.T) {
	const green, white, yellow, red = "\x1b[97;42m", "\x1b[90;47m", "\x1b[90;43m", "\x1b[97;41m"
	const blue, magenta, cyan, reset = "\x1b[97;44m", "\x1b[97;45m", "\x1b[97;46m", "\x1b[0m"
	for status, want := range map[int]string{100: white, 199: white, 200: green, 299: green, 300: white, 399: white, 400: yellow, 404: yellow, 499: yellow, 500: red, 0: red} {
		assert.Equal(t, want, (&dram.LogFormatterParams{StatusCode: status}).StatusCodeColor(), status)
	}
	for ms, want := range map[int]string{0: white, 100: green, 200: cyan, 300: blue, 500: yellow, 1000: magenta, 2000: red} {
		assert.Equal(t, want, (&dram.LogFormatterParams{Latency: time.Duration(ms) * time.Millisecond}).LatencyColor(), ms)
	}
	for method, want := range map[string]string{
		"GET": blue, "POST": cyan, "PUT": yellow, "DELETE": red, "PATCH": green, "HEAD": magenta, "OPTIONS": white, "X": reset,
	} {
		assert.Equal(t, want, (&dram.LogFormatterParams{Method: method}).MethodColor(), method)
	}
	assert.Equal(t, reset, (&dram.LogFormatterParams{}).ResetColor())
}

func TestErrorLogger(t *testing.T) {
	engine := dram.New()
	engine.Use(dram.ErrorLogger())
	engine.GET("/one", func(c *dram.Context) { _ = c.Error(errors.New("boom")); c.Status(400) })
	engine.GET("/none", func(c *dram.Context) { c.String(200, "fine") })
	w := serve(engine, "GET", "/one")
	assert.Equal(t, 400, w.Code)
	assert.JSONEq(t, `{"error":"boom"}`, w.Body.String())
	assert.Equal(t, "fine", serve(engine, "GET", "/none").Body.String())
}

func TestErrorLoggerT(t *testing.T) {
	engine := dram.New()
	engine.Use(dram.ErrorLoggerT(dram.ErrorTypePublic))
	engine.GET("/", func(c *dram.Context) {
		_ = c.Error(errors.New("secret"))
		_ = c.Error(errors.New("a")).SetType(dram.ErrorTypePublic)
		_ = c.Error(errors.New("b")).SetType(dram.ErrorTypePublic)
	})
	assert.JSONEq(t, `[{"error":"a"},{"error":"b"}]`, serve(engine, "GET", "/").Body.String())
}

func TestLoggerAllocations(t *testing.T) {
	inMode(t, dram.ReleaseMode)
	cost := func(layers ...dram.HandlerFunc) float64 {
		engine := dram.New()
		engine.Use(layers...)
		engine.GET("/x", target)
		w, req := httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil)
		return testing.AllocsPerRun(200, func() { engine.ServeHTTP(w, req) })
	}
	// the duration's text is the one thing that is made anew for each line
	assert.LessOrEqual(t, cost(dram.LoggerWithWriter(io.Discard))-cost(), 1.0)
}
