package session

import (
	"context"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/dram-go/dram/internal/lru"
)

// DefaultMaxSessions is how many sessions a MemoryStore holds by default.
const DefaultMaxSessions = 100_000

// MemoryStore keeps sessions in the memory of the process. Their number is
// limited; when the store is full, the least recently used ones are dropped. It
// has no goroutine: expired sessions are dropped when they are next looked at.
// (The memory store of scs has a goroutine and no limit.) Make one with
// NewMemoryStore.
type MemoryStore struct{ held lru.Map[memorySession] }

type memorySession struct {
	data    []byte
	expires time.Time
}

var (
	_ scs.Store = (*MemoryStore)(nil)
	_ Updater   = (*MemoryStore)(nil)
	_ Toucher   = (*MemoryStore)(nil)
)

// NewMemoryStore returns a store for up to max sessions; 0 means
// DefaultMaxSessions.
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

// Update stores the data of an id if the store holds it; see Updater.
func (s *MemoryStore) Update(_ context.Context, id string, data []byte, expires time.Time) (bool, error) {
	s.held.Lock()
	defer s.held.Unlock()
	held := s.held.Live(id)
	if held != nil {
		*held = memorySession{data, expires}
	}
	return held != nil, nil
}

// Touch sets when the data of an id expire, if the store holds them; see Toucher.
func (s *MemoryStore) Touch(_ context.Context, id string, expires time.Time) (bool, error) {
	s.held.Lock()
	defer s.held.Unlock()
	held := s.held.Live(id)
	if held != nil {
		held.expires = expires
	}
	return held != nil, nil
}

// Delete deletes the data of an id; it is not an error if there is none.
func (s *MemoryStore) Delete(id string) error {
	s.held.Lock()
	defer s.held.Unlock()
	s.held.Remove(id)
	return nil
}

// Len returns how many sessions the store holds, including expired ones that
// have not been dropped yet.
func (s *MemoryStore) Len() int {
	s.held.Lock()
	defer s.held.Unlock()
	return s.held.Len()
}
