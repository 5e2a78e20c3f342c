package inspect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/config"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/observe"
	"github.com/dram-go/dram/internal/serve"
	"github.com/dram-go/dram/router"
)

// ErrRelease says that the program runs in release mode, where inspect does not show it.
var ErrRelease = errors.New("inspect: the program runs in release mode: call Mount in debug mode only (if dram.IsDebugging()), " +
	"or put a layer that asks who it is on the engine before, and set Config.Guarded")

// Config sets up Mount. Its zero value is ready.
type Config struct {
	// Path is where the pages are. Default "/debug/dram".
	Path string
	// Hosts are further names that the pages are asked for by, "dev.example.com" or with a port, beside
	// localhost, 127.0.0.1, [::1] and the addresses that are listened at. A proxy may ask for these only.
	Hosts []string
	// Guarded says that the layers which the engine has when Mount is called guard Path: they are around
	// the pages then, which release mode serves as well. The token is asked for all the same.
	Guarded bool
	// Requests is how many requests are kept. Default 200.
	Requests int
	// Bytes is about how many bytes the kept requests may take. Default 4 MiB.
	Bytes int
	// Slow, if set, keeps an execution trace of the last seconds (runtime/trace.FlightRecorder) when a
	// request takes that long, once in ten seconds at most. The program is traced all the time then,
	// which costs it a few percent.
	Slow time.Duration
	// Out is where the address is printed. Default dram.DefaultWriter in debug mode, nowhere in test mode; release
	// mode has none.
	Out io.Writer
}

// pathLetters are those that Path may have: with them it has one spelling.
const pathLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"

// Validate reports what is wrong with the configuration.
func (cfg Config) Validate() error {
	isPlain := strings.Trim(cfg.Path, pathLetters) == "" && cfg.Path == strings.TrimSuffix(router.CleanPath(cfg.Path), "/")
	if cfg.Path != "" && !isPlain {
		return fmt.Errorf("inspect: Path %q: write it as \"/debug/dram\", of letters, digits, \"-\", \".\", \"_\" and \"~\"", cfg.Path)
	}
	for _, name := range cfg.Hosts {
		if _, ok := httpfield.ParseHost(name); !ok {
			return fmt.Errorf("inspect: Hosts: %q is not a host; write \"dev.example.com\" or \"dev.example.com:8443\"", name)
		}
	}
	if cfg.Requests < 0 || cfg.Bytes < 0 {
		return errors.New("inspect: Requests and Bytes are not negative; 0 is the default")
	}
	if fault := config.TimeFault(cfg.Slow); fault != "" {
		return errors.New("inspect: Slow: " + fault)
	}
	return nil
}

// inspector is what is mounted on one engine.
type inspector struct {
	Config
	engine   *dram.Engine
	guard    *guard
	recorder *recorder
	ring     *ring
	flight   *flight
	conns    connections
	streams  streams
	since    time.Time

	known atomic.Bool            // the address was printed
	base  atomic.Pointer[string] // "http://localhost:8080"
}

// Mount records the requests of an engine from now on, and serves the pages that show them below
// Config.Path. When a Run method listens, or with the first request of another server, it prints their
// address with a token that works once: a browser that opens it gets a cookie, and another address
// is printed. It is an error in release mode, unless Config.Guarded is set; while the program runs in release mode an
// engine that was mounted before is not recorded, and its pages are not there.
//
// The layers of the engine are not around the pages, unless Config.Guarded is set. The pages answer only
// for the hosts of Config.Hosts, localhost and the like (DNS rebinding), not to pages of other origins,
// and not through a proxy that was not named. Secrets are masked as in logs (dram.MaskHeader); bodies are
// not recorded.
//
// Call it before the engine serves. Requests on which no handler runs, as those of a path without a
// route in an engine without layers, are not seen.
func Mount(r *dram.Engine, cfg Config) error {
	_, err := mount(r, cfg)
	return err
}

func mount(r *dram.Engine, cfg Config) (*inspector, error) {
	if r == nil {
		return nil, errors.New("inspect: Mount was given no engine: pass that of dram.New or dram.Default")
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if dram.Mode() == dram.ReleaseMode && !cfg.Guarded {
		return nil, ErrRelease
	}
	if cfg.Guarded && len(r.Handlers) == 0 {
		return nil, errors.New("inspect: Config.Guarded is set, and the engine has no layers: call Use with the one that asks who it is, and then Mount")
	}
	if dram.Mode() == dram.ReleaseMode && cfg.Out == nil {
		return nil, errors.New("inspect: nobody would see the address of the pages, since release mode prints nothing: set Config.Out, to os.Stderr say")
	}
	cfg.Path = cmp.Or(cfg.Path, "/debug/dram")
	for _, route := range r.Routes() {
		if isOwn(route.HandlerFunc) {
			return nil, fmt.Errorf("inspect: the engine is mounted already, at %s: mount once", route.Path)
		}
		if route.Host == "" && isBelow(route.Path, cfg.Path) {
			return nil, fmt.Errorf("inspect: the engine has the route %s %s already (%s): set Config.Path", route.Method, route.Path, route.Source)
		}
	}
	if cfg.Out == nil && dram.IsDebugging() {
		cfg.Out = dram.DefaultWriter
	}
	m := &inspector{
		Config: cfg, engine: r, guard: newGuard(cfg), since: time.Now(), flight: newFlight(cfg.Slow),
		ring: &ring{count: cmp.Or(cfg.Requests, 200), bytes: cmp.Or(cfg.Bytes, 4<<20)},
	}
	m.guard.used = m.printNext
	m.recorder = &recorder{
		own: cfg.Path, room: m.guard.room, begins: m.begins, ends: m.ends,
		places:  func(chain dram.HandlersChain) []string { return observe.Placed(r, chain) },
		secrets: sync.OnceValue(func() *secrets { return secretsOf(r) }),
		isOn:    func() bool { return cfg.Guarded || dram.Mode() != dram.ReleaseMode },
	}
	observe.Handlers(r, m.recorder)
	life, _, _ := serve.Of(r)
	m.watch(life)
	m.route()
	return m, nil
}

// route registers the pages.
func (m *inspector) route() {
	group := m.engine.Group(m.Path)
	if !m.Guarded {
		group.Handlers = nil
	}
	group.Use(dram.Recovery(), func(c *dram.Context) {
		if !m.recorder.isOn() {
			c.Abort()
			c.FileFromFS("", nothing{}) // as of any path without a route
			return
		}
		m.begins(c)
	}, m.guard.pass)
	group.GET("", m.page)
	group.GET("/*page", m.page)
	group.POST("/*page", m.act)
}

// nothing is a file system without files.
type nothing struct{}

func (nothing) Open(string) (http.File, error) { return nil, fs.ErrNotExist }

// watch looks at the servers of the engine.
func (m *inspector) watch(life *serve.Life) {
	listening, connection := life.Listening, life.Connection
	life.Listening = func(addr net.Addr) {
		listening(addr)
		m.known.Store(true)
		m.listens("http", addr)
	}
	life.Connection = func(conn net.Conn, state http.ConnState) {
		if connection != nil {
			connection(conn, state)
		}
		m.conns.note(conn, state)
	}
	m.engine.OnShutdown(func(context.Context) { m.flight.stop() })
}

// begins is told of a request.
func (m *inspector) begins(c *dram.Context) {
	if !m.known.Load() {
		if addr, ok := c.Request.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && m.known.CompareAndSwap(false, true) {
			m.listens(c.Scheme(), addr)
		}
	}
}

// listens prints the address of the pages, given one that the engine serves.
func (m *inspector) listens(scheme string, addr net.Addr) {
	base := ""
	if at, ok := addr.(*net.TCPAddr); ok {
		m.guard.listens(at)
		base = m.reached(scheme, at)
	}
	if m.base.Swap(&base) == nil && dram.IsDebugging() {
		for _, found := range startLines(m.engine) {
			m.print("[WARNING] %s", found)
		}
	}
	m.print("inspect: %s%s", base, m.guard.link())
}

// reached returns the address by which the pages are reached: the routes of a host that Engine.Host
// has may stand in the way of localhost.
func (m *inspector) reached(scheme string, at *net.TCPAddr) string {
	names := []string{at.IP.String()}
	switch {
	case at.IP.IsUnspecified():
		names = []string{"localhost", "127.0.0.1", "::1"}
	case at.IP.IsLoopback():
		names = []string{"localhost", at.IP.String()}
	}
	for _, name := range names {
		base := scheme + "://" + net.JoinHostPort(name, strconv.Itoa(at.Port))
		if req, err := requestFor(http.MethodGet, base+m.Path+"/"); err == nil && isBelow(observe.Ask(m.engine, req).Pattern, m.Path) {
			return base
		}
	}
	m.print("[WARNING] inspect: Engine.Host has routes for %s, in which the pages are not: ask for them by another name, of Config.Hosts", strings.Join(names, " and "))
	return scheme + "://" + at.String()
}

// printNext prints the address for the next browser.
func (m *inspector) printNext() {
	if base := m.base.Load(); base != nil {
		m.print("inspect: the address was opened; for another browser: %s%s", *base, m.guard.link())
	}
}

func (m *inspector) print(format string, values ...any) {
	if m.Out != nil {
		_, _ = fmt.Fprintf(m.Out, "[DRAM-debug] "+format+"\n", values...)
	}
}

// ends is told of a request that is over.
func (m *inspector) ends(c *dram.Context, rec *request) {
	m.ring.add(rec)
	if again, ok := c.Request.Context().Value(againKey{}).(*again); ok {
		again.id = rec.id
	}
	m.flight.look(rec)
}
