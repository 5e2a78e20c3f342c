package jwt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/dram-go/dram/contrib/internal/layer"
)

// This file keeps the keys of an issuer that publishes them as a JWK set (RFC
// 7517), and fetches them again as the issuer rotates them. jwk.go reads a
// single key.

// The values used when those of JWKSConfig are zero.
const (
	DefaultRefresh     = 15 * time.Minute
	DefaultMinInterval = time.Minute
	DefaultMaxAge      = 24 * time.Hour
	DefaultTimeout     = 10 * time.Second
)

// maxSetBytes and maxSetKeys limit the size of a set.
const (
	maxSetBytes = 1 << 20
	maxSetKeys  = 100
)

// JWKSConfig sets up a JWKS. URL must be set.
type JWKSConfig struct {
	// URL is the address of the set: https, or http on a loopback address.
	URL string
	// Client fetches the set. Default: a client of this JWKS alone that follows no
	// redirect to another host or to http.
	Client *http.Client
	// Refresh is how old the set may become before it is fetched again. Meanwhile
	// requests use the old one. Default DefaultRefresh.
	Refresh time.Duration
	// MinInterval is the minimum time between two fetches, however many unknown
	// keys clients name. Default DefaultMinInterval: an issuer should publish a
	// key at least that long before it signs with it. As long as there are no keys
	// at all, a fetch that failed is repeated after one second, then two, four and
	// so on.
	MinInterval time.Duration
	// MaxAge is how old the set may become while it cannot be fetched. Default
	// DefaultMaxAge. A key that its issuer withdraws is accepted for up to
	// Refresh, and in an outage for up to MaxAge.
	MaxAge time.Duration
	// Timeout is how long a fetch may take. Default DefaultTimeout.
	Timeout time.Duration
}

// Validate reports what is wrong with the configuration.
func (cfg JWKSConfig) Validate() error {
	u, err := url.Parse(cfg.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return layer.Misconfigured("jwt", "JWKSConfig.URL", `%q is not an address; write the issuer's jwks_uri, such as "https://login.example.com/.well-known/jwks.json"`, cfg.URL)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return layer.Misconfigured("jwt", "JWKSConfig.URL", "%q could be changed on its way, and with it who is let in; write https", cfg.URL)
	case cfg.MaxAge > 0 && cfg.MaxAge < cmp.Or(cfg.MinInterval, DefaultMinInterval):
		return layer.Misconfigured("jwt", "JWKSConfig.MaxAge", "%v is over before MinInterval, %v, lets the set be fetched again, and nobody is let in meanwhile; write a longer one", cfg.MaxAge, cmp.Or(cfg.MinInterval, DefaultMinInterval))
	}
	return cmp.Or(layer.WrongTime("jwt", "JWKSConfig.Refresh", cfg.Refresh), layer.WrongTime("jwt", "JWKSConfig.MinInterval", cfg.MinInterval),
		layer.WrongTime("jwt", "JWKSConfig.MaxAge", cfg.MaxAge), layer.WrongTime("jwt", "JWKSConfig.Timeout", cfg.Timeout))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// JWKS is the key set of an issuer. Make one with NewJWKS; it is safe for
// concurrent use, and several layers may share it. It has a goroutine only
// while it fetches.
type JWKS struct {
	cfg JWKSConfig

	mu       sync.Mutex
	keys     []publicKey
	fetched  time.Time     // when keys came
	tried    time.Time     // when the last fetch began
	err      error         // of the last fetch
	failures int           // fetches that failed since the last that did not
	fetching chan struct{} // closed at the end of the fetch that runs; nil if none does
}

// NewJWKS returns a JWKS. It panics if the configuration is wrong. The set is
// fetched when the first token arrives.
func NewJWKS(cfg JWKSConfig) *JWKS {
	layer.Must(cfg.Validate())
	cfg.Refresh = cmp.Or(cfg.Refresh, DefaultRefresh)
	cfg.MinInterval = cmp.Or(cfg.MinInterval, DefaultMinInterval)
	cfg.MaxAge = cmp.Or(cfg.MaxAge, DefaultMaxAge)
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	if cfg.Client == nil {
		cfg.Client = &http.Client{CheckRedirect: sameOrigin}
	}
	return &JWKS{cfg: cfg}
}

// sameOrigin follows redirects only to the same origin.
func sameOrigin(req *http.Request, via []*http.Request) error {
	if first := via[0].URL; req.URL.Scheme != first.Scheme || req.URL.Host != first.Host || len(via) > 5 {
		return fmt.Errorf("a redirect to %s is not followed", req.URL.Redacted())
	}
	return nil
}

// key finds a public key by its kid. It waits for a fetch only when there is no
// other way to tell.
func (s *JWKS) key(ctx context.Context, kid, algorithm string) (any, error) {
	for round := 0; ; round++ {
		key, wait, err := s.look(kid, algorithm, round > 0)
		if wait == nil {
			return key, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrKeysUnavailable, ctx.Err())
		}
	}
}

// look looks up a key in the current set, and begins a fetch if the set is too
// old or does not have the key. It returns a channel to wait for, if looking
// again afterwards could help.
func (s *JWKS) look(kid, algorithm string, again bool) (any, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	usable, pause := !s.fetched.IsZero() && now.Sub(s.fetched) < s.cfg.MaxAge, s.cfg.MinInterval
	if usable {
		if key := find(s.keys, kid, algorithm); key != nil {
			if now.Sub(s.fetched) > s.cfg.Refresh {
				s.begin(now, pause)
			}
			return key, nil, nil
		}
	} else if s.failures > 0 {
		pause = min(pause, time.Second<<min(s.failures-1, 20))
	}
	if !again && (s.begin(now, pause) || s.fetching != nil) {
		return nil, s.fetching, nil
	}
	if !usable {
		return nil, nil, fmt.Errorf("%w: %w", ErrKeysUnavailable, s.err)
	}
	if s.err != nil { // which is why, maybe, and who operates the service sees nothing else of it
		return nil, nil, fmt.Errorf("%w, and the last fetch of the keys has failed: %w", ErrUnknownKey, s.err)
	}
	return nil, nil, ErrUnknownKey
}

// begin begins a fetch, unless one runs or the last began less than pause ago. The
// caller holds the lock.
func (s *JWKS) begin(now time.Time, pause time.Duration) bool {
	if s.fetching != nil || !s.tried.IsZero() && now.Sub(s.tried) < pause {
		return false
	}
	s.tried, s.fetching = now, make(chan struct{})
	go s.fetch(s.fetching)
	return true
}

// fetch fetches the set, for all requests that wait. A set that cannot be had, or
// has no key, leaves the old one.
func (s *JWKS) fetch(done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.Timeout)
	defer cancel()
	keys, err := s.download(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures++
	if s.err = err; err == nil {
		s.keys, s.fetched, s.failures = keys, time.Now(), 0
	}
	s.fetching = nil
	close(done)
}

func (s *JWKS) download(ctx context.Context) ([]publicKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.cfg.URL, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	resp, err := s.cfg.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered with %s", s.cfg.URL, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxSetBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxSetBytes:
		return nil, errors.New("the set is larger than 1 MiB")
	}
	return parseSet(body)
}
