package matrixtest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// This file uses writers too late: when the layer that made them has returned, and
// when the request is over.

// uses are what can be done to a writer.
var uses = map[string]func(dram.ResponseWriter){
	"Write":          func(w dram.ResponseWriter) { _, _ = w.Write([]byte("late")) },
	"a long Write":   func(w dram.ResponseWriter) { _, _ = w.Write([]byte(hugeText)) },
	"WriteString":    func(w dram.ResponseWriter) { _, _ = w.WriteString("late") },
	"ReadFrom":       func(w dram.ResponseWriter) { _, _ = io.Copy(w, strings.NewReader("late")) },
	"WriteHeader":    func(w dram.ResponseWriter) { w.WriteHeader(http.StatusTeapot) },
	"WriteHeaderNow": func(w dram.ResponseWriter) { w.WriteHeaderNow() },
	"103":            func(w dram.ResponseWriter) { w.WriteHeader(http.StatusEarlyHints) },
	"Flush":          func(w dram.ResponseWriter) { w.Flush() },
	"Header":         func(w dram.ResponseWriter) { w.Header().Set("X-Late", "1") },
	"Hijack":         func(w dram.ResponseWriter) { _, _, _ = w.Hijack() },
}

// panicOf returns what a function panics with, in a goroutine of its own.
func panicOf(f func()) (value any) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { value = recover() }()
		f()
	}()
	<-done
	return value
}

// keeping returns a stack whose handler keeps its writer, and answers.
func keeping(l layer, mode string, kept *dram.ResponseWriter, outside dram.HandlerFunc) *stack {
	modes.Lock()
	defer modes.Unlock()
	defer dram.SetMode(dram.Mode())
	dram.SetMode(mode)
	st := &stack{engine: dram.New(), limit: time.Minute}
	st.engine.Use(outside)
	st.engine.Use(l.of(st)...)
	st.engine.GET("/kept", func(c *dram.Context) {
		*kept = c.Writer
		c.String(http.StatusOK, longText)
	})
	st.engine.GET("/next", func(c *dram.Context) {
		for _, use := range uses {
			_ = panicOf(func() { use(*kept) }) // of the request before
		}
		c.String(http.StatusOK, "the next answer")
	})
	keepMode(st.engine)
	return st
}

func path(name string) func(*http.Request) {
	return func(r *http.Request) { r.URL.Path = name }
}

func TestALateUseOfAWriterPanicsAndNamesTheRoute(t *testing.T) {
	for _, l := range everyWriter() {
		for name, use := range uses {
			t.Run(l.name+", "+name, func(t *testing.T) {
				var kept dram.ResponseWriter
				st := keeping(l, dram.TestMode, &kept, func(c *dram.Context) {
					c.Next()
					if c.FullPath() != "/kept" || c.Writer == kept || strings.HasPrefix(l.name, "embedded") {
						return // it is not the layer's own: not late yet
					}
					assert.Contains(t, panicOf(func() { use(kept) }), c.Request.Method+" /kept", "when the layer has returned")
				})
				lab := newLab()
				defer lab.close()
				lab.current.Store(st)
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					got := lab.send(true, method, 0, path("/kept"), func(r *http.Request) { r.URL.RawQuery = method }) // which no layer has kept
					require.NoError(t, got.err)
					<-st.last.Load().done
					assert.Contains(t, panicOf(func() { use(kept) }), method+" /kept", "when the request is over")
				}
				next := lab.send(true, http.MethodGet, 0, path("/next"))
				assert.Equal(t, "", next.header.Get("X-Late"))
				if l.replaces == 0 {
					assert.Equal(t, "the next answer", next.body)
				}
			})
		}
	}
}

// In release mode a late use is a mistake that shows nowhere; but it must not end
// the process, as a panic in a goroutine does.
func TestALateUseOfAWriterDoesNotPanicInReleaseMode(t *testing.T) {
	for _, l := range everyWriter() {
		for _, http1 := range []bool{true, false} {
			t.Run(fmt.Sprint(l.name, ", HTTP/1.1: ", http1), func(t *testing.T) {
				var kept dram.ResponseWriter
				st := keeping(l, dram.ReleaseMode, &kept, func(c *dram.Context) { c.Next() })
				lab := newLab()
				defer lab.close()
				lab.current.Store(st)
				for name, use := range uses {
					for _, method := range []string{http.MethodGet, http.MethodHead} {
						got := lab.send(http1, method, 0, path("/kept"))
						require.NoError(t, got.err)
						<-st.last.Load().done
						assert.Nil(t, panicOf(func() { use(kept) }), "%s after %s", name, method)
					}
				}
			})
		}
	}
}
