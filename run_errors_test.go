package dram_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Programs drop the error of Run. So each way in which it fails is said in one line
// on DefaultErrorWriter, in every mode, with what to write instead.
func TestRunSaysWhyItFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	certFile, keyFile, _ := certificate(t)
	_, otherKey, _ := certificate(t)
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	t.Setenv("PORT", ":8080")

	tests := map[string]struct {
		run func(*dram.Engine) error
		say []string
	}{
		"a port without its colon":    {func(e *dram.Engine) error { return e.Run("8080") }, []string{"dram: Run: listen tcp: address 8080: ", `write ":8080"`}},
		"PORT with a colon":           {func(e *dram.Engine) error { return e.Run() }, []string{"dram: Run: ", "PORT must be the number of a port"}},
		"a port in use":               {func(e *dram.Engine) error { return e.Run(taken.Addr().String()) }, []string{taken.Addr().String(), "another program", "write another port"}},
		"a port in use, RunContext":   {func(e *dram.Engine) error { return e.RunContext(t.Context(), taken.Addr().String()) }, []string{"dram: RunContext: ", "write another port"}},
		"a missing certificate":       {func(e *dram.Engine) error { return e.RunTLS(":0", "no.pem", keyFile) }, []string{"dram: RunTLS: open no.pem", "write where the PEM files are, from /"}},
		"a missing key":               {func(e *dram.Engine) error { return e.RunTLS(":0", certFile, "no.key") }, []string{"dram: RunTLS: open no.key", "write where the PEM files are"}},
		"a key of another":            {func(e *dram.Engine) error { return e.RunTLS(":0", certFile, otherKey) }, []string{"private key does not match", certFile, otherKey}},
		"the files the other way":     {func(e *dram.Engine) error { return e.RunTLS(":0", keyFile, certFile) }, []string{"may have been switched", certFile, keyFile}},
		"an empty certificate":        {func(e *dram.Engine) error { return e.RunTLS(":0", empty, keyFile) }, []string{"failed to find any PEM data", empty}},
		"RunTLS without an address":   {func(e *dram.Engine) error { return e.RunTLS("443", certFile, keyFile) }, []string{"dram: RunTLS: listen", `write ":443"`}},
		"a socket in no directory":    {func(e *dram.Engine) error { return e.RunUnix(filepath.Join(dir, "no", "x.sock")) }, []string{"dram: RunUnix: listen unix", "the directory must exist"}},
		"a file in place of a socket": {func(e *dram.Engine) error { return e.RunUnix(empty) }, []string{"the file is not one, or this user may not replace it", "remove what nobody serves on"}},
		"a socket without a name":     {func(e *dram.Engine) error { return e.RunUnix("") }, []string{"dram: RunUnix: the name of the unix socket is empty"}},
		"a socket with a long name":   {func(e *dram.Engine) error { return e.RunUnix(filepath.Join(dir, strings.Repeat("x", 200))) }, []string{"at most 107"}},
		"no file descriptor":          {func(e *dram.Engine) error { return e.RunFd(1 << 30) }, []string{"dram: RunFd: ", "must pass a listening socket on"}},
		"no listener":                 {func(e *dram.Engine) error { return e.RunListener(nil) }, []string{"dram: RunListener: the listener is nil"}},
		"no listener of a type":       {func(e *dram.Engine) error { return e.RunListener((*net.TCPListener)(nil)) }, []string{"dram: RunListener: the listener is nil"}},
		"a listener that cannot":      {func(e *dram.Engine) error { return e.RunListener(brokenListener{}) }, []string{"dram: RunListener: broken"}},
		"an address of another host":  {func(e *dram.Engine) error { return e.Run("192.0.2.1:80") }, []string{"this machine does not have that address"}},
	}
	for _, mode := range []string{dram.DebugMode, dram.ReleaseMode, dram.TestMode} {
		for name, tt := range tests {
			t.Run(mode+"/"+name, func(t *testing.T) {
				out := captureWriter(t)
				inMode(t, mode)
				engine := dram.New()
				out.Reset()
				err := tt.run(engine)
				require.Error(t, err)
				line := errorLine(t, out.String())
				assert.True(t, strings.HasSuffix(line, " [ERROR] "+err.Error()), line)
				for _, say := range tt.say {
					assert.Contains(t, line, say)
				}
			})
		}
	}
}

// errorLine is the only line of an error.
func errorLine(t *testing.T, text string) string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "Listening and serving") {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	require.Len(t, lines, 1, text)
	return lines[0]
}

// An end that was asked for is not a failure.
func TestRunThatEndsWellSaysNothing(t *testing.T) {
	out := captureWriter(t)
	engine := helloEngine()
	r := start(t, engine, func() error { return engine.Run("127.0.0.1:0") })
	require.NoError(t, engine.Shutdown(t.Context()))
	assert.Error(t, r.result(t))
	assert.NoError(t, engine.RunContext(cancelled(), "127.0.0.1:0"))
	assert.Empty(t, out.String())
}

func TestRunFailsWithoutAnErrorWriter(t *testing.T) {
	captureWriter(t)
	dram.DefaultErrorWriter = nil
	assert.Error(t, dram.New().Run("nowhere"))
}
