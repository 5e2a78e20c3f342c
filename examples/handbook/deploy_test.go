//go:build unix

package handbook_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// deployed tries what chapter 11 says of servers with the program that it has built: the
// real tools look at the real files, on ports that are free.
func deployed(t *testing.T, s *shell) {
	t.Run("units", func(t *testing.T) { verifyUnits(t, s) })
	t.Run("a restart loses nothing", func(t *testing.T) { restart(t, s) })
	t.Run("readers of events leave places to the rest", func(t *testing.T) { crowd(t, s) })
	t.Run("behind nginx", func(t *testing.T) { behindNginx(t, s) })
	t.Run("alone in a root directory", func(t *testing.T) { alone(t, s) })
}

func tool(t *testing.T, name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(err)
	}
	return path
}

// verifyUnits has systemd read the units, in a root directory with the program in its place.
func verifyUnits(t *testing.T, s *shell) {
	analyze, root := tool(t, "systemd-analyze"), t.TempDir()
	for name, from := range map[string]string{"usr/local/bin/library": "library", "bin/sh": "library"} {
		copyTo(t, filepath.Join(root, name), filepath.Join(s.dir, from))
	}
	var units []string
	for _, name := range []string{"library.service", "library.socket", "library-backup.service", "library-backup.timer"} {
		copyTo(t, filepath.Join(root, "etc/systemd/system", name), filepath.Join(s.dir, "deploy", name))
		units = append(units, filepath.Join("/etc/systemd/system", name))
	}
	copyTo(t, filepath.Join(root, "etc/systemd/system/library.service.d/autotls.conf"), filepath.Join(s.dir, "deploy/autotls.conf"))
	// Targets of the machine are its own.
	require.NoError(t, os.Symlink("/lib", filepath.Join(root, "lib")))
	out, err := exec.Command(analyze, append([]string{"verify", "--man=no", "--root=" + root}, units...)...).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		assert.NotContains(t, line, "library", "%v", err)
	}
}

func copyTo(t *testing.T, to, from string) {
	t.Helper()
	data, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	info, err := os.Stat(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, data, info.Mode()))
}

// program starts what chapter 11 has built, on a socket that it is given as systemd does.
func program(t *testing.T, s *shell, socket *os.File, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec ./library")
	cmd.Dir, cmd.ExtraFiles = s.dir, []*os.File{socket}
	cmd.Env = append(os.Environ(), append(env, "DRAM_MODE=release", "METRICS_ADDR=127.0.0.1:"+s.port("9090"), "DATABASE="+filepath.Join(t.TempDir(), "library.db"))...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(stderr.String())
		}
	})
	return cmd
}

// listening is a socket that somebody else keeps, as systemd does, and its address.
func listening(t *testing.T) (*os.File, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	socket, err := listener.(*net.TCPListener).File()
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	t.Cleanup(func() { _ = socket.Close() })
	return socket, listener.Addr().String()
}

// restart replaces the program three times, as systemctl restart does, while clients go on,
// each request on a connection of its own, as behind the proxies of the chapter.
func restart(t *testing.T, s *shell) {
	socket, addr := listening(t)
	url := "http://" + addr + "/"

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	var answered, lost atomic.Int64
	stop, done := make(chan bool), make(chan bool)
	for range 4 {
		go func() {
			defer func() { done <- true }()
			for {
				select {
				case <-stop:
					return
				default:
				}
				res, err := client.Get(url)
				if err != nil || res.StatusCode != http.StatusOK {
					lost.Add(1)
					t.Log(err)
				} else {
					answered.Add(1)
				}
				if err == nil {
					_ = res.Body.Close()
				}
			}
		}()
	}
	var pids []int
	for range 4 {
		cmd := program(t, s, socket)
		pids = append(pids, cmd.Process.Pid)
		enough := answered.Load() + 50
		require.Eventually(t, func() bool { return answered.Load() >= enough }, time.Minute, time.Millisecond)
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		require.NoError(t, cmd.Wait(), "it ends by itself")
	}
	close(stop)
	last := program(t, s, socket) // for those who still wait
	for range 4 {
		<-done
	}
	require.NoError(t, last.Process.Signal(syscall.SIGTERM))
	t.Logf("%d answers of %d processes", answered.Load(), len(pids)+1)
	assert.Zero(t, lost.Load())
}

// crowd has more readers of events than there are places for all other requests.
func crowd(t *testing.T, s *shell) {
	socket, addr := listening(t)
	program(t, s, socket, "TRUSTED_PROXIES=127.0.0.1")
	var readers []net.Conn
	for i := range 210 {
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "GET /api/events HTTP/1.1\r\nHost: library.example\r\nX-Forwarded-For: 203.0.113.%d\r\n\r\n", i)
		require.NoError(t, err)
		readers = append(readers, conn)
	}
	for _, conn := range readers {
		status, err := bufio.NewReader(conn).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1 200 OK\r\n", status)
	}
	res, err := http.Get("http://" + addr + "/")
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, http.StatusOK, res.StatusCode)
}

// behindNginx has the program behind the chapter's own nginx.conf, but for ports, names of
// files, and HTTP/2, whose directive differs between versions.
func behindNginx(t *testing.T, s *shell) {
	nginx, dir := tool(t, "nginx"), t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755)) // nginx's workers may be another user's
	socket, addr := listening(t)
	program(t, s, socket, "TRUSTED_PROXIES=127.0.0.1")

	selfSigned(t, dir)
	conf, err := os.ReadFile(filepath.Join(s.dir, "deploy/nginx.conf"))
	require.NoError(t, err)
	plain, secure := s.port("80"), s.port("443")
	site := strings.NewReplacer("listen 80;", "listen 127.0.0.1:"+plain+";", "listen 443 ssl http2;", "listen 127.0.0.1:"+secure+" ssl;",
		"/etc/letsencrypt/live/library.example", dir, "127.0.0.1:8080", addr).Replace(string(conf))
	whole := "error_log " + dir + "/error.log;\npid " + dir + "/pid;\nevents {}\nhttp {\naccess_log off;\n"
	for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		whole += name + "_temp_path " + dir + "/" + name + ";\n"
	}
	file := filepath.Join(dir, "nginx.conf")
	// What chapter 12 puts in front of it.
	whole += read(t, "_code/12/deploy/nginx-two.conf")
	require.NoError(t, os.WriteFile(file, []byte(whole+site+"}\n"), 0o644))
	out, err := exec.Command(nginx, "-t", "-c", file).CombinedOutput()
	require.NoError(t, err, string(out))

	cmd := exec.Command(nginx, "-c", file, "-g", "daemon off;")
	require.NoError(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}()
	curl := func(args ...string) string {
		out, err := exec.Command("curl", append([]string{"-ski", "--retry", "20", "--retry-connrefused", "--retry-delay", "1",
			"--connect-to", "library.example:443:127.0.0.1:" + secure, "--connect-to", "library.example:80:127.0.0.1:" + plain}, args...)...).CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	page := curl("https://library.example/")
	assert.Contains(t, page, "200 OK")
	assert.Contains(t, page, "Strict-Transport-Security", "the library knows that it is https")
	assert.Contains(t, curl("http://library.example/x?y"), "Location: https://library.example/x?y")
	// The address of a client that lies is nginx's peer: its bucket is that of the others.
	assert.Contains(t, curl("https://library.example/api/books"), "r=59")
	assert.Contains(t, curl("-H", "X-Forwarded-For: 203.0.113.9", "https://library.example/api/books"), "r=58")
	assert.Contains(t, curl("--head", "https://library.example/api/events"), "event-stream")
}

// selfSigned writes a certificate for library.example into a directory.
func selfSigned(t *testing.T, dir string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	about := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"library.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{
		"fullchain.pem": {Type: "CERTIFICATE", Bytes: der},
		"privkey.pem":   {Type: "PRIVATE KEY", Bytes: secret},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
}

// alone runs the program as the image of the Dockerfile does: with nothing but itself and
// /data, as a user without rights.
func alone(t *testing.T, s *shell) {
	if os.Getuid() != 0 {
		t.Skip("only root can change the root directory")
	}
	root := t.TempDir()
	copyTo(t, filepath.Join(root, "library"), filepath.Join(s.dir, "library"))
	data := filepath.Join(root, "data")
	require.NoError(t, os.Mkdir(data, 0o755))
	require.NoError(t, os.Chown(data, 65532, 65532))
	cmd := exec.Command("/library", "user", "anna", "editor")
	cmd.Dir, cmd.Stdin = "/", strings.NewReader("a long password\n")
	cmd.Env = []string{"DRAM_MODE=release", "ADDR=:8080", "DATABASE=/data/library.db"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.FileExists(t, filepath.Join(data, "library.db"))
}
