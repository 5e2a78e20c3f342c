package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/examples/crud/store/storetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file is what happens when the program, or its database, goes away under load.

var crashes = flag.Int("crashes", 1, "how often TestKilledUnderLoad kills the program")

// process is the program as a process of its own.
type process struct {
	*exec.Cmd
	url string
}

func launch(t *testing.T, binary, databaseURL string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(binary)}
	p.Env = append(os.Environ(), "ADDR=127.0.0.1:0", "DEMO=true", "DRAM_MODE=release", "LOG_LEVEL=error", "DATABASE_URL="+databaseURL)
	out, err := p.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, p.Start())
	t.Cleanup(func() { _ = p.Process.Kill(); _ = p.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, at, found := strings.Cut(lines.Text(), "open at "); found {
			p.url = at
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return p
		}
	}
	t.Fatal("the program did not start")
	return nil
}

// editor returns a client that is logged in as the demo's editor.
func (p *process) editor(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := &http.Client{Jar: jar, Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	t.Cleanup(client.CloseIdleConnections)
	status, _ := p.send(client, "POST", "/api/session", map[string]string{"email": "editor@example.com", "password": "dram-demo"})
	require.Equal(t, http.StatusCreated, status)
	return client
}

// send returns the status of the answer, 0 if there was none.
func (p *process) send(client *http.Client, method, path string, body any, headers ...string) (int, []byte) {
	text, _ := json.Marshal(body)
	req, _ := http.NewRequest(method, p.url+path, bytes.NewReader(text))
	req.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = res.Body.Close() }()
	text, err = io.ReadAll(res.Body)
	if err != nil {
		return 0, nil
	}
	return res.StatusCode, text
}

func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "crud")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	return binary
}

// isbn returns the n-th of many ISBNs.
func isbn(n int) string {
	digits, sum := fmt.Sprintf("979%09d", n), 0
	for i, d := range digits {
		sum += int(d-'0') * (1 + 2*(i%2))
	}
	return digits + string(rune('0'+(10-sum%10)%10))
}

// TestKilledUnderLoad: 24 writers add books when the process is killed (SIGKILL). Each book
// whose 201 was received is there afterwards, whole and once; a book whose answer was lost is
// there once or not at all.
func TestKilledUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and kills the program: leave -short out")
	}
	const writers = 24
	binary, database := build(t), storetest.SQLite(t)
	p := launch(t, binary, database)
	var next, lost atomic.Int64
	var written sync.Map // ISBN → true once its 201 has come
	for range *crashes {
		client := p.editor(t)
		var running sync.WaitGroup
		for range writers {
			running.Go(func() {
				for {
					number := isbn(int(next.Add(1)))
					status, _ := p.send(client, "POST", "/api/books", map[string]any{"isbn": number, "title": "Crash", "author": "A", "copies": 1}, "Idempotency-Key: "+number)
					if status == 0 {
						written.Store(number, false)
						lost.Add(1)
						return
					}
					if !assert.Equal(t, http.StatusCreated, status) {
						return
					}
					written.Store(number, true)
				}
			})
		}
		time.Sleep(500*time.Millisecond + time.Duration(rand.IntN(500))*time.Millisecond) // some load
		require.NoError(t, p.Process.Kill())
		running.Wait()
		_ = p.Wait()
		p = launch(t, binary, database)
	}
	client := p.editor(t)
	count, whole := 0, 0
	written.Range(func(number, answered any) bool {
		var list struct{ Items []library.Book }
		status, text := p.send(client, "GET", "/api/books?q="+number.(string), nil)
		require.Equal(t, http.StatusOK, status)
		require.NoError(t, json.Unmarshal(text, &list))
		require.LessOrEqual(t, len(list.Items), 1)
		if answered.(bool) {
			require.Len(t, list.Items, 1, "an answered write is lost")
			require.Equal(t, "Crash", list.Items[0].Title)
			count++
		} else if len(list.Items) == 1 {
			whole++
		}
		return true
	})
	assertSound(t, strings.TrimPrefix(database, "sqlite:"))
	t.Logf("killed %d times under %d writers: %d books answered, all there; of %d whose answer was lost %d are there", *crashes, writers, count, lost.Load(), whole)
}

// assertSound has SQLite look through a file that is in use.
func assertSound(t *testing.T, file string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	var sound string
	require.NoError(t, db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&sound))
	assert.Equal(t, "ok", sound)
}

// TestFiftyEditsOfOneBook: all have read the same state, so one of them wins.
func TestFiftyEditsOfOneBook(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program: leave -short out")
	}
	p := launch(t, build(t), storetest.SQLite(t))
	client := p.editor(t)
	var running sync.WaitGroup
	statuses := make([]int, 50)
	for i := range statuses {
		running.Go(func() {
			statuses[i], _ = p.send(client, "PATCH", "/api/books/1", map[string]any{"title": fmt.Sprint("edit ", i)}, `If-Match: "1-2"`)
		})
	}
	running.Wait()
	counts := map[int]int{}
	for _, status := range statuses {
		counts[status]++
	}
	assert.Equal(t, map[int]int{http.StatusOK: 1, http.StatusPreconditionFailed: 49}, counts)
}

// TestTheDatabaseGoesAndComesBack: meanwhile the program lives and says that it is not ready;
// afterwards it goes on by itself.
func TestTheDatabaseGoesAndComesBack(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program: leave -short out")
	}
	storetest.EachServer(t, func(t *testing.T, location string, _ func()) {
		u, err := url.Parse(location)
		require.NoError(t, err)
		between := newProxy(t, u.Host)
		u.Host = between.Addr().String()
		p := launch(t, build(t), u.String())
		client := p.editor(t)
		status := func(path string) int { s, _ := p.send(client, "GET", path, nil); return s }
		require.Equal(t, http.StatusOK, status("/readyz"))

		between.cut(true)
		assert.Eventually(t, func() bool { return status("/readyz") == http.StatusServiceUnavailable }, time.Minute, 50*time.Millisecond)
		assert.Equal(t, http.StatusOK, status("/healthz"))
		assert.Equal(t, http.StatusServiceUnavailable, status("/api/books"))
		visitor, _ := p.send(http.DefaultClient, "GET", "/api/books", nil)
		assert.Equal(t, http.StatusServiceUnavailable, visitor)

		between.cut(false)
		assert.Eventually(t, func() bool { return status("/readyz") == http.StatusOK }, time.Minute, 50*time.Millisecond)
		assert.Equal(t, http.StatusOK, status("/api/books"))
	})
}

// proxy is the way to a database, which can be cut.
type proxy struct {
	net.Listener
	target string
	mu     sync.Mutex
	isCut  bool
	open   map[net.Conn]bool
}

func newProxy(t *testing.T, target string) *proxy {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{Listener: listener, target: target, open: map[net.Conn]bool{}}
	t.Cleanup(func() { p.cut(true); _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go p.pass(client)
		}
	}()
	return p
}

func (p *proxy) pass(client net.Conn) {
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", p.target)
	p.mu.Lock()
	if err != nil || p.isCut {
		p.mu.Unlock()
		_ = client.Close()
		return
	}
	p.open[client], p.open[server] = true, true
	p.mu.Unlock()
	go func() { _, _ = io.Copy(server, client); _ = server.Close() }()
	_, _ = io.Copy(client, server)
	_ = client.Close()
}

// cut ends the connections, and those to come, or lets them pass again.
func (p *proxy) cut(cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isCut = cut
	for conn := range p.open {
		if cut {
			_ = conn.Close()
			delete(p.open, conn)
		}
	}
}
