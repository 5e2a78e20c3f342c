//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever writes to the log of gateway run writes JSON: a collector that is gone, say.
func TestTheLogIsJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	text := `{listen: {addr: "127.0.0.1:0"}, admin: {addr: "127.0.0.1:0"}, trace: {endpoint: "http://127.0.0.1:1", sample: 1},
		upstreams: {books: {servers: [{url: "http://127.0.0.1:1"}]}}, routes: [{path: /, to: books}]}`
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, "run", file)
	cmd.Env = append(os.Environ(), "GATEWAY_DEMO=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())
	var said []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var record struct{ Msg, Address string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &record), lines.Text())
		if said = append(said, record.Msg); record.Address != "" {
			resp, err := http.Get("http://" + record.Address)
			require.NoError(t, err)
			resp.Body.Close()
			require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		}
	}
	_ = cmd.Wait()
	assert.Contains(t, said, "traces are not sent")
}

// A service manager holds the socket: who connects while the gateway is replaced waits, and is answered.
func TestARestartLosesNoRequest(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "book") }))
	defer backend.Close()
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	text := fmt.Sprintf("{admin: {addr: \"127.0.0.1:0\"}, upstreams: {books: {servers: [{url: %q}]}}, routes: [{path: /, to: books}]}", backend.URL)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	require.NoError(t, err)
	defer socket.Close()
	begin := func() *exec.Cmd {
		self, err := os.Executable()
		require.NoError(t, err)
		cmd := exec.CommandContext(t.Context(), "sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"`, "sh", self, "run", file)
		cmd.Env, cmd.ExtraFiles = append(os.Environ(), "GATEWAY_DEMO=1"), []*os.File{socket}
		require.NoError(t, cmd.Start())
		return cmd
	}
	gateway := begin()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func() {
		resp, err := client.Get("http://" + listener.Addr().String())
		if !assert.NoError(t, err) {
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		assert.Equal(t, "book", string(body))
	}
	get()
	var answered atomic.Int64
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			default:
				get()
				answered.Add(1)
			}
		}
	}()
	for range 3 {
		require.NoError(t, gateway.Process.Signal(syscall.SIGTERM))
		require.NoError(t, gateway.Wait())
		before := answered.Load()
		gateway = begin()
		require.Eventually(t, func() bool { return answered.Load() > before+1 }, 10*time.Second, time.Millisecond)
	}
	close(stop)
	<-ended
	require.NoError(t, gateway.Process.Signal(syscall.SIGTERM))
	require.NoError(t, gateway.Wait())
}
