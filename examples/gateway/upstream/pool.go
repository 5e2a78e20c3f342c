// Package upstream knows the servers behind the gateway: which are well (health.go, server.go),
// and which of them gets a request (pick.go). A Pool is one upstream of the file; a Set has
// those of a file, and keeps the ones that a new file has not changed, with their connections.
package upstream

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/dram-go/dram/examples/gateway/config"
)

// Pool is an upstream.
type Pool struct {
	Name      string
	Servers   []*Server
	HashBy    string          // "" if servers are not chosen by a hash
	Transport *http.Transport // of its connections
	Config    *config.Upstream
	Print     string // equal for upstreams of which files say the same

	before   *Pool // of which it takes the place when it starts
	start    sync.Once
	ejecting sync.Mutex
	ctx      context.Context // ends with it
	end      context.CancelFunc
	ended    sync.WaitGroup
	keeping  sync.Mutex
	kept     map[any]io.Closer
}

// Keep returns what was kept with the Pool under a key, and makes it if there is none. It is
// closed with the Pool: what belongs to the servers, and lives as long as they do.
func (p *Pool) Keep(key any, make func() (io.Closer, error)) (io.Closer, error) {
	p.keeping.Lock()
	defer p.keeping.Unlock()
	if known, ok := p.kept[key]; ok {
		return known, nil
	}
	made, err := make()
	if err == nil {
		p.kept[key] = made
	}
	return made, err
}

// newPool makes a Pool, which asks nobody before it starts. It knows what before, if not nil, has learned.
func newPool(name string, file *config.File, cfg *config.Upstream, before *Pool, log *slog.Logger) (*Pool, error) {
	transport, err := newTransport(file, cfg)
	p := &Pool{Name: name, Config: cfg, Transport: transport, Print: fingerprint(file, cfg), before: before, kept: make(map[any]io.Closer)}
	if cfg.Balance == "hash" {
		p.HashBy = cfg.HashBy
	}
	servers := cfg.Servers
	if len(servers) == 0 {
		servers = cfg.GRPC
	}
	same := make(map[string]*Server)
	if before != nil {
		for _, s := range before.Servers {
			same[s.Addr] = s
		}
	}
	for _, s := range servers {
		p.Servers = append(p.Servers, newServer(name, cfg, s, same[s.URL.String()], log))
	}
	p.ctx, p.end = context.WithCancel(context.Background())
	return p, err
}

// Start checks the servers of all Pools until they are closed.
func (s Set) Start() {
	for _, p := range s {
		p.start.Do(func() {
			if p.before != nil {
				p.before.end() // one check of a server speaks
				p.before = nil
			}
			if p.Config.Health == nil {
				return
			}
			for _, server := range p.Servers {
				p.ended.Go(func() { p.watch(p.ctx, server) })
			}
		})
	}
}

// close ends the checks, the connections that nobody uses, and what was kept.
func (p *Pool) close() {
	p.end()
	p.ended.Wait()
	p.Transport.CloseIdleConnections()
	for _, kept := range p.kept {
		_ = kept.Close() // of connections that nobody uses
	}
}

// newTransport makes the one that the connections of an upstream belong to.
func newTransport(file *config.File, cfg *config.Upstream) (_ *http.Transport, err error) {
	t := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second,
		DisableCompression:     true, // bodies pass as they are
		MaxResponseHeaderBytes: 64 << 10,
	}
	if cfg.CA != "" {
		t.TLSClientConfig = new(tls.Config)
		t.TLSClientConfig.RootCAs, err = file.Certificates(cfg.At, "ca", cfg.CA)
	}
	return t, err
}

// fingerprint is equal for upstreams that are the same.
func fingerprint(file *config.File, cfg *config.Upstream) string {
	text, _ := json.Marshal(cfg) // of plain values: it does not fail
	for _, name := range []string{cfg.CA, cfg.Descriptors} {
		if name != "" {
			text = append(text, config.Stamp(file.Name(name))...)
		}
	}
	return string(text)
}

// Set are the upstreams of a file.
type Set map[string]*Pool

// NewSet makes the upstreams of a file, taking those of before that are the same.
func NewSet(file *config.File, before Set, log *slog.Logger) (Set, error) {
	set := make(Set, len(file.Upstreams))
	var faults config.Faults
	for name, cfg := range file.Upstreams {
		old := before[name]
		if old != nil && old.Print == fingerprint(file, cfg) {
			set[name] = old
			continue
		}
		p, err := newPool(name, file, cfg, old, log)
		if err = faults.Take(err); err != nil {
			return set, err
		}
		set[name] = p
	}
	return set, faults.Err()
}

// Close closes the upstreams that no other Set has.
func (s Set) Close(others ...Set) {
	for name, p := range s {
		if !slices.ContainsFunc(others, func(other Set) bool { return other[name] == p }) {
			p.close()
		}
	}
}
