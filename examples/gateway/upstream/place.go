package upstream

import (
	"errors"
	"sync"
	"time"
)

// Outcome is what a request has shown of its server.
type Outcome int

// The outcomes of a request.
const (
	Unknown Outcome = iota // nothing: its client has left, say
	Good
	Failed
)

// errNotGood is what a breaker is told of a request that was not answered well.
var errNotGood = errors.New("not answered well")

// Place is the place of one request at a Server. The request calls End.
type Place struct {
	*Server
	pool  *Pool
	done  func(error) // of the breaker
	trial bool        // by which an open breaker finds out whether the server is well
	begun bool
	once  sync.Once
}

// begin takes a place for a request, if the server has one: its breaker is closed, and it
// has fewer requests than it may.
func (s *Server) begin(p *Pool) (*Place, error) {
	if s.inFlight.Add(1) > int64(s.cfg.Breaker.MaxInFlight) {
		s.inFlight.Add(-1)
		return nil, ErrNone
	}
	done, err := s.breaker.Allow()
	if err != nil {
		s.inFlight.Add(-1)
		return nil, err
	}
	return &Place{Server: s, pool: p, done: done, trial: s.breaker.State() == "half-open"}, nil
}

// Begun says that a good answer has begun: from now on it is Good unless it fails. As a trial it has then
// succeeded after a while, however long it is: others wait for that.
func (p *Place) Begun() {
	if p.trial && !p.begun {
		time.AfterFunc(time.Duration(p.cfg.Breaker.Open), func() { p.done(nil) })
	}
	p.begun = true
}

// End leaves the place, once. An unknown outcome changes nothing, but that a breaker stays open which has let the
// request try.
func (p *Place) End(o Outcome) {
	p.once.Do(func() {
		p.inFlight.Add(-1)
		if o == Unknown && p.begun {
			o = Good
		}
		switch {
		case o == Good:
			p.done(nil)
		case o == Failed || p.trial:
			p.done(errNotGood)
		}
		if o != Unknown {
			p.answered(p.pool, o == Failed)
		}
	})
}
