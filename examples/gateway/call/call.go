// Package call sends a request to an upstream: to a server that the upstream chooses, once, or
// again where that is safe (repeat.go), and says what came of it (try.go). It is the transport of middleware.Proxy, and of
// whoever else asks an upstream.
package call

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/change"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/upstream"
	"github.com/dram-go/dram/middleware"
)

// Transport is an http.RoundTripper for one route and one upstream.
type Transport struct {
	pool    *upstream.Pool
	timeout time.Duration // of the route; 0 without one
	idle    time.Duration // between two parts of an answer; 0 is any
	perTry  time.Duration // until an answer begins; 0 leaves that to the request's context
	retry   config.Retry  // Times is 0 without one
	hedge   config.Hedge  // Most is 0 without one
	budget  budget
	seen    func(Try)
}

// New makes the Transport of a route. seen, if not nil, is told of each try that says something of its server.
func New(route *config.Route, pool *upstream.Pool, seen func(Try)) *Transport {
	t := &Transport{pool: pool, timeout: time.Duration(route.Timeout), idle: time.Duration(pool.Config.Idle), seen: seen, budget: budget{share: 0.2}}
	if route.Retry != nil {
		t.retry = *route.Retry
		t.budget.share = float64(t.retry.Budget)
		t.perTry = time.Duration(t.retry.PerTry)
	}
	if route.Hedge != nil {
		t.hedge = *route.Hedge
		t.perTry = cmp.Or(t.perTry, t.timeout) // of the tries that have lost, which go on
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

// place is a server's place that a try has.
type place struct {
	*upstream.Place
	version string // that the request wants
	why     string
	lost    atomic.Bool // another try was faster
}

// isStandIn reports whether the server is of another version than the request wants.
func (p *place) isStandIn() bool { return p.version != "" && p.Version != p.version }

// pick takes a place at a server that the request has not been at. Its error is a *dram.Problem.
func (t *Transport) pick(req *http.Request) (*place, error) {
	a := req.Context().Value(askedKey{}).(*asked)
	a.mu.Lock()
	defer a.mu.Unlock()
	taken, err := t.pool.Pick(a.wish)
	if err != nil {
		return nil, t.none(err)
	}
	p := &place{Place: taken, version: a.wish.Version}
	a.wish.Tried = append(a.wish.Tried, p.Server)
	if p.isStandIn() {
		p.why = "version"
	}
	return p, nil
}

// none is what the client is told where no server can be asked.
func (t *Transport) none(err error) *dram.Problem {
	problem := dram.NewProblem(http.StatusServiceUnavailable, "No server can take the request at the moment.").Because(fmt.Errorf("%s: %w", t.pool.Name, err))
	var none *upstream.NoneError
	if errors.As(err, &none) && none.After > 0 {
		problem = problem.WithHeader("Retry-After", strconv.Itoa(int(math.Ceil(none.After.Seconds()))))
	}
	return problem
}

// Rewrite has a Proxy give the request to its upstream under the id that it has in the log, whatever the client has sent.
func Rewrite(c *dram.Context, out *http.Request) {
	if id := middleware.RequestIDFrom(c); id != "" {
		out.Header.Set("X-Request-Id", id)
	}
}

// OnError has a Proxy, which has noted the reason for the log, answer with a Problem that its transport has returned.
func OnError(c *dram.Context, problem middleware.Problem) {
	own := &problem
	errors.As(problem.Unwrap(), &own)
	change.Own(c, own)
}

// ask asks one server. A panic is the failure of this request: who hedges or copies asks on a
// goroutine of its own, where nobody else recovers.
func (t *Transport) ask(p *place, req *http.Request) (resp *http.Response, err error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	defer func() {
		if why := recover(); why != nil {
			cancel(nil)
			p.End(upstream.Failed)
			resp, err = nil, panicked(p, why)
		}
	}()
	if t.perTry > 0 {
		limit := time.AfterFunc(t.perTry, func() { cancel(ErrTooSlow) })
		defer limit.Stop()
	}
	out := req.WithContext(ctx)
	address := *req.URL
	address.Scheme, address.Host, _ = strings.Cut(p.Addr, "://")
	out.URL, out.Host = &address, ""

	sent := &sending{ReadCloser: req.Body, from: time.Now()}
	if req.Body != nil && req.Body != http.NoBody {
		out.Body = sent
	}
	resp, err = t.pool.Transport.RoundTrip(out)
	if err == nil && resp.StatusCode == http.StatusSwitchingProtocols && req.Header.Get("Upgrade") == "" {
		_ = resp.Body.Close() // it has no end
		err = errUnasked
	}
	try := Try{Request: req, Server: p.Server, Why: p.why, Version: p.version, Took: sent.since()}
	if err != nil {
		if try.Came = t.unanswered(ctx, try.Took); sent.isAtFault(ctx) {
			try.Came = upstream.Unknown
		}
		if context.Cause(ctx) == ErrTooSlow {
			err = ErrTooSlow
		}
		cancel(nil)
		p.End(try.Came)
		try.Err = err
		t.tell(p, try)
		return nil, err
	}
	if p.isStandIn() {
		resp.Header.Set("Cache-Control", "no-store") // it would be kept as that of the other version
	}
	try.Status = resp.StatusCode
	if try.Came = upstream.Failed; try.Status < http.StatusInternalServerError {
		try.Came = upstream.Good
		p.Begun()
	}
	resp.Body = t.hold(ctx, cancel, p, try, sent, resp)
	return resp, nil
}
