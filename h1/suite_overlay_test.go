package h1_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// This file lays h1 under net/http's own tests: a build overlay puts h1's
// sources into the tree of GOROOT as net/http/h1, and gives the methods of
// http.Server a first line that passes the call on to an h1.Server of the same
// configuration. The tests themselves are compiled as they are.

// suiteHook is added to package http. A call on an http.Server is passed on
// unless h1 itself made it, on the http.Server that it keeps inside.
const suiteHook = `package http

import (
	"context"
	"net"
	"runtime"
	"strings"
)

type H1Hooks interface {
	Serve(*Server, net.Listener) error
	Shutdown(*Server, context.Context) error
	Close(*Server) error
	RegisterOnShutdown(*Server, func())
	SetKeepAlivesEnabled(*Server, bool)
	States(*Server) map[ConnState]int
}

var H1 H1Hooks

func h1Outer() bool {
	if H1 == nil {
		return false
	}
	buf := make([]byte, 8<<10)
	lines := strings.Split(string(buf[:runtime.Stack(buf, false)]), "\n")
	for i := 1; i < len(lines); i += 2 {
		f := strings.TrimPrefix(lines[i], "created by ")
		if strings.HasPrefix(f, "net/http.") || strings.HasPrefix(f, "sync.") {
			continue
		}
		return !strings.HasPrefix(f, "net/http/h1.")
	}
	return true
}
`

// suiteRedirects are the first lines of methods, and what follows each.
var suiteRedirects = []struct{ file, signature, call string }{
	{"server.go", "func (s *Server) Serve(l net.Listener) error {", "if fn := testHookServerServe; fn != nil {\n\t\t\tfn(s, l)\n\t\t}\n\t\treturn H1.Serve(s, l)"},
	{"server.go", "func (s *Server) Shutdown(ctx context.Context) error {", "return H1.Shutdown(s, ctx)"},
	{"server.go", "func (s *Server) Close() error {", "return H1.Close(s)"},
	{"server.go", "func (s *Server) RegisterOnShutdown(f func()) {", "H1.RegisterOnShutdown(s, f)\n\t\treturn"},
	{"server.go", "func (s *Server) SetKeepAlivesEnabled(v bool) {", "H1.SetKeepAlivesEnabled(s, v)\n\t\treturn"},
	{"export_test.go", "func (s *Server) ExportAllConnsByState() map[ConnState]int {", "return H1.States(s)"},
	{"export_test.go", "func (s *Server) ExportAllConnsIdle() bool {", "n := H1.States(s)\n\t\treturn len(n) == 0 || len(n) == 1 && n[StateIdle] > 0"},
}

// suiteGlue is added to h1: it keeps one Server for each http.Server of a test.
const suiteGlue = `package h1

import (
	"cmp"
	"context"
	"log"
	"net"
	"net/http"
	"reflect"
	"sync"
	"time"
)

func init() {
	http.H1 = &suiteGlue{servers: map[*http.Server]*Server{}, states: map[*http.Server]map[net.Conn]http.ConnState{}}
}

type suiteGlue struct {
	mu      sync.Mutex
	servers map[*http.Server]*Server
	states  map[*http.Server]map[net.Conn]http.ConnState
}

func (g *suiteGlue) set(o *http.Server, c net.Conn, s http.ConnState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.states[o] == nil {
		g.states[o] = map[net.Conn]http.ConnState{}
	}
	g.states[o][c] = s
	if s == http.StateClosed || s == http.StateHijacked {
		delete(g.states[o], c)
	}
}

func (g *suiteGlue) States(o *http.Server) map[http.ConnState]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := map[http.ConnState]int{}
	for _, s := range g.states[o] {
		n[s]++
	}
	return n
}

// lateLog writes to the log that the server has at the moment.
type lateLog struct{ o *http.Server }

func (l lateLog) Write(p []byte) (int, error) {
	if l.o.ErrorLog != nil {
		l.o.ErrorLog.Print(string(p))
	} else {
		log.Print(string(p))
	}
	return len(p), nil
}

func (g *suiteGlue) of(o *http.Server) *Server {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.servers[o] == nil {
		g.servers[o] = new(Server)
	}
	return g.servers[o]
}

func (g *suiteGlue) Serve(o *http.Server, l net.Listener) error {
	s := g.of(o)
	g.mu.Lock()
	if s.Handler == nil {
		s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := o.Handler
			if h == nil {
				h = http.DefaultServeMux
			}
			h.ServeHTTP(w, r)
		})
		none := time.Duration(-1)
		s.DisableGeneralOptionsHandler = o.DisableGeneralOptionsHandler
		s.TLSConfig = o.TLSConfig
		s.ReadTimeout, s.WriteTimeout = o.ReadTimeout, o.WriteTimeout
		s.ReadHeaderTimeout = cmp.Or(o.ReadHeaderTimeout, o.ReadTimeout, none)
		s.IdleTimeout = cmp.Or(o.IdleTimeout, o.ReadTimeout, none)
		s.MaxHeaderBytes = o.MaxHeaderBytes
		if count := reflect.ValueOf(o).Elem().FieldByName("MaxHeaderValueCount"); count.IsValid() { // since Go 1.27
			s.MaxHeaderValueCount = int(count.Int())
		}
		s.ErrorLog = log.New(lateLog{o}, "", 0)
		hook := o.ConnState
		s.ConnState = func(c net.Conn, state http.ConnState) {
			g.set(o, c, state)
			if hook != nil {
				hook(c, state)
			}
		}
		s.BaseContext, s.ConnContext = o.BaseContext, o.ConnContext
		s.Protocols, s.HTTP2 = o.Protocols, o.HTTP2
	}
	g.mu.Unlock()
	return s.Serve(l)
}

func (g *suiteGlue) Shutdown(o *http.Server, ctx context.Context) error { return g.of(o).Shutdown(ctx) }
func (g *suiteGlue) Close(o *http.Server) error                         { return g.of(o).Close() }
func (g *suiteGlue) RegisterOnShutdown(o *http.Server, f func())        { g.of(o).RegisterOnShutdown(f) }
func (g *suiteGlue) SetKeepAlivesEnabled(o *http.Server, v bool)        { g.of(o).SetKeepAlivesEnabled(v) }
`

// suiteOverlay writes the overlay for the Go tree at goroot into dir, and
// returns the name of its JSON file.
func suiteOverlay(t *testing.T, goroot, dir string) string {
	t.Helper()
	replace := map[string]string{}
	put := func(name, text string) {
		file := filepath.Join(dir, strings.NewReplacer("/", "_").Replace(name))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		replace[filepath.Join(goroot, "src", "net", "http", filepath.FromSlash(name))] = file
	}

	changed := map[string]string{}
	for _, r := range suiteRedirects {
		if changed[r.file] == "" {
			src, err := os.ReadFile(filepath.Join(goroot, "src", "net", "http", r.file))
			require.NoError(t, err)
			changed[r.file] = string(src)
		}
		require.Equal(t, 1, strings.Count(changed[r.file], "\n"+r.signature+"\n"), r.signature)
		changed[r.file] = strings.Replace(changed[r.file], r.signature,
			r.signature+"\n\tif h1Outer() {\n\t\t"+r.call+"\n\t}", 1)
	}
	for name, text := range changed {
		put(name, text)
	}
	put("h1hook.go", suiteHook)
	put("h1/suite_glue.go", suiteGlue)

	sources, err := filepath.Glob("*.go")
	require.NoError(t, err)
	grammar, err := filepath.Glob("../internal/httpfield/*.go")
	require.NoError(t, err)
	for _, name := range append(sources, grammar...) {
		if strings.HasSuffix(name, "_test.go") || name == "run.go" {
			continue
		}
		src, err := os.ReadFile(name)
		require.NoError(t, err)
		put("h1/"+strings.TrimPrefix(filepath.ToSlash(name), "../internal/"),
			strings.ReplaceAll(string(src), `"github.com/dram-go/dram/internal/`, `"net/http/h1/`))
	}
	put("h1_test.go", "package http_test\n\nimport _ \"net/http/h1\"\n")
	put("httputil/h1_test.go", "package httputil_test\n\nimport _ \"net/http/h1\"\n")
	put("httptest/h1_test.go", "package httptest_test\n\nimport _ \"net/http/h1\"\n")

	file := filepath.Join(dir, "overlay.json")
	data, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, data, 0o600))
	return file
}
