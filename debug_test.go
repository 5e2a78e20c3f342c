package dram_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// captureWriter has DefaultWriter and DefaultErrorWriter write into the
// returned buffer for the rest of a test.
func captureWriter(t *testing.T) *bytes.Buffer {
	t.Helper()
	out, errOut := dram.DefaultWriter, dram.DefaultErrorWriter
	t.Cleanup(func() { dram.DefaultWriter, dram.DefaultErrorWriter = out, errOut })
	buffer := &bytes.Buffer{}
	dram.DefaultWriter, dram.DefaultErrorWriter = buffer, buffer
	return buffer
}

func layer(*dram.Context)  {}
func target(*dram.Context) {}

func TestDebugLineOfARoute(t *testing.T) {
	out := captureWriter(t)
	inMode(t, dram.DebugMode)
	engine := dram.New()
	assert.Contains(t, out.String(), `[DRAM-debug] [WARNING] Running in "debug" mode`)
	assert.Contains(t, out.String(), "DRAM_MODE=release")
	out.Reset()
	engine.GET("/users/:id", layer, target)
	assert.Equal(t, "[DRAM-debug] GET    /users/:id                --> github.com/dram-go/dram_test.target (2 handlers) at debug_test.go:40\n", out.String())
}

func TestNoDebugLinesInOtherModes(t *testing.T) {
	out := captureWriter(t)
	for _, mode := range []string{dram.ReleaseMode, dram.TestMode} {
		inMode(t, mode)
		dram.New().GET("/", target)
	}
	assert.Empty(t, out.String())
}

func TestDebugPrintFunc(t *testing.T) {
	out := captureWriter(t)
	inMode(t, dram.DebugMode)
	var lines []string
	dram.DebugPrintFunc = func(format string, values ...any) { lines = append(lines, fmt.Sprintf(format, values...)) }
	t.Cleanup(func() { dram.DebugPrintFunc = nil })
	engine := dram.New()
	lines = nil
	engine.POST("/a", target)
	require.Len(t, lines, 1)
	assert.Contains(t, lines[0], "POST   /a ")
	assert.NotContains(t, lines[0], "[DRAM-debug]", "the prefix is dram's own")
	assert.Empty(t, out.String())
}

func TestDebugPrintRouteFunc(t *testing.T) {
	out := captureWriter(t)
	inMode(t, dram.DebugMode)
	engine := dram.New()
	out.Reset()
	var got []any
	dram.DebugPrintRouteFunc = func(method, path, handler string, n int) { got = []any{method, path, handler, n} }
	t.Cleanup(func() { dram.DebugPrintRouteFunc = nil })
	engine.GET("/a", layer, layer, target)
	assert.Equal(t, []any{"GET", "/a", "github.com/dram-go/dram_test.target", 3}, got)
	assert.Empty(t, out.String())
}

func TestDebugLineOfAnError(t *testing.T) {
	out := captureWriter(t)
	inMode(t, dram.DebugMode)
	engine := dram.New()
	out.Reset()
	err := engine.RunListener(brokenListener{})
	require.ErrorIs(t, err, errBroken)
	assert.Contains(t, out.String(), "[DRAM-debug] Listening and serving on broken (test)\n")
	assert.Contains(t, out.String(), "[DRAM-debug] [ERROR] dram: RunListener: broken\n")
}

func TestNameOfNoHandler(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	assert.Equal(t, "", c.HandlerName())
}

func TestDebugWithoutWriter(t *testing.T) {
	captureWriter(t)
	inMode(t, dram.DebugMode)
	dram.DefaultWriter, dram.DefaultErrorWriter = nil, nil
	assert.NotPanics(t, func() { dram.New().GET("/", target) })
}

var errBroken = errors.New("broken")

// brokenListener is a listener that never accepts.
type brokenListener struct{}

func (brokenListener) Accept() (net.Conn, error) { return nil, errBroken }
func (brokenListener) Close() error              { return nil }
func (brokenListener) Addr() net.Addr            { return brokenListener{} }
func (brokenListener) Network() string           { return "test" }
func (brokenListener) String() string            { return "broken" }

func TestACookieThatIsNotSentIsSaidOnce(t *testing.T) {
	out := captureWriter(t)
	inMode(t, dram.DebugMode)
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.SetCookie("a b", "1", 0, "", "", true, true) })
	serve(r, "GET", "/")
	assert.Equal(t, 1, strings.Count(out.String(), `the cookie "a b" (`))
}

// wrapped has layers that are called like those of package middleware.
type wrapped struct{}

func (wrapped) Health() dram.HandlerFunc { return func(*dram.Context) {} }
func (wrapped) Proxy() dram.HandlerFunc  { return func(*dram.Context) {} }

func TestWarningOfLayersThatBareMissesPassesBy(t *testing.T) {
	inMode(t, dram.DebugMode)
	for name, tt := range map[string]struct {
		set   func(r *dram.Engine)
		warns []string
	}{
		"none":                {func(r *dram.Engine) { r.Use(layer) }, nil},
		"two layers":          {func(r *dram.Engine) { r.Use(wrapped{}.Health(), layer, wrapped{}.Proxy()) }, []string{"the layer Health", "the layer Proxy"}},
		"one, but misses run": {func(r *dram.Engine) { r.BareMisses = false; r.Use(wrapped{}.Health()) }, nil},
		"one of NoRoute's":    {func(r *dram.Engine) { r.NoRoute(target) }, []string{"NoRoute has handlers"}},
	} {
		t.Run(name, func(t *testing.T) {
			out := captureWriter(t)
			r := dram.New(func(e *dram.Engine) { e.BareMisses = true })
			tt.set(r)
			serve(r, "GET", "/")
			assert.Equal(t, len(tt.warns), strings.Count(out.String(), "[WARNING] BareMisses"))
			for _, want := range tt.warns {
				assert.Contains(t, out.String(), want)
			}
		})
	}
}

func TestNoWarningOfASecondAnswer(t *testing.T) {
	inMode(t, dram.DebugMode)
	for name, handler := range map[string]dram.HandlerFunc{
		"text by and by":          func(c *dram.Context) { c.String(200, "a"); c.String(200, "b") },
		"JSON with another's end": func(c *dram.Context) { c.JSON(200, 1); c.String(-1, "\n") },
		"JSON that was written": func(c *dram.Context) {
			c.Header("Content-Type", "application/json")
			_, _ = c.Writer.WriteString("1")
			c.JSON(200, 2)
		},
		"a render without a status":  func(c *dram.Context) { c.JSON(-1, 1); c.JSON(200, 2) },
		"a render with the status 0": func(c *dram.Context) { c.JSON(0, 1); c.JSON(200, 2) },
		"a stream": func(c *dram.Context) {
			c.JSON(200, 1)
			c.Writer.Flush()
			c.JSON(200, 2)
		},
	} {
		t.Run(name, func(t *testing.T) {
			out := captureWriter(t)
			serve(handled(handler), "GET", "/")
			assert.NotContains(t, out.String(), "Headers were already written")
		})
	}
}

func TestWarningOfASecondAnswerToHEAD(t *testing.T) {
	inMode(t, dram.DebugMode)
	out := captureWriter(t)
	w := serve(handled(func(c *dram.Context) { c.String(404, "none"); c.String(200, "one") }), "HEAD", "/")
	assert.Equal(t, 404, w.Code)
	assert.Empty(t, w.Body.String())
	flushed := serve(handled(func(c *dram.Context) { c.Writer.Flush(); c.String(200, "one") }), "HEAD", "/")
	assert.Empty(t, flushed.Body.String())
	assert.Regexp(t, `status code 404 with 200: HEAD / was answered at debug_test\.go:\d+, and again at`, out.String())
}

// What notes who sends the header does not stand in the way of a file.
func TestFilesGoBySendfileInDebugModeToo(t *testing.T) {
	inMode(t, dram.DebugMode)
	captureWriter(t)
	under := &readerFromWriter{countingWriter: countingWriter{header: http.Header{}}}
	handled(func(c *dram.Context) {
		_, _ = io.Copy(c.Writer, struct{ io.Reader }{strings.NewReader("ab")})
	}).ServeHTTP(under, httptest.NewRequest(http.MethodGet, "/", nil))
	assert.NotNil(t, under.from)
}

func TestNoWarningOfABodyThatIsRead(t *testing.T) {
	inMode(t, dram.DebugMode)
	out := captureWriter(t)
	r := dram.New()
	r.POST("/", func(c *dram.Context) {
		data, err := c.GetRawData()
		assert.NoError(t, err)
		assert.Equal(t, "body", string(data))
		assert.NotContains(t, out.String(), "GetRawData")
		_, _ = c.GetRawData()
		assert.Contains(t, out.String(), "GetRawData")
	})
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/", strings.NewReader("body")))
}

func TestWarningOfAnAnswerByACopy(t *testing.T) {
	inMode(t, dram.DebugMode)
	out := captureWriter(t)
	serve(handled(func(c *dram.Context) { c.String(404, "none"); c.Copy().Status(200) }), "GET", "/")
	assert.Regexp(t, `status code 404 with 200: GET / \(context_test\.go:\d+\) was answered before, and again at debug_test\.go:`, out.String())
}
