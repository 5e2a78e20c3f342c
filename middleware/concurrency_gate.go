package middleware

import (
	"container/list"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
)

// levels is how many priorities there are.
const levels = 3

// shares is how many tenths of the places each level may take, rounded down, so that
// one is kept for the highest from a limit of 2 on. Little is enough: the places above
// a share are only taken by those that they are for, and are free again when anybody
// leaves.
var shares = [levels]int64{6, 8, 10}

// gate lets a limited number of requests through at a time. Who finds a place does
// not touch the lock.
//
// Invariant: a request that is counted in waiting has tried to take a place since
// then, and leave asks the queues after it has freed one; so nobody waits beside a
// free place.
type gate struct {
	limit    atomic.Int64
	inFlight atomic.Int64
	waiting  atomic.Int64 // written under mu
	room     int64        // for those that wait
	wait     time.Duration
	full     func() // if set, it may raise the limit for somebody who has no place

	mu     sync.Mutex
	queues [levels]list.List // of *waiter
}

// waiter is a request in a queue.
type waiter struct {
	level int
	place *list.Element // nil when it was called or sent away
	turn  chan bool     // whether it may go on
}

// serve runs the rest of the chain for a request that has entered.
func (g *gate) serve(c *dram.Context) {
	defer g.leave()
	c.Next()
}

// take takes a place, if there is one for the level.
func (g *gate) take(level int) bool {
	for {
		n, limit := g.inFlight.Load(), g.limit.Load()
		if n >= max(1, limit*shares[level]/10) {
			return false
		}
		if g.inFlight.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// enter takes a place, and waits for one if there is room in the queue.
func (g *gate) enter(ctx context.Context, level int) bool {
	if g.waiting.Load() == 0 && g.take(level) {
		return true
	}
	if g.full != nil {
		if g.full(); g.waiting.Load() == 0 && g.take(level) {
			return true
		}
	}
	if g.room == 0 {
		return false
	}
	w, entered := g.join(level)
	if w == nil {
		return entered
	}
	return g.await(ctx, w)
}

// await returns what was decided of one that waits, who gives up when the time is up.
func (g *gate) await(ctx context.Context, w *waiter) (entered bool) {
	over := time.After(g.wait)
	var again <-chan time.Time
	if g.full != nil {
		again = time.Tick(growthTime)
	}
	for {
		select {
		case entered = <-w.turn:
			return entered
		case <-again:
			g.full()
		case <-over:
			return g.quit(w)
		case <-ctx.Done():
			return g.quit(w)
		}
	}
}

// join puts a request into the queue of its level. It returns nil if the request
// need not wait, or may not.
func (g *gate) join(level int) (w *waiter, entered bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	waiting := g.waiting.Add(1)
	if !g.isBefore(level) && g.take(level) {
		g.waiting.Add(-1)
		return nil, true
	}
	if waiting > g.room && !g.displace(level) {
		g.waiting.Add(-1)
		return nil, false
	}
	w = &waiter{level: level, turn: make(chan bool, 1)}
	w.place = g.queues[level].PushBack(w)
	return w, false
}

// isBefore reports whether somebody waits who comes before a new request of the
// level.
func (g *gate) isBefore(level int) bool {
	for i := level; i < levels; i++ {
		if g.queues[i].Len() > 0 {
			return true
		}
	}
	return false
}

// displace sends away, of those below the level, the last of the lowest.
func (g *gate) displace(level int) bool {
	for i := range level {
		if last := g.queues[i].Back(); last != nil {
			g.call(last, false)
			return true
		}
	}
	return false
}

// call ends the waiting of one.
func (g *gate) call(e *list.Element, enters bool) {
	w := e.Value.(*waiter)
	g.queues[w.level].Remove(e)
	w.place = nil
	g.waiting.Add(-1)
	w.turn <- enters
}

// quit gives up, unless it was decided meanwhile.
func (g *gate) quit(w *waiter) (entered bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.place != nil {
		g.call(w.place, false)
	}
	return <-w.turn
}

// leave frees a place.
func (g *gate) leave() {
	g.inFlight.Add(-1)
	g.admit()
}

// admit gives free places to those that wait, higher levels first.
func (g *gate) admit() {
	if g.waiting.Load() == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for level := levels - 1; level >= 0; level-- {
		for q := &g.queues[level]; q.Len() > 0 && g.take(level); {
			g.call(q.Front(), true)
		}
	}
}

// setLimit changes how many may be let through; those above a lower one stay.
func (g *gate) setLimit(limit int) {
	g.limit.Store(int64(limit))
	g.admit()
}
