// Package nginxtest starts a real nginx for a test. See docs/contrib.md.
package nginxtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Server is an nginx that runs.
type Server struct {
	Dir string // its files, the logs among them
	cmd *exec.Cmd
	t   testing.TB
}

// Start starts nginx with what stands inside the block http of its configuration, where names of
// files are relative to Dir, and waits until it accepts connections on addrs. It ends with the test. The
// program is the one that DRAM_TEST_NGINX names, or that of the PATH; without one the test is skipped.
func Start(t testing.TB, http string, addrs ...string) *Server {
	t.Helper()
	s := &Server{Dir: t.TempDir(), t: t}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;" // its workers have to write to the directory of the test
	}
	conf := filepath.Join(s.Dir, "nginx.conf")
	require.NoError(t, os.WriteFile(conf, fmt.Appendf(nil, `
		%[2]s daemon off; worker_processes 1; pid %[1]s/pid; error_log %[1]s/error.log;
		events { worker_connections 1024; }
		http {
			client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/temp;
			fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
			%[3]s
		}`, s.Dir, user, http), 0o600))
	s.cmd = exec.Command(program(t), "-c", conf, "-p", s.Dir, "-e", filepath.Join(s.Dir, "error.log"))
	require.NoError(t, s.cmd.Start())
	t.Cleanup(s.Stop)
	for _, addr := range addrs {
		require.Eventually(t, func() bool {
			conn, err := net.Dial("tcp", addr)
			if err == nil {
				_ = conn.Close()
			}
			return err == nil
		}, time.Minute, 10*time.Millisecond, "nginx does not listen on %s", addr)
	}
	return s
}

// Stop ends nginx, which closes its connections and has written its logs then.
func (s *Server) Stop() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		_ = s.cmd.Wait()
	}
}

// File is the text of a file of Dir.
func (s *Server) File(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.Dir, name))
	require.NoError(s.t, err)
	return string(text)
}

func program(t testing.TB) string {
	t.Helper()
	for _, name := range []string{os.Getenv("DRAM_TEST_NGINX"), "nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Skip("there is no nginx: set DRAM_TEST_NGINX to the path of one")
	return ""
}
