package inspect

import (
	"slices"
	"sync"
)

// maxStreams is how many tabs of a browser are told of requests at once. Over HTTP/1.1 a browser has six
// connections to a server for all tabs, and the program's own pages need some.
const maxStreams = 3

// streams are those that tell pages of requests, by session, the oldest first.
type streams struct {
	mu   sync.Mutex
	open map[string][]chan struct{}
}

// join adds a stream, until it leaves. Of too many the oldest is to end: its channel is closed.
func (s *streams) join(session string) (moved <-chan struct{}, leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[string][]chan struct{}{}
	}
	own := make(chan struct{})
	all := append(s.open[session], own)
	for ; len(all) > maxStreams; all = all[1:] {
		close(all[0])
	}
	s.open[session] = all
	return own, func() { s.leave(session, own) }
}

func (s *streams) leave(session string, own chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[session] = slices.DeleteFunc(s.open[session], func(c chan struct{}) bool { return c == own }); len(s.open[session]) == 0 {
		delete(s.open, session)
	}
}
