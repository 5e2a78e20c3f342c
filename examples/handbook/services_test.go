//go:build unix

package handbook_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// withServices gives the terminal what chapter 12 asks for, an empty database and a Redis
// that has counted nothing, or says why it cannot.
func withServices(t *testing.T, s *shell) string {
	server, cache := os.Getenv("DRAM_TEST_POSTGRES"), os.Getenv("DRAM_TEST_REDIS")
	if server == "" || cache == "" {
		return "DRAM_TEST_POSTGRES and DRAM_TEST_REDIS are not set: see CONTRIBUTING.md"
	}
	db, err := pgx.Connect(t.Context(), server)
	require.NoError(t, err)
	name := fmt.Sprintf("handbook_%d", os.Getpid())
	_, err = db.Exec(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context()) // which has ended
		_, err := db.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
		require.NoError(t, err)
		_ = db.Close(ctx)
	})
	client := redis.NewClient(&redis.Options{Addr: cache})
	defer client.Close()
	keys, err := client.Keys(t.Context(), "library:*").Result()
	require.NoError(t, err)
	for _, key := range keys {
		require.NoError(t, client.Del(t.Context(), key).Err())
	}
	at, err := url.Parse(server)
	require.NoError(t, err)
	at.Path = "/" + name
	s.env = append(s.env, "POSTGRES="+at.String(), "REDIS="+cache)
	return ""
}
