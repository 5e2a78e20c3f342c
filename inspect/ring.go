package inspect

import (
	"cmp"
	"slices"
	"sync"
)

// ring holds the last requests, the oldest first: so many at most, and so many bytes.
type ring struct {
	count, bytes int // the bounds

	mu   sync.Mutex
	list []*request
	size int    // bytes of the list
	last uint64 // the id of the last one

	large uint64 // how many were larger than all may be
}

// add takes a request, gives it its id, and lets go of the oldest. One that is larger than all may be
// is not kept.
func (r *ring) add(rec *request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	rec.id = r.last
	if rec.bytes > r.bytes {
		r.large++
		return
	}
	r.list = append(r.list, rec)
	r.size += rec.bytes
	for len(r.list) > 0 && (len(r.list) > r.count || r.size > r.bytes) {
		r.size -= r.list[0].bytes
		r.list[0] = nil
		r.list = r.list[1:]
	}
}

// find returns a request, nil if it is not there any more.
func (r *ring) find(id uint64) *request {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i, ok := slices.BinarySearchFunc(r.list, id, func(rec *request, id uint64) int { return cmp.Compare(rec.id, id) }); ok {
		return r.list[i]
	}
	return nil
}

// after returns the requests after the one with an id, the newest first, and the id of the last one.
func (r *ring) after(id uint64) (newest []*request, last uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.list) - 1; i >= 0 && r.list[i].id > id; i-- {
		newest = append(newest, r.list[i])
	}
	return newest, r.last
}

// counts returns how many requests there were, how many are kept, in how many bytes, and how many were too large for that.
func (r *ring) counts() (seen uint64, kept, bytes int, large uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last, len(r.list), r.size, r.large
}
