//go:build unix

package faulttest

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/redisstore"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/contrib/sqlstore"
	"github.com/dram-go/dram/middleware"
)

// This file is databases whose answers break off or come slowly, behind the layers that ask them.

// stores are what the layers need of a database.
type stores struct {
	sessions scs.Store
	answers  middleware.IdempotencyStore
	limits   middleware.RateLimitStore // nil where there is none
	cache    middleware.CacheStore
}

// databases open what DRAM_TEST_REDIS, DRAM_TEST_POSTGRES and DRAM_TEST_MYSQL name, by a wire; timeout is that of a call.
var databases = map[string]func(t *testing.T, timeout time.Duration) (*wire, stores){
	"redis": func(t *testing.T, timeout time.Duration) (*wire, stores) {
		w := newWire(t, variable(t, "DRAM_TEST_REDIS"))
		client := redis.NewClient(&redis.Options{Addr: w.addr, MaxRetries: -1, DialerRetries: 1})
		t.Cleanup(func() { _ = client.Close() })
		cfg := redisstore.Config{Client: client, Timeout: timeout, Pause: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
			Prefix: fmt.Sprintf("dram-faulttest:%d:", time.Now().UnixNano())}
		t.Cleanup(func() {
			w.rest.Store(endless)
			w.slow.Store(false)
			for keys := client.Scan(context.Background(), 0, cfg.Prefix+"*", 100).Iterator(); keys.Next(context.Background()); {
				client.Del(context.Background(), keys.Val())
			}
		})
		return w, stores{redisstore.NewSessions(cfg), redisstore.NewIdempotency(cfg), redisstore.NewRateLimits(cfg), redisstore.NewCache(cfg)}
	},
	"postgres": func(t *testing.T, timeout time.Duration) (*wire, stores) {
		direct, err := pgx.ParseConfig(variable(t, "DRAM_TEST_POSTGRES"))
		require.NoError(t, err)
		w := newWire(t, fmt.Sprintf("%s:%d", direct.Host, direct.Port))
		spoilt := direct.Copy()
		_, err = fmt.Sscanf(strings.Replace(w.addr, ":", " ", 1), "%s %d", &spoilt.Host, &spoilt.Port)
		require.NoError(t, err)
		return w, tables(t, sqlstore.Postgres, stdlib.OpenDB(*direct), stdlib.OpenDB(*spoilt), timeout)
	},
	"mysql": func(t *testing.T, timeout time.Duration) (*wire, stores) {
		u, err := url.Parse(variable(t, "DRAM_TEST_MYSQL"))
		require.NoError(t, err)
		w := newWire(t, u.Host)
		open := func(addr string) *sql.DB {
			cfg := mysql.NewConfig()
			cfg.User, cfg.Net, cfg.Addr, cfg.DBName, cfg.Logger = u.User.Username(), "tcp", addr, u.Path[1:], &mysql.NopLogger{}
			cfg.Passwd, _ = u.User.Password()
			connector, err := mysql.NewConnector(cfg)
			require.NoError(t, err)
			return sql.OpenDB(connector)
		}
		return w, tables(t, sqlstore.MySQL, open(u.Host), open(w.addr), timeout)
	},
}

func variable(t *testing.T, name string) string {
	value := os.Getenv(name)
	if value == "" {
		t.Skip(name + ` is not set: eval "$(.ci/services)"`)
	}
	return value
}

func tables(t *testing.T, dialect sqlstore.Dialect, direct, spoilt *sql.DB, timeout time.Duration) stores {
	t.Helper()
	name := fmt.Sprintf("faulttest_%d", time.Now().UnixNano())
	_, err := direct.Exec(sqlstore.Schema(dialect, name))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, _ = direct.Exec("DROP TABLE " + name)
		_ = direct.Close()
		_ = spoilt.Close()
	})
	kept := sqlstore.New(spoilt, sqlstore.Config{Dialect: dialect, Table: name, Timeout: timeout})
	return stores{sessions: kept.Sessions(), answers: kept.Idempotency()}
}

// shop logs visitors in, says who they are, and takes payments.
func shop(s stores, paid *int) *httptest.Server {
	r := dram.New()
	if s.limits != nil {
		r.Use(middleware.RateLimit(middleware.RateLimitConfig{Limit: 1 << 20, Store: s.limits, FailClosed: true}))
	}
	sessions := session.Sessions(session.Config{Store: s.sessions, Insecure: true})
	r.POST("/login", sessions, func(c *dram.Context) {
		session.From(c).Put("name", "ann")
		c.String(200, "welcome")
	})
	r.GET("/name", sessions, func(c *dram.Context) {
		name, _ := session.From(c).Get("name").(string)
		c.String(200, "%s", name)
	})
	r.POST("/pay", middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP, Store: s.answers}), func(c *dram.Context) {
		*paid++
		c.String(201, "paid")
	})
	if s.cache != nil {
		r.GET("/cached", middleware.Cache(middleware.CacheConfig{Store: s.cache}), func(c *dram.Context) {
			c.Header("Cache-Control", "public, max-age=3600")
			c.String(200, "the page")
		})
	}
	return httptest.NewServer(r)
}

// visitor is a client of the shop.
type visitor struct {
	t   *testing.T
	url string
}

func (v visitor) ask(method, path, cookie, key string) (status int, body, set string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, v.url+path, nil)
	require.NoError(v.t, err)
	req.Header.Set("Cookie", cookie)
	req.Header.Set("Idempotency-Key", key)
	res, err := http.DefaultClient.Do(req)
	require.NoError(v.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(v.t, err)
	set, _, _ = strings.Cut(res.Header.Get("Set-Cookie"), ";")
	return res.StatusCode, string(text), set
}

// The connection is reset after each number of bytes of an answer in turn. Each request is answered in full or
// with 503: nobody is logged out, or is somebody else, for half a row, nothing is paid twice under one key, and
// once answers come again all is served, without a restart.
func TestADatabaseThatBreaksOffInAnAnswer(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			w, kept := open(t, patience)
			paid := 0
			server := shop(kept, &paid)
			defer server.Close()
			v := visitor{t, server.URL}
			status, _, cookie := v.ask("POST", "/login", "", "")
			require.Equal(t, 200, status)
			refused, keys := 0, 0
			for bytes := int64(0); bytes < 400; bytes += 1 + bytes/40 {
				w.rest.Store(bytes)
				status, body, set := v.ask("GET", "/name", cookie, "")
				if status != 503 {
					require.Equal(t, 200, status)
					require.Equal(t, "ann", body, "%d bytes", bytes)
				}
				require.Empty(t, set)
				keys++
				key := fmt.Sprint("key", keys)
				w.rest.Store(bytes)
				before := paid
				first, _, _ := v.ask("POST", "/pay", "", key)
				if first != 201 {
					require.Equal(t, 503, first)
					refused++
				}
				if kept.cache != nil {
					w.rest.Store(bytes)
					cached, body, _ := v.ask("GET", "/cached", "", "")
					if cached != 503 { // the limit's
						require.Equal(t, "the page", body)
					}
				}
				w.rest.Store(endless)
				again := 0
				require.Eventually(t, func() bool {
					again, _, _ = v.ask("POST", "/pay", "", key)
					return again != 503
				}, patience, time.Millisecond, "%d bytes", bytes)
				require.Contains(t, []int{201, 409}, again)
				require.LessOrEqual(t, paid, before+1, "%d bytes: it is paid once", bytes)
				require.Eventually(t, func() bool {
					status, body, _ := v.ask("GET", "/name", cookie, "")
					return status == 200 && body == "ann"
				}, patience, time.Millisecond)
			}
			assert.NotZero(t, refused)
			assert.NotZero(t, paid)
		})
	}
}

// A database that answers a byte a millisecond is served within the time of a call, or given up then.
func TestADatabaseThatAnswersSlowly(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			w, kept := open(t, 500*time.Millisecond)
			paid := 0
			server := shop(kept, &paid)
			defer server.Close()
			v := visitor{t, server.URL}
			status, _, cookie := v.ask("POST", "/login", "", "")
			require.Equal(t, 200, status)
			w.slow.Store(true)
			for range 3 {
				status, body, _ := v.ask("GET", "/name", cookie, "")
				if status != 503 {
					assert.Equal(t, "ann", body)
				}
			}
			w.slow.Store(false)
			require.Eventually(t, func() bool {
				status, body, _ := v.ask("GET", "/name", cookie, "")
				return status == 200 && body == "ann"
			}, patience, time.Millisecond)
		})
	}
}
