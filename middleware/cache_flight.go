package middleware

import (
	"context"
	"hash/maphash"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
)

// This file has equal requests that are running at the same time run once: the first one
// flies, the others wait. They get its answer if that may be shared; as soon as it is
// known that it may not, they run by themselves, all at once. If it takes too long, one more of
// them flies, and so on.

// cacheSlot is what equal requests have in common: the URI, and the variant as far as it is
// known before there is an answer.
type cacheSlot struct{ uri, variant CacheKey }

// cachePlaces is how many places there are for what a layer has to remember of URIs besides
// answers. Several URIs share a place, and clients cannot find out which.
const cachePlaces = 4096

// place is that of a URI, with a number that another one of that place hardly has.
func (l *cache) place(uri CacheKey) (place int, tag uint64) {
	sum := maphash.Bytes(l.seed, uri[:])
	return int(sum % cachePlaces), sum >> 32
}

// changed is how often a URI was changed: what began before the last time may be older. That others of
// its place count with it costs an answer that need not have been fetched.
func (l *cache) changed(uri CacheKey) *atomic.Uint32 {
	place, _ := l.place(uri)
	return &l.changes[place]
}

// aloneTime is how long nobody waits for an answer that was not for everybody: a request that
// waits in vain takes as long as two.
const aloneTime = 10 * time.Second

// began is what seconds are counted from, whatever is done to the clock.
var began = time.Now()

func second(now time.Time) uint32 { return uint32(now.Sub(began) / time.Second) }

// setAlone notes whether the answers of a URI are for the one who asks alone. The place holds
// the tag and the second until which it counts; another URI's takes it over.
func (l *cache) setAlone(uri CacheKey, alone bool) {
	place, tag := l.place(uri)
	if now := time.Now(); alone {
		l.alone[place].Store(tag<<32 | uint64(second(now.Add(aloneTime))))
	} else if l.isAlone(uri, now) {
		l.alone[place].Store(0)
	}
}

// isAlone reports whether it is known that they are.
func (l *cache) isAlone(uri CacheKey, now time.Time) bool {
	place, tag := l.place(uri)
	held := l.alone[place].Load()
	return held>>32 == tag && uint32(held) > second(now)
}

// cacheFlights are the requests that are running.
type cacheFlights struct {
	sync.Mutex
	flying map[cacheSlot]*flight
}

// flight is a request that others wait for.
type flight struct {
	slot    cacheSlot
	changes uint32        // of its URI, when it began
	landed  chan struct{} // closed when the waiting is over
	landing               // what came of it, to be read after that
}

// landing is what those get who have waited.
type landing struct {
	record  *CacheRecord // nil if they have to run by themselves
	vary    []string     // the headers by which the record was chosen
	variant CacheKey
	instead bool // the record is in place of an error
	again   bool // the one who flew has left: another one is to fly
	refused bool // the one who flew was refused, which need not hold for others
}

// join returns the flight of a slot, and whether the caller is the one who flies. What has
// begun before a change of the URI is not for those who come after it. One who may not
// lead, and finds nobody flying, gets nil. A flight that the caller has waited for in vain is
// replaced by its own, which the others wait for then.
func (fs *cacheFlights) join(slot cacheSlot, changes uint32, mayLead bool, vain *flight) (f *flight, flies bool) {
	fs.Lock()
	defer fs.Unlock()
	if f := fs.flying[slot]; f != nil && f.changes == changes && f != vain {
		return f, false
	}
	if !mayLead {
		return nil, true
	}
	f = &flight{slot: slot, changes: changes, landed: make(chan struct{})}
	fs.flying[slot] = f
	return f, true
}

// land ends the waiting, also of those who come later. Only the first call counts; nil
// lands nothing. A record is for those as well who wait for the flight that has taken its place.
func (fs *cacheFlights) land(f *flight, with landing) {
	if f == nil {
		return
	}
	fs.Lock()
	defer fs.Unlock()
	f.land(with)
	if later := fs.flying[f.slot]; with.record != nil && later != nil && later.changes == f.changes {
		later.land(with)
	}
}

// end lands a flight that has not landed, and has the next request fly by itself.
func (fs *cacheFlights) end(f *flight, with landing) {
	if f == nil {
		return
	}
	fs.Lock()
	defer fs.Unlock()
	f.land(with)
	if fs.flying[f.slot] == f {
		delete(fs.flying, f.slot)
	}
}

func (f *flight) land(with landing) {
	select {
	case <-f.landed:
	default:
		f.landing = with
		close(f.landed)
	}
}

// fetch answers by the handlers, or by what another request has got from them meanwhile. One
// with conditions of its own does not lead: its 304 would be of no use to the others.
func (l *cache) fetch(c *dram.Context, ask cacheAsk, stale *CacheRecord) {
	now := time.Now()
	if l.isAlone(ask.uri, now) || ask.wants.isNew() || stale != nil && (stale.NoCache || stale.Fresh == 0) {
		l.fill(c, ask, stale, nil)
		return
	}
	mayLead := !isConditional(c.Request) || stale != nil && stale.hasValidator()
	var vain *flight
	for patience, refused := l.Wait, false; ; {
		f, flies := l.flights.join(cacheSlot{ask.uri, ask.variant}, l.changed(ask.uri).Load(), mayLead, vain)
		if flies {
			if vain == nil || !l.hasCome(c, ask, f) {
				l.fill(c, ask, stale, f)
			}
			return
		}
		if !f.await(c.Request.Context(), patience) {
			if c.Request.Context().Err() != nil { // the client has left, or a layer's time is up
				refuse(c, l.OnError, http.StatusServiceUnavailable, "an equal request was not answered in time")
				return
			}
			vain, patience = f, max(l.Wait/10, 1)
			continue
		}
		if record := f.recordFor(&ask); record != nil {
			l.answer(c, c.Request, record, time.Now(), statusCollapsed)
			return
		}
		if !f.again && !f.isOver() && (!f.refused || refused) {
			l.fill(c, ask, stale, nil)
			return
		}
		vain, refused = f, f.refused
	}
}

// hasCome answers one who is to fly after it has waited in vain with what others, who have waited
// for the same, have got and stored meanwhile.
func (l *cache) hasCome(c *dram.Context, ask cacheAsk, f *flight) bool {
	if f == nil || ask.storeFails {
		return false
	}
	found, err := l.lookup(c.Request.Context(), &ask)
	now := time.Now()
	if err != nil || found.judge(&ask.wants, now) != isFresh {
		return false
	}
	l.flights.end(f, landing{record: found, vary: ask.vary, variant: ask.variant})
	l.answer(c, c.Request, found, now, statusCollapsed)
	return true
}

// await waits for a flight, and reports whether it has landed.
func (f *flight) await(ctx context.Context, patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-f.landed:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// recordFor is the record of a flight that has landed, if it may answer a request.
func (f *flight) recordFor(ask *cacheAsk) *CacheRecord {
	isOurs := f.record != nil && ask.variantBy(f.vary) == f.variant
	if isOurs && (f.instead || f.record.judge(&ask.wants, time.Now()) == isFresh) {
		return f.record
	}
	return nil
}

// isOver reports whether its record was fresh when it landed and is so no longer: the one who flew
// is still sending it.
func (f *flight) isOver() bool {
	r := f.record
	return r != nil && !r.NoCache && !f.instead && r.Age < r.Fresh && r.age(time.Now()) >= r.Fresh
}
