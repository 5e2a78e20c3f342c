package session

import (
	"context"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/dram-go/dram/internal/lru"
)

// DefaultMaxSessions is how many sessions a MemoryStore holds.
const DefaultMaxSessions = 100_000

// MemoryStore keeps sessions in this process's memory, up to a number: then those
// that were not used for the longest time go first. It has no goroutine: what has
// expired is dropped when it is met. (The one of scs has a goroutine and no limit.)
// Make one with NewMemoryStore.
type MemoryStore struct {
	mu   sync.Mutex
	max  int
	held *lru.Map[memorySession]
}

type memorySession struct {
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
	return &MemoryStore{max: max, held: lru.New[memorySession]()}
}

// Find returns the data of an id that has not expired.
func (s *MemoryStore) Find(id string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held := s.live(id); held != nil {
		return held.data, true, nil
	}
	return nil, false, nil
}

// Commit stores the data of an id.
func (s *MemoryStore) Commit(id string, data []byte, expires time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held := s.held.Get(id); held != nil {
		*held = memorySession{data, expires}
		return nil
	}
	s.makeRoom()
	s.held.Add(id, memorySession{data, expires})
	return nil
}

// Update stores the data of an id that the store holds; see Updater.
func (s *MemoryStore) Update(_ context.Context, id string, data []byte, expires time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.live(id)
	if held != nil {
		*held = memorySession{data, expires}
	}
	return held != nil, nil
}

// Delete deletes the data of an id; one that holds nothing is not an error.
func (s *MemoryStore) Delete(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held.Remove(id)
	return nil
}

// Len returns how many sessions the store holds, expired ones that it has not met
// among them.
func (s *MemoryStore) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held.Len()
}

// live returns the session of an id, nil if there is none or it has expired.
func (s *MemoryStore) live(id string) *memorySession {
	held := s.held.Get(id)
	if held != nil && time.Now().After(held.expires) {
		s.held.Remove(id)
		return nil
	}
	return held
}

// makeRoom drops up to two sessions that have expired, and the oldest if there is no
// room otherwise. Two for each new one: so the store shrinks after many came at once.
func (s *MemoryStore) makeRoom() {
	for range 2 {
		oldest := s.held.Oldest()
		if oldest == nil || s.held.Len() < s.max && time.Now().Before(oldest.Value.expires) {
			return
		}
		s.held.Remove(oldest.Key)
	}
}
