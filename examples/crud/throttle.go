package main

// This file slows down the guessing of passwords. Memory is bounded by a fixed
// table of counters; two keys that share one are slowed down together, which
// costs an honest user a minute at worst.

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	throttleWindow  = time.Minute
	triesPerAccount = 5  // of one address at one account
	triesPerAddress = 30 // of one address at all accounts
)

type throttle struct {
	mu    sync.Mutex
	seed  maphash.Seed
	slots [8192]struct {
		count int
		until time.Time
	}
}

func newThrottle() *throttle { return &throttle{seed: maphash.MakeSeed()} }

// take counts an attempt and returns 0, or how long to wait if there were too many.
func (t *throttle) take(ip, email string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(t.count(ip, triesPerAddress), t.count(ip+" "+email, triesPerAccount))
}

func (t *throttle) count(key string, limit int) time.Duration {
	slot, now := &t.slots[t.slot(key)], time.Now()
	if now.After(slot.until) {
		slot.count, slot.until = 0, now.Add(throttleWindow)
	}
	if slot.count >= limit {
		return slot.until.Sub(now)
	}
	slot.count++
	return 0
}

// clear forgives the attempts of an address at an account, after one succeeded.
func (t *throttle) clear(ip, email string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.slots[t.slot(ip+" "+email)].count = 0
}

func (t *throttle) slot(key string) int {
	return int(maphash.String(t.seed, key) % uint64(len(t.slots)))
}
