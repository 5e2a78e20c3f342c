package call

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram/examples/gateway/upstream"
)

// Try is what came of asking one server once. It is over when its answer is, but for a stream of events or a
// switched protocol, of which the beginning counts.
type Try struct {
	Request *http.Request
	Server  *upstream.Server
	Why     string // "retry" or "hedge", "version" at a server of another one, or "" for the first
	Version string // that the request wants; "" if it wants none
	Lost    bool   // another try was faster: the client did not get its answer
	Status  int    // 0 without an answer, or if it broke off
	Err     error  // nil with an answer
	Came    upstream.Outcome
	// Took is the server's time: from the end of the request, however slowly the client sends
	// it, to the head of the answer.
	Took time.Duration
}

// Failed reports whether the server has failed the try: it has answered with 5xx, not at all, not in time, or
// not to the end.
func (t Try) Failed() bool { return t.Came == upstream.Failed }

// ErrTooSlow says that a server has not begun its answer in the time of a try, which Proxy answers
// with 504.
var ErrTooSlow = fmt.Errorf("the server has not begun its answer in the time of a try: %w", context.DeadlineExceeded)

// ErrStalled says that a server has not gone on with its answer.
var ErrStalled = fmt.Errorf("the server has not gone on with its answer in the time of the upstream (idle): %w", context.DeadlineExceeded)

// errUnasked says that an answer is none.
var errUnasked = errors.New("the server has switched the protocol (101), which it was not asked to")

// unanswered is what a try says of its server that took so long and has no answer, or not all of it. It may be
// that nobody waits for it any more: that says nothing. The time of the route, of which other servers may have
// had the most, is a server's fault if it had half of it.
func (t *Transport) unanswered(ctx context.Context, took time.Duration) upstream.Outcome {
	switch cause := context.Cause(ctx); {
	case cause == nil || cause == ErrTooSlow || cause == ErrStalled, cause == context.DeadlineExceeded && took >= t.timeout/2:
		return upstream.Failed
	}
	return upstream.Unknown
}

// tell tells who watches of a try that says something.
func (t *Transport) tell(p *place, try Try) {
	if try.Lost = p.lost.Load(); t.seen != nil && try.Came != upstream.Unknown {
		t.seen(try)
	}
}

func panicked(p *place, why any) error {
	return fmt.Errorf("asking %s: panic: %v\n%s", p.Addr, why, debug.Stack())
}

// sending is the body of a request on its way to a server. It knows whether the client is at fault that it does
// not arrive.
type sending struct {
	io.ReadCloser
	from   time.Time
	until  atomic.Int64 // the end of the last read
	reads  atomic.Bool  // the client is waited for
	broken atomic.Bool  // the client has not sent all of it, or too much
	closed atomic.Bool
}

func (s *sending) Read(p []byte) (int, error) {
	s.reads.Store(true)
	n, err := s.ReadCloser.Read(p)
	s.reads.Store(false)
	s.until.Store(int64(time.Since(s.from)))
	if err != nil && err != io.EOF && !s.closed.Load() {
		s.broken.Store(true)
	}
	return n, err
}

func (s *sending) Close() error {
	s.closed.Store(true)
	return s.ReadCloser.Close()
}

// since is how much time has passed since the last read.
func (s *sending) since() time.Duration { return time.Since(s.from) - time.Duration(s.until.Load()) }

// isAtFault reports whether the client is, for a request that has failed.
func (s *sending) isAtFault(ctx context.Context) bool {
	return s.broken.Load() || s.reads.Load() && ctx.Err() != nil
}

// held is a body whose end is told of: when it is closed, read to its end, or breaks off.
type held struct {
	io.ReadCloser
	end   func(err error) error
	idle  time.Duration
	stall *time.Timer // while the server is waited for; nil if that may take any time
}

// hold is the body of an answer, at whose end the try is over. A panic is its error.
func (t *Transport) hold(ctx context.Context, cancel context.CancelCauseFunc, p *place, try Try, sent *sending, resp *http.Response) io.ReadCloser {
	conn, switched := resp.Body.(io.Writer)
	early := switched || strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream")
	if early {
		t.tell(p, try)
	}
	var once sync.Once
	h := &held{ReadCloser: resp.Body, idle: t.idle}
	if !early && t.idle > 0 {
		h.stall = time.AfterFunc(t.idle, func() { cancel(ErrStalled) })
		h.stall.Stop()
	}
	h.end = func(err error) (fault error) {
		once.Do(func() {
			defer func() {
				if why := recover(); why != nil {
					fault = panicked(p, why)
				}
			}()
			if err != nil && context.Cause(ctx) == ErrStalled {
				err, fault = ErrStalled, ErrStalled
			}
			if err != nil && !switched && try.Came == upstream.Good && t.unanswered(ctx, sent.since()) == upstream.Failed && !sent.isAtFault(ctx) {
				try.Came, try.Status, try.Err = upstream.Failed, 0, fmt.Errorf("the answer broke off: %w", err)
			}
			cancel(nil)
			if p.End(try.Came); !early {
				t.tell(p, try)
			}
		})
		return fault
	}
	if switched {
		return tunnel{h, conn}
	}
	return h
}

// tunnel is a connection of another protocol, each side of which ends by itself: the try is over when it is closed.
type tunnel struct {
	*held
	io.Writer
}

func (t tunnel) Read(p []byte) (int, error) { return t.held.ReadCloser.Read(p) }

// CloseWrite is for httputil.ReverseProxy.
func (t tunnel) CloseWrite() error {
	if half, ok := t.Writer.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return http.ErrNotSupported
}

func (h *held) Read(p []byte) (int, error) {
	if h.stall != nil {
		h.stall.Reset(h.idle)
		defer h.stall.Stop()
	}
	n, err := h.ReadCloser.Read(p)
	if err == io.EOF {
		return n, cmp.Or(h.end(nil), err)
	} else if err != nil {
		return n, cmp.Or(h.end(err), err)
	}
	return n, nil
}

func (h *held) Close() error {
	return cmp.Or(h.end(nil), h.ReadCloser.Close())
}
