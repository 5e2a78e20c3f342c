// Package redistest gives tests a real Redis, a line to it that can be cut, and
// a second process. See docs/contrib.md.
package redistest

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// Env is the environment variable with the server's host:port.
const Env = "DRAM_TEST_REDIS"

// Addr returns the server's address; the test is skipped if there is none.
func Addr(t testing.TB) string {
	t.Helper()
	addr := os.Getenv(Env)
	if addr == "" {
		t.Skip(Env + " is not set: set it to the host:port of a Redis server that may be written to")
	}
	return addr
}

// Client returns a client of the server at addr, closed at the end of the test.
func Client(t testing.TB, addr string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// Prefix returns a prefix of keys that no other test has; what it names is deleted at
// the end of the test.
func Prefix(t testing.TB) string {
	t.Helper()
	prefix := "dram-test:" + rand.Text() + ":"
	client := Client(t, Addr(t))
	t.Cleanup(func() {
		ctx := context.Background()
		for keys := client.Scan(ctx, 0, prefix+"*", 100).Iterator(); keys.Next(ctx); {
			client.Del(ctx, keys.Val())
		}
	})
	return prefix
}

// Line is a TCP proxy to the server that can be cut and mended.
type Line struct {
	Addr string // where the proxy listens

	t      testing.TB
	target string

	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
}

// NewLine makes a Line to target, which ends with the test.
func NewLine(t testing.TB, target string) *Line {
	t.Helper()
	line := &Line{Addr: "127.0.0.1:0", t: t, target: target}
	line.Mend()
	t.Cleanup(line.Cut)
	return line
}

// Cut closes all connections and refuses new ones.
func (l *Line) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.listener.Close()
	for _, conn := range l.conns {
		_ = conn.Close()
	}
	l.conns = nil
}

// Mend takes connections again, at the same address.
func (l *Line) Mend() {
	listener, err := net.Listen("tcp", l.Addr)
	require.NoError(l.t, err)
	l.mu.Lock()
	l.listener, l.Addr = listener, listener.Addr().String()
	l.mu.Unlock()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go l.join(conn)
		}
	}()
}

func (l *Line) join(near net.Conn) {
	far, err := net.DialTimeout("tcp", l.target, time.Minute)
	if err != nil {
		_ = near.Close()
		return
	}
	l.mu.Lock()
	l.conns = append(l.conns, near, far)
	l.mu.Unlock()
	go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
	_, _ = io.Copy(near, far)
	_ = near.Close()
}

// Again runs the test named name once more in another process, with the
// variables env, and returns what it printed.
func Again(t testing.TB, name string, env ...string) []byte {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, "-test.run=^"+name+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return out
}
