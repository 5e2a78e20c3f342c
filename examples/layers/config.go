package main

// This file reads the configuration from the environment. With nothing set the
// service runs in development: plain HTTP on loopback, stores in memory, keys
// and passwords of the moment, which main prints.

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	mw "github.com/dram-go/dram/middleware"
)

// Config is what the environment may set; README.md has the table of names.
type Config struct {
	Addr       string
	Hosts      []string          // the names of this service
	Origins    []string          // other origins, whose pages may call the API
	Proxies    []string          // the proxies that end TLS in front; none in development
	Redis      string            // host:port; "" keeps everything in memory
	RedisKeys  string            // what the names of its keys begin with
	Shop       string            // the server behind /shop/
	JWTKey     string            // the key that signs tokens of the API
	Accounts   map[string]string // names and passwords
	DrainDelay time.Duration     // how long to serve after readiness has failed
	Made       bool              // JWTKey and Accounts are of the moment
	Limits     Limits
}

// Limits are the numbers that one would tune.
type Limits struct {
	PerAddress, PerUser, Guesses int           // requests a minute
	AtOnce, Queue                int           // requests at work, and waiting
	Wait                         time.Duration // in the queue
	Form, Body, Plain            int64         // bytes: a form, an API's body, the same decompressed
	Time                         time.Duration // for a request
}

// defaultLimits are those of the service.
var defaultLimits = Limits{
	PerAddress: 600, PerUser: 300, Guesses: 30,
	AtOnce: 256, Queue: 256, Wait: time.Second,
	Form: 16 << 10, Body: 256 << 10, Plain: 1 << 20,
	Time: 10 * time.Second,
}

// loadConfig reads the environment through get and names all that is wrong.
func loadConfig(get func(string) string) (Config, error) {
	text := func(name, standard string) string {
		if value := strings.TrimSpace(get(name)); value != "" {
			return value
		}
		return standard
	}
	cfg := Config{
		Addr: text("ADDR", "127.0.0.1:8080"), Hosts: list(text("HOSTS", "localhost,127.0.0.1")),
		Origins: list(text("ORIGINS", "http://localhost:5173")), Proxies: list(get("PROXIES")),
		Redis: text("REDIS_ADDR", ""), RedisKeys: text("REDIS_KEYS", "layers:"),
		Shop: text("SHOP_URL", "http://127.0.0.1:8081"), JWTKey: get("JWT_KEY"),
		Accounts: map[string]string{}, Limits: defaultLimits,
	}
	var faults []error
	for _, entry := range list(get("ACCOUNTS")) {
		name, password, _ := strings.Cut(entry, ":")
		if name == "" || password == "" {
			faults = append(faults, errors.New("ACCOUNTS: want name:password,name:password"))
		}
		cfg.Accounts[name] = password
	}
	refuse := func(name string, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
		}
	}
	refuse("HOSTS", mw.HostAllowlistConfig{Hosts: cfg.Hosts}.Validate())
	refuse("ORIGINS", mw.CORSConfig{AllowOrigins: cfg.Origins}.Validate())
	refuse("SHOP_URL", mw.ProxyConfig{Target: cfg.Shop}.Validate())
	if _, _, err := net.SplitHostPort(cfg.Redis); cfg.Redis != "" && err != nil {
		faults = append(faults, errors.New("REDIS_ADDR: want host:port, such as 127.0.0.1:6379"))
	}
	var err error
	if cfg.DrainDelay, err = time.ParseDuration(text("DRAIN_DELAY", "0s")); err != nil || cfg.DrainDelay < 0 {
		faults = append(faults, errors.New("DRAIN_DELAY: want a duration such as 5s"))
	}
	switch {
	case len(cfg.JWTKey) >= 32 && len(cfg.Accounts) > 0:
	case cfg.JWTKey == "" && len(cfg.Accounts) == 0 && cfg.development():
		cfg.Made, cfg.JWTKey = true, rand.Text()+rand.Text()
		cfg.Accounts = map[string]string{"ada": rand.Text(), "operator": rand.Text(), "scraper": rand.Text()}
	default:
		faults = append(faults, errors.New("JWT_KEY and ACCOUNTS: set both, the key with 32 letters at least"))
	}
	if len(faults) > 0 {
		return cfg, fmt.Errorf("the configuration is not valid: %w", errors.Join(faults...))
	}
	return cfg, nil
}

// development tells that no proxy with TLS stands in front.
func (cfg Config) development() bool { return len(cfg.Proxies) == 0 }

// list splits at commas.
func list(value string) (items []string) {
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
