package dram_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
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
	assert.Equal(t, "[DRAM-debug] GET    /users/:id                --> github.com/dram-go/dram_test.target (2 handlers) at debug_test.go:37\n", out.String())
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
