package middleware

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/dram-go/dram/internal/lru"
)

// This file has the interface that Cache needs of a store, and the store in memory.

// CacheStore keeps the answers of URIs, several of one if they differ by headers. It must be
// safe for concurrent use, and must not change a record, nor let go of it while it is
// used: the layer does not change one either. It may forget what it likes.
type CacheStore interface {
	// Get returns the record of a URI's variant; nil if there is none.
	Get(ctx context.Context, uri, variant CacheKey) (*CacheRecord, error)
	// Put stores a record for ttl or longer, in place of the one that the variant had. The
	// number of a URI's variants, which clients choose, must be bounded.
	Put(ctx context.Context, uri, variant CacheKey, record *CacheRecord, ttl time.Duration) error
	// Delete drops all variants of a URI, because it has changed: also if ctx ends.
	Delete(ctx context.Context, uri CacheKey) error
}

// MemoryCache is a CacheStore in the memory of the process. Its size is bounded: when it
// is full, the URIs that were not asked for the longest time are dropped. Make one with
// NewMemoryCache.
type MemoryCache struct {
	uris     lru.Map[memoryURI]
	variants int
}

// memoryURI are the answers of one URI, the oldest first.
type memoryURI struct {
	variants []memoryVariant
	bytes    int
	expires  time.Time
}

type memoryVariant struct {
	key    CacheKey
	record *CacheRecord
}

// NewMemoryCache returns a store for answers that take up to maxBytes in total, their
// headers included (0 means 64 MiB), and up to maxVariants of one URI (0 means 128): beyond
// that the oldest goes. A QUERY's body makes a variant too.
func NewMemoryCache(maxBytes, maxVariants int) *MemoryCache {
	if maxBytes <= 0 {
		maxBytes = 64 << 20
	}
	if maxVariants <= 0 {
		maxVariants = 128
	}
	return &MemoryCache{variants: maxVariants, uris: lru.Map[memoryURI]{
		Max: math.MaxInt, MaxBytes: maxBytes, Size: func(u *memoryURI) int { return u.bytes },
		Ended: func(u *memoryURI) bool { return !time.Now().Before(u.expires) },
	}}
}

// Get returns the record of a URI's variant; see CacheStore.
func (s *MemoryCache) Get(_ context.Context, uri, variant CacheKey) (*CacheRecord, error) {
	s.uris.Lock()
	defer s.uris.Unlock()
	if held := s.uris.Live(string(uri[:])); held != nil {
		if i := held.index(variant); i >= 0 {
			return held.variants[i].record, nil
		}
	}
	return nil, nil
}

// Put stores a record; see CacheStore. One that would take more than half of the store is not
// kept.
func (s *MemoryCache) Put(_ context.Context, uri, variant CacheKey, record *CacheRecord, ttl time.Duration) error {
	if record.size() > s.largest() {
		return nil
	}
	s.uris.Lock()
	defer s.uris.Unlock()
	var u memoryURI
	if held := s.uris.Live(string(uri[:])); held != nil {
		u = *held
	}
	if i := u.index(variant); i >= 0 {
		u.remove(i)
	}
	for len(u.variants) >= s.variants || u.bytes+record.size() > s.uris.MaxBytes {
		u.remove(u.oldest())
	}
	u.variants = append(u.variants, memoryVariant{variant, record})
	u.bytes += record.size()
	if expires := time.Now().Add(ttl); expires.After(u.expires) {
		u.expires = expires
	}
	s.uris.Put(string(uri[:]), u)
	return nil
}

// largest is how many bytes a record may take.
func (s *MemoryCache) largest() int { return s.uris.MaxBytes / 2 }

// Delete drops all variants of a URI; see CacheStore.
func (s *MemoryCache) Delete(_ context.Context, uri CacheKey) error {
	s.uris.Lock()
	defer s.uris.Unlock()
	s.uris.Remove(string(uri[:]))
	return nil
}

func (u *memoryURI) index(variant CacheKey) int {
	return slices.IndexFunc(u.variants, func(v memoryVariant) bool { return v.key == variant })
}

// oldest is the answer that was stored first. The record that says by which headers answers
// differ goes last: without it none is found.
func (u *memoryURI) oldest() int {
	return max(slices.IndexFunc(u.variants, func(v memoryVariant) bool { return v.record.Status != 0 }), 0)
}

func (u *memoryURI) remove(i int) {
	u.bytes -= u.variants[i].record.size()
	u.variants = slices.Delete(u.variants, i, i+1)
}

// recordOverhead is about what a record, its key and its entries take besides their text.
const recordOverhead = 512

// size is about how much memory a record takes.
func (r *CacheRecord) size() int {
	size := recordOverhead + cap(r.Body)
	for name, values := range r.Header {
		size += len(name) + 64
		for _, value := range values {
			size += len(value) + 16
		}
	}
	for _, name := range r.Vary {
		size += len(name) + 16
	}
	return size
}
