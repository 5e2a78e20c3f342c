package redisstore_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/redistest"
	"github.com/dram-go/dram/contrib/redisstore"
	"github.com/dram-go/dram/contrib/session"
)

var (
	_ scs.CtxStore    = redisstore.Sessions{}
	_ session.Updater = redisstore.Sessions{}
	_ session.Toucher = redisstore.Sessions{}
)

func sessionsAt(t testing.TB, addr, prefix string) redisstore.Sessions {
	return redisstore.NewSessions(redisstore.Config{
		Client: redistest.Client(t, addr), Prefix: prefix, Timeout: time.Minute,
		Pause: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})
}

func TestSessions(t *testing.T) {
	store, ctx := sessionsAt(t, redistest.Addr(t), redistest.Prefix(t)), context.Background()
	later := time.Now().Add(time.Hour)
	_, found, err := store.Find("id")
	require.NoError(t, err)
	assert.False(t, found)

	live, err := store.Update(ctx, "id", []byte("one"), later)
	require.NoError(t, err)
	assert.False(t, live, "there is nothing to update")
	require.NoError(t, store.Commit("id", []byte("one"), later))
	live, err = store.Update(ctx, "id", []byte("two"), later)
	require.NoError(t, err)
	assert.True(t, live)
	data, found, err := store.Find("id")
	require.NoError(t, err)
	assert.True(t, found)
	assert.Equal(t, "two", string(data))

	for id, want := range map[string]bool{"id": true, "another": false} {
		live, err = store.Touch(ctx, id, time.Now().Add(20*time.Minute))
		require.NoError(t, err)
		assert.Equal(t, want, live, id)
	}
	data, _, err = store.Find("id")
	require.NoError(t, err)
	assert.Equal(t, "two", string(data), "only its end is another one")
	live, err = store.Touch(ctx, "id", time.Now().Add(-time.Hour))
	require.NoError(t, err)
	assert.True(t, live)
	time.Sleep(5 * time.Millisecond)
	_, found, err = store.Find("id")
	require.NoError(t, err)
	assert.False(t, found, "it has come")
	require.NoError(t, store.Commit("id", []byte("two"), later))

	require.NoError(t, store.Delete("id"))
	_, found, err = store.Find("id")
	require.NoError(t, err)
	assert.False(t, found)

	require.NoError(t, store.Commit("id", []byte("old"), time.Now().Add(-time.Hour)))
	assert.Eventually(t, func() bool { _, found, err := store.Find("id"); return err == nil && !found }, time.Minute, time.Millisecond)
}

func serving(store scs.Store, failOpen bool) *dram.Engine {
	r := dram.New()
	r.Use(session.Sessions(session.Config{Store: store, FailOpen: failOpen}))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "user=%s", session.From(c).User()) })
	r.POST("/login", func(c *dram.Context) {
		if err := session.From(c).LogIn("ann"); err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
		}
	})
	return r
}

func send(h http.Handler, method, target, cookie string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, target, nil)
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestTwoProcessesKnowASession(t *testing.T) {
	const variable = "DRAM_TEST_SHARED_PREFIX"
	addr := redistest.Addr(t)
	if prefix := os.Getenv(variable); prefix != "" { // the other process
		w := send(serving(sessionsAt(t, addr, prefix), false), http.MethodPost, "/login", "")
		_, _ = os.Stdout.WriteString("cookie: " + w.Header().Get("Set-Cookie") + "\n")
		return
	}
	prefix := redistest.Prefix(t)
	out := redistest.Again(t, "TestTwoProcessesKnowASession", variable+"="+prefix)
	cookie := regexp.MustCompile(`cookie: ([^;]+);`).FindSubmatch(out)
	require.NotNil(t, cookie, string(out))
	assert.Equal(t, "user=ann", send(serving(sessionsAt(t, addr, prefix), false), http.MethodGet, "/", string(cookie[1])).Body.String())
}

func TestValueOfAnotherTypeIsNotASession(t *testing.T) {
	addr, prefix := redistest.Addr(t), redistest.Prefix(t)
	r := serving(sessionsAt(t, addr, prefix), false)
	cookie, _, _ := strings.Cut(send(r, http.MethodPost, "/login", "").Header().Get("Set-Cookie"), ";")
	client := redistest.Client(t, addr)
	keys, err := client.Keys(t.Context(), prefix+"session:*").Result()
	require.NoError(t, err)
	require.Len(t, keys, 1)
	require.NoError(t, client.Del(t.Context(), keys[0]).Err())
	require.NoError(t, client.LPush(t.Context(), keys[0], "x").Err())

	w := send(r, http.MethodGet, "/", cookie)
	assert.Equal(t, "user=", w.Body.String())
	assert.Contains(t, w.Header().Get("Set-Cookie"), "Max-Age=0")
	assert.Equal(t, http.StatusOK, send(r, http.MethodPost, "/login", cookie).Code)
}

func BenchmarkFind(b *testing.B) {
	store := sessionsAt(b, redistest.Addr(b), redistest.Prefix(b))
	if err := store.Commit("id", make([]byte, 200), time.Now().Add(time.Hour)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := store.Find("id"); err != nil {
			b.Fatal(err)
		}
	}
}
