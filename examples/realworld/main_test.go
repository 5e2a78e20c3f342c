package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/seed"
)

// TestMain is the program itself in a process of TestSignals.
func TestMain(m *testing.M) {
	if os.Getenv("CONDUIT_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// logbook is a log that may be written and read at the same time.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// start runs the program until the test ends, or stop is called, which returns what run did.
func start(t *testing.T, env map[string]string, args ...string) (url string, log *logbook, stop func() error) {
	t.Helper()
	settings := map[string]string{"ADDR": "127.0.0.1:0", "DATABASE_URL": filepath.Join(t.TempDir(), "conduit.db")}
	for name, value := range env {
		settings[name] = value
	}
	ctx, cancel := context.WithCancel(context.Background())
	log = &logbook{}
	address, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- run(ctx, args, func(name string) string { return settings[name] }, log, func(a net.Addr) { address <- a })
	}()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { _ = stop() })
	select {
	case a := <-address:
		return "http://" + a.String(), log, stop
	case err := <-ended:
		ended <- err
		require.NoError(t, err, log.String())
	}
	return "", nil, nil
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

func TestServesASeededDemoAtOnce(t *testing.T) {
	url, log, stop := start(t, nil, "-seed", "-seed-users", "6", "-seed-articles", "30")
	status, body := get(t, url+"/api/articles?limit=1")
	assert.Equal(t, 200, status)
	assert.Contains(t, body, `"articlesCount":30`)
	status, _ = get(t, url+"/readyz")
	assert.Equal(t, 200, status)
	status, _ = get(t, url+"/livez")
	assert.Equal(t, 200, status)

	login := `{"user":{"email":"adaalmeida@example.com","password":"` + seed.Password + `"}}`
	res, err := http.Post(url+"/api/users/login", "application/json", strings.NewReader(login))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, 200, res.StatusCode)

	require.NoError(t, stop(), "an end that was asked for is not an error")
	assert.Contains(t, log.String(), "all requests answered")
	assert.Contains(t, log.String(), "adaalmeida@example.com")
	assert.Contains(t, log.String(), "JWT_SECRET is not set")
	assert.Contains(t, log.String(), "route=/api/articles")
}

// A connection on which a body did not come was open for ever, whether somebody read it or not.
func TestNobodyIsWaitedForWhoseBodyDoesNotCome(t *testing.T) {
	url, _, _ := start(t, map[string]string{"READ_TIMEOUT": "1s"})
	for line, status := range map[string]string{"POST /api/users/login": "408 Request Timeout", "GET /api/articles": "200 OK", "POST /nosuch": "404 Not Found"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		require.NoError(t, err)
		defer conn.Close()
		require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
		_, err = io.WriteString(conn, line+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
		require.NoError(t, err)
		answer, err := io.ReadAll(conn)
		require.NoError(t, err, line)
		assert.Contains(t, string(answer), status, line)
	}
}

func TestNoSeededDatabaseIsServedInProduction(t *testing.T) {
	db := filepath.Join(t.TempDir(), "conduit.db")
	_, _, stop := start(t, map[string]string{"DATABASE_URL": db}, "-seed", "-seed-users", "2", "-seed-articles", "1")
	require.NoError(t, stop())
	production := map[string]string{"ADDR": "127.0.0.1:0", "CONDUIT_ENV": "production", "JWT_SECRET": strings.Repeat("s", 32), "DATABASE_URL": db}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := run(ctx, nil, func(name string) string { return production[name] }, io.Discard, nil)
	require.ErrorContains(t, err, "adaalmeida@example.com")

	production["DATABASE_URL"] = filepath.Join(t.TempDir(), "conduit.db")
	_, _, stop = start(t, production)
	require.NoError(t, stop())
}

// TestDrains ends the program while it has a delay: it says that it is not ready, and
// still serves.
func TestDrains(t *testing.T) {
	url, _, stop := start(t, map[string]string{"DRAIN_DELAY": "4s"})
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		status, body := get(t, url+"/readyz")
		assert.Equal(c, 503, status)
		assert.Contains(c, body, "stopping")
	}, 3*time.Second, 10*time.Millisecond)
	status, _ := get(t, url+"/api/tags")
	assert.Equal(t, 200, status)
	assert.NoError(t, <-ended)
}

// TestSignals ends the program, a process of its own, while a request is half sent.
func TestSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process of Windows cannot be sent a signal")
	}
	t.Run("SIGTERM waits for the request", func(t *testing.T) {
		program, request, log := startProcess(t)
		require.NoError(t, program.Process.Signal(syscall.SIGTERM))
		refusesConnections(t, request.RemoteAddr().String())
		_, err := io.WriteString(request, `":{}}`)
		require.NoError(t, err)
		res, err := http.ReadResponse(bufio.NewReader(request), nil)
		require.NoError(t, err)
		assert.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
		assert.NoError(t, program.Wait(), "an end that was asked for is not an error")
		assert.Contains(t, log.String(), "all requests answered")
	})
	t.Run("a second Ctrl-C does not", func(t *testing.T) {
		program, request, _ := startProcess(t)
		require.NoError(t, program.Process.Signal(os.Interrupt))
		refusesConnections(t, request.RemoteAddr().String())
		ended := make(chan error, 1)
		go func() { ended <- program.Wait() }()
		require.EventuallyWithT(t, func(c *assert.CollectT) {
			_ = program.Process.Signal(os.Interrupt) // it may have ended by now
			select {
			case err := <-ended:
				ended <- err
			default:
				assert.Fail(c, "it still runs")
			}
		}, 10*time.Second, 10*time.Millisecond)
		assert.ErrorContains(t, <-ended, "signal: interrupt")
	})
}

// startProcess starts the program with a minute of patience, and a request whose body its
// handler waits for.
func startProcess(t *testing.T) (program *exec.Cmd, request net.Conn, log *logbook) {
	t.Helper()
	log = &logbook{}
	program = exec.Command(os.Args[0])
	program.Env = append(os.Environ(), "CONDUIT_MAIN=1", "ADDR=127.0.0.1:0", "SHUTDOWN_TIMEOUT=1m", "DATABASE_URL="+filepath.Join(t.TempDir(), "conduit.db"))
	program.Stderr = log
	require.NoError(t, program.Start())
	t.Cleanup(func() { _ = program.Process.Kill(); _ = program.Wait() })
	var address string
	require.Eventually(t, func() bool {
		_, after, listening := strings.Cut(log.String(), "address=http://")
		address, _, _ = strings.Cut(after, " ")
		return listening
	}, 30*time.Second, 10*time.Millisecond)
	request, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = request.Close() })
	_, err = io.WriteString(request, "POST /api/users HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n")
	require.NoError(t, err)
	goOn := "HTTP/1.1 100 Continue\r\n\r\n" // sent when the handler reads
	read := make([]byte, len(goOn))
	_, err = io.ReadFull(request, read)
	require.NoError(t, err)
	require.Equal(t, goOn, string(read))
	_, err = io.WriteString(request, `{"user`)
	require.NoError(t, err)
	return program, request, log
}

// refusesConnections waits until nobody listens at the address.
func refusesConnections(t *testing.T, address string) {
	t.Helper()
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, 10*time.Second, 10*time.Millisecond)
}

func TestRefusesToStart(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		want string
	}{
		"production without a secret": {map[string]string{"CONDUIT_ENV": "production"}, nil, "JWT_SECRET is missing"},
		"seed in production": {map[string]string{"CONDUIT_ENV": "production", "JWT_SECRET": strings.Repeat("x", 32),
			"DATABASE_URL": filepath.Join(t.TempDir(), "x.db")}, []string{"-seed"}, "CONDUIT_ENV=demo only"},
		"no database":   {map[string]string{"DATABASE_URL": "postgres://127.0.0.1:1/x"}, nil, "check DATABASE_URL"},
		"unknown flags": {nil, []string{"-nope"}, "flag provided but not defined"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(context.Background(), c.args, func(name string) string { return c.env[name] }, io.Discard, nil)
			assert.ErrorContains(t, err, c.want)
		})
	}
}
