package main

import (
	"bufio"
	"bytes"
	"log"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/gateway"
)

// What the demonstration has begun ends with it, whatever it ends with.
func TestADemonstrationWhosePortIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:8080")
	if err != nil {
		t.Log("it was taken already:", err)
	} else {
		defer taken.Close()
	}
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), "GATEWAY_DEMO=1")
	out, err := cmd.CombinedOutput() // of all who write to it, so they have ended
	assert.Error(t, err)
	assert.Contains(t, string(out), "127.0.0.1:8080: bind: address already in use: end what listens there, or write another")
}

// Nor is a demonstration outlived that is killed.
func TestAServiceEndsWithWhoHasStartedIt(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	for _, kind := range []string{"v1", "grpc"} {
		cmd := exec.CommandContext(t.Context(), self, "backend", kind)
		cmd.Env = append(os.Environ(), "GATEWAY_DEMO=1")
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		address, err := bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		conn, err := net.Dial("tcp", strings.TrimSpace(address))
		require.NoError(t, err)
		require.NoError(t, conn.Close())
		require.NoError(t, in.Close())
		assert.NoError(t, cmd.Wait())
	}
}

// TestMain is the demonstration, and its services, where a test runs it.
func TestMain(m *testing.M) {
	if os.Getenv("GATEWAY_DEMO") != "" {
		main()
		return
	}
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

func TestWhatLibrariesPrintIsInTheLog(t *testing.T) {
	defer slog.SetDefault(slog.Default())
	defer log.SetFlags(log.Flags())
	defer log.SetOutput(log.Writer())
	var out bytes.Buffer
	logTo(slog.NewJSONHandler(&out, nil))
	log.Print("Unsolicited response received on idle HTTP channel")
	assert.Regexp(t, `^{"time":"[^"]+","level":"WARN","msg":"Unsolicited response received on idle HTTP channel"}\n$`, out.String())
}

func TestTheFileOfTheDemonstrationIsRight(t *testing.T) {
	dir := t.TempDir()
	addrs := map[string]string{"v1": "http://127.0.0.1:1", "v2": "http://127.0.0.1:2", "grpc": "h2c://127.0.0.1:3"}
	file, err := unpack(t.Context(), dir, addrs)
	require.NoError(t, err)
	require.NoError(t, gateway.Check(file))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "$")
}
