package session

import (
	"context"
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
type MemoryStore struct{ held lru.Map[memorySession] }

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
	ended := func(held *memorySession) bool { return !time.Now().Before(held.expires) }
	return &MemoryStore{lru.Map[memorySession]{Max: max, Ended: ended}}
}

// Find returns the data of an id that has not expired.
func (s *MemoryStore) Find(id string) ([]byte, bool, error) {
	s.held.Lock()
	defer s.held.Unlock()
	if held := s.held.Live(id); held != nil {
		return held.data, true, nil
	}
	return nil, false, nil
}

// Commit stores the data of an id.
func (s *MemoryStore) Commit(id string, data []byte, expires time.Time) error {
	s.held.Lock()
	defer s.held.Unlock()
	s.held.Put(id, memorySession{data, expires})
	return nil
}

// Update stores the data of an id that the store holds; see Updater.
func (s *MemoryStore) Update(_ context.Context, id string, data []byte, expires time.Time) (bool, error) {
	s.held.Lock()
	defer s.held.Unlock()
	held := s.held.Live(id)
	if held != nil {
		*held = memorySession{data, expires}
	}
	return held != nil, nil
}

// Delete deletes the data of an id; one that holds nothing is not an error.
func (s *MemoryStore) Delete(id string) error {
	s.held.Lock()
	defer s.held.Unlock()
	s.held.Remove(id)
	return nil
}

// Len returns how many sessions the store holds, expired ones that it has not met
// among them.
func (s *MemoryStore) Len() int {
	s.held.Lock()
	defer s.held.Unlock()
	return s.held.Len()
}
