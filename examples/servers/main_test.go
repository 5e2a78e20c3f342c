package main

import (
	"bufio"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestList(t *testing.T) {
	var text strings.Builder
	list(&text)
	for _, s := range servers {
		assert.Contains(t, text.String(), "  "+s.name+" ")
	}
	assert.ErrorContains(t, run([]string{"apache"}, slowly), `"apache" is not one of the servers`)
}

func TestAWrongAddress(t *testing.T) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) { // a port, and for a socket a directory, that is not there
			assert.ErrorContains(t, serve(s, []string{"-addr", "no/such:99999"}, slowly), "99999")
		})
	}
}

// Whoever writes a port alone is told what to write.
func TestAnAddressWithoutAHost(t *testing.T) {
	for _, s := range servers {
		if s.name == "unix" {
			continue // it is a file
		}
		t.Run(s.name, func(t *testing.T) {
			assert.ErrorContains(t, serve(s, []string{"-addr", "8080"}, slowly), ":8080")
		})
	}
}

// What is printed can be pasted: every address is one of this machine, and a file's name is a word.
func TestHowTo(t *testing.T) {
	set := settings{certFile: "/a b/cert.pem"}
	tests := map[string]struct {
		addr net.Addr
		want string
	}{
		"tcp":  {&net.TCPAddr{IP: net.IPv6zero, Port: 80}, "curl -i http://127.0.0.1:80/\n"},
		"tls":  {&net.TCPAddr{IP: net.IPv4zero, Port: 443}, "curl -i --cacert '/a b/cert.pem' https://127.0.0.1:443/\n"},
		"h2c":  {&net.TCPAddr{IP: net.IPv4(127, 0, 0, 2), Port: 80}, "curl -i --http2-prior-knowledge http://127.0.0.2:80/\n"},
		"unix": {&net.UnixAddr{Name: "it's a sock"}, `curl -i --unix-socket 'it'\''s a sock' http://localhost/` + "\n"},
	}
	for _, s := range servers {
		if tt, ok := tests[s.name]; ok {
			assert.Equal(t, tt.want, s.howTo(set, tt.addr), s.name)
		}
	}
}

// Two pairs of nginx and a FastCGI server, on addresses of their own, run at once.
func TestEachFastCGIServerHasAnNginxOfItsOwn(t *testing.T) {
	i := slices.IndexFunc(servers, func(s server) bool { return s.front != "" })
	s := servers[i]
	for _, port := range []int{9000, 9001} {
		at := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
		text := s.howTo(settings{addr: at.String(), dir: t.TempDir()}, at)
		_, front, _ := strings.Cut(text, "listen ")
		front, _, _ = strings.Cut(front, ";")
		assert.Contains(t, text, "curl -i http://"+front+"/\n")
		assert.Contains(t, text, "fastcgi_pass "+at.String()+";")
		assert.Equal(t, at.String() == s.addr, front == "127.0.0.1:8080", front)
	}
}

// manager starts a program that is this one with the server "inherited", and returns it when that
// answers.
func manager(t *testing.T) (cmd *exec.Cmd, addr string) {
	cmd = exec.Command(os.Args[0], "inherited", "-addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), conductorEnv+"="+newConductor(t).url)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	_, addr, _ = strings.Cut(strings.TrimSuffix(line, "/\n"), "http://")
	return cmd, addr
}

// A program does not outlive a manager that is killed.
func TestManagerIsKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a process with its parent")
	}
	cmd, addr := manager(t)
	res, err := http.Get("http://" + addr + "/")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	http.DefaultClient.CloseIdleConnections()
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, patience, 10*time.Millisecond, "the program still listens")
}

// A SIGTERM that comes when the program has only been started is an end like others.
func TestManagerEndsAtOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it has no SIGTERM")
	}
	for range 5 {
		cmd, _ := manager(t)
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		require.NoError(t, cmd.Wait())
	}
}
