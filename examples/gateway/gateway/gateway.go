// Package gateway is the gateway as a library: Load compiles a file into an Engine, and a Gateway
// serves with the newest one. A new file takes the place of the old one at once; requests that
// are being answered end with the one that they began with.
package gateway

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/auth"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/limit"
	"github.com/dram-go/dram/examples/gateway/risk"
	"github.com/dram-go/dram/examples/gateway/seen"
	"github.com/dram-go/dram/examples/gateway/upstream"
)

// Options are what a program adds to the file. Its zero value adds nothing.
type Options struct {
	// Log is where the gateway writes; by default slog.Default().
	Log *slog.Logger
	// Layers run for each request, behind those that see all of them (request id, log,
	// metrics) and in front of the route's own: a team's layers are HandlerFuncs.
	Layers []dram.HandlerFunc
}

// Gateway is an http.Handler.
type Gateway struct {
	options Options
	name    string // of the file
	loaded  bool   // from it
	metrics *seen.Metrics

	requests atomic.Int64                // that are being answered
	began    atomic.Pointer[config.File] // Run has begun with it
	stopping context.Context             // it ends when Run is to end
	stop     context.CancelFunc
	cutting  context.Context // it ends when what has not ended by then is cut
	cut      context.CancelFunc

	mu      sync.Mutex                 // of changes
	refused atomic.Pointer[generation] // what is wanted, and at fault; nil if it is served with
	current atomic.Pointer[generation]

	living sync.Mutex
	alive  []*generation // the current one, and those before it that have requests
}

// generation is what one file has been compiled to.
type generation struct {
	file      *config.File
	text      []byte
	tag       string // of the text
	since     time.Time
	engine    *dram.Engine
	upstreams upstream.Set
	routes    []*route
	judge     *risk.Judge  // nil without risk
	tracer    *seen.Tracer // nil without traces

	ways     map[string]*auth.Way
	identity *auth.Identity
	redis    *limit.Redis
	tls      *tls.Config
	kept     map[string]any // counters and answers, by what they are of

	// users is held for reading by the requests that have begun with it, and locked for good when
	// another one has taken its place.
	users sync.RWMutex
}

// close ends what no other generation has; nobody uses this one any more. The tracer, which waits for a collector, is
// left to the caller, nil if another one has it.
func (gen *generation) close(others ...*generation) (tracer *seen.Tracer) {
	var sets []upstream.Set
	redis, tracer := true, gen.tracer
	for _, other := range others {
		sets = append(sets, other.upstreams)
		redis = redis && other.redis != gen.redis
		if other.tracer == gen.tracer {
			tracer = nil
		}
	}
	gen.upstreams.Close(sets...)
	if redis {
		gen.redis.Close()
	}
	return tracer
}

// leave closes a generation that requests have left, or that has had none: what others, with requests of theirs,
// have of it as well stays.
func (g *Gateway) leave(gen *generation) {
	g.living.Lock()
	g.alive = slices.DeleteFunc(g.alive, func(one *generation) bool { return one == gen })
	tracer := gen.close(g.alive...)
	g.living.Unlock() // the next file does not wait for the collector
	tracer.Close()
}

// Load compiles a file. The error is config.Faults if the file is at fault.
func Load(name string, options Options) (*Gateway, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	g, err := New(name, text, options)
	if err == nil {
		g.loaded = true
	}
	return g, err
}

// New is Load for a text that is at hand; name is what its mistakes are told of, and where
// relative names of files begin.
func New(name string, text []byte, options Options) (*Gateway, error) {
	if options.Log == nil {
		options.Log = slog.Default()
	}
	g := empty(name, options)
	if err := g.Use(text); err != nil {
		return nil, err
	}
	return g, nil
}

func empty(name string, options Options) *Gateway {
	g := &Gateway{options: options, name: name}
	g.stopping, g.stop = context.WithCancel(context.Background())
	g.cutting, g.cut = context.WithCancel(context.Background())
	g.current.Store(new(generation))
	g.metrics = seen.NewMetrics(g.pools, g.splits)
	return g
}

// Reload reads the file again, if it was Loaded, and those that it names.
func (g *Gateway) Reload() (err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	text := g.Text()
	if refused := g.refused.Load(); refused != nil {
		text = refused.text
	}
	if g.loaded {
		if text, err = os.ReadFile(g.name); err != nil {
			g.refused.Store(&generation{tag: tagOf(nil)})
			return err
		}
	}
	return g.use(text, true)
}

// Use compiles a text in place of the file's and serves with it. If it is at fault nothing
// changes.
func (g *Gateway) Use(text []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.use(text, !g.loaded)
}

// use serves with a text. One that is wanted is tried again when what it names changes.
func (g *Gateway) use(text []byte, wanted bool) error {
	next, err := g.compile(text)
	if err == nil {
		g.swap(next)
	} else if wanted {
		g.refused.Store(next)
	}
	return err
}

// swap serves with another generation from now on.
func (g *Gateway) swap(next *generation) {
	g.living.Lock()
	g.alive = append(g.alive, next)
	g.living.Unlock()
	for _, r := range next.routes {
		g.ramp(r) // which says so in the log
	}
	old := g.current.Swap(next)
	g.refused.Store(nil)
	next.upstreams.Start()
	g.unused(next.file)
	go func() {
		old.users.Lock() // when the requests that it has begun have ended
		g.leave(old)
		g.forget(old)
	}()
}

// ServeHTTP serves with the newest file.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := g.current.Load()
	for !now.users.TryRLock() { // another one has come in between
		now = g.current.Load()
	}
	defer now.users.RUnlock()
	g.requests.Add(1)
	defer g.requests.Add(-1)
	ctx, end := context.WithCancelCause(r.Context())
	defer end(nil)
	r = r.WithContext(ctx)
	client := newPatient(w, r, time.Duration(now.file.Listen.Idle))
	body, _ := r.Body.(*arriving)
	defer context.AfterFunc(g.cutting, func() {
		end(errCut)
		body.cut()
	})()
	now.engine.ServeHTTP(client, r)
	if r.Context().Err() == nil {
		client.begin() // what the server still has, and reads
	}
}

// Tag is the ETag of the text that is served with.
func (g *Gateway) Tag() string { return g.current.Load().tag }

// Text is the text that is served with.
func (g *Gateway) Text() []byte { return g.current.Load().text }

func tagOf(text []byte) string {
	sum := sha256.Sum256(text)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// keep returns what the generation before has under a name, and makes it if there is none.
func keep[T any](next, before *generation, name string, make func() T) T {
	v, ok := before.kept[name].(T)
	if !ok {
		v = make()
	}
	next.kept[name] = v
	return v
}

// Check reports every mistake of a file, those that only show when it is compiled as well. It asks no
// server.
func Check(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	g := empty(name, Options{Log: slog.New(slog.DiscardHandler)})
	next, err := g.compile(text)
	if err == nil {
		next.close().Close()
	}
	return err
}
