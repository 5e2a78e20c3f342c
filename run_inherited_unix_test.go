//go:build unix

package dram_test

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// service starts the service with sockets, as a service manager does.
func service(env string, sockets ...*os.File) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command("sh", "-c", env+` exec "$0"`, os.Args[0])
	cmd.Env = append(os.Environ(), inheritEnv+"=1")
	cmd.ExtraFiles = sockets
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

func TestInheritedListeners(t *testing.T) {
	first, second := socketFile(t), socketFile(t)
	cmd, out := service("LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=web:admin", first, second)
	require.NoError(t, cmd.Start())
	for _, socket := range []*os.File{first, second} {
		listener, err := net.FileListener(socket)
		require.NoError(t, err)
		url := "http://" + listener.Addr().String()
		require.NoError(t, listener.Close())
		assert.Equal(t, "HTTP/1.1 127.0.0.1", get(t, &http.Transport{DisableKeepAlives: true}, url))
		if socket == second {
			get(t, &http.Transport{DisableKeepAlives: true}, url+"/stop")
		}
	}
	assert.NoError(t, cmd.Wait())
	assert.Equal(t, "2 web admin\nagain 0 <nil>, for children \"\"\n", out.String())
}

func TestInheritedListenersOfNobody(t *testing.T) {
	for name, env := range map[string]string{
		"no variables":    "",
		"another process": "LISTEN_PID=1 LISTEN_FDS=1",
	} {
		t.Run(name, func(t *testing.T) {
			cmd, out := service(env)
			assert.NoError(t, cmd.Run())
			assert.Equal(t, "0 \nagain 0 <nil>, for children \"\"\n", out.String())
		})
	}
}

func TestInheritedListenersSayWhatIsWrong(t *testing.T) {
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer packets.Close()
	datagrams, err := packets.(*net.UDPConn).File()
	require.NoError(t, err)
	defer datagrams.Close()
	for name, tt := range map[string]struct{ env, mend string }{
		"no number":         {"LISTEN_PID=$$", `LISTEN_FDS is "": the parent must set it to the number of sockets`},
		"no sockets":        {"LISTEN_PID=$$ LISTEN_FDS=0", `LISTEN_FDS is "0": the parent must`},
		"too many names":    {"LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=a:b", `LISTEN_FDNAMES, "a:b", has 2 names for 1 sockets`},
		"a socket too many": {"LISTEN_PID=$$ LISTEN_FDS=3", "fd@5"},
		"a socket of UDP":   {"LISTEN_PID=$$ LISTEN_FDS=2", "fd@4"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, out := service(tt.env, socketFile(t), datagrams)
			assert.Error(t, cmd.Run())
			assert.Contains(t, out.String(), "dram: InheritedListeners: ")
			assert.Contains(t, out.String(), tt.mend)
		})
	}
}
