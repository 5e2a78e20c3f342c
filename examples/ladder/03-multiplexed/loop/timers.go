//go:build linux

package loop

import (
	"container/heap"
	"math"
	"time"
)

// A timer is a moment and what is to be done then.
type timer struct {
	at    time.Time
	fire  func()
	place int // in the heap, from 1; 0: not set
}

// timers is a heap: the next one that is due is the first, and one of n is set or
// stopped in log n steps. (Go's runtime keeps time.Timers in such heaps, one per P.)
type timers struct{ byMoment byMoment }

// set sets or moves the timer.
func (ts *timers) set(t *timer, at time.Time) {
	t.at = at
	if t.place == 0 {
		heap.Push(&ts.byMoment, t)
	} else {
		heap.Fix(&ts.byMoment, t.place-1)
	}
}

// stop takes the timer out; it may be set again.
func (ts *timers) stop(t *timer) {
	if t.place != 0 {
		heap.Remove(&ts.byMoment, t.place-1)
	}
}

// milliseconds is how long epoll_wait may wait: to the first timer, rounded up so that
// it is due then, or for ever (-1).
func (ts *timers) milliseconds(now time.Time) int {
	if len(ts.byMoment) == 0 {
		return -1
	}
	left := ts.byMoment[0].at.Sub(now) + time.Millisecond - 1
	return int(min(max(left.Milliseconds(), 0), math.MaxInt32))
}

// fire does what is due. What that sets anew is later than now.
func (ts *timers) fire(now time.Time) {
	for len(ts.byMoment) > 0 && !ts.byMoment[0].at.After(now) {
		t := ts.byMoment[0]
		ts.stop(t)
		t.fire()
	}
}

// byMoment is what container/heap asks for.
type byMoment []*timer

func (h byMoment) Len() int           { return len(h) }
func (h byMoment) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h byMoment) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i+1, j+1
}

func (h *byMoment) Push(t any) {
	*h = append(*h, t.(*timer))
	(*h)[len(*h)-1].place = len(*h)
}

func (h *byMoment) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil // let go of the connection
	*h = (*h)[:last]
	t.place = 0
	return t
}
