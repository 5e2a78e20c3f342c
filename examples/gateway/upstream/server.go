package upstream

import (
	"cmp"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram/contrib/breaker"
	"github.com/dram-go/dram/examples/gateway/config"
)

// Server is one server of a Pool, and what is known of it.
type Server struct {
	// Addr is scheme, host and port, as the file has it.
	Addr    string
	Version string

	cfg     *config.Upstream
	log     *slog.Logger
	breaker *breaker.Breaker
	weight  float64 // of mu
	*known
}

// known is what the gateway has learned of a server. It lives on in the next file that has the server: with it,
// nothing is learned twice.
type known struct {
	inFlight atomic.Int64
	out      atomic.Pointer[time.Time] // until when it is ejected

	mu        sync.Mutex
	down      bool // the active check has failed
	fails     int  // of the active check, in a row
	passes    int
	failures  int       // of requests, in a row
	ejected   int       // how often, in all
	ejections int       // how often it was ejected, less one for each such time that it was well
	since     time.Time // when it came back
	drained   bool
}

// newServer makes a Server; same is the one of the file before, nil without one.
func newServer(name string, cfg *config.Upstream, s *config.Server, same *Server, log *slog.Logger) *Server {
	addr := s.URL.String()
	log = log.With("upstream", name, "server", addr)
	made := &Server{Addr: addr, Version: s.Version, cfg: cfg, log: log, weight: float64(s.Weight)}
	if same == nil {
		made.known = new(known)
	} else if made.known = same.known; same.cfg.Breaker == cfg.Breaker {
		made.breaker = same.breaker
		return made
	}
	made.breaker = breaker.New(breaker.Config{
		Name: name + " " + addr, Failures: cfg.Breaker.Failures, Rest: time.Duration(cfg.Breaker.Open), Logger: log,
	})
	return made
}

// answered is the passive check: a server that has failed so often in a row is ejected.
func (s *Server) answered(p *Pool, failed bool) {
	rule := s.cfg.Eject
	if rule == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !failed {
		s.failures = 0
		return
	}
	s.failures++
	now := time.Now()
	if s.failures < rule.After || s.isOut(now) || !p.mayEject(s) {
		return
	}
	calm := int(now.Sub(s.ejectedUntil()) / max(time.Duration(rule.For), time.Millisecond))
	s.ejections = max(s.ejections-calm, 0) + 1
	s.eject(min(time.Duration(s.ejections)*time.Duration(rule.For), time.Duration(rule.MaxFor)))
}

// eject takes the server out for a time; mu is held.
func (s *Server) eject(out time.Duration) {
	until := time.Now().Add(out) // which a step of the clock does not move
	s.since = until
	s.out.Store(&until)
	s.failures = 0
	s.ejected++
	s.log.Warn("a server is ejected", "for", out.String())
}

func (s *Server) ejectedUntil() (until time.Time) {
	if out := s.out.Load(); out != nil {
		until = *out
	}
	return until
}

func (s *Server) isOut(now time.Time) bool { return now.Before(s.ejectedUntil()) }

// checked is what the active check says.
func (s *Server) checked(well bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rule := s.cfg.Health
	if well {
		s.fails, s.passes = 0, s.passes+1
		if s.down && s.passes >= rule.Passes {
			s.down, s.since = false, time.Now()
			s.log.Info("a server is well again")
		}
		return
	}
	s.passes, s.fails = 0, s.fails+1
	if !s.down && s.fails >= rule.Fails {
		s.down = true
		s.log.Warn("a server is not well", "error", err)
	}
}

// Health is what a Server may get.
type Health string

// The states of a Server.
const (
	Well    Health = "well"
	Down    Health = "down"    // the active check fails
	Ejected Health = "ejected" // requests have failed
	Open    Health = "open"    // its circuit breaker is open
	Drained Health = "drained" // an operator wants it out
)

// State is what a Server is at one moment.
type State struct {
	Addr, Version string
	Health        Health
	InFlight      int64
	Weight        float64
	EjectedUntil  time.Time
	Ejections     int // how often it was ejected
}

// State returns what the server is now.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return State{Addr: s.Addr, Version: s.Version, Health: s.health(time.Now()), InFlight: s.inFlight.Load(), Weight: s.weight, EjectedUntil: s.ejectedUntil(), Ejections: s.ejected}
}

// health is that of the server; mu is held.
func (s *Server) health(now time.Time) Health {
	switch {
	case s.drained:
		return Drained
	case s.down && s.cfg.Health != nil:
		return Down
	case s.isOut(now):
		return Ejected
	case s.breaker.State() == "open":
		return Open
	}
	return Well
}

// slowest is the part of its weight that a server gets in the first moment after it came back.
const slowest = 0.1

// share is the server's weight now, which grows for a while after it came back, and whether it
// is well.
func (s *Server) share(now time.Time) (weight float64, health Health) {
	s.mu.Lock()
	defer s.mu.Unlock()
	weight = s.weight
	if slow := time.Duration(s.cfg.SlowStart); slow > 0 && !s.since.IsZero() {
		part := float64(now.Sub(s.since)) / float64(slow)
		weight *= min(max(part, slowest), 1)
	}
	return weight, s.health(now)
}

// Drain takes the server out, or back: it gets no new requests, those that it has go on.
func (s *Server) Drain(out bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drained && !out {
		s.since = time.Now()
	}
	s.drained = out
}

// Eject takes the server out for a time, 0 for that of the file, by hand.
func (s *Server) Eject(out time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if out == 0 && s.cfg.Eject != nil {
		out = time.Duration(s.cfg.Eject.For)
	}
	s.eject(cmp.Or(out, 30*time.Second))
}

// SetWeight changes the server's weight until the file is loaded anew.
func (s *Server) SetWeight(weight float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.weight = weight
}
