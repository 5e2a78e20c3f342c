package middleware

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/dram-go/dram/internal/lru"
)

// This file has the interface that Idempotency needs of a store, and the store
// in memory.

// IdempotencyRecord is what a store holds for a key: a request that is running
// (Status 0) or the answer to one that is done. All of it is plain data,
// suitable for encoding/json.
type IdempotencyRecord struct {
	// Owner identifies the attempt that holds the key, by a random text.
	Owner string
	// Fingerprint is the digest of the request and its key.
	Fingerprint string
	// Status is the answer's status; 0 while the request is running.
	Status int
	// Header has the headers that the handlers set.
	Header http.Header
	// Body is the answer's body.
	Body []byte
	// TooLarge reports whether the body was too large to keep.
	TooLarge bool
}

// IdempotencyStore keeps records by key. It must be safe for concurrent use.
// Keys are 64 hexadecimal digits.
type IdempotencyStore interface {
	// Begin stores claim, whose Status is 0, if the key holds nothing, for ttl at
	// most. It returns the record that the key then holds: claim, or the one that
	// was there already. It must be atomic.
	Begin(ctx context.Context, key string, claim IdempotencyRecord, ttl time.Duration) (IdempotencyRecord, error)
	// Finish replaces the record of record.Owner with record, for ttl. If the key
	// has another owner by now, it does nothing.
	Finish(ctx context.Context, key string, record IdempotencyRecord, ttl time.Duration) error
	// Release frees a key that owner holds, so that the request may be sent again.
	// If the key has another owner by now, it does nothing.
	Release(ctx context.Context, key, owner string) error
}

// ErrIdempotencyStoreFull is returned by MemoryIdempotencyStore.Begin when all
// its keys belong to requests that are running.
var ErrIdempotencyStoreFull = errors.New("dram: the idempotency store is full of requests in flight: raise maxKeys, or bound them with Concurrency")

// MemoryIdempotencyStore is an IdempotencyStore in the memory of the process.
// Its size is bounded: when it is full, the least recently used answers are
// dropped. Make one with NewMemoryIdempotencyStore.
type MemoryIdempotencyStore struct {
	records lru.Map[memoryRecord]
}

type memoryRecord struct {
	IdempotencyRecord
	expires time.Time
}

// NewMemoryIdempotencyStore returns a store for up to maxKeys keys (0 means
// 10,000) whose answers take up to maxBytes in total (0 means 64 MiB).
func NewMemoryIdempotencyStore(maxKeys, maxBytes int) *MemoryIdempotencyStore {
	if maxKeys <= 0 {
		maxKeys = 10_000
	}
	if maxBytes <= 0 {
		maxBytes = 64 << 20
	}
	return &MemoryIdempotencyStore{records: lru.Map[memoryRecord]{
		Max: maxKeys, MaxBytes: maxBytes, Size: (*memoryRecord).size,
		Ended:  func(r *memoryRecord) bool { return !time.Now().Before(r.expires) },
		Pinned: func(r *memoryRecord) bool { return r.Status == 0 }, // it is running
	}}
}

// Begin claims the key, or returns the record that it holds; see
// IdempotencyStore.
func (s *MemoryIdempotencyStore) Begin(_ context.Context, key string, claim IdempotencyRecord, ttl time.Duration) (IdempotencyRecord, error) {
	s.records.Lock()
	defer s.records.Unlock()
	if held := s.records.Live(key); held != nil {
		return held.IdempotencyRecord, nil
	}
	if s.records.Put(key, memoryRecord{claim, time.Now().Add(ttl)}) == nil {
		return IdempotencyRecord{}, ErrIdempotencyStoreFull
	}
	return claim, nil
}

// Finish stores the answer; see IdempotencyStore.
func (s *MemoryIdempotencyStore) Finish(_ context.Context, key string, record IdempotencyRecord, ttl time.Duration) error {
	s.records.Lock()
	defer s.records.Unlock()
	if held := s.records.Get(key); held != nil && held.Owner == record.Owner {
		s.records.Put(key, memoryRecord{record, time.Now().Add(ttl)})
	}
	return nil
}

// Release frees the key; see IdempotencyStore.
func (s *MemoryIdempotencyStore) Release(_ context.Context, key, owner string) error {
	s.records.Lock()
	defer s.records.Unlock()
	if held := s.records.Get(key); held != nil && held.Owner == owner {
		s.records.Remove(key)
	}
	return nil
}

// size returns about how much memory an answer takes.
func (r *memoryRecord) size() int {
	size := len(r.Body)
	for name, values := range r.Header {
		size += len(name)
		for _, value := range values {
			size += len(value)
		}
	}
	return size
}
