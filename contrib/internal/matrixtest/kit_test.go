package matrixtest

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/dram-go/dram"
	contribbreaker "github.com/dram-go/dram/contrib/breaker"
	"github.com/dram-go/dram/middleware"
)

// This file is what programs put around handlers themselves: middleware of net/http
// and layers that embed dram.ResponseWriter; and what counts the things that have
// to be given back.

type contextKey struct{}

func addToContext(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, 1)))
	})
}

// plainWriter can do nothing but what http.ResponseWriter asks for.
type plainWriter struct{ http.ResponseWriter }

func (plainWriter) Unwrap() {} // not that of http.ResponseController

func hidePowers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(plainWriter{w}, r) })
}

// encoding is a gzip that begins with the first byte of a body which can be
// compressed.
type encoding struct {
	out    http.ResponseWriter
	gz     *gzip.Writer
	headed bool
}

// head is called when the header is about to be sent.
func (e *encoding) head(status int) {
	h := e.out.Header()
	if e.headed || status < 200 {
		return
	}
	e.headed = true
	if status == 204 || status == 206 || status == 304 || h.Get("Content-Encoding") != "" {
		return
	}
	h.Set("Content-Encoding", "gzip")
	h.Del("Content-Length")
	if tag := h.Get("Etag"); tag != "" && tag[0] != 'W' {
		h.Set("Etag", "W/"+tag)
	}
	e.gz = gzip.NewWriter(e.out)
}

func (e *encoding) write(p []byte) (int, error) {
	if e.gz == nil {
		return e.out.Write(p)
	}
	return e.gz.Write(p)
}

func (e *encoding) flush() {
	if e.gz != nil {
		_ = e.gz.Flush()
	}
}

func (e *encoding) close() {
	if e.gz != nil {
		_ = e.gz.Close()
	}
}

// gzipWriter is the writer of a gzip middleware of net/http.
type gzipWriter struct {
	http.ResponseWriter
	encoding
}

func (w *gzipWriter) WriteHeader(status int) {
	w.head(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *gzipWriter) Write(p []byte) (int, error) {
	if !w.headed {
		w.WriteHeader(http.StatusOK)
	}
	return w.write(p)
}

func (w *gzipWriter) Flush() {
	w.flush()
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *gzipWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func gzipMiddleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		wrapped := &gzipWriter{w, encoding{out: w}}
		next.ServeHTTP(wrapped, r)
		wrapped.close()
	})
}

// countingWriter is what Gin's users write: it embeds the writer.
type countingWriter struct {
	dram.ResponseWriter
	n int
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.n += n
	return n, err
}

func (w *countingWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func embedding(c *dram.Context) {
	c.Writer = &countingWriter{ResponseWriter: c.Writer}
	c.Next()
}

// embeddedGzip is a gzip of the same kind.
type embeddedGzip struct {
	dram.ResponseWriter
	encoding
}

func (w *embeddedGzip) WriteHeaderNow() {
	w.head(w.Status())
	w.ResponseWriter.WriteHeaderNow()
}

func (w *embeddedGzip) Write(p []byte) (int, error) {
	w.head(w.Status())
	return w.write(p)
}

func (w *embeddedGzip) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func (w *embeddedGzip) Flush() {
	w.head(w.Status())
	w.flush()
	w.ResponseWriter.Flush()
}

func embeddingGzip(c *dram.Context) {
	if c.Request.Method == http.MethodHead {
		return
	}
	w := &embeddedGzip{c.Writer, encoding{out: c.Writer}}
	c.Writer = w
	c.Next()
	w.close()
}

// failingStore is a store of sessions that knows none and keeps none.
type failingStore struct{}

var errStore = errors.New("the store is down")

func (failingStore) Find(string) ([]byte, bool, error)      { return nil, false, nil }
func (failingStore) Commit(string, []byte, time.Time) error { return errStore }
func (failingStore) Delete(string) error                    { return errStore }

// encoders counts the encoders of one layer that were not given back.
type encoders struct {
	open *atomic.Int64
	outs []io.Writer // of those that are used
}

// counted returns Compress with an encoding whose encoders are counted.
func (s *stack) counted(minSize int, e middleware.Encoding) []dram.HandlerFunc {
	used := &encoders{open: &s.open}
	counted := middleware.Encoding{Name: e.Name, New: func() middleware.Encoder { return &countedEncoder{e.New(), used} }}
	return []dram.HandlerFunc{used.count, middleware.Compress(middleware.CompressConfig{Encodings: []middleware.Encoding{counted}, MinSize: minSize})}
}

// count is the layer outside of the one that is counted: what an encoder of a finished answer
// can still write to, was not taken away from it.
func (u *encoders) count(c *dram.Context) {
	defer func() {
		for _, out := range u.outs {
			if _, err := out.Write(nil); err != nil {
				u.open.Add(-1)
			}
		}
		u.outs = nil
	}()
	c.Next()
}

type countedEncoder struct {
	middleware.Encoder
	used *encoders
}

func (e *countedEncoder) Reset(w io.Writer) {
	e.used.open.Add(1)
	e.used.outs = append(e.used.outs, w)
	e.Encoder.Reset(w)
}

// countedBreaker counts requests that it was not told the end of.
type countedBreaker struct {
	middleware.Breaker
	open *atomic.Int64
}

func (b *countedBreaker) Allow() (func(error), error) {
	done, err := b.Breaker.Allow()
	b.open.Add(1)
	return func(outcome error) { b.open.Add(-1); done(outcome) }, err
}

// openBreaker lets nothing pass.
type openBreaker struct{}

func (openBreaker) Allow() (func(error), error) { return nil, contribbreaker.ErrOpen }

// spans counts spans that were not ended.
type spans struct{ open *atomic.Int64 }

func (s spans) OnStart(context.Context, sdktrace.ReadWriteSpan) { s.open.Add(1) }
func (s spans) OnEnd(sdktrace.ReadOnlySpan)                     { s.open.Add(-1) }
func (s spans) Shutdown(context.Context) error                  { return nil }
func (s spans) ForceFlush(context.Context) error                { return nil }
