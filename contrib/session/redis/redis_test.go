package redis_test

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
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/redistest"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/contrib/session/redis"
	"github.com/dram-go/dram/middleware"
)

var (
	_ scs.CtxStore    = (*redis.Store)(nil)
	_ session.Updater = (*redis.Store)(nil)
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

func storeAt(t testing.TB, addr, prefix string) *redis.Store {
	return redis.NewStore(redis.Config{
		Client: redistest.Client(t, addr), Prefix: prefix, Timeout: time.Minute,
		Pause: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})
}

func TestStore(t *testing.T) {
	store, ctx := storeAt(t, redistest.Addr(t), redistest.Prefix(t)), context.Background()
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
		w := send(serving(storeAt(t, addr, prefix), false), http.MethodPost, "/login", "")
		_, _ = os.Stdout.WriteString("cookie: " + w.Header().Get("Set-Cookie") + "\n")
		return
	}
	prefix := redistest.Prefix(t)
	out := redistest.Again(t, "TestTwoProcessesKnowASession", variable+"="+prefix)
	cookie := regexp.MustCompile(`cookie: ([^;]+);`).FindSubmatch(out)
	require.NotNil(t, cookie, string(out))
	assert.Equal(t, "user=ann", send(serving(storeAt(t, addr, prefix), false), http.MethodGet, "/", string(cookie[1])).Body.String())
}

func TestRedisGone(t *testing.T) {
	for _, tt := range []struct {
		name     string
		failOpen bool
		want     int
	}{
		{"fail closed", false, http.StatusServiceUnavailable},
		{"fail open", true, http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line, log := redistest.NewLine(t, redistest.Addr(t)), new(redistest.Buffer)
			r := serving(redis.NewStore(redis.Config{
				Client: redistest.Client(t, line.Addr), Prefix: redistest.Prefix(t), Timeout: time.Minute,
				Pause: time.Millisecond, Logger: slog.New(slog.NewTextHandler(log, nil)),
			}), tt.failOpen)
			cookie, _, _ := strings.Cut(send(r, http.MethodPost, "/login", "").Header().Get("Set-Cookie"), ";")
			line.Cut()
			for range 5 {
				w := send(r, http.MethodGet, "/", cookie)
				assert.Equal(t, tt.want, w.Code)
				assert.NotContains(t, w.Body.String(), "user=ann")
			}
			assert.Equal(t, http.StatusOK, send(r, http.MethodGet, "/", "").Code, "visitors without a session need no Redis")
			line.Mend()
			assert.Eventually(t, func() bool { return send(r, http.MethodGet, "/", cookie).Body.String() == "user=ann" }, time.Minute, time.Millisecond)
			assert.Equal(t, 1, strings.Count(log.String(), "does not answer"), log.String())
			assert.Equal(t, 1, strings.Count(log.String(), "answers again"), log.String())
		})
	}
}

func TestValidate(t *testing.T) {
	client := goredis.NewClient(&goredis.Options{Addr: "127.0.0.1:1"})
	defer client.Close()
	assert.NoError(t, redis.Config{Client: client}.Validate())
	for name, cfg := range map[string]redis.Config{
		"no client":        {},
		"negative timeout": {Client: client, Timeout: -1},
		"negative pause":   {Client: client, Pause: -1},
	} {
		t.Run(name, func(t *testing.T) {
			var fault *middleware.ConfigError
			assert.ErrorAs(t, cfg.Validate(), &fault)
			assert.PanicsWithError(t, cfg.Validate().Error(), func() { redis.NewStore(cfg) })
		})
	}
}

func Example() {
	client := goredis.NewClient(&goredis.Options{Addr: os.Getenv("REDIS_ADDR")}) // "" is localhost:6379
	defer client.Close()
	store := redis.NewStore(redis.Config{Client: client, Prefix: "shop:session:"})

	r := dram.New()
	r.Use(session.Sessions(session.Config{Store: store}))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "hello %s", session.From(c).User()) })
}

func BenchmarkFind(b *testing.B) {
	store := storeAt(b, redistest.Addr(b), redistest.Prefix(b))
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
