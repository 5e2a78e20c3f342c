//go:build unix

// A listening socket that a parent process hands on.

package dram_test

import (
	"context"
	"net"
	"net/http"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRunFd(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	file, err := listener.(*net.TCPListener).File()
	require.NoError(t, err)
	listener.Close()
	fd, err := syscall.Dup(int(file.Fd())) // RunFd closes it, as file does its own
	require.NoError(t, err)
	file.Close()
	engine := helloEngine()
	r := start(t, engine, func() error { return engine.RunFd(fd) })
	assert.Equal(t, "HTTP/1.1 127.0.0.1", get(t, &http.Transport{}, "http://"+r.addr.String()))
	require.NoError(t, engine.Shutdown(context.Background()))
	assert.Same(t, http.ErrServerClosed, r.result(t))
}
