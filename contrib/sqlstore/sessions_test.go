package sqlstore_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/contrib/sqlstore"
)

var (
	_ scs.CtxStore    = sqlstore.Sessions{}
	_ session.Updater = sqlstore.Sessions{}
	_ session.Toucher = sqlstore.Sessions{}
)

func TestSessions(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		store, later := tab.Sessions(), time.Now().Add(time.Hour)
		find := func(id string) (string, bool) {
			data, found, err := store.Find(id)
			require.NoError(t, err)
			return string(data), found
		}
		update := func(id, data string) bool {
			live, err := store.Update(t.Context(), id, []byte(data), later)
			require.NoError(t, err)
			return live
		}
		_, found := find("id")
		assert.False(t, found)
		assert.False(t, update("id", "one"), "there is nothing to update")
		_, found = find("id")
		assert.False(t, found, "an update makes nothing")

		require.NoError(t, store.Commit("id", []byte("one"), later))
		assert.True(t, update("id", "two"))
		assert.True(t, update("id", "two"), "it is there, even if nothing changes")
		data, found := find("id")
		assert.True(t, found)
		assert.Equal(t, "two", data)
		for _, other := range []string{"ID", "id ", " id", ""} {
			_, found = find(other)
			assert.False(t, found, "%q", other)
		}

		require.NoError(t, store.Commit("id", []byte("three \x00\xff"), later))
		data, _ = find("id")
		assert.Equal(t, "three \x00\xff", data, "a commit replaces")
		require.NoError(t, store.Commit("empty", nil, later))
		data, found = find("empty")
		assert.True(t, found)
		assert.Empty(t, data)

		require.NoError(t, store.Delete("id"))
		_, found = find("id")
		assert.False(t, found)
		assert.False(t, update("id", "four"), "what was deleted does not come back")
		require.NoError(t, store.Delete("id"), "a second time")
	})
}

// What has expired is never returned or updated, whether it is swept or not.
func TestSessionsExpire(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		store := tab.Sessions()
		require.NoError(t, store.Commit("id", []byte("old"), time.Now().Add(-time.Microsecond)))
		_, found, err := store.Find("id")
		require.NoError(t, err)
		assert.False(t, found)
		live, err := store.Update(t.Context(), "id", []byte("new"), time.Now().Add(time.Hour))
		require.NoError(t, err)
		assert.False(t, live)
		live, err = store.Touch(t.Context(), "id", time.Now().Add(time.Hour))
		require.NoError(t, err)
		assert.False(t, live)
		assert.Equal(t, 1, tab.count(t))

		require.NoError(t, store.Commit("touched", []byte("data"), time.Now().Add(time.Hour)))
		later := time.Now().Add(2 * time.Hour)
		for range 2 { // the second changes nothing
			live, err = store.Touch(t.Context(), "touched", later)
			require.NoError(t, err)
			assert.True(t, live)
		}
		data, _, err := store.Find("touched")
		require.NoError(t, err)
		assert.Equal(t, "data", string(data))
		live, err = store.Touch(t.Context(), "touched", time.Now())
		require.NoError(t, err)
		assert.True(t, live)
		_, found, err = store.Find("touched")
		require.NoError(t, err)
		assert.False(t, found, "its end has come")
		require.NoError(t, store.Delete("touched"))

		zone := time.FixedZone("far away", 14*60*60)
		require.NoError(t, store.Commit("id", []byte("new"), time.Now().In(zone).Add(time.Minute)))
		_, found, err = store.Find("id")
		require.NoError(t, err)
		assert.True(t, found, "times mean the same in each zone")
	})
}

// Of an update and a log-out at the same time, the log-out wins, whichever is first.
func TestLogOutIsNotUndone(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		store, later := tab.Sessions(), time.Now().Add(time.Hour)
		for range 20 {
			require.NoError(t, store.Commit("id", []byte("data"), later))
			var group sync.WaitGroup
			group.Go(func() { assert.NoError(t, store.Delete("id")) })
			for range 4 {
				group.Go(func() { _, err := store.Update(t.Context(), "id", []byte("new"), later); assert.NoError(t, err) })
			}
			group.Wait()
			_, found, err := store.Find("id")
			require.NoError(t, err)
			assert.False(t, found)
		}
	})
}

func serving(store scs.Store, failOpen bool) *dram.Engine {
	r := dram.New()
	r.Use(session.Sessions(session.Config{Store: store, FailOpen: failOpen}))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "user=%s", session.From(c).User()) })
	r.POST("/login", dram.Try(func(c *dram.Context) error { return session.From(c).LogIn("ann") }))
	r.POST("/logout", dram.Try(func(c *dram.Context) error { return session.From(c).LogOut() }))
	return r
}

// send sends a request with a key of idempotency and a cookie, and returns the answer and
// the cookie that it sets.
func send(h http.Handler, method, target, cookie string) (w *httptest.ResponseRecorder, set string) {
	req := httptest.NewRequest(method, target, nil)
	req.Header.Set("Idempotency-Key", "key")
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, req)
	set, _, _ = strings.Cut(w.Header().Get("Set-Cookie"), ";")
	return w, set
}

func TestSessionsBehindTheirLayer(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		r := serving(tab.Sessions(), false)
		_, cookie := send(r, "POST", "/login", "")
		require.NotEmpty(t, cookie)
		w, _ := send(r, "GET", "/", cookie)
		assert.Equal(t, "user=ann", w.Body.String())
		w, _ = send(r, "POST", "/logout", cookie)
		assert.Equal(t, http.StatusOK, w.Code)
		w, _ = send(r, "GET", "/", cookie)
		assert.Equal(t, "user=", w.Body.String())
		assert.Zero(t, tab.count(t))
	})
}
