package main

// This file runs the whole program, on a listener of its own.

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/examples/crud/store"
	"github.com/dram-go/dram/examples/crud/store/storetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
)

func TestMain(m *testing.M) {
	library.PasswordCost = bcrypt.MinCost
	os.Exit(m.Run())
}

// program is one that runs, as its clients see it.
type program struct {
	*dramtest.Client
	addr net.Addr
	log  *logbook
	stop func() error // ends it and waits
	quit func()       // tells it to end
}

// logbook is a log that may be read while it is written.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}
func (l *logbook) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.buf.String() }

func start(t *testing.T, environ ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	listening, done, log := make(chan net.Addr, 1), make(chan error, 1), &logbook{}
	go func() {
		done <- run(ctx, nil, append([]string{"ADDR=127.0.0.1:0"}, environ...), io.Discard, log, func(a net.Addr) { listening <- a })
	}()
	stop := sync.OnceValue(func() error { cancel(); return <-done })
	select {
	case err := <-done:
		cancel()
		require.NoError(t, err, "the program did not start")
	case addr := <-listening:
		t.Cleanup(func() { require.NoError(t, stop()) })
		proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr.String()})
		return &program{dramtest.New(t, proxy), addr, log, stop, cancel}
	}
	return nil
}

// A client whose body does not come, and is not read either, held its connection without end.
func TestNobodyIsWaitedForWhoseBodyDoesNotCome(t *testing.T) {
	p := start(t, database(t), "DEMO=true", "REQUEST_TIMEOUT=1s")
	conn, err := net.Dial(p.addr.Network(), p.addr.String())
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	_, err = io.WriteString(conn, "GET /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Contains(t, string(answer), "200 OK")
}

func database(t *testing.T) string {
	return "DATABASE_URL=" + storetest.SQLite(t)
}

func logIn(c *dramtest.Client, email, password string) *dramtest.Response {
	return c.POST("/api/session", dramtest.JSON(map[string]string{"email": email, "password": password}))
}

const aBook = `{"isbn": "978-0-596-52068-7", "title": "A Book", "author": "An Author"}`

func TestASecondStartKeepsTheData(t *testing.T) {
	db := database(t)
	first := start(t, db, "DEMO=true")
	assert.Contains(t, first.log.String(), "admin@example.com")
	assert.Contains(t, first.log.String(), "The library is open at http://localhost:")
	logIn(first.Client, "editor@example.com", "dram-demo").Want(http.StatusCreated)
	first.POST("/api/books", dramtest.JSON(aBook)).Want(http.StatusCreated)
	next := dramtest.Decode[struct{ Links struct{ Next string } }](first.GET("/api/books?limit=5")).Links.Next
	cookie := first.GET("/books").HTTP().Request.Header.Get("Cookie")
	require.NoError(t, first.stop())

	second := start(t, db, "DEMO=true")
	second.GET("/api/books?q=9780596520687").JSON(`{"items": [{"title": "A Book"}]}`)
	second.GET("/api/books" + next).Want(http.StatusOK) // cursors stay good
	second.GET("/api/session", dramtest.Header("Cookie", cookie)).Want(http.StatusOK)
}

func TestTwoProcessesOnOneDatabase(t *testing.T) {
	db := database(t)
	one, other := start(t, db, "DEMO=true"), start(t, db, "DEMO=true")
	links := func(res *dramtest.Response) struct{ Next, Prev string } {
		return dramtest.Decode[struct{ Links struct{ Next, Prev string } }](res.Want(http.StatusOK)).Links
	}
	there := links(one.GET("/api/books?limit=5"))
	back := links(other.GET("/api/books" + there.Next))
	first := dramtest.Decode[map[string]any](one.GET("/api/books?limit=5"))
	one.GET("/api/books" + back.Prev).Want(http.StatusOK).JSON(map[string]any{"items": first["items"]})
}

func TestNoAccountOfTheDemoIsServedOutsideOfIt(t *testing.T) {
	db := database(t)
	demo := start(t, db, "DEMO=true")
	serve := func() error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		environ := []string{"ADDR=127.0.0.1:0", db, "ADMIN_EMAIL=root@example.com", "ADMIN_PASSWORD=correct horse"}
		return run(ctx, nil, environ, io.Discard, io.Discard, func(net.Addr) { cancel() })
	}
	err := serve()
	for _, u := range store.Demo().Users {
		require.ErrorContains(t, err, u.Email+" has the password of the demo")
		logIn(demo.Client, u.Email, u.Password).Want(http.StatusCreated)
		demo.PUT("/api/session/password", dramtest.JSON(map[string]string{"current": u.Password, "password": "correct horse"})).Want(http.StatusNoContent)
	}
	require.NoError(t, demo.stop())
	require.NoError(t, serve())
}

func TestOutsideOfTheDemo(t *testing.T) {
	err := run(t.Context(), nil, []string{"ADDR=127.0.0.1:0", database(t)}, io.Discard, io.Discard, nil)
	require.ErrorContains(t, err, "ADMIN_EMAIL", "an empty database needs a first account")
	err = run(t.Context(), nil, []string{"ADDR=127.0.0.1:0", database(t), "ADMIN_EMAIL=root@example.com", "ADMIN_PASSWORD=short"}, io.Discard, io.Discard, nil)
	require.ErrorContains(t, err, "ADMIN_PASSWORD")

	p := start(t, database(t), "ADMIN_EMAIL=Root@example.com", "ADMIN_PASSWORD=correct horse")
	assert.NotContains(t, p.log.String(), "dram-demo")
	assert.NotContains(t, p.log.String(), "correct horse")
	assert.NotContains(t, p.GET("/login").Want(http.StatusOK).Text(), "dram-demo")
	logIn(p.Client, "root@example.com", "correct horse").Want(http.StatusCreated).JSON(`{"role": "admin"}`)
	p.GET("/api/users").JSON(`{"items": [{"email": "root@example.com"}]}`)
	p.GET("/api/books").JSON(`{"items": []}`)
	p.GET("/books").Want(http.StatusOK).Contains("No book matches")
}

func TestTheAccessLog(t *testing.T) {
	p := start(t, database(t), "DEMO=true", "TRUSTED_PROXIES=127.0.0.1")
	p.GET("/api/books/1?secret=x", dramtest.Header("X-Request-Id", "from-the-proxy"), dramtest.From("198.51.100.7")).Want(http.StatusOK)
	odd := p.GET("/api/books", dramtest.Header("X-Request-Id", "has spaces")).Want(http.StatusOK)
	assert.NotEqual(t, "has spaces", odd.HTTP().Header.Get("X-Request-Id"))
	require.Eventually(t, func() bool {
		for line := range strings.Lines(p.log.String()) {
			if strings.Contains(line, "request_id=from-the-proxy") {
				return strings.Contains(line, "route=/api/books/:id") && strings.Contains(line, "status=200") && strings.Contains(line, "198.51.100.7")
			}
		}
		return false
	}, time.Minute, 10*time.Millisecond)
	assert.NotContains(t, p.log.String(), "secret")
}

func TestNotReadyBeforeItGoes(t *testing.T) {
	p := start(t, database(t), "DEMO=true", "SHUTDOWN_DELAY=2s")
	p.GET("/readyz").Want(http.StatusOK)
	p.quit()
	require.Eventually(t, func() bool { return p.GET("/readyz").Status() == http.StatusServiceUnavailable }, time.Minute, 10*time.Millisecond)
	p.GET("/api/books").Want(http.StatusOK)
}

func TestUnknownCommandsAreRefused(t *testing.T) {
	require.ErrorContains(t, run(t.Context(), []string{"serve"}, nil, io.Discard, io.Discard, nil), `["serve"] is not a command`)
	require.ErrorContains(t, run(t.Context(), nil, []string{"ADDR=8080", "DEMO=x"}, io.Discard, io.Discard, nil), "DEMO")
	err := run(t.Context(), nil, []string{"DATABASE_URL=sqlite:/no/such/directory/library.db"}, io.Discard, io.Discard, nil)
	require.ErrorContains(t, err, "DATABASE_URL")
}

// TestTheDocument compares what the command prints, byte for byte, with the file that shows in
// a review how the API changes: go run . openapi > testdata/openapi.json writes it.
func TestTheDocument(t *testing.T) {
	want, err := os.ReadFile("testdata/openapi.json")
	require.NoError(t, err)
	defer dram.SetMode(dram.Mode())
	defer func(w io.Writer) { dram.DefaultWriter = w }(dram.DefaultWriter)
	for _, mode := range []string{dram.DebugMode, dram.ReleaseMode} {
		var out bytes.Buffer
		dram.SetMode(mode)
		dram.DefaultWriter = &out // as both are stdout
		require.NoError(t, run(t.Context(), []string{"openapi"}, nil, &out, io.Discard, nil))
		if got := out.String(); got != string(want) {
			same := 0
			for same < len(want) && same < len(got) && got[same] == want[same] {
				same++
			}
			t.Fatalf("the document differs from line %d of testdata/openapi.json on; if that was meant: go run . openapi > testdata/openapi.json", 1+strings.Count(got[:same], "\n"))
		}
	}
	served := start(t, database(t), "DEMO=true").GET("/api/openapi.json").Want(http.StatusOK)
	require.JSONEq(t, string(want), served.Text())
}
