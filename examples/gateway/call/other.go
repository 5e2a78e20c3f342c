package call

import (
	"context"
	"net/http"
	"time"

	"github.com/dram-go/dram/examples/gateway/upstream"
)

// One asks a server in another way than by a request of HTTP, and says what came of it in terms of
// HTTP, and whether the server has failed it.
type One func(ctx context.Context, p *upstream.Place) (status int, failed bool)

// Do has one ask a server; and, if again is set and the request may be repeated, another one
// while they fail, by the rules that the route has for retries. What one has seen last is what
// counts. The error is that there was no server to ask, a *dram.Problem.
func (t *Transport) Do(req *http.Request, again bool, one One) error {
	if req.Context().Value(askedKey{}) == nil {
		req = req.WithContext(With(req.Context(), upstream.Wish{}))
	}
	p, err := t.pick(req)
	if err != nil {
		return err
	}
	if !again || !mayRepeat(req) {
		t.try(p, req, again, one)
		return nil
	}
	t.budget.save()
	failed := t.try(p, req, true, one)
	t.again(req, func() (bool, bool) { return failed && req.Context().Err() == nil, false }, func(next *place) { failed = t.try(next, req, true, one) })
	return nil
}

// try has one ask one server, in the time of a try if that is bounded.
func (t *Transport) try(p *place, req *http.Request, bounded bool, one One) (failed bool) {
	ctx := req.Context()
	if bounded && t.perTry > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t.perTry, ErrTooSlow)
		defer cancel()
	}
	began := time.Now()
	try := Try{Request: req, Server: p.Server, Why: p.why, Version: p.version, Came: upstream.Failed}
	defer func() { p.End(try.Came) }() // also when one panics
	try.Status, failed = one(ctx, p.Place)
	try.Took = time.Since(began)
	switch {
	case try.Status >= http.StatusBadRequest && ctx.Err() != nil: // what one has seen is that
		if try.Came = t.unanswered(ctx, try.Took); try.Came == upstream.Failed {
			try.Status = http.StatusGatewayTimeout
		}
	case !failed:
		try.Came = upstream.Good
	}
	t.tell(p, try)
	return failed
}
