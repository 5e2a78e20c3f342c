package fleet_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/dram-go/dram/examples/gateway/fleet"
	"github.com/dram-go/dram/internal/freeport"
)

// etcd starts a server with data of its own, and returns its address and process.
func etcd(t *testing.T, dir, addr, peer string) *exec.Cmd {
	path, err := exec.LookPath("etcd")
	if err != nil {
		t.Skip("there is no etcd on this machine: apt-get install etcd-server")
	}
	cmd := exec.Command(path, "--data-dir", dir, "--log-level", "error",
		"--listen-client-urls", "http://"+addr, "--advertise-client-urls", "http://"+addr,
		"--listen-peer-urls", "http://"+peer, "--initial-advertise-peer-urls", "http://"+peer, "--initial-cluster", "default=http://"+peer)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd
}

// log is a buffer that may be read while it is written to.
type log struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}
func (l *log) text() string { l.mu.Lock(); defer l.mu.Unlock(); return l.String() }

func TestAFleetTakesTheFileFromEtcd(t *testing.T) {
	defer fleet.LookAnew(fleet.LookAnew(time.Second))
	dir, addr, peer := t.TempDir(), freeport.Addr(t), freeport.Addr(t)
	server := etcd(t, dir, addr, peer)
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{addr}, DialTimeout: 5 * time.Second})
	require.NoError(t, err)
	defer client.Close()
	put := func(text string) {
		require.Eventually(t, func() bool { // a put is not sent again by itself when its connection has gone
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			_, err := client.Put(ctx, "gateway", text)
			return err == nil
		}, time.Minute, 10*time.Millisecond)
	}

	said := &log{}
	source, err := fleet.Open("etcd://"+addr+"/gateway", slog.New(slog.NewTextHandler(said, nil)))
	require.NoError(t, err)
	defer source.Close()
	assert.Eventually(t, func() bool { _, _, err = source.Get(t.Context()); return err != nil }, 30*time.Second, 10*time.Millisecond)
	put("one")
	text, revision, err := source.Get(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "one", string(text))

	used := make(chan string, 10)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		source.Watch(ctx, text, revision, func(text []byte) error {
			if string(text) == "bad" {
				return errors.New("at fault")
			}
			used <- string(text)
			return nil
		})
	}()
	put("two")
	assert.Equal(t, "two", <-used)
	put("bad")
	put("three")
	assert.Equal(t, "three", <-used)
	assert.Contains(t, said.text(), "at fault")
	assert.Contains(t, said.text(), "is used anew")

	// etcd is killed, comes back with its data, and has another file.
	require.NoError(t, server.Process.Signal(syscall.SIGKILL))
	_ = server.Wait()
	server = etcd(t, dir, addr, peer)
	put("four")
	for text := range used {
		if text == "four" { // "three" may come again
			break
		}
	}

	// It is made anew, without its data: its revisions begin at 1 again.
	require.NoError(t, server.Process.Signal(syscall.SIGKILL))
	_ = server.Wait()
	etcd(t, t.TempDir(), addr, peer)
	put("five")
	assert.Equal(t, "five", <-used)
	_, err = client.Delete(t.Context(), "gateway")
	require.NoError(t, err)
	assert.Eventually(t, func() bool { return bytes.Contains([]byte(said.text()), []byte("is gone from etcd")) }, 30*time.Second, 10*time.Millisecond)
	cancel()
	<-ended
}

func TestNamesThatAreNotKeys(t *testing.T) {
	for _, name := range []string{"etcd://", "etcd://host:1", "etcd:///key"} {
		_, err := fleet.Open(name, nil)
		assert.ErrorContains(t, err, "write etcd://HOST:PORT/KEY")
	}
}
