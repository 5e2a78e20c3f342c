package dramtest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"

	"github.com/dram-go/dram"
)

// This file uses the writers of a layer where they must not be used, or where they must be seen through: late,
// for a client that is gone, for a file.

// uses are what can be done to a writer.
var uses = []struct {
	name string
	of   func(dram.ResponseWriter)
}{
	{"Write", func(w dram.ResponseWriter) { _, _ = w.Write([]byte("late")) }},
	{"a long Write", func(w dram.ResponseWriter) { _, _ = w.Write([]byte(hugeText)) }},
	{"WriteString", func(w dram.ResponseWriter) { _, _ = w.WriteString("late") }},
	{"ReadFrom", func(w dram.ResponseWriter) { _, _ = io.Copy(w, strings.NewReader("late")) }},
	{"WriteHeader", func(w dram.ResponseWriter) { w.WriteHeader(http.StatusTeapot) }},
	{"WriteHeaderNow", func(w dram.ResponseWriter) { w.WriteHeaderNow() }},
	{"WriteHeader(103)", func(w dram.ResponseWriter) { w.WriteHeader(http.StatusEarlyHints) }},
	{"Flush", func(w dram.ResponseWriter) { w.Flush() }},
	{"Header", func(w dram.ResponseWriter) { w.Header().Set("X-Late", "1") }},
	{"Hijack", func(w dram.ResponseWriter) { _, _, _ = w.Hijack() }},
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

// lateUse is a handler that keeps its writer, and what comes of it.
type lateUse struct {
	kept    dram.ResponseWriter
	tried   bool // when the layer has returned
	outcome any  // what that has panicked with
}

// late uses writers when their layer, and when their request is over.
func (k *checker) late(mode string) {
	k.t.Helper()
	use := new(lateUse)
	r := dram.New()
	r.Use(func(c *dram.Context) {
		*use = lateUse{}
		c.Next()
		if mode == dram.TestMode && use.kept != nil && c.Writer != use.kept && isOurs(use.kept) {
			use.tried, use.outcome = true, panicOf(func() { uses[indexOf(c)].of(use.kept) })
		}
	})
	r.Use(k.layers...)
	r.GET("/kept/:index", func(c *dram.Context) {
		use.kept = c.Writer
		c.String(http.StatusOK, longText)
	})
	r.GET("/next", func(c *dram.Context) { c.String(http.StatusOK, "the next answer") })
	keepMode(r, mode)
	for _, socket := range []bool{false, true} { // HTTP/1.1 and HTTP/2, whose writer panics
		s := newServer(r)
		serve := s.start
		if socket {
			serve = s.listen
		}
		end := serve(k.t)
		k.lateOf(newClient(k.t, s, k.Options), mode, use)
		end()
	}
}

func (k *checker) lateOf(client *Client, mode string, use *lateUse) {
	k.t.Helper()
	for i, u := range uses {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			client.Do(method, k.fresh("/kept/"+strconv.Itoa(i)))
			names := func(value any) bool { return strings.Contains(fmt.Sprint(value), method+" /kept") }
			if use.tried && !names(use.outcome) {
				k.fault("%s of the layer's writer when the layer has returned: got %v, want a panic that names the route", u.name, use.outcome)
			}
			if use.kept == nil {
				continue // the layer has answered
			}
			kept := use.kept
			switch value := panicOf(func() { u.of(kept) }); {
			case mode == dram.TestMode && !names(value):
				k.fault("%s of the layer's writer when the request is over: got %v, want a panic that names the route", u.name, value)
			case mode == dram.ReleaseMode && value != nil:
				k.fault("%s of the layer's writer when the request is over panics in release mode: %v", u.name, value)
			}
			res := client.GET(k.fresh("/next"))
			if body, err := k.body(res); !k.Replaces && (err != nil || body != "the next answer") || res.answer.Header.Get("X-Late") != "" {
				k.fault("%s of the writer of the request before changes the next answer: %d %s %v", u.name, res.Status(), quoted(body), err)
			}
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
