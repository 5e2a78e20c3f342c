package middleware

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/dram-go/dram"
)

// TimeoutBuffered answers on time for handlers that ignore their context. The
// usual way, running the handler in a goroutine and leaving it behind, would
// leave it a Context that serves another request by then. Here the handler
// stays where it is, its answer goes into a buffer, and a timer answers the
// client in its place.

// TimeoutBufferedConfig sets up TimeoutBuffered. Its zero value gives a request
// 30 seconds and buffers up to 1 MiB of its answer.
//
// There is no OnError: at the deadline the handler still uses the Context, so
// nobody else may.
type TimeoutBufferedConfig struct {
	// After is when the client gets its 503. Zero is DefaultTimeout.
	After time.Duration
	// MaxBuffer is how many bytes of an answer are held back; a longer answer
	// is sent as it comes, and is no longer timed. Zero is 1 MiB.
	MaxBuffer int
}

// Validate tells what is wrong with the configuration.
func (cfg TimeoutBufferedConfig) Validate() error {
	if cfg.After < 0 {
		return misconfigured("TimeoutBuffered", "After", "%v is negative; leave it 0 for %v", cfg.After, DefaultTimeout)
	}
	if cfg.MaxBuffer < 0 {
		return misconfigured("TimeoutBuffered", "MaxBuffer", "%d is negative; leave it 0 for 1 MiB", cfg.MaxBuffer)
	}
	return nil
}

// TimeoutBuffered answers 503 after the time, whether or not the handler heeds
// its context. The handler's later writes fail with http.ErrHandlerTimeout, and
// its connection is free again when it returns: bound the number of such
// handlers with Concurrency. An answer that is flushed, hijacked or longer than
// MaxBuffer is passed on from there and not timed any more.
func TimeoutBuffered(cfg TimeoutBufferedConfig) dram.HandlerFunc {
	must(cfg.Validate())
	after, limit := cfg.After, cfg.MaxBuffer
	if after == 0 {
		after = DefaultTimeout
	}
	if limit == 0 {
		limit = 1 << 20
	}
	return func(c *dram.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), after)
		defer cancel()
		w := &timeoutWriter{
			ResponseWriter: c.Writer, limit: limit, status: c.Writer.Status(),
			header: c.Writer.Header().Clone(), http1: c.Request.ProtoMajor == 1,
		}
		timer := time.AfterFunc(after, w.expire)
		defer timer.Stop()
		c.Writer = w
		returned := false
		defer func() {
			w.end(returned)
			c.Writer = w.ResponseWriter
		}()
		nextWithContext(c, ctx, true)
		returned = true
	}
}

// The states of a timeoutWriter. They only grow.
const (
	buffering = iota // the answer is held back, the timer may take it over
	passing          // the answer is on its way to the client
	expired          // the client has its 503
	ended            // the handlers have returned
)

// timeoutWriter holds an answer back until it is complete. The handler's
// goroutine and the timer meet in it: mu guards all that both touch, the outer
// writer included.
type timeoutWriter struct {
	dram.ResponseWriter // the outer writer

	mu     sync.Mutex
	state  int
	header http.Header // the handler's own, until it is passed on
	buf    bytes.Buffer
	status int
	wrote  bool
	limit  int
	http1  bool
}

// expire runs at the deadline, in the timer's goroutine.
func (w *timeoutWriter) expire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state != buffering {
		return
	}
	w.state = expired
	status := http.StatusServiceUnavailable
	// A struct of strings and a number always encodes.
	body, _ := json.Marshal(Problem{Title: http.StatusText(status), Status: status, Detail: "the request took too long"})
	h := w.ResponseWriter.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if w.http1 {
		h.Set("Connection", "close") // the connection is busy until the handler returns
	}
	w.ResponseWriter.WriteHeader(status)
	_, _ = w.ResponseWriter.Write(body) // the client may be gone
	w.ResponseWriter.Flush()
}

// end passes the complete answer on; that of a handler which panicked is dropped.
func (w *timeoutWriter) end(returned bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if returned && w.state == buffering {
		w.pass()
	}
	if w.state != expired {
		w.state = ended
	}
}

// pass sends what is buffered and lets the rest through.
func (w *timeoutWriter) pass() {
	w.state = passing
	outer := w.ResponseWriter.Header()
	clear(outer)
	maps.Copy(outer, w.header)
	w.ResponseWriter.WriteHeader(w.status)
	if w.wrote {
		w.ResponseWriter.WriteHeaderNow()
	}
	if w.buf.Len() > 0 {
		_, _ = w.ResponseWriter.Write(w.buf.Bytes()) // the client may be gone
	}
}

// Header is the handler's own header until it is sent.
func (w *timeoutWriter) Header() http.Header {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == passing {
		return w.ResponseWriter.Header()
	}
	return w.header
}

func (w *timeoutWriter) WriteHeader(code int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	informational := code >= 100 && code <= 199 && code != http.StatusSwitchingProtocols
	switch {
	case w.state == passing:
		w.ResponseWriter.WriteHeader(code)
	case w.state == buffering && informational:
		maps.Copy(w.ResponseWriter.Header(), w.header)
		w.ResponseWriter.WriteHeader(code)
	case code > 0 && !w.wrote:
		w.status = code
	}
}

func (w *timeoutWriter) WriteHeaderNow() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrote = true
	if w.state == passing {
		w.ResponseWriter.WriteHeaderNow()
	}
}

func (w *timeoutWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == expired {
		return 0, http.ErrHandlerTimeout
	}
	w.wrote = true
	if w.state == buffering {
		if w.buf.Len()+len(p) <= w.limit {
			return w.buf.Write(p)
		}
		w.pass()
	}
	return w.ResponseWriter.Write(p)
}

func (w *timeoutWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func (w *timeoutWriter) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrote = true
	if w.state == buffering {
		w.pass()
	}
	if w.state == passing {
		w.ResponseWriter.Flush()
	}
}

func (w *timeoutWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == expired {
		return nil, nil, http.ErrHandlerTimeout
	}
	w.state = passing
	return w.ResponseWriter.Hijack()
}

func (w *timeoutWriter) Status() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state == passing {
		return w.ResponseWriter.Status()
	}
	return w.status
}

func (w *timeoutWriter) Size() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.state == passing:
		return w.ResponseWriter.Size()
	case w.wrote:
		return w.buf.Len()
	}
	return -1
}

// Unwrap is the outer writer, for the deadlines of http.ResponseController.
func (w *timeoutWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *timeoutWriter) Written() bool { return w.Size() >= 0 }
