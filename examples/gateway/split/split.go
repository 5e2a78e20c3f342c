// Package split says which version of an upstream gets a request: by the shares of the file, by a
// header or a cookie, the same one for the same client (middleware.Split). It watches what comes of
// it (watch.go), and raises the share of a new version in steps, or takes it back (ramp.go).
package split

import (
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/key"
	"github.com/dram-go/dram/examples/gateway/upstream"
	"github.com/dram-go/dram/middleware"
)

// Split is the split of a route. It is safe for concurrent use; a nil one splits nothing.
type Split struct {
	route    string
	cfg      *config.Split
	print    string   // what the file says
	versions []string // the one that is to grow first: it keeps the clients that it has
	log      *slog.Logger
	layer    atomic.Pointer[dram.HandlerFunc] // for the shares now

	mu      sync.Mutex
	shares  map[string]float64
	seen    map[string]*window
	ramp    *ramp // nil without one
	records []Record
}

// New makes the Split of a route: the one before, where the file says the same of it; otherwise its
// records go on.
func New(route string, cfg *config.Split, before *Split, log *slog.Logger) *Split {
	text, _ := json.Marshal(cfg) // of plain values: it does not fail
	if before != nil && before.print == string(text) {
		return before
	}
	s := &Split{
		route: route, cfg: cfg, print: string(text), versions: slices.Sorted(maps.Keys(cfg.Shares)),
		log: log.With("route", route), shares: make(map[string]float64), seen: make(map[string]*window),
	}
	size, slow := leastWindow, time.Duration(0)
	if cfg.Ramp != nil {
		s.lead(cfg.Ramp.Version)
		size, slow = max(size, cfg.Ramp.Abort.Least), time.Duration(cfg.Ramp.Abort.P99)
	}
	for version, share := range cfg.Shares {
		s.shares[version] = float64(share)
		s.seen[version] = newWindow(size, slow)
	}
	if before != nil {
		before.mu.Lock()
		s.records = slices.Clone(before.records)
		before.mu.Unlock()
	}
	if cfg.Ramp != nil {
		s.ramp = &ramp{Ramp: cfg.Ramp}
		s.to(Rising, s.ramp.start(s.shares[cfg.Ramp.Version]), "the file says so")
	} else {
		s.apply()
	}
	return s
}

// lead puts a version first.
func (s *Split) lead(version string) {
	i := slices.Index(s.versions, version)
	s.versions = slices.Insert(slices.Delete(s.versions, i, i+1), 0, version)
}

// million is what shares are multiplied by to be weights.
const million = 1_000_000

// settings are those of the layer, for the shares now.
func (s *Split) settings() middleware.SplitConfig {
	cfg := middleware.SplitConfig{Salt: s.route}
	for _, version := range s.versions {
		weight := int(math.Round(s.shares[version] * million))
		cfg.Variants = append(cfg.Variants, middleware.SplitVariant{Name: version, Weight: weight})
	}
	if s.cfg.Sticky != "none" {
		cfg.Key = key.Of(s.cfg.Sticky)
	}
	return cfg
}

// apply makes the layer anew; mu is held, or s is not yet known to others.
func (s *Split) apply() {
	layer := middleware.Split(s.settings())
	s.layer.Store(&layer)
}

// Layer chooses a version for each request, and sees where there is no server of it.
func (s *Split) Layer(c *dram.Context) {
	if version := s.named(c); version != "" {
		c.Set(middleware.SplitVariantKey, version)
		c.Set(namedKey{}, true)
	} else {
		(*s.layer.Load())(c)
	}
	c.Next()
	if slices.ContainsFunc(c.Errors, func(err *dram.Error) bool { return errors.Is(err, upstream.ErrNone) }) {
		s.saw(VersionOf(c), true, 0)
	}
}

// named is the version that the request's cookie or header chooses, "" without one.
func (s *Split) named(c *dram.Context) string {
	var names []string
	if s.cfg.Cookie != "" {
		if cookie, err := c.Request.Cookie(s.cfg.Cookie); err == nil {
			names = append(names, cookie.Value)
		}
	}
	if s.cfg.Header != "" {
		names = append(names, c.GetHeader(s.cfg.Header))
	}
	for _, name := range names {
		if slices.Contains(s.versions, name) {
			return name
		}
	}
	return ""
}

type namedKey struct{}

// VersionOf is the version that has been chosen for a request; "" on a route without a split.
func VersionOf(c *dram.Context) string { return c.GetString(middleware.SplitVariantKey) }

// IsNamed reports whether the request has chosen its version itself.
func IsNamed(c *dram.Context) bool { return c.GetBool(namedKey{}) }

// maxRecords bounds the records of a Split: the oldest ones go.
const maxRecords = 100

// Record is a change of a share.
type Record struct {
	At       time.Time
	Version  string
	From, To float64
	Why      string
}

// State is what a Split is at one moment.
type State struct {
	Route    string
	Versions []Version
	Ramp     *RampState // nil without one
	Records  []Record   // the newest last
}

// Version is a version's part in it.
type Version struct {
	Name  string
	Share float64
	// Requests, Failed and P99 are those of the last requests since its share was changed.
	Requests, Failed int
	P99              config.Duration
}

// State returns what the split is now.
func (s *Split) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := State{Route: s.route, Records: slices.Clone(s.records)}
	for _, name := range s.versions {
		w := s.seen[name]
		state.Versions = append(state.Versions, Version{Name: name, Share: s.shares[name], Requests: w.n, Failed: w.failed, P99: config.Duration(w.p99())})
	}
	if s.ramp != nil {
		state.Ramp = s.ramp.state(s.shares[s.ramp.Version])
	}
	return state
}
