// Package config reads the settings of the server from the environment, once, at the
// start. Nothing else in the program looks at the environment.
package config

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram/examples/realworld/internal/auth"
	"github.com/dram-go/dram/middleware"
)

// Config holds every setting. Get one from Load.
type Config struct {
	Demo            bool          // CONDUIT_ENV is "demo", not "production"
	Addr            string        // ADDR
	DatabaseURL     string        // DATABASE_URL
	Secret          []byte        // JWT_SECRET; in demo mode a random one unless it is set
	SecretIsRandom  bool          // tokens end with the process
	TokenTTL        time.Duration // JWT_TTL
	Origins         []string      // CORS_ORIGINS
	TrustedProxies  []string      // TRUSTED_PROXIES
	Dialect         string        // API_DIALECT: "web", "openapi" or "hurl"
	LogLevel        slog.Level    // LOG_LEVEL
	LogJSON         bool          // LOG_FORMAT is "json", not "text"
	ReadTimeout     time.Duration // READ_TIMEOUT
	DrainDelay      time.Duration // DRAIN_DELAY
	ShutdownTimeout time.Duration // SHUTDOWN_TIMEOUT
}

// Load reads the settings through getenv (os.Getenv in a server). A setting that is empty
// has its default. The error names all settings that are wrong at once, each with what
// would be right.
func Load(getenv func(string) string) (Config, error) {
	r := reader{getenv: getenv}
	c := Config{
		Demo:            r.oneOf("CONDUIT_ENV", "demo", "production") == "demo",
		Addr:            r.address("ADDR", "127.0.0.1:8080"),
		DatabaseURL:     r.database("DATABASE_URL", "conduit.db"),
		Secret:          []byte(r.text("JWT_SECRET", "")),
		TokenTTL:        r.duration("JWT_TTL", 72*time.Hour, time.Minute),
		Origins:         r.origins("CORS_ORIGINS", "*"),
		TrustedProxies:  r.networks("TRUSTED_PROXIES"),
		Dialect:         r.oneOf("API_DIALECT", "web", "openapi", "hurl"),
		LogLevel:        r.level("LOG_LEVEL"),
		LogJSON:         r.oneOf("LOG_FORMAT", "text", "json") == "json",
		ReadTimeout:     r.duration("READ_TIMEOUT", time.Minute, time.Second),
		DrainDelay:      r.duration("DRAIN_DELAY", 0, 0),
		ShutdownTimeout: r.duration("SHUTDOWN_TIMEOUT", 10*time.Second, time.Second),
	}
	switch {
	case len(c.Secret) == 0 && c.Demo:
		c.Secret, c.SecretIsRandom = []byte(rand.Text()+rand.Text()), true
	case len(c.Secret) == 0:
		r.wrong("JWT_SECRET", "is missing: outside demo mode set it to a random text of at least %d bytes", auth.MinSecret)
	case len(c.Secret) < auth.MinSecret:
		r.wrong("JWT_SECRET", "has %d bytes; at least %d are needed", len(c.Secret), auth.MinSecret)
	}
	if len(r.problems) > 0 {
		return Config{}, fmt.Errorf("config: %w", errors.Join(r.problems...))
	}
	return c, nil
}

// reader reads settings and gathers what is wrong with them.
type reader struct {
	getenv   func(string) string
	problems []error
}

func (r *reader) wrong(name, format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf(name+" "+format, args...))
}

func (r *reader) text(name, fallback string) string {
	if v := strings.TrimSpace(r.getenv(name)); v != "" {
		return v
	}
	return fallback
}

// address reads where to listen.
func (r *reader) address(name, fallback string) string {
	v := r.text(name, fallback)
	_, port, err := net.SplitHostPort(v)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		r.wrong(name, "is %q; it is host:port, or :port for all interfaces", v)
	}
	return v
}

// database reads what store.Open takes. A database of another kind would be the name of a file there.
func (r *reader) database(name, fallback string) string {
	v := r.text(name, fallback)
	known := []string{"postgres", "postgresql", "sqlite", "file"}
	if scheme, _, isURL := strings.Cut(v, "://"); isURL && !slices.Contains(known, scheme) {
		r.wrong(name, "begins with %q; it is the path of a SQLite file, or postgres://user:password@host:port/name", scheme+"://")
	}
	return v
}

// oneOf returns the setting if it is one of the words; the first is the default.
func (r *reader) oneOf(name string, words ...string) string {
	v := r.text(name, words[0])
	for _, w := range words {
		if v == w {
			return v
		}
	}
	r.wrong(name, "is %q; it can be %s", v, strings.Join(words, " or "))
	return words[0]
}

func (r *reader) duration(name string, fallback, least time.Duration) time.Duration {
	v := r.text(name, "")
	if v == "" {
		return fallback
	}
	d, err := time.ParseDuration(v)
	switch {
	case err != nil:
		r.wrong(name, "is %q; it is a duration such as 30s or 72h", v)
	case d < least:
		r.wrong(name, "is %s; at least %s is needed", v, least)
	}
	return d
}

// list reads what stands between commas.
func (r *reader) list(name, fallback string) (items []string) {
	for item := range strings.SplitSeq(r.text(name, fallback), ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// networks reads a list of addresses and networks, as Engine.SetTrustedProxies wants them.
func (r *reader) networks(name string) []string {
	items := r.list(name, "")
	for _, item := range items {
		if _, _, err := net.ParseCIDR(item); err != nil && net.ParseIP(item) == nil {
			r.wrong(name, "has %q; it can have addresses and networks, such as 10.0.0.0/8", item)
		}
	}
	return items
}

// origins reads a list of origins, as the CORS layer wants them.
func (r *reader) origins(name, fallback string) []string {
	items := r.list(name, fallback)
	if err := (middleware.CORSConfig{AllowOrigins: items}).Validate(); err != nil {
		r.wrong(name, "is not a list of origins: %w", err)
	}
	return items
}

func (r *reader) level(name string) slog.Level {
	var l slog.Level
	v := r.text(name, "info")
	if err := l.UnmarshalText([]byte(v)); err != nil {
		r.wrong(name, "is %q; it can be debug, info, warn or error", v)
	}
	return l
}
