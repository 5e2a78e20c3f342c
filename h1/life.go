package h1

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"time"
)

// This file is the end of a Server, and what it has to know for that: its listeners and its
// connections with their states.

// track adds a listener, unless the Server is ending.
func (s *Server) track(listener *net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending.Load() {
		return false
	}
	if s.listeners == nil {
		s.listeners = make(map[*net.Listener]struct{})
	}
	s.listeners[listener] = struct{}{}
	s.serving.Add(1)
	return true
}

func (s *Server) untrack(listener *net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, listener)
	s.serving.Done()
}

// setState notes the state of a connection and tells ConnState.
func (c *conn) setState(state http.ConnState) {
	s := c.server
	if state == http.StateNew || state == http.StateClosed || state == http.StateHijacked {
		s.mu.Lock()
		if state == http.StateNew {
			if s.conns == nil {
				s.conns = make(map[*conn]struct{})
			}
			s.conns[c] = struct{}{}
		} else {
			delete(s.conns, c)
		}
		s.mu.Unlock()
	}
	c.state.Store(int32(state))
	if s.ConnState != nil {
		s.ConnState(c.rwc, state)
	}
}

// newFor is how long a connection without a request is waited for at the end: net/http's five seconds,
// of which it counts the whole ones.
const newFor = 6 * time.Second

// closeIdle closes the connections that wait for a request, and reports whether no others
// are left.
func (s *Server) closeIdle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	quiet := true
	for c := range s.conns {
		state := http.ConnState(c.state.Load())
		if state == http.StateNew && time.Since(c.accepted) >= newFor {
			state = http.StateIdle
		}
		if state != http.StateIdle {
			quiet = false
			continue
		}
		_ = c.rwc.Close()
		delete(s.conns, c)
	}
	return quiet
}

// waitsFor reports whether a Shutdown waits for a connection that has become active: neither it, nor the
// Engine's end, has closed it before.
func (s *Server) waitsFor(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, open := s.conns[c]
	return open && s.shutdowns > 0 && (s.hasCut == nil || !s.hasCut(c.rwc))
}

// closeListeners is called with the lock.
func (s *Server) closeListeners() (err error) {
	for listener := range s.listeners {
		err = cmp.Or(err, (*listener).Close())
	}
	return err
}

// Shutdown closes the listeners, then the connections that are idle, and waits for the
// others until ctx is done, whose error it then returns. It does not wait for connections
// that were hijacked.
func (s *Server) Shutdown(ctx context.Context) error {
	s.prepare()
	return s.shutdown(ctx, s.inner.Shutdown)
}

// shutdown is Shutdown, with that of the inner server.
func (s *Server) shutdown(ctx context.Context, inner func(context.Context) error) error {
	s.ending.Store(true)
	s.mu.Lock()
	s.shutdowns++
	err := s.closeListeners()
	for _, f := range s.onShutdown {
		go f()
	}
	if s.ran.Load() {
		s.onShutdown = nil // of two that end it, Run is one
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.shutdowns--
		s.mu.Unlock()
	}()
	s.serving.Wait()

	handed := make(chan error, 1)
	go func() { handed <- inner(ctx) }()
	pause := time.Millisecond
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for !s.closeIdle() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			pause = min(2*pause, 500*time.Millisecond)
			timer.Reset(pause)
		}
	}
	return cmp.Or(<-handed, err)
}

// Close closes the listeners and all connections at once, but for those that were hijacked.
func (s *Server) Close() error {
	s.prepare()
	s.closed.Store(true)
	s.ending.Store(true)
	s.mu.Lock()
	err := s.closeListeners()
	s.mu.Unlock()
	s.serving.Wait()

	s.mu.Lock()
	for c := range s.conns {
		_ = c.rwc.Close()
		delete(s.conns, c)
	}
	s.mu.Unlock()
	return cmp.Or(err, s.inner.Close())
}

// RegisterOnShutdown has each Shutdown call f, in a goroutine of its own. Under Run and its kin, which shut down
// as well, it is called once.
func (s *Server) RegisterOnShutdown(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onShutdown = append(s.onShutdown, f)
}

// SetKeepAlivesEnabled says whether connections are used for further requests; they are by
// default. With false those that are idle are closed.
func (s *Server) SetKeepAlivesEnabled(enabled bool) {
	s.keepsNone.Store(!enabled)
	s.mu.Lock()
	inner := s.inner
	s.mu.Unlock()
	if inner != nil {
		inner.SetKeepAlivesEnabled(enabled)
	}
	if !enabled {
		s.closeIdle()
	}
}
