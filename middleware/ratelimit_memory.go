package middleware

import (
	"context"
	"hash/maphash"
	"time"

	"github.com/dram-go/dram/internal/lru"
)

// rateLimitShards is how many locks the keys of a store are spread over.
const rateLimitShards = 16

// DefaultRateLimitKeys is the default number of keys of a MemoryRateLimitStore:
// 65,536, about 12 MB when all are in use.
const DefaultRateLimitKeys = 1 << 16

// MemoryRateLimitStore is a RateLimitStore in the memory of the process. Its
// size is bounded: full buckets are forgotten, and when there are too many
// keys, the least recently used ones are. Make one with
// NewMemoryRateLimitStore.
type MemoryRateLimitStore struct {
	seed  maphash.Seed
	start time.Time
	// A bucket is one number: when it will be full again, measured from start.
	shards [rateLimitShards]lru.Map[time.Duration]
}

// NewMemoryRateLimitStore returns a store for up to maxKeys keys at a time; 0
// means DefaultRateLimitKeys.
func NewMemoryRateLimitStore(maxKeys int) *MemoryRateLimitStore {
	if maxKeys <= 0 {
		maxKeys = DefaultRateLimitKeys
	}
	s := &MemoryRateLimitStore{seed: maphash.MakeSeed(), start: time.Now()}
	for i := range s.shards {
		s.shards[i].Max = (maxKeys + rateLimitShards - 1) / rateLimitShards
		s.shards[i].Ended = func(full *time.Duration) bool { return *full <= time.Since(s.start) }
	}
	return s
}

// Take takes a token; see RateLimitStore. It never fails.
func (s *MemoryRateLimitStore) Take(_ context.Context, key string, quota Quota) (RateLimitResult, error) {
	buckets := &s.shards[maphash.String(s.seed, key)%rateLimitShards]
	buckets.Lock()
	defer buckets.Unlock()
	now := time.Since(s.start)
	full := buckets.Get(key)
	if full == nil {
		full = buckets.Put(key, now)
	}
	return quota.take(now, full), nil
}

// Len returns how many keys the store holds.
func (s *MemoryRateLimitStore) Len() (total int) {
	for i := range s.shards {
		s.shards[i].Lock()
		total += s.shards[i].Len()
		s.shards[i].Unlock()
	}
	return total
}

// interval is how long a token takes to come back.
func (q Quota) interval() time.Duration { return max(1, q.Window/time.Duration(q.Limit)) }

// take takes a token from the bucket that will be full at *full. Storing only
// that time, instead of tokens and the time of their last change, is known as
// the generic cell rate algorithm.
func (q Quota) take(now time.Duration, full *time.Duration) RateLimitResult {
	interval := q.interval()
	room := interval * time.Duration(q.Burst)
	*full = min(*full, now+room) // a layer with a larger quota may have taken from it
	next := max(*full, now) + interval
	if wait := next - now - room; wait > 0 {
		return RateLimitResult{RetryAfter: wait, Reset: *full - now}
	}
	*full = next
	return RateLimitResult{Allowed: true, Remaining: int((room - (next - now)) / interval), Reset: next - now}
}
