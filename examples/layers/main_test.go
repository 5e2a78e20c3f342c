package main

// This file starts the whole program: with nothing set, with what is wrong, and
// with Redis.

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// environment answers for os.Getenv.
func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestRunNeedsNothing(t *testing.T) {
	stop, cancel := context.WithCancel(context.Background())
	defer cancel()
	out, bound, ended := new(lockedBuffer), make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- run(stop, environment(map[string]string{"ADDR": "127.0.0.1:0"}), out, func(addr net.Addr) { bound <- "http://" + addr.String() })
	}()
	s := &running{base: <-bound}
	token := regexp.MustCompile(`\S+$`).FindString(regexp.MustCompile(`a token.*`).FindString(out.String()))
	a := s.send(t, "GET", "/api/notes", "", with("Authorization", "Bearer "+token))
	assert.Equal(t, http.StatusOK, a.StatusCode, a.body)
	assert.Equal(t, http.StatusOK, s.send(t, "GET", "/", "").StatusCode)
	cancel()
	client.CloseIdleConnections()
	require.NoError(t, <-ended)
}

func TestRunRefusesWrongConfigurations(t *testing.T) {
	for name, vars := range map[string]map[string]string{
		"JWT_KEY: short":           {"JWT_KEY": "short", "ACCOUNTS": "a:b"},
		"ACCOUNTS: no password":    {"JWT_KEY": jwtKey, "ACCOUNTS": "a"},
		"set both: no accounts":    {"JWT_KEY": jwtKey},
		"set both: made up abroad": {"PROXIES": "10.0.0.0/8"},
		"DRAIN_DELAY":              {"DRAIN_DELAY": "soon"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(context.Background(), environment(vars), new(lockedBuffer), nil)
			require.ErrorContains(t, err, name[:7])
		})
	}
	greeting := new(lockedBuffer)
	greet(greeting, Config{JWTKey: jwtKey, Accounts: map[string]string{"a": "pw-a"}}, &net.TCPAddr{})
	assert.NotContains(t, greeting.String(), "pw-a", "a secret that was given is not shown")
}

// withRedis is a configuration with keys of its own in the Redis of the tests.
func withRedis(t *testing.T) Config {
	t.Helper()
	addr := os.Getenv("DRAM_TEST_REDIS")
	if addr == "" {
		t.Skip("DRAM_TEST_REDIS is not set: set it to the host:port of a Redis server that may be written to")
	}
	cfg := testConfig()
	cfg.Redis, cfg.RedisKeys = addr, fmt.Sprintf("test-layers-%s:", rand.Text())
	t.Cleanup(func() {
		client := redis.NewClient(&redis.Options{Addr: addr})
		defer func() { _ = client.Close() }()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		keys, err := client.Keys(ctx, cfg.RedisKeys+"*").Result()
		require.NoError(t, err)
		assert.NotEmpty(t, keys, "the service wrote there")
		require.NoError(t, client.Del(ctx, keys...).Err())
	})
	return cfg
}

func TestTwoProcessesShareWhatTheyRemember(t *testing.T) {
	cfg := withRedis(t)
	cfg.Limits.PerUser = 6
	one, other := start(t, cfg, nil), start(t, cfg, nil)
	assert.Contains(t, one.send(t, "GET", "/readyz", "").body, `"redis":"ok"`)

	in := cookieOf(t, one.send(t, "POST", "/login", credentials, asForm))
	assert.Contains(t, other.send(t, "GET", "/", "", withCookie(in)).body, "You are ada", "a session")

	once, body := key(), `{"text":"pay 10"}`
	here := func(req *http.Request) { req.Host = "127.0.0.1" } // behind one name, as in production
	first := one.send(t, "POST", "/api/notes", body, asUser("ada"), once, here)
	again := other.send(t, "POST", "/api/notes", body, asUser("ada"), once, here)
	assert.Equal(t, http.StatusCreated, first.StatusCode)
	assert.Equal(t, "true", again.Header.Get("Idempotency-Replayed"), "an answer")
	assert.Equal(t, first.body, again.body)

	codes := map[int]int{}
	for i := range 10 {
		codes[[]*running{one, other}[i%2].send(t, "GET", "/api/notes", "", asUser("ada")).StatusCode]++
	}
	assert.Positive(t, codes[http.StatusTooManyRequests], "a budget: each alone would allow six")
}

func TestWithoutItsRedisTheServiceSaysSo(t *testing.T) {
	cfg := testConfig()
	cfg.Redis = "127.0.0.1:1" // nobody listens there
	s := start(t, cfg, nil)
	assert.Equal(t, http.StatusServiceUnavailable, s.send(t, "GET", "/readyz", "").StatusCode)
	assert.Equal(t, http.StatusOK, s.send(t, "GET", "/livez", "").StatusCode, "it need not be started anew")
	assert.Equal(t, http.StatusOK, s.send(t, "GET", "/api/notes", "", asUser("ada")).StatusCode, "limits let pass")
	isProblem(t, s.send(t, "POST", "/api/notes", `{"text":"x"}`, asUser("ada"), key()), http.StatusServiceUnavailable)
}
