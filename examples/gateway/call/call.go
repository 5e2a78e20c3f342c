// Package call sends a request to an upstream: to a server that the upstream chooses, once, or
// again where that is safe (repeat.go). It is the transport of middleware.Proxy, and of
// whoever else asks an upstream.
package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/upstream"
)

// Transport is an http.RoundTripper for one route and one upstream.
type Transport struct {
	pool   *upstream.Pool
	retry  config.Retry // Times is 0 without one
	hedge  config.Hedge // Most is 0 without one
	budget budget
	seen   func(Try)
}

// Try is what came of asking one server once.
type Try struct {
	Request *http.Request
	Server  *upstream.Server
	Why     string // "retry" or "hedge", "version" at a server of another one, or "" for the first
	Version string // that the request wants; "" if it wants none
	Status  int    // 0 without an answer
	Err     error  // nil with an answer
	// Took is the server's time: from the end of the request, however slowly the client sends
	// it, to the head of the answer.
	Took time.Duration
}

// Failed reports whether the server has failed the try. A body that the client has not sent, or of
// which it has sent too much, is not its fault.
func (t Try) Failed() bool {
	if t.Err != nil {
		return dram.ProblemOf(t.Err).Status >= http.StatusInternalServerError
	}
	return t.Status >= http.StatusInternalServerError
}

// New makes the Transport of a route. seen, if not nil, is told of each try.
func New(route *config.Route, pool *upstream.Pool, seen func(Try)) *Transport {
	t := &Transport{pool: pool, seen: seen, budget: budget{share: 0.2}}
	if route.Retry != nil {
		t.retry = *route.Retry
		t.budget.share = float64(t.retry.Budget)
	}
	if route.Hedge != nil {
		t.hedge = *route.Hedge
	}
	return t
}

// asked is what is known of one request beyond its tries.
type asked struct {
	wish upstream.Wish
	mu   sync.Mutex // of wish.Tried: hedged tries run at the same time
}

type askedKey struct{}

// With returns a context whose request has the wish.
func With(ctx context.Context, wish upstream.Wish) context.Context {
	return context.WithValue(ctx, askedKey{}, &asked{wish: wish})
}

// RoundTrip asks the upstream. The host of the request's URL does not matter.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Context().Value(askedKey{}) == nil {
		req = req.WithContext(With(req.Context(), upstream.Wish{}))
	}
	if t.retry.Times == 0 && t.hedge.Most == 0 || !mayRepeat(req) {
		p, err := t.pick(req)
		if err != nil {
			return nil, err
		}
		return t.ask(p, req)
	}
	return t.repeat(req)
}

// ErrTooSlow says that a server has not begun its answer in the time of a try, which Proxy answers
// with 504.
var ErrTooSlow = fmt.Errorf("the server has not begun its answer in the time of a try: %w", context.DeadlineExceeded)

// place is a server's place that a try has.
type place struct {
	server  *upstream.Server
	version string // that the request wants
	why     string
	end     func(failed bool)
}

// isStandIn reports whether the server is of another version than the request wants.
func (p place) isStandIn() bool { return p.version != "" && p.server.Version != p.version }

// pick takes a place at a server that the request has not been at.
func (t *Transport) pick(req *http.Request) (p place, err error) {
	a := req.Context().Value(askedKey{}).(*asked)
	a.mu.Lock()
	defer a.mu.Unlock()
	if p.server, p.end, err = t.pool.Pick(a.wish); err != nil {
		return p, fmt.Errorf("%s: %w", t.pool.Name, err)
	}
	a.wish.Tried = append(a.wish.Tried, p.server)
	if p.version = a.wish.Version; p.isStandIn() {
		p.why = "version"
	}
	return p, nil
}

// ask asks one server. A panic is the failure of this request: who hedges or copies asks on a
// goroutine of its own, where nobody else recovers.
func (t *Transport) ask(p place, req *http.Request) (resp *http.Response, err error) {
	var once sync.Once
	end := func(failed bool) { once.Do(func() { p.end(failed) }) }
	defer func() {
		if why := recover(); why != nil {
			end(true)
			resp, err = nil, fmt.Errorf("asking %s: panic: %v\n%s", p.server.Addr, why, debug.Stack())
		}
	}()
	ctx, cancel := req.Context(), func(error) {}
	if perTry := time.Duration(t.retry.PerTry); perTry > 0 {
		ctx, cancel = context.WithCancelCause(ctx)
		limit := time.AfterFunc(perTry, func() { cancel(ErrTooSlow) })
		defer limit.Stop()
	}
	out := req.WithContext(ctx)
	address := *req.URL
	address.Scheme, address.Host, _ = strings.Cut(p.server.Addr, "://")
	out.URL, out.Host = &address, ""

	began := time.Now()
	var sent atomic.Int64
	if req.Body != nil && req.Body != http.NoBody {
		out.Body = &timed{req.Body, &sent, began}
	}
	resp, err = t.pool.Transport.RoundTrip(out)
	tooSlow := err != nil && errors.Is(context.Cause(ctx), ErrTooSlow)
	left := req.Context().Err() != nil && !tooSlow // the client, or another try was faster
	if tooSlow {
		err = ErrTooSlow
	}
	try := Try{Request: req, Server: p.server, Why: p.why, Version: p.version, Err: err, Took: time.Since(began) - time.Duration(sent.Load())}
	if resp != nil {
		try.Status = resp.StatusCode
	}
	if t.seen != nil && !left {
		t.seen(try)
	}
	if err != nil {
		cancel(nil)
		end(!left && try.Failed())
		return nil, err
	}
	if p.isStandIn() {
		resp.Header.Set("Cache-Control", "no-store") // it would be kept as that of the other version
	}
	resp.Body = hold(ctx, resp.Body, func() {
		cancel(nil)
		end(t.failed(resp.StatusCode))
	})
	return resp, nil
}

// timed is a body that says until when it was read, from a time on.
type timed struct {
	io.ReadCloser
	until *atomic.Int64
	from  time.Time
}

func (t *timed) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	t.until.Store(int64(time.Since(t.from)))
	return n, err
}

// failed reports whether a status is a failure of its server.
func (t *Transport) failed(status int) bool {
	if t.retry.On == nil {
		return status >= http.StatusInternalServerError
	}
	return slices.Contains(t.retry.On, status)
}

// held is a body whose end is told of: when it is closed, read to its end, or given up.
type held struct {
	io.ReadCloser
	stop func() bool // the watch of the context
	tell func()
}

// hold is a body that ends with its context as well: nobody closes those of hedged tries that
// came too late.
func hold(ctx context.Context, body io.ReadCloser, tell func()) io.ReadCloser {
	h := &held{ReadCloser: body, tell: tell}
	h.stop = context.AfterFunc(ctx, func() {
		_ = body.Close()
		tell()
	})
	if conn, ok := body.(io.Writer); ok { // of a protocol that was switched to
		return struct {
			*held
			io.Writer
		}{h, conn}
	}
	return h
}

func (h *held) end() {
	h.stop()
	h.tell()
}

func (h *held) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	if err != nil {
		h.end()
	}
	return n, err
}

func (h *held) Close() error {
	err := h.ReadCloser.Close()
	h.end()
	return err
}
