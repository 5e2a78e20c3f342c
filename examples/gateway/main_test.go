package main

import (
	"bytes"
	"log"
	"log/slog"
	"net"
	"os"
	"os/exec"
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
	assert.Contains(t, string(out), "127.0.0.1:8080: bind: address already in use")
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
