package serve_test

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/serve"
)

// systemd passes connections on with Accept=yes.
func TestAConnectionIsNotTakenForAListener(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	file, err := conn.(*net.TCPConn).File()
	require.NoError(t, err)
	defer file.Close()
	fd, err := syscall.Dup(int(file.Fd()))
	require.NoError(t, err)
	_, err = serve.Fd(fd)
	assert.ErrorContains(t, err, "it does not listen; the parent must pass a listening socket on")
	assert.Error(t, syscall.Close(fd), "it was taken over, and closed")
}
