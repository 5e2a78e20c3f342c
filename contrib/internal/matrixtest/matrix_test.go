package matrixtest

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
)

var (
	full = flag.Bool("full", false, "all pairs and triples of layers around all handlers")
	from = flag.Int("from", 0, "begin with this chain: where a run that was stopped was, by its last line")
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// chains are the ordered pairs of all layers, and the triples with at least two that
// change answers and without one that stands twice around another.
func chains(triples bool) (all [][]layer) {
	root, ours, contrib := rooms()
	layers := append(append(root, ours...), contrib...)
	for _, a := range layers {
		for _, b := range layers {
			if b.reroutes {
				continue // such a layer stands outermost: those outside of it would run twice
			}
			all = append(all, []layer{a, b})
			for _, c := range layers {
				if triples && !c.reroutes && a.name != c.name && a.refuses+b.refuses == 0 && changing(a, b, c) >= 2 {
					all = append(all, []layer{a, b, c})
				}
			}
		}
	}
	return all
}

// changing returns how many of the layers change answers.
func changing(layers ...layer) (n int) {
	for _, l := range layers {
		if l.changes {
			n++
		}
	}
	return n
}

// counts are how much was tried.
type counts struct{ chains, combinations, requests, faults atomic.Int64 }

// TestMatrix tries each chain around the handlers.
func TestMatrix(t *testing.T) {
	all, n := chains(*full), new(counts)
	t.Logf("%d combinations of %d chains are to be tried", combinations(all), len(all))
	upstream() // is there until the end
	before := runtime.NumGoroutine()
	next := atomic.Int64{}
	next.Store(int64(*from))
	var workers sync.WaitGroup
	for range 2 * runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			lab := newLab()
			defer lab.close()
			for {
				i := int(next.Add(1) - 1)
				if i >= len(all) || n.faults.Load() > 50 { // which is enough to go by
					return
				}
				if *full && i%1000 == 0 {
					t.Logf("chain %d of %d; %d combinations so far", i, len(all), n.combinations.Load())
				}
				lab.try(t, all[i], i, n)
			}
		})
	}
	workers.Wait()
	http.DefaultClient.CloseIdleConnections()
	if !within(20*time.Second, func() bool { return runtime.NumGoroutine() <= before }) {
		var stacks strings.Builder
		_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
		t.Errorf("%d goroutines are left of %d:\n%s", runtime.NumGoroutine(), before, stacks.String())
	}
	t.Logf("%d chains, %d combinations of layers, handler and protocol, %d requests", n.chains.Load(), n.combinations.Load(), n.requests.Load())
}

// try tries one chain.
func (l *lab) try(t *testing.T, chain []layer, index int, n *counts) {
	modes := []string{dram.TestMode, dram.ReleaseMode}
	s := newStack(chain, modes[index%2])
	l.current.Store(s)
	n.chains.Add(1)
	where := names(chain)
	report := func(what, fault string) {
		if fault != "" {
			n.faults.Add(1)
			t.Errorf("%s, %s: %s", where, what, fault)
		}
	}
	for i, b := range behaviours {
		for _, http1 := range []bool{true, false} {
			if !takes(chain, index, i, http1) {
				continue
			}
			n.combinations.Add(1)
			what := fmt.Sprintf("%q over HTTP/%s", b.name, map[bool]string{true: "1.1", false: "2"}[http1])
			report(what, l.tryOne(s, i, http1, n))
			for _, fault := range append(s.take(), l.log.take()...) {
				report(what, fault)
			}
		}
	}
	report("at the end", s.left())
}

// takes reports whether a handler is tried: in the short form a part of them,
// another one for each chain, and of the triples each over one protocol.
func takes(chain []layer, index, handler int, http1 bool) bool {
	turn := index + handler
	switch {
	case behaviours[handler].unsaid && slices.ContainsFunc(chain, func(l layer) bool { return l.name == "embedded gzip" }):
		return false // as in Gin: such a layer has ended when the engine writes the text of a 404
	case handler == 0:
		return true
	case !*full:
		return turn%8 == 0
	}
	return len(chain) == 2 || http1 == (turn%2 == 0)
}

// combinations is how many there are.
func combinations(all [][]layer) (n int) {
	for index, chain := range all {
		for i := range behaviours {
			for _, http1 := range []bool{true, false} {
				if takes(chain, index, i, http1) {
					n++
				}
			}
		}
	}
	return n
}

func names(chain []layer) string {
	var all []string
	for _, l := range chain {
		all = append(all, l.name)
	}
	return strings.Join(all, " → ")
}

// tryOne tries one handler, and the plain one after it.
func (l *lab) tryOne(s *stack, i int, http1 bool, n *counts) string {
	b := behaviours[i]
	want := expected(s.chain, b, http1)
	n.requests.Add(2)
	got := l.send(http1, http.MethodGet, i)
	if fault := s.onWire(got); fault != "" {
		return fault
	}
	if !b.leaves {
		if fault := s.check(got, http.MethodGet, want); fault != "" {
			return fault
		}
	}
	if fault := l.tryAgain(s, i, http1, got); fault != "" {
		return "If-None-Match: " + fault
	}
	if b.head && (len(s.chain) == 2 || i == 1) {
		if fault := l.tryHead(s, i, http1, got, want); fault != "" {
			return "HEAD: " + fault
		}
	}
	if _, known := s.keeps(b); b.post && known {
		if fault := l.tryTwice(s, i, http1); fault != "" {
			return "POST: " + fault
		}
	}
	plain := l.send(http1, http.MethodGet, 0)
	if fault := s.check(plain, http.MethodGet, expected(s.chain, behaviours[0], http1)); fault != "" {
		return "the next request: " + fault
	}
	return ""
}

// tryAgain asks for what the client has, if a layer has given it a tag.
func (l *lab) tryAgain(s *stack, i int, http1 bool, get *reply) string {
	tagged := false
	for _, l := range s.chain {
		if tagged = tagged || l.tags; l.name == "NoCache" {
			return "" // which has the client get it anew
		}
	}
	tag := get.header.Get("Etag")
	if !tagged || get.err != nil || get.status != http.StatusOK || tag == "" {
		return ""
	}
	got := l.send(http1, http.MethodGet, i, func(r *http.Request) { r.Header.Set("If-None-Match", tag) })
	if fault := s.onWire(got); fault != "" {
		return fault
	}
	if now := got.header.Get("Etag"); got.status == http.StatusOK && now != "" && now != tag {
		return "" // a stream's parts came otherwise, and with them its compressed bytes
	}
	return s.check(got, http.MethodGet, []outcome{whole(http.StatusNotModified, "")})
}

// tryHead compares HEAD with GET.
func (l *lab) tryHead(s *stack, i int, http1 bool, get *reply, want []outcome) string {
	got := l.send(http1, http.MethodHead, i)
	if fault := s.onWire(got); fault != "" {
		return fault
	}
	if fault := s.check(got, http.MethodHead, want); fault != "" {
		return fault
	}
	for _, name := range []string{"Content-Length", "Content-Type", "Etag"} {
		head, whole := got.header.Get(name), get.header.Get(name)
		if head != "" && whole != "" && head != whole && !s.foreign() {
			return fmt.Sprintf("%s is %q, that of GET %q", name, head, whole)
		}
	}
	return ""
}

var keys atomic.Int64

// tryTwice sends a POST twice with one key.
func (l *lab) tryTwice(s *stack, i int, http1 bool) string {
	key := fmt.Sprint("key-", keys.Add(1))
	ask := func(r *http.Request) { r.Header.Set("Idempotency-Key", key) }
	before, want := s.ran.Load(), expected(s.chain, behaviours[i], http1)
	first := l.send(http1, http.MethodPost, i, ask)
	if fault := s.onWire(first); fault != "" {
		return fault
	}
	if fault := s.check(first, http.MethodPost, want); fault != "" {
		return fault
	}
	again := l.send(http1, http.MethodPost, i, ask)
	if fault := s.onWire(again); fault != "" {
		return "again: " + fault
	}
	if fault := s.check(again, http.MethodPost, want); fault != "" && again.header.Get("Idempotency-Replayed") == "" {
		return "again: " + fault
	}
	kept, known := s.keeps(behaviours[i])
	if ran := s.ran.Load() - before; known && kept && ran > 1 {
		return fmt.Sprintf("it ran %d times", ran)
	} else if known && !kept && again.header.Get("Idempotency-Replayed") != "" {
		return fmt.Sprintf("what broke was kept: %d %.40q", again.status, again.body)
	}
	return ""
}

// keeps reports whether a layer keeps the handler's answer for the second POST.
func (s *stack) keeps(b behaviour) (kept, known bool) {
	for i, l := range s.chain {
		if l.refuses != 0 {
			return false, false
		}
		if l.once {
			for _, o := range expected(s.chain[i+1:], b, true) {
				kept = o.kind == isWhole && o.status < 500
			}
			return kept, true
		}
	}
	return false, false
}

func TestTheModelIsNotEmpty(t *testing.T) {
	assert.Greater(t, len(chains(false)), 2000)
	assert.Greater(t, len(chains(true)), 40_000)
	assert.Greater(t, len(behaviours), 25)
}
