package session_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/contrib/session"
)

// This file has one request run between any two calls of the store that another one makes.

// stepped is a store that calls a function before each of its calls.
type stepped struct {
	*session.MemoryStore
	before func()
}

func (s *stepped) Find(id string) ([]byte, bool, error) {
	s.before()
	return s.MemoryStore.Find(id)
}

func (s *stepped) Commit(id string, data []byte, expires time.Time) error {
	s.before()
	return s.MemoryStore.Commit(id, data, expires)
}

func (s *stepped) Update(ctx context.Context, id string, data []byte, expires time.Time) (bool, error) {
	s.before()
	return s.MemoryStore.Update(ctx, id, data, expires)
}

func (s *stepped) Touch(ctx context.Context, id string, expires time.Time) (bool, error) {
	s.before()
	return s.MemoryStore.Touch(ctx, id, expires)
}

func (s *stepped) Delete(id string) error {
	s.before()
	return s.MemoryStore.Delete(id)
}

// between has ann logged in, sends the request slow, and before the call n of the store that it makes
// the request other. It returns the clients of both, with the cookies that they have got, the
// statuses, and false if there is no such call.
func between(cfg session.Config, wrap func(*stepped) scs.Store, n int, slow, other string) (slower, faster *browser, statuses [2]int, ok bool) {
	store := &stepped{session.NewMemoryStore(0), func() {}}
	cfg.Store = wrap(store)
	slower = &browser{h: serving(cfg)}
	slower.send(http.MethodPost, "/login?user=ann")
	faster = &browser{h: slower.h, cookie: slower.cookie}
	calls := 0
	store.before = func() {
		if calls++; calls == n {
			statuses[1] = faster.send(http.MethodPost, other).Code
		}
	}
	statuses[0] = slower.send(http.MethodPost, slow).Code
	ok = calls >= n
	store.before = func() {}
	return slower, faster, statuses, ok
}

var wraps = map[string]func(*stepped) scs.Store{
	"in one step":  func(s *stepped) scs.Store { return s },
	"asked before": func(s *stepped) scs.Store { return plain{s} },
}

// Whoever is told that they have logged out is logged out, also in what a renewal of the same moment
// has made of their session, whichever of both is in the middle of the other one.
func TestALogOutAndARenewalBesideEachOther(t *testing.T) {
	for kind, wrap := range wraps {
		for _, requests := range [][2]string{{"/renew", "/logout"}, {"/logout", "/renew"}} {
			for n := 2; ; n++ { // the first call finds the session
				slower, faster, statuses, ok := between(session.Config{}, wrap, n, requests[0], requests[1])
				if !ok {
					assert.Greater(t, n, 3, "it has called the store")
					break
				}
				for _, b := range []*browser{slower, faster} {
					assert.Equal(t, "user= seen=0", b.home(), "%s: %s before the call %d of %s: %v", kind, requests[1], n, requests[0], statuses)
				}
			}
		}
	}
}

// A log-out with the cookie that a renewal of a moment ago has replaced ends what it has made.
func TestALogOutBehindARenewalWhoseAnswerHasNotComeYet(t *testing.T) {
	b := &browser{h: serving(session.Config{})}
	b.send(http.MethodPost, "/login?user=ann")
	before := &browser{h: b.h, cookie: b.cookie}
	for range 2 {
		assert.Equal(t, http.StatusOK, b.send(http.MethodPost, "/renew").Code)
	}
	assert.Equal(t, "user= seen=0", before.home())
	assert.Equal(t, http.StatusOK, before.send(http.MethodPost, "/logout").Code)
	assert.Empty(t, before.cookie)
	assert.Equal(t, "user= seen=0", b.home())
}

// Nobody is logged out by a renewal that comes in the middle of another one.
func TestTwoRenewalsBesideEachOther(t *testing.T) {
	for n := 2; ; n++ {
		slower, faster, statuses, ok := between(session.Config{}, wraps["in one step"], n, "/renew", "/renew")
		if !ok {
			assert.Greater(t, n, 3, "it has called the store")
			break
		}
		assert.Contains(t, slower.home()+", "+faster.home(), "user=ann seen=0", "before the call %d: %v", n, statuses)
	}
}

// A request that changes nothing stores no data, with an IdleTimeout either: it undoes nothing,
// whatever comes in between.
func TestARequestThatOnlyReadsStoresNothing(t *testing.T) {
	for other, want := range map[string]string{"/see": "user=ann seen=1", "/logout": "user= seen=0", "/login?user=bob": "user=bob seen=0"} {
		for n := 1; ; n++ {
			slower, faster, _, ok := between(session.Config{IdleTimeout: time.Hour}, wraps["in one step"], n, "/look", other)
			if !ok {
				assert.Equal(t, 3, n, "it finds the session, and touches it")
				break
			}
			assert.Equal(t, want, faster.home(), "before the call %d", n)
			if other == "/see" {
				assert.Equal(t, want, slower.home())
			}
		}
	}
}

// failing is a store whose finds fail from the one on that is named.
type failing struct {
	scs.Store
	finds *int
}

func (s failing) Find(id string) ([]byte, bool, error) {
	if *s.finds--; *s.finds < 0 {
		return nil, false, errors.New("the store is gone")
	}
	return s.Store.Find(id)
}

// A store without Touch is asked again with an IdleTimeout; that it does not answer then is an
// outage, and no panic.
func TestAStoreThatIsGoneWhenItIsAskedAgain(t *testing.T) {
	for failOpen, want := range map[bool]int{false: http.StatusServiceUnavailable, true: http.StatusOK} {
		finds := 100
		cfg := session.Config{Store: failing{plain{session.NewMemoryStore(0)}, &finds}, IdleTimeout: time.Hour, FailOpen: failOpen}
		b := &browser{h: serving(cfg)}
		b.send(http.MethodPost, "/login?user=ann")
		finds = 1
		assert.Equal(t, want, b.send(http.MethodPost, "/look").Code)
		finds = 100
		assert.Equal(t, "user=ann seen=0", b.home())
	}
}

func TestMemoryStoreTouches(t *testing.T) {
	store := session.NewMemoryStore(0)
	held, err := store.Touch(t.Context(), "id", time.Now().Add(time.Hour))
	assert.NoError(t, err)
	assert.False(t, held)
	assert.NoError(t, store.Commit("id", []byte("data"), time.Now().Add(time.Hour)))
	held, err = store.Touch(t.Context(), "id", time.Now().Add(-time.Second))
	assert.NoError(t, err)
	assert.True(t, held)
	_, held, _ = store.Find("id")
	assert.False(t, held, "it has ended")
}
