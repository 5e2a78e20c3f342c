package redistest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// Own starts a Redis of the test's own, which it may fill, pause and lock, and
// returns a client that may do so. The test is skipped without redis-server.
func Own(t testing.TB) *redis.Client {
	t.Helper()
	path := serverPath(t)
	dir, err := os.MkdirTemp("", "redis") // a socket's path must be short
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	server := exec.Command(path, "--port", "0", "--unixsocket", socket, "--dir", dir, "--save", "", "--appendonly", "no")
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: socket})
	t.Cleanup(func() { _ = client.Close() })
	awaitAnswer(t, client)
	return client
}

// serverPath returns the path of redis-server; the test is skipped if there is none.
func serverPath(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not on the PATH")
	}
	return path
}

// awaitAnswer waits until a server that was started answers.
func awaitAnswer(t testing.TB, client *redis.Client) {
	t.Helper()
	require.Eventually(t, func() bool { return client.Ping(context.Background()).Err() == nil }, time.Minute, time.Millisecond)
}
