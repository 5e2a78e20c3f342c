package wiretest

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/certtest"
	"github.com/dram-go/dram/h1"
)

// This file starts the servers, each as a program does, and writes down what their handler sees.

// patience is how long a test waits for what has to come; only a failing one waits so long.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	log.SetOutput(io.Discard) // what net/http says of each connection that it ends
	os.Exit(m.Run())
}

// seen is a request as a handler saw it.
type seen struct {
	method, target, body string
	whole                bool // the body could be read to its end
	header               http.Header
}

// server is an Engine that runs.
type server struct {
	addr   string
	engine *dram.Engine
	done   chan error

	mu       sync.Mutex
	requests []*seen
	now, top int // handlers that run, and the most that did
}

// kinds are the ways to serve an Engine.
var kinds = map[string]func(t *testing.T, engine *dram.Engine) (run func() error){
	"net/http": func(_ *testing.T, engine *dram.Engine) func() error {
		return func() error { return engine.Run("127.0.0.1:0") }
	},
	"net/http, h2c": func(_ *testing.T, engine *dram.Engine) func() error {
		engine.UseH2C = true
		return func() error { return engine.Run("127.0.0.1:0") }
	},
	"net/http, TLS": func(t *testing.T, engine *dram.Engine) func() error {
		cert, key := certtest.NewAuthority(t).Files("localhost")
		return func() error { return engine.RunTLS("127.0.0.1:0", cert, key) }
	},
	"h1": func(_ *testing.T, engine *dram.Engine) func() error {
		return func() error { return (&h1.Server{Handler: engine}).Run("127.0.0.1:0") }
	},
	"h1, h2c": func(_ *testing.T, engine *dram.Engine) func() error {
		protocols := new(http.Protocols)
		protocols.SetHTTP1(true)
		protocols.SetUnencryptedHTTP2(true)
		return func() error { return (&h1.Server{Handler: engine, Protocols: protocols}).Run("127.0.0.1:0") }
	},
}

// start runs a server until the test ends. Its handler writes down every request, whatever its
// method and target; answer, if set, answers those whose path it knows.
func start(t *testing.T, kind string, answer func(c *dram.Context) (known bool)) *server {
	t.Helper()
	s := &server{engine: dram.New(), done: make(chan error, 1)}
	s.engine.Use(dram.RecoveryWithWriter(nil))
	s.engine.NoRoute(func(c *dram.Context) { s.handle(c, answer) })
	listening := make(chan net.Addr, 1)
	s.engine.OnListen = func(addr net.Addr) { listening <- addr }
	run := kinds[kind](t, s.engine)
	go func() { s.done <- run() }()
	select {
	case addr := <-listening:
		s.addr = addr.String()
	case err := <-s.done:
		require.NoError(t, err, "it ended before it listened")
	case <-time.After(patience):
		require.Fail(t, "it does not listen")
	}
	t.Cleanup(func() { s.stop(t) })
	return s
}

// stop ends the server when all handlers have returned.
func (s *server) stop(t *testing.T) {
	if s.done == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, s.engine.Shutdown(ctx))
	require.ErrorIs(t, <-s.done, http.ErrServerClosed)
	s.done = nil
}

func (s *server) handle(c *dram.Context, answer func(c *dram.Context) bool) {
	r := &seen{method: c.Request.Method, target: c.Request.RequestURI, header: c.Request.Header.Clone()}
	s.mu.Lock()
	s.requests = append(s.requests, r)
	s.now++
	s.top = max(s.top, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.now--
		s.mu.Unlock()
	}()
	if answer != nil && answer(c) {
		return
	}
	body, err := io.ReadAll(c.Request.Body)
	s.mu.Lock()
	r.body, r.whole = string(body), err == nil
	s.mu.Unlock()
	if err != nil {
		c.AbortWithStatus(http.StatusBadRequest)
		return
	}
	c.String(http.StatusOK, "%s", c.Request.URL.Path)
}

// taken returns the requests seen since the last call.
func (s *server) taken() (list []seen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		list = append(list, *r)
	}
	s.requests = nil
	return list
}

// saw reports how many requests have a target with a suffix.
func (s *server) saw(suffix string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if strings.HasSuffix(r.target, suffix) {
			n++
		}
	}
	return n
}

// running is how many handlers run, and the most that ran at once.
func (s *server) running() (now, top int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now, s.top
}
