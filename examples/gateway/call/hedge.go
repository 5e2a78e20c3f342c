package call

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// race is a request that several servers are asked for at the same time.
type race struct {
	*Transport
	req     *http.Request
	body    []byte
	answers chan answer
	tries   []*runner
	running int
}

// runner is a try in a race.
type runner struct {
	*place
	stay func() bool // lets it go on when the request has ended
}

// answer is what came of one try.
type answer struct {
	of   *runner
	resp *http.Response
	err  error
}

// hedged asks one server, and if it has not answered after a time, another one as well. The first
// good answer counts. The other tries go on in their time until their answers begin, without the client: how slow a
// server is that others were faster than would never be seen otherwise, nor that it hangs.
func (t *Transport) hedged(p *place, req *http.Request, body []byte) (*http.Response, error) {
	if t.hedge.Most == 0 {
		return t.ask(p, again(req.Context(), req, body))
	}
	r := &race{Transport: t, req: req, body: body, answers: make(chan answer, 1+t.hedge.Most)}
	r.start(p)
	won := r.first()
	for _, try := range r.tries {
		if try != won.of {
			try.lost.Store(true)
			try.stay()
		}
	}
	if r.running > 0 {
		go r.rest()
	}
	return won.resp, won.err
}

// start begins a try.
func (r *race) start(p *place) {
	whole := r.req.Context()
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(whole))
	try := &runner{p, context.AfterFunc(whole, func() { cancel(context.Cause(whole)) })}
	isHedge := len(r.tries) > 0
	r.tries = append(r.tries, try)
	r.running++
	go func() {
		resp, err := r.ask(p, again(ctx, r.req, r.body))
		if isHedge {
			r.budget.back()
		}
		r.answers <- answer{try, resp, err}
	}()
}

// first returns the first good answer, or if there is none, the last.
func (r *race) first() answer {
	after := time.Duration(r.hedge.After)
	timer := time.NewTimer(after)
	defer timer.Stop()
	for {
		select {
		case a := <-r.answers:
			if r.running--; r.running == 0 || !r.isWorthIt(r.req, a.resp, a.err) {
				return a
			}
			go drop(a.resp)
		case <-timer.C:
			if len(r.tries) > r.hedge.Most || !r.budget.take() {
				continue
			}
			p, err := r.pick(r.req)
			if err != nil {
				r.budget.back()
				continue
			}
			p.why = "hedge"
			r.start(p)
			timer.Reset(after)
		}
	}
}

// rest lets go of the answers that come too late.
func (r *race) rest() {
	for range r.running {
		if a := <-r.answers; a.resp != nil {
			_ = a.resp.Body.Close()
		}
	}
}

// again is the request with its body from the beginning.
func again(ctx context.Context, req *http.Request, body []byte) *http.Request {
	if body == nil && ctx == req.Context() {
		return req
	}
	out := req.WithContext(ctx)
	if body != nil {
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		out.Body, _ = out.GetBody() // net/http sends it once more if an idle connection was dead
	}
	return out
}
