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
	cancels []context.CancelFunc // of each try
}

// answer is what came of one try.
type answer struct {
	try  int
	resp *http.Response
	err  error
}

// hedged asks one server, and if it has not answered after a time, another one as well. The first
// good answer counts; the other tries end.
func (t *Transport) hedged(p place, req *http.Request, body []byte) (*http.Response, error) {
	if t.hedge.Most == 0 {
		return t.ask(p, again(req.Context(), req, body))
	}
	r := &race{Transport: t, req: req, body: body, answers: make(chan answer, 1+t.hedge.Most)}
	r.start(p)
	a := r.first()
	for try, cancel := range r.cancels {
		if try != a.try {
			cancel() // an answer that has just come is closed by this, too
		}
		if try > 0 {
			t.budget.back()
		}
	}
	return a.resp, a.err
}

// start begins a try.
func (r *race) start(p place) {
	ctx, cancel := context.WithCancel(r.req.Context())
	try := len(r.cancels)
	r.cancels = append(r.cancels, cancel)
	go func() {
		resp, err := r.ask(p, again(ctx, r.req, r.body))
		r.answers <- answer{try, resp, err}
	}()
}

// first returns the first good answer, or if there is none, the last.
func (r *race) first() answer {
	after := time.Duration(r.hedge.After)
	timer := time.NewTimer(after)
	defer timer.Stop()
	for running := 1; ; {
		select {
		case a := <-r.answers:
			if running--; running == 0 || !r.isWorthIt(r.req, a.resp, a.err) {
				return a
			}
			drop(a.resp)
		case <-timer.C:
			if len(r.cancels) > r.hedge.Most || !r.budget.take() {
				continue
			}
			p, err := r.pick(r.req)
			if err != nil {
				r.budget.back()
				continue
			}
			running++
			p.why = "hedge"
			r.start(p)
			timer.Reset(after)
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
