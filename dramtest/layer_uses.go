package dramtest

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/dram-go/dram"
)

// This file uses the writers of a layer where they must not be used, or where they must be seen through: late,
// for a client that is gone, for a file.

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

// late uses writers when their layer, and when their request is over.
func (k *checker) late(mode string) {
	k.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(uses)) {
		use := uses[name]
		var kept dram.ResponseWriter
		var inside any // what the use panics with when the layer has returned
		r := dram.New()
		r.Use(func(c *dram.Context) {
			c.Next()
			if mode == dram.TestMode && c.FullPath() == "/kept" && kept != nil && c.Writer != kept && isOurs(kept) {
				inside = panicOf(func() { use(kept) })
			} else {
				inside = "GET /kept"
			}
		})
		r.Use(k.layers...)
		r.GET("/kept", func(c *dram.Context) {
			kept = c.Writer
			c.String(http.StatusOK, longText)
		})
		r.GET("/next", func(c *dram.Context) {
			_ = panicOf(func() { use(kept) }) // of the request before
			c.String(http.StatusOK, "the next answer")
		})
		keepMode(r, mode)
		k.lateOf(r, mode, name, func() any { return inside }, func() any { return panicOf(func() { use(kept) }) })
	}
}

// lateOf asks an engine whose handler keeps its writer.
func (k *checker) lateOf(r *dram.Engine, mode, name string, inside, after func() any) {
	k.t.Helper()
	s := newServer(r)
	end := s.start(k.t)
	defer end()
	client := newClient(k.t, s, k.Options)
	client.GET("/kept")
	names := func(value any) bool { return strings.Contains(fmt.Sprint(value), "GET /kept") }
	if value := inside(); !names(value) {
		k.fault("%s of the layer's writer when the layer has returned: got %v, want a panic that names the route", name, value)
	}
	switch value := after(); {
	case mode == dram.TestMode && !names(value):
		k.fault("%s of the layer's writer when the request is over: got %v, want a panic that names the route", name, value)
	case mode == dram.ReleaseMode && value != nil:
		k.fault("%s of the layer's writer when the request is over panics in release mode: %v", name, value)
	}
	if mode == dram.TestMode {
		res := client.GET("/next")
		if body, err := k.body(res); !k.Replaces && (err != nil || body != "the next answer") || res.answer.Header.Get("X-Late") != "" {
			k.fault("%s of the writer of the request before changes the next answer: %d %s %v", name, res.Status(), quoted(body), err)
		}
	}
}

// isOurs reports whether a writer is the framework's own.
func isOurs(w dram.ResponseWriter) bool { return strings.HasPrefix(fmt.Sprintf("%T", w), "*dram.") }

// request returns a request as a server has it.
func (k *checker) request(path string) *http.Request {
	client := &Client{t: k.t, server: newServer(dram.New())}
	return served(client.build(http.MethodGet, path, k.Options))
}

// deadWriter is a connection whose client is gone.
type deadWriter struct{ http.ResponseWriter }

var errDead = errors.New("dramtest: the client is gone")

func (deadWriter) Write([]byte) (int, error) { return 0, errDead }

// deadClient has a handler write to a client that is gone.
func (k *checker) deadClient() {
	k.t.Helper()
	if k.Keeps || k.Replaces {
		return
	}
	var err error
	r := dram.New()
	r.Use(k.layers...)
	r.GET("/", func(c *dram.Context) {
		c.Header("Content-Type", "text/plain")
		for range 100 {
			if _, err = c.Writer.WriteString(hugeText); err != nil {
				break
			}
		}
	})
	_ = panicOf(func() { r.ServeHTTP(deadWriter{httptest.NewRecorder()}, k.request("/")) }) // the answer is cut
	if !errors.Is(err, errDead) {
		k.fault("a write to a client that is gone returns %v", err)
	}
}

// copiedTo records whether a body came by ReadFrom, as files for sendfile do.
type copiedTo struct {
	http.ResponseWriter
	copied bool
}

func (w *copiedTo) ReadFrom(src io.Reader) (int64, error) {
	w.copied = true
	return io.Copy(w.ResponseWriter, src)
}

// copied has a handler send what a server would copy from a file.
func (k *checker) copied() {
	k.t.Helper()
	if k.Keeps || k.Replaces || k.Encodes || k.NoUnwrap {
		return
	}
	r := dram.New()
	r.Use(k.layers...)
	image := strings.Repeat(hugeText, 20)
	r.GET("/", func(c *dram.Context) {
		c.DataFromReader(http.StatusOK, int64(len(image)), "image/png", io.LimitReader(strings.NewReader(image), 1<<30), nil)
	})
	w := &copiedTo{ResponseWriter: httptest.NewRecorder()}
	r.ServeHTTP(w, k.request("/"))
	if !w.copied {
		k.fault("a file of the type image/png does not come to the server as such: it is not sent by sendfile")
	}
}
