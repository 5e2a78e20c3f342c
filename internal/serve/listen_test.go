package serve_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/serve"
)

// What cannot be listened on, and what the error says to write.
func TestAddressesAreMended(t *testing.T) {
	t.Setenv("PORT", "")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for addr, mend := range map[string]string{
		"8080":                       `; write ":8080"`,
		"8080:":                      `; write ":8080"`,
		"::8080":                     `; write ":8080"`,
		" :8080":                     `; write ":8080"`,
		":8080 ":                     `; write ":8080"`,
		"*:8080":                     `; write ":8080"`,
		"localhost":                  `; write "localhost:8080"`,
		"127.0.0.1":                  `; write "127.0.0.1:8080"`,
		"::1":                        `; write "[::1]:8080"`,
		"::1:8081":                   `; write "[::1]:8081"`,
		"[::1]":                      `; write "[::1]:8080"`,
		"http://localhost:8081/path": `; write "localhost:8081"`,
		"localhost:8081/":            `; write "localhost:8081"`,
		"0.0.0.0:8081:":              `; write "0.0.0.0:8081"`,
		":99999":                     "a port is a number from 0 to 65535",
		":-1":                        "a port is a number from 0 to 65535",
		":htp":                       "a port is a number from 0 to 65535",
		"192.0.2.1:80":               "this machine does not have that address",
		taken.Addr().String():        "listens there: end it, or write another port",
	} {
		t.Run(addr, func(t *testing.T) {
			_, err := serve.TCP(addr)
			var op *net.OpError
			require.ErrorAs(t, err, &op)
			assert.ErrorContains(t, err, mend)
		})
	}
}

func TestMendsOfWhatTheSystemMayRefuse(t *testing.T) {
	t.Setenv("PORT", "8080/tcp")
	for name, tt := range map[string]struct {
		addr string
		err  error
		mend string
	}{
		"a port that needs a right": {":80", &net.OpError{Err: os.NewSyscallError("bind", syscall.EACCES)}, "CAP_NET_BIND_SERVICE"},
		"a host that nobody knows":  {"web:80", &net.DNSError{Err: "no such host"}, `write only the port, ":80"`},
		"the environment's port":    {":8080/tcp", &net.DNSError{Err: "unknown port"}, "the environment variable PORT must be the number"},
		"something else":            {":80", errors.New("oh"), ""},
		"nothing":                   {":80", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if mend := serve.AddrMend(tt.addr, tt.err); tt.mend == "" {
				assert.Empty(t, mend)
			} else {
				assert.Contains(t, mend, tt.mend)
			}
		})
	}
}

func TestUnixSocketsAreMended(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "notes.txt")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for name, tt := range map[string]struct{ file, mend string }{
		"empty":           {"", "the name of the unix socket is empty"},
		"no directory":    {filepath.Join(dir, "no", "x.sock"), "the directory must exist"},
		"another file":    {file, "the file is not one"},
		"a directory":     {dir, "the file is not one"},
		"too long a name": {filepath.Join(dir, strings.Repeat("x", 108)), "at most 107: write a shorter one"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve.Unix(tt.file)
			assert.ErrorContains(t, err, tt.mend)
		})
	}
}

func TestNilListeners(t *testing.T) {
	for _, listener := range []net.Listener{nil, (*net.TCPListener)(nil), (*net.UnixListener)(nil)} {
		_, err := serve.Given(listener)
		assert.ErrorContains(t, err, "the listener is nil; make one with net.Listen")
	}
}
