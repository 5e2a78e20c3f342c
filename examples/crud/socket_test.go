//go:build unix

package main

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The program serves on the socket that it is given as systemd does, and ends gently.
func TestTheSocketOfAServiceManager(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	require.NoError(t, err)
	defer socket.Close()

	cmd := exec.CommandContext(t.Context(), "sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0"`, build(t))
	cmd.Env = append(os.Environ(), "ADDR=127.0.0.1:1", "DEMO=true", "DATABASE_URL=sqlite:"+filepath.Join(t.TempDir(), "library.db"))
	cmd.ExtraFiles = []*os.File{socket}
	require.NoError(t, cmd.Start())
	res, err := http.Get("http://" + listener.Addr().String() + "/readyz") // waits in the queue
	require.NoError(t, err)
	_ = res.Body.Close()
	assert.Equal(t, http.StatusOK, res.StatusCode)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	assert.NoError(t, cmd.Wait())
}
