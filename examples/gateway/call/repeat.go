package call

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/dram-go/dram/examples/gateway/upstream"
)

// maxReplay is how long a body may be that is kept to be sent again.
const maxReplay = 64 << 10

// mayRepeat reports whether it does no harm that a request comes twice: its method is idempotent
// (RFC 9110 section 9.2.2), or it has a key by which the server knows it again.
func mayRepeat(req *http.Request) bool {
	if req.Header.Get("Upgrade") != "" {
		return false
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete, "QUERY":
		return true
	}
	return req.Header.Get("Idempotency-Key") != ""
}

// repeat asks until an answer is good, or there is no reason to ask once more. The last answer is
// the client's, whatever it is.
func (t *Transport) repeat(req *http.Request) (*http.Response, error) {
	p, err := t.pick(req)
	if err != nil {
		return nil, err
	}
	body, short, err := keep(req)
	if err != nil {
		p.End(upstream.Unknown)
		return nil, err
	}
	if !short {
		return t.ask(p, req)
	}
	t.budget.save()
	resp, err := t.hedged(p, req, body)
	t.again(req, func() (bool, bool) { return t.isWorthIt(req, resp, err), isUnsent(err) }, func(next *place) {
		go drop(resp)
		resp, err = t.hedged(next, req, body)
	})
	return resp, err
}

// again asks others while what came of the last one is worth it, as often as the route and its budget allow, which
// what is free does not cost.
func (t *Transport) again(req *http.Request, last func() (isWorthIt, isFree bool), ask func(*place)) {
	for n := range t.retry.Times {
		isWorthIt, isFree := last()
		if !isWorthIt || !isFree && !t.budget.take() {
			return
		}
		next, err := t.pick(req)
		if err == nil && !pause(req.Context(), n) {
			next.End(upstream.Unknown)
			err = req.Context().Err()
		}
		if err == nil {
			next.why = "retry"
			ask(next)
		}
		if !isFree {
			t.budget.back()
		}
		if err != nil {
			return
		}
	}
}

// keep reads a body that is short enough to be sent again. One that is not is put together again.
func keep(req *http.Request) (body []byte, short bool, err error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, true, nil
	}
	var kept bytes.Buffer
	if n, err := io.CopyN(&kept, req.Body, maxReplay+1); err == io.EOF || n <= maxReplay {
		if err != io.EOF {
			return nil, false, err
		}
		return kept.Bytes(), true, req.Body.Close()
	}
	req.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(&kept, req.Body), req.Body}
	return nil, false, nil
}

// isUnsent reports whether no server has got anything of a try: to try again adds to no load.
func isUnsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// isWorthIt reports whether another server may do better.
func (t *Transport) isWorthIt(req *http.Request, resp *http.Response, err error) bool {
	if req.Context().Err() != nil {
		return false // the client does not wait
	}
	if err != nil || t.retry.On == nil {
		return err != nil || resp.StatusCode >= http.StatusInternalServerError
	}
	return slices.Contains(t.retry.On, resp.StatusCode)
}

// pause waits a little longer each time, and not all requests equally long; false if the request
// has ended.
func pause(ctx context.Context, n int) bool {
	most := min(10*time.Millisecond<<n, 250*time.Millisecond)
	select {
	case <-time.After(rand.N(most)):
		return true
	case <-ctx.Done():
		return false
	}
}

// drop gives up an answer, and lets its connection be used again if little is left of it.
func drop(resp *http.Response) {
	if resp != nil {
		_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
		_ = resp.Body.Close()
	}
}

// budget bounds how many requests may be retries and hedges: a share of those that there were, and ten at one
// time in any case. If all fail, retries would only add to the load. What is not used is saved for a while: a
// server that dies fails all that it has at one moment, which is more than a share of what is in flight.
type budget struct {
	share float64

	mu    sync.Mutex
	saved float64
	at    time.Time // of it
	spent int       // at the moment
}

const (
	leastBudget = 10
	savedFor    = 10 * time.Second // about; by then a third is left
)

// save notes a request.
func (b *budget) save() {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.saved = b.saved*math.Exp(-float64(now.Sub(b.at))/float64(savedFor)) + b.share
	b.at = now
}

func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent >= leastBudget {
		if b.saved < 1 {
			return false
		}
		b.saved--
	}
	b.spent++
	return true
}

func (b *budget) back() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent--
}
