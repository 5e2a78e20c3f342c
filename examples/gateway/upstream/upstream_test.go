package upstream_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/upstream"
)

// pool makes one of n servers that nobody listens at, with further fields of the file.
func pool(t *testing.T, n int, fields string) *upstream.Pool {
	text := "upstreams: {books: {" + fields + " servers: ["
	for i := range n {
		text += fmt.Sprintf("{url: http://127.0.0.1:%d, version: v%d},", 9001+i, i%2+1)
	}
	return set(t, text+"]}}\nroutes: [{path: /, to: books}]", nil)["books"]
}

func set(t *testing.T, text string, before upstream.Set) upstream.Set {
	file, err := config.Parse("gateway.yaml", []byte(text))
	require.NoError(t, err)
	s, err := upstream.NewSet(file, before, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() { s.Close(nil) })
	return s
}

// count picks n times, answers at once, and counts by server.
func count(t *testing.T, p *upstream.Pool, n int, wish upstream.Wish) map[string]int {
	got := make(map[string]int)
	for range n {
		place, err := p.Pick(wish)
		require.NoError(t, err)
		got[place.Addr]++
		place.End(upstream.Good)
	}
	return got
}

func fail(t *testing.T, p *upstream.Pool, s *upstream.Server, times int) {
	var others []*upstream.Server
	for _, o := range p.Servers {
		if o != s {
			others = append(others, o)
		}
	}
	for range times {
		place, err := p.Pick(upstream.Wish{Tried: others})
		require.NoError(t, err)
		place.End(upstream.Failed)
	}
}

func TestTheLessBusyOfTwo(t *testing.T) {
	p := pool(t, 2, "")
	_, err := p.Pick(upstream.Wish{Version: "v1"}) // and never ends
	require.NoError(t, err)
	assert.Equal(t, map[string]int{p.Servers[1].Addr: 100}, count(t, p, 100, upstream.Wish{}))
}

func TestAVersionAndWhatWasTried(t *testing.T) {
	p := pool(t, 4, "")
	got := count(t, p, 100, upstream.Wish{Version: "v2", Tried: p.Servers[1:2]})
	assert.Equal(t, map[string]int{p.Servers[3].Addr: 100}, got)
	_, err := p.Pick(upstream.Wish{Version: "v2", Only: true, Tried: []*upstream.Server{p.Servers[1], p.Servers[3]}})
	assert.ErrorIs(t, err, upstream.ErrNone)
	_, err = p.Pick(upstream.Wish{Version: "v9", Only: true})
	assert.ErrorIs(t, err, upstream.ErrNone)
}

func TestAnotherVersionTakesThePlaceOfOneOfWhichNoneIsWell(t *testing.T) {
	p := pool(t, 4, "eject: {most: 100%},") // v1, v2, v1, v2
	p.Servers[1].Eject(time.Minute)
	want := func(wish upstream.Wish, servers ...*upstream.Server) {
		t.Helper()
		addrs := make(map[string]bool)
		for addr := range count(t, p, 200, wish) {
			addrs[addr] = true
		}
		for _, s := range servers {
			assert.True(t, addrs[s.Addr], s.Addr)
		}
		assert.Len(t, addrs, len(servers))
	}
	want(upstream.Wish{Version: "v2"}, p.Servers[3])
	want(upstream.Wish{Version: "v2", Tried: p.Servers[3:]}, p.Servers[0], p.Servers[2])
	p.Servers[3].Eject(time.Minute)
	p.Servers[2].Eject(time.Minute)
	want(upstream.Wish{Version: "v2"}, p.Servers[0])
	want(upstream.Wish{Version: "v2", Only: true}, p.Servers[1], p.Servers[3])
	p.Servers[0].Eject(time.Minute)
	want(upstream.Wish{Version: "v2"}, p.Servers[1], p.Servers[3])
	p.Servers[1].Drain(true)
	p.Servers[3].Drain(true)
	_, err := p.Pick(upstream.Wish{Version: "v2"})
	assert.ErrorIs(t, err, upstream.ErrNone, "none is well, and of its own none is left")
}

func TestAHashMovesOnlyTheKeysOfTheServerThatGoes(t *testing.T) {
	p := pool(t, 5, "balance: hash,")
	before := make(map[string]string)
	seen := make(map[string]int)
	for i := range 1000 {
		key := fmt.Sprint("user", i)
		place, err := p.Pick(upstream.Wish{Key: key})
		require.NoError(t, err)
		place.End(upstream.Good)
		before[key] = place.Addr
		seen[place.Addr]++
	}
	for _, n := range seen {
		assert.InDelta(t, 200, n, 60)
	}
	p.Servers[2].Drain(true)
	for key, addr := range before {
		place, err := p.Pick(upstream.Wish{Key: key})
		require.NoError(t, err)
		place.End(upstream.Good)
		if addr != p.Servers[2].Addr {
			assert.Equal(t, addr, place.Addr)
		}
	}
}

func TestAServerThatFailsIsOutForAGrowingTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool(t, 4, "eject: {after: 3, for: 10s, most: 25%}, breaker: {failures: 100},")
		bad, next := p.Servers[0], p.Servers[1]
		fail(t, p, bad, 2)
		assert.Equal(t, upstream.Well, bad.State().Health)
		fail(t, p, bad, 1)
		assert.Equal(t, upstream.Ejected, bad.State().Health)
		assert.Equal(t, 1, bad.State().Ejections)
		assert.NotContains(t, count(t, p, 100, upstream.Wish{}), bad.Addr)

		fail(t, p, next, 3)
		assert.Equal(t, upstream.Well, next.State().Health, "no more than a quarter may be out")

		time.Sleep(11 * time.Second)
		assert.Equal(t, upstream.Well, bad.State().Health)
		fail(t, p, bad, 3)
		time.Sleep(19 * time.Second)
		assert.Equal(t, upstream.Ejected, bad.State().Health, "twice as long")
		time.Sleep(2 * time.Second)
		assert.Equal(t, upstream.Well, bad.State().Health)
	})
}

func TestAnEjectionForNoTime(t *testing.T) {
	p := pool(t, 2, "eject: {after: 1},")
	p.Config.Eject.For = 0
	fail(t, p, p.Servers[0], 3)
	assert.Equal(t, upstream.Well, p.Servers[0].State().Health)
}

func TestWithFewServersLeftAllAreUsed(t *testing.T) {
	p := pool(t, 4, "eject: {most: 100%, panic: 50%},")
	for _, s := range p.Servers[:2] {
		s.Eject(time.Minute)
	}
	assert.Len(t, count(t, p, 200, upstream.Wish{}), 2, "half of them are well")
	p.Servers[2].Eject(time.Minute)
	assert.Len(t, count(t, p, 200, upstream.Wish{}), 4, "fewer are not enough")
	p.Servers[0].Drain(true)
	assert.Len(t, count(t, p, 200, upstream.Wish{}), 3, "what an operator wants out stays out")
}

// Who writes that there is no panic wants no request at a server that is not well, also if there is no other.
func TestWithoutPanicNoneThatIsIllIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool(t, 2, "eject: {after: 9, most: 100%, panic: 0%}, breaker: {failures: 3, open: 5s},")
		p.Servers[0].Eject(time.Minute)
		assert.Len(t, count(t, p, 100, upstream.Wish{}), 1)
		fail(t, p, p.Servers[1], 3)
		_, err := p.Pick(upstream.Wish{})
		var none *upstream.NoneError
		require.ErrorAs(t, err, &none)
		assert.Equal(t, 5*time.Second, none.After)
		p.Servers[1].Eject(time.Minute)
		time.Sleep(6 * time.Second)
		_, err = p.Pick(upstream.Wish{})
		assert.ErrorIs(t, err, upstream.ErrNone)
	})
}

func TestABreakerOpensAndLetsOneTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool(t, 2, "breaker: {failures: 3, open: 5s},")
		bad := p.Servers[0]
		fail(t, p, bad, 3)
		assert.Equal(t, upstream.Open, bad.State().Health)
		assert.NotContains(t, count(t, p, 100, upstream.Wish{}), bad.Addr)
		time.Sleep(6 * time.Second)
		assert.Contains(t, count(t, p, 100, upstream.Wish{}), bad.Addr)
	})
}

// A request that says nothing of its server counts neither as a failure nor as a success.
func TestAClientThatLeavesChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool(t, 1, "eject: {after: 3}, breaker: {failures: 4, open: 5s},")
		s := p.Servers[0]
		leave := func() {
			place, err := p.Pick(upstream.Wish{})
			require.NoError(t, err)
			place.End(upstream.Unknown)
		}
		fail(t, p, s, 2)
		leave()
		assert.Equal(t, upstream.Well, s.State().Health)
		fail(t, p, s, 1)
		assert.Equal(t, upstream.Ejected, s.State().Health)
		time.Sleep(2 * time.Minute)
		leave()
		fail(t, p, s, 1)
		assert.Equal(t, upstream.Well, s.State().Health, "its row begins anew")
		fail(t, p, s, 3)
		time.Sleep(5*time.Second + time.Millisecond)
		leave() // the one that the breaker has let try
		_, err := p.Pick(upstream.Wish{})
		var none *upstream.NoneError
		require.ErrorAs(t, err, &none)
		assert.Equal(t, 5*time.Second, none.After)
	})
}

// Others do not wait for the end of a stream that an open breaker lets try.
func TestATrialThatIsAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool(t, 1, "breaker: {failures: 1, open: 5s},")
		fail(t, p, p.Servers[0], 1)
		time.Sleep(6 * time.Second)
		stream, err := p.Pick(upstream.Wish{})
		require.NoError(t, err)
		_, err = p.Pick(upstream.Wish{})
		assert.ErrorIs(t, err, upstream.ErrNone, "it is tried")
		stream.Begun()
		time.Sleep(6 * time.Second)
		assert.Len(t, count(t, p, 10, upstream.Wish{}), 1)
		stream.End(upstream.Unknown)
		stream.End(upstream.Failed) // it has ended
		assert.Len(t, count(t, p, 10, upstream.Wish{}), 1)
	})
}

// What is known of a server is known after a file that changes its upstream, but for what the file changes.
func TestAFileThatChangesAnUpstreamForgetsNoneThatIsIll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const text = "upstreams: {books: {eject: {after: 3, panic: 0}, breaker: {failures: 1, open: 1h}, servers: [{url: http://a}, {url: http://b}, {url: http://c}, {url: http://d}]}}\nroutes: [{path: /, to: books}]"
		before := set(t, text, nil)
		p := before["books"]
		p.Servers[1].Eject(time.Hour)
		fail(t, p, p.Servers[2], 1)
		p.Servers[3].Drain(true)
		place, err := p.Pick(upstream.Wish{})
		require.NoError(t, err)
		next := set(t, strings.Replace(text, "books: {", "books: {slow_start: 1s, ", 1), before)["books"]
		var got []upstream.Health
		for _, s := range next.Servers {
			got = append(got, s.State().Health)
		}
		assert.Equal(t, []upstream.Health{upstream.Well, upstream.Ejected, upstream.Open, upstream.Drained}, got)
		assert.EqualValues(t, 1, next.Servers[0].State().InFlight)
		place.End(upstream.Good)
		assert.EqualValues(t, 0, next.Servers[0].State().InFlight)
	})
}

func TestAServerTakesSoManyAtOneTime(t *testing.T) {
	p := pool(t, 2, "breaker: {max_in_flight: 2},")
	for range 4 {
		_, err := p.Pick(upstream.Wish{})
		require.NoError(t, err)
	}
	_, err := p.Pick(upstream.Wish{})
	assert.ErrorIs(t, err, upstream.ErrNone)
}

func TestAServerThatComesBackStartsSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pool(t, 2, "slow_start: 10s,")
		s := p.Servers[0]
		s.Drain(true)
		s.Drain(false)
		early := count(t, p, 1000, upstream.Wish{})[s.Addr]
		time.Sleep(20 * time.Second)
		late := count(t, p, 1000, upstream.Wish{})[s.Addr]
		assert.Less(t, early, 250)
		assert.InDelta(t, 500, late, 100)
	})
}

func TestTheActiveCheckAndAFileThatChanges(t *testing.T) {
	var sick atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/up" || sick.Load() {
			w.WriteHeader(503)
		}
	}))
	defer server.Close()
	text := "upstreams: {books: {servers: [{url: " + server.URL + "}], health: {path: /up, every: 10ms, fails: 2}}, other: {servers: [{url: " + server.URL + "}]}}\nroutes: [{path: /, to: books}]"
	first := set(t, text, nil)
	s := first["books"].Servers[0]
	becomes := func(want upstream.Health) {
		assert.Eventually(t, func() bool { return s.State().Health == want }, 5*time.Second, time.Millisecond)
	}
	sick.Store(true)
	becomes(upstream.Down)
	sick.Store(false)
	becomes(upstream.Well)

	same := set(t, "# a line more\n"+text, first)
	assert.Same(t, first["books"], same["books"])
	sick.Store(true)
	becomes(upstream.Down)
	changed := set(t, strings.Replace(text, "fails: 2", "fails: 3", 1), same)
	assert.Equal(t, upstream.Down, changed["books"].Servers[0].State().Health)
	assert.NotSame(t, first["books"], changed["books"])
	assert.Same(t, first["other"], changed["other"])
}

// A file that is only looked at asks no server.
func TestNoServerIsAskedBeforeTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file, err := config.Parse("gateway.yaml", []byte("upstreams: {books: {health: {every: 1s, fails: 1}, servers: [{url: http://127.0.0.1:1}]}}\nroutes: [{path: /, to: books}]"))
		require.NoError(t, err)
		s, err := upstream.NewSet(file, nil, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		defer s.Close(nil)
		time.Sleep(time.Minute)
		assert.Equal(t, upstream.Well, s["books"].Servers[0].State().Health)
		s.Start()
		time.Sleep(time.Minute)
		assert.Equal(t, upstream.Down, s["books"].Servers[0].State().Health)
	})
}
