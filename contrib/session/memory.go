package session

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
)

// DefaultMaxSessions is how many sessions a MemoryStore holds.
const DefaultMaxSessions = 100_000

// MemoryStore keeps sessions in this process's memory, up to a number: then those
// that were not used for the longest time go first. It has no goroutine: what has
// expired is dropped when it is met. Make one with NewMemoryStore.
type MemoryStore struct {
	mu    sync.Mutex
	max   int
	byID  map[string]*list.Element
	order *list.List // of memorySession, the last used in front
}

type memorySession struct {
	id      string
	data    []byte
	expires time.Time
}

var (
	_ scs.Store = (*MemoryStore)(nil)
	_ Updater   = (*MemoryStore)(nil)
)

// NewMemoryStore makes a store of up to max sessions; 0 is DefaultMaxSessions.
func NewMemoryStore(max int) *MemoryStore {
	if max <= 0 {
		max = DefaultMaxSessions
	}
	return &MemoryStore{max: max, byID: make(map[string]*list.Element), order: list.New()}
}

// Find returns the data of an id that has not expired.
func (s *MemoryStore) Find(id string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.byID[id]
	if e == nil {
		return nil, false, nil
	}
	held := e.Value.(memorySession)
	if time.Now().After(held.expires) {
		s.drop(e)
		return nil, false, nil
	}
	s.order.MoveToFront(e)
	return held.data, true, nil
}

// Commit stores the data of an id.
func (s *MemoryStore) Commit(id string, data []byte, expires time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(id, data, expires)
	return nil
}

// Update stores the data of an id that the store holds; see Updater.
func (s *MemoryStore) Update(_ context.Context, id string, data []byte, expires time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.byID[id]
	if e == nil || time.Now().After(e.Value.(memorySession).expires) {
		return false, nil
	}
	s.put(id, data, expires)
	return true, nil
}

func (s *MemoryStore) put(id string, data []byte, expires time.Time) {
	if e := s.byID[id]; e != nil {
		s.drop(e)
	}
	s.makeRoom()
	s.byID[id] = s.order.PushFront(memorySession{id, data, expires})
}

// Delete deletes the data of an id; one that holds nothing is no error.
func (s *MemoryStore) Delete(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.byID[id]; e != nil {
		s.drop(e)
	}
	return nil
}

// Len is how many sessions the store holds, expired ones that it has not met
// among them.
func (s *MemoryStore) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.byID)
}

// makeRoom drops up to two sessions that have expired, and the oldest if there is
// no room otherwise. Two for each new one: so the store shrinks after an onslaught.
func (s *MemoryStore) makeRoom() {
	now := time.Now()
	for range 2 {
		e := s.order.Back()
		if e == nil || len(s.byID) < s.max && now.Before(e.Value.(memorySession).expires) {
			return
		}
		s.drop(e)
	}
}

func (s *MemoryStore) drop(e *list.Element) {
	delete(s.byID, s.order.Remove(e).(memorySession).id)
}
