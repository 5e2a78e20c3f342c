package upstream

import (
	"errors"
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/dram-go/dram/contrib/breaker"
)

// ErrNone says that no server can take a request.
var ErrNone = errors.New("no server of the upstream can take the request")

// NoneError is an ErrNone that knows when a server may take requests again; 0 if it does not.
type NoneError struct{ After time.Duration }

func (e *NoneError) Error() string { return ErrNone.Error() }
func (e *NoneError) Unwrap() error { return ErrNone }

// Wish is what a request wants of the server that it gets.
type Wish struct {
	Version string    // one of this version, if it is not ""
	Only    bool      // and if none of them can, none at all
	Key     string    // the same server for the same key, if the upstream chooses by a hash
	Tried   []*Server // none of these
}

// candidate is a server that may be chosen.
type candidate struct {
	*Server
	weight float64
}

// Pick chooses a server and takes a place there. The error is a *NoneError.
func (p *Pool) Pick(wish Wish) (*Place, error) {
	first, then := p.candidates(wish)
	none := new(NoneError)
	for _, open := range [][]candidate{first, then} {
		for len(open) > 0 {
			var i int
			if p.HashBy != "" && wish.Key != "" {
				i = rendezvous(open, wish.Key)
			} else {
				i = twoChoices(open)
			}
			place, err := open[i].begin(p)
			if err == nil {
				return place, nil
			}
			var rests *breaker.OpenError
			if errors.As(err, &rests) && rests.Rest > 0 && (none.After == 0 || rests.Rest < none.After) {
				none.After = rests.Rest
			}
			open = slices.Delete(open, i, i+1)
		}
	}
	return nil, none
}

// candidates are the servers that are well. With too few of them, all are: those that are left
// would not bear what comes, and the checks may be wrong (Envoy's panic threshold, which 0 switches off). Those of
// another version take the place of a version of which none is well, or none can.
func (p *Pool) candidates(wish Wish) (first, then []candidate) {
	now := time.Now()
	n := len(p.Servers)
	both := make([]candidate, 2*n)
	all, well := both[:0:n], both[n:n]
	var others []candidate
	total := 0
	for _, s := range p.Servers {
		weight, health := s.share(now)
		one, tried := candidate{s, weight}, slices.Contains(wish.Tried, s)
		switch isOther := wish.Version != "" && s.Version != wish.Version; {
		case health == Drained:
		case isOther && health == Well && !tried && !wish.Only:
			others = append(others, one)
		case !isOther:
			total++
			if !tried {
				all = append(all, one)
			}
			if health == Well && !tried {
				well = append(well, one)
			}
		}
	}
	alive := len(well) + total - len(all) // those that were tried were well when they were
	switch {
	case alive == 0 && p.panicBelow() == 0: // a breaker says when
		return others, slices.DeleteFunc(all, func(one candidate) bool { _, health := one.share(now); return health != Open })
	case alive == 0:
		return others, all
	case float64(alive) < p.panicBelow()*float64(total):
		return all, others
	}
	return well, others
}

// panicBelow is the share of the servers that have to be well.
func (p *Pool) panicBelow() float64 {
	if p.Config.Eject != nil {
		return float64(p.Config.Eject.Panic)
	}
	return 0.5
}

// mayEject reports whether one more server may be out. s is locked by the caller.
func (p *Pool) mayEject(s *Server) bool {
	p.ejecting.Lock()
	defer p.ejecting.Unlock()
	out, now := 1, time.Now()
	for _, other := range p.Servers {
		if other == s {
			continue
		}
		if other.isOut(now) {
			out++
		}
	}
	return out == 1 || float64(out) <= float64(p.Config.Eject.Most)*float64(len(p.Servers))
}

// twoChoices takes two by chance, by their weights, and of them the one that has fewer requests
// for its weight.
func twoChoices(open []candidate) int {
	a := byWeight(open, -1)
	if len(open) == 1 {
		return a
	}
	b := byWeight(open, a)
	if load(open[b]) < load(open[a]) {
		return b
	}
	return a
}

func load(c candidate) float64 { return float64(c.inFlight.Load()+1) / c.weight }

// byWeight takes one by chance, but not the one at except.
func byWeight(open []candidate, except int) int {
	sum := 0.0
	for i, c := range open {
		if i != except {
			sum += c.weight
		}
	}
	at, last := rand.Float64()*sum, 0
	for i, c := range open {
		if i == except {
			continue
		}
		if last = i; at < c.weight {
			return i
		}
		at -= c.weight
	}
	return last
}

// rendezvous takes the server with the highest weighted hash of key and server: when a server
// comes or goes, only its own keys move. All gateways of a fleet take the same.
func rendezvous(open []candidate, key string) int {
	best, most := 0, math.Inf(-1)
	for i, c := range open {
		h := fnv.New64a()
		_, _ = io.WriteString(h, c.Addr+"\x00"+key)
		part := (float64(mix(h.Sum64())>>11) + 0.5) / (1 << 53) // in (0, 1)
		if score := -c.weight / math.Log(part); score > most {
			best, most = i, score
		}
	}
	return best
}

// mix spreads the bits of a hash (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
