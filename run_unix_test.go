//go:build unix

// A listening socket that a parent process hands on, and the permissions of a Unix socket.

package dram_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

func TestRunFd(t *testing.T) {
	fd, err := syscall.Dup(int(socketFile(t).Fd())) // RunFd closes it, as the file does its own
	require.NoError(t, err)
	engine := helloEngine()
	r := start(t, engine, func() error { return engine.RunFd(fd) })
	assert.Equal(t, "HTTP/1.1 127.0.0.1", get(t, &http.Transport{}, "http://"+r.addr.String()))
	require.NoError(t, engine.Shutdown(context.Background()))
	assert.Same(t, http.ErrServerClosed, r.result(t))
}

func TestRunFdOfAnEngineThatHasEndedClosesTheSocket(t *testing.T) {
	socket := socketFile(t)
	listener, err := net.FileListener(socket)
	require.NoError(t, err)
	addr := listener.Addr().String()
	require.NoError(t, listener.Close())
	fd, err := syscall.Dup(int(socket.Fd()))
	require.NoError(t, err)
	require.NoError(t, socket.Close())
	engine := dram.New()
	require.NoError(t, engine.Shutdown(context.Background()))
	assert.Same(t, http.ErrServerClosed, engine.RunFd(fd))
	_, err = net.Dial("tcp", addr)
	assert.Error(t, err, "nobody listens any more")
}

// Five Engines after each other serve on one socket, which somebody keeps open, as a service
// manager does for a program that is restarted. Half of the clients have a connection for each request, the
// others keep theirs and send what is not sent twice: what comes within 200 ms of the end is answered.
func TestRestartsOnOneSocketLoseNothing(t *testing.T) {
	socket := socketFile(t)
	listener, err := net.FileListener(socket)
	require.NoError(t, err)
	url := "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())

	var answered atomic.Int64
	var clients sync.WaitGroup
	stop := make(chan struct{})
	for n := range 8 {
		clients.Go(func() {
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: n%2 == 0}, Timeout: patience}
			for last := time.Now(); ; last = time.Now() {
				select {
				case <-stop:
					return
				default:
				}
				res, err := client.Post(url, "text/plain", strings.NewReader("once"))
				if busy := time.Since(last) > 100*time.Millisecond; busy && n%2 != 0 && err != nil {
					continue // it had its turn too late
				}
				if assert.NoError(t, err) {
					_, _ = io.Copy(io.Discard, res.Body)
					_ = res.Body.Close()
					answered.Add(1)
				}
			}
		})
	}
	for generation := range 6 {
		listener, err := net.FileListener(socket)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		engine := helloEngine()
		r := start(t, engine, func() error { return engine.RunListenerContext(ctx, listener) })
		enough := answered.Load() + 100
		require.Eventually(t, func() bool { return answered.Load() >= enough }, patience, time.Millisecond)
		if generation == 5 { // for those who still wait
			close(stop)
			clients.Wait()
		}
		cancel()
		assert.NoError(t, r.result(t))
	}
}

// They hold before the first request is served.
func TestOnListenSaysWhoMayReachAUnixSocket(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dram.sock")
	engine, modes := helloEngine(), make(chan os.FileMode, 1)
	engine.OnListen = func(addr net.Addr) {
		assert.NoError(t, os.Chmod(addr.String(), 0o660))
		info, err := os.Stat(file)
		assert.NoError(t, err)
		modes <- info.Mode().Perm()
	}
	ended := make(chan error, 1)
	go func() { ended <- engine.RunUnix(file) }()
	assert.Equal(t, os.FileMode(0o660), <-modes)
	require.NoError(t, engine.Shutdown(context.Background()))
	assert.Same(t, http.ErrServerClosed, <-ended)
}

// socketFile is a listening socket as another process passes it on.
func socketFile(t *testing.T) *os.File {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	require.NoError(t, err)
	t.Cleanup(func() { _ = socket.Close() })
	return socket
}
