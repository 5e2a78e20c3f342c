//go:build unix

package handbook_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/freeport"
)

// shell is a reader's terminal, and the one beside it, in which the server runs.
type shell struct {
	t      *testing.T
	dir    string            // where the reader is
	home   string            // where they have begun
	note   string            // where a block writes that down
	env    []string          // besides what all have
	ports  map[string]string // 8080 → the one that is free here
	server *exec.Cmd
	ended  chan error    // what came of it, and of all that it has started
	log    *bytes.Buffer // of the server, to be read when it has ended
}

// newShell begins beside a checkout of dram, as the handbook has it.
func newShell(t *testing.T) *shell {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.Symlink(root, filepath.Join(dir, "dram")))
	// A terminal has no progress meter in what curl prints.
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".curlrc"), []byte("silent\n"), 0o600))
	s := &shell{t: t, dir: dir, home: dir, note: filepath.Join(t.TempDir(), "pwd"), ports: map[string]string{}}
	t.Cleanup(func() { s.stop(t) })
	return s
}

var addresses = regexp.MustCompile(`\b(localhost|127\.0\.0\.1):(\d+)\b`)

// port returns a free port in place of one of the handbook's.
func (s *shell) port(named string) string {
	if s.ports[named] == "" {
		_, s.ports[named], _ = net.SplitHostPort(freeport.Addr(s.t))
	}
	return s.ports[named]
}

func (s *shell) ported(text string) string {
	return addresses.ReplaceAllStringFunc(text, func(address string) string {
		host, port, _ := strings.Cut(address, ":")
		return host + ":" + s.port(port)
	})
}

// command is a block of commands for bash, which leaves its directory behind.
func (s *shell) command(text string) *exec.Cmd {
	cmd := exec.Command("bash", "-c", "set -e\n"+s.ported(text)+"\npwd >"+s.note)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "PORT="+s.port("8080"), "ADDR=127.0.0.1:"+s.port("8080"), "METRICS_ADDR=127.0.0.1:"+s.port("9090"),
		"GOWORK=off", "CURL_HOME="+s.home, flags("-mod=mod"), "DRAM_MODE=")
	cmd.Env = append(cmd.Env, s.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// flags is GOFLAGS with further flags: what is compiled here is then compiled for the tests too.
func flags(more string) string { return "GOFLAGS=" + os.Getenv("GOFLAGS") + " " + more }

// run runs a block and returns what it writes.
func (s *shell) run(text string) (string, error) {
	out, err := s.command(text).CombinedOutput()
	if where, noted := os.ReadFile(s.note); noted == nil {
		s.dir = strings.TrimSpace(string(where))
	}
	answer := strings.ReplaceAll(string(out), "\r", "")
	for named, port := range s.ports {
		answer = strings.ReplaceAll(answer, ":"+port, ":"+named)
	}
	return answer, err
}

// start runs a block that serves, and returns when it does.
func (s *shell) start(t *testing.T, text string) {
	t.Helper()
	s.stop(t)
	s.server, s.log = s.command(text), &bytes.Buffer{}
	s.server.Stdout, s.server.Stderr = s.log, s.log
	require.NoError(t, s.server.Start())
	s.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan error) { ended <- cmd.Wait() }(s.server, s.ended)
	for until := time.Now().Add(5 * time.Minute); ; { // a first build takes its time
		conn, err := net.Dial("tcp", "127.0.0.1:"+s.port("8080"))
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-s.ended:
			s.server = nil
			require.FailNow(t, "the server has ended", "%v\n%s", err, s.log)
		case <-time.After(50 * time.Millisecond):
			require.True(t, time.Now().Before(until), "nobody serves")
		}
	}
}

// stop is Ctrl-C in the terminal of the server.
func (s *shell) stop(t *testing.T) {
	if s.server == nil {
		return
	}
	group := -s.server.Process.Pid
	_ = syscall.Kill(group, syscall.SIGINT)
	select {
	case <-s.ended:
	case <-time.After(30 * time.Second):
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-s.ended
		t.Errorf("the server does not end:\n%s", s.log)
	}
	s.server = nil
	if strings.Contains(s.log.String(), "panic") {
		t.Errorf("the server has panicked:\n%s", s.log)
	}
}
