package risk

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/key"
)

// maxKeys is how many keys a velocity remembers at least; beyond twice as many, those that were
// not seen for the longest time are forgotten.
const maxKeys = 1 << 16

// began is what slots are counted from, whatever is done to the clock.
var began = time.Now()

// velocity counts by key, for a time that slides: the count of the slot before counts as far as
// the window still covers it.
type velocity struct {
	cfg  config.Velocity
	of   func(*dram.Context) string
	seed maphash.Seed

	mu         sync.Mutex
	young, old map[uint64]slots // when young is full it becomes old, and what was old is forgotten
}

// slots are the counts of a key: of a slot of time, and of the one before.
type slots struct {
	slot        int64
	now, before int32
}

func newVelocity(cfg config.Velocity) *velocity {
	return &velocity{cfg: cfg, of: key.Of(cfg.By), seed: maphash.MakeSeed(), young: make(map[uint64]slots)}
}

// add counts a request by its key, n times, and returns how many there are. 0 only looks.
func (v *velocity) add(c *dram.Context, n int32) int64 {
	id, per := maphash.String(v.seed, v.of(c)), int64(v.cfg.Per)
	at := int64(time.Since(began))
	v.mu.Lock()
	defer v.mu.Unlock()
	s, isYoung := v.young[id]
	if !isYoung {
		s = v.old[id]
	}
	switch slot := at / per; slot - s.slot {
	case 0:
	case 1:
		s = slots{slot: slot, before: s.now}
	default:
		s = slots{slot: slot}
	}
	s.now += n
	if n > 0 {
		if !isYoung && len(v.young) >= maxKeys {
			v.old, v.young = v.young, make(map[uint64]slots)
		}
		v.young[id] = s
	}
	left := 1 - float64(at%per)/float64(per)
	return int64(s.now) + int64(float64(s.before)*left)
}
