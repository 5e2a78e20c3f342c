// Package mirror sends copies of requests to a second upstream and forgets its answers. The
// request itself never waits for its copy: what cannot be copied, or has no place in the queue,
// is dropped and counted.
package mirror

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram/examples/gateway/config"
)

// maxCopy is how long a body may be that is copied; atOnce is how many copies are on their way
// at one time.
const (
	maxCopy = 64 << 10
	atOnce  = 8
)

// Mirror is a transport that passes requests on and sends copies of them elsewhere.
type Mirror struct {
	to      http.RoundTripper
	copies  http.RoundTripper
	share   float64
	timeout time.Duration
	edit    func(ctx context.Context, copied http.Header)
	places  chan struct{} // of copies that wait, or are on their way
	turns   chan struct{} // of those that are on their way
	count   func(result string)
	log     *slog.Logger
	failing atomic.Bool // and the log says so
}

// New makes a Mirror: requests go to to, copies by copies, each within timeout. It has
// goroutines only while copies wait. edit changes the header of a copy; ctx is the request's. count is told what came
// of each copy: it was sent, or failed if there was no answer, or dropped since the queue was full, or the body too
// long or not read to its end. Why copies begin to fail is logged, and when one is sent again.
func New(cfg *config.Mirror, timeout time.Duration, to, copies http.RoundTripper, edit func(ctx context.Context, copied http.Header), count func(result string), log *slog.Logger) *Mirror {
	return &Mirror{
		to: to, copies: copies, share: float64(cfg.Share), timeout: timeout, edit: edit, count: count, log: log,
		places: make(chan struct{}, cfg.Queue+atOnce), turns: make(chan struct{}, atOnce),
	}
}

// RoundTrip passes a request on. Its copy is queued when the body has been read to its end.
func (m *Mirror) RoundTrip(req *http.Request) (*http.Response, error) {
	if rand.Float64() >= m.share || req.Header.Get("Upgrade") != "" {
		return m.to.RoundTrip(req)
	}
	twin := req.Clone(context.Background()) // nothing of the request's end, its wish, or its trace of 1xx
	twin.Trailer = nil
	twin.Header.Del("Expect")
	m.edit(req.Context(), twin.Header)
	if req.Body == nil || req.Body == http.NoBody {
		m.offer(twin)
		return m.to.RoundTrip(req)
	}
	watched := *req
	watched.Body = &tee{ReadCloser: req.Body, done: func(body []byte, whole bool) {
		if !whole {
			m.count("dropped")
			return
		}
		twin.Body, twin.ContentLength, twin.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
		m.offer(twin)
	}}
	return m.to.RoundTrip(&watched)
}

// offer sends a copy when it is its turn, if there is a place to wait.
func (m *Mirror) offer(twin *http.Request) {
	select {
	case m.places <- struct{}{}:
	default:
		m.count("dropped")
		return
	}
	go func() {
		defer func() { <-m.places }()
		m.turns <- struct{}{}
		defer func() { <-m.turns }()
		m.send(twin)
	}()
}

func (m *Mirror) send(twin *http.Request) {
	ctx, cancel := context.WithTimeout(twin.Context(), m.timeout)
	defer cancel()
	resp, err := m.copies.RoundTrip(twin.WithContext(ctx))
	if err != nil {
		if !m.failing.Swap(true) {
			m.log.Warn("copies of requests fail", "error", err)
		}
		m.count("failed")
		return
	}
	if m.failing.Swap(false) {
		m.log.Info("copies of requests arrive again")
	}
	_, _ = io.CopyN(io.Discard, resp.Body, maxCopy)
	_ = resp.Body.Close()
	m.count("sent")
}

// tee keeps what is read of a body, and says once whether that is all of it.
type tee struct {
	io.ReadCloser
	kept bytes.Buffer
	long bool
	over atomic.Bool
	done func(body []byte, whole bool)
}

func (t *tee) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	if t.long = t.long || t.kept.Len()+n > maxCopy; t.long {
		t.kept = bytes.Buffer{}
	} else {
		t.kept.Write(p[:n])
	}
	if err != nil {
		t.end(err == io.EOF && !t.long)
	}
	return n, err
}

func (t *tee) Close() error {
	t.end(false)
	return t.ReadCloser.Close()
}

func (t *tee) end(whole bool) {
	if !t.over.CompareAndSwap(false, true) {
		return
	}
	if !whole {
		t.done(nil, false) // another goroutine may still read
		return
	}
	t.done(t.kept.Bytes(), true)
}
