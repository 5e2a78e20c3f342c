package main

// This file reads the configuration: typed, from the environment, once, before
// anything is opened. Every problem is named at once, so that a broken
// deployment is corrected in one go.

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Config is what the environment may set. README.md has the table of names.
type Config struct {
	Addr            string        // ADDR
	DatabaseURL     string        // DATABASE_URL
	BaseURL         *url.URL      // BASE_URL: what browsers see; nil means http on Addr
	Demo            bool          // DEMO: seed books and three accounts with known passwords
	AdminEmail      string        // ADMIN_EMAIL and ADMIN_PASSWORD: the first account
	AdminPassword   string        // of an empty database outside the demo
	TrustedProxies  []string      // TRUSTED_PROXIES, comma-separated
	LogLevel        slog.Level    // LOG_LEVEL
	SessionTTL      time.Duration // SESSION_TTL
	ShutdownDelay   time.Duration // SHUTDOWN_DELAY: not ready, but still serving
	ShutdownTimeout time.Duration // SHUTDOWN_TIMEOUT: for requests under way
}

// Secure reports whether browsers reach us by https, so that cookies may insist on it.
func (c Config) Secure() bool { return c.BaseURL != nil && c.BaseURL.Scheme == "https" }

// env collects problems while it reads, instead of stopping at the first one.
type env struct {
	get      func(string) string
	problems []error
}

func (e *env) text(name, standard string) string {
	if v := strings.TrimSpace(e.get(name)); v != "" {
		return v
	}
	return standard
}

func (e *env) refuse(name, value, want string) {
	e.problems = append(e.problems, fmt.Errorf("%s=%q: want %s", name, value, want))
}

func (e *env) duration(name string, standard, least time.Duration) time.Duration {
	v := e.text(name, standard.String())
	d, err := time.ParseDuration(v)
	if err != nil || d < least {
		e.refuse(name, v, "a duration of at least "+least.String()+", such as 30s or 12h")
	}
	return d
}

// loadConfig reads the environment through get (os.Getenv in production).
func loadConfig(get func(string) string) (Config, error) {
	e := &env{get: get}
	c := Config{
		Addr:            e.text("ADDR", "127.0.0.1:8080"),
		DatabaseURL:     e.text("DATABASE_URL", "sqlite:crud.db"),
		AdminEmail:      strings.ToLower(e.text("ADMIN_EMAIL", "")),
		AdminPassword:   e.get("ADMIN_PASSWORD"),
		SessionTTL:      e.duration("SESSION_TTL", 12*time.Hour, time.Minute),
		ShutdownDelay:   e.duration("SHUTDOWN_DELAY", 0, 0),
		ShutdownTimeout: e.duration("SHUTDOWN_TIMEOUT", 10*time.Second, time.Second),
	}
	// Known passwords are fine for a newcomer's local file, never by default elsewhere.
	demo := e.text("DEMO", strconv.FormatBool(e.get("DATABASE_URL") == ""))
	var err error
	if c.Demo, err = strconv.ParseBool(demo); err != nil {
		e.refuse("DEMO", demo, "true or false")
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		e.refuse("ADDR", c.Addr, "host:port, or :port for all interfaces")
	}
	if _, err := parseDatabaseURL(c.DatabaseURL); err != nil {
		e.problems = append(e.problems, fmt.Errorf("DATABASE_URL: %w", err))
	}
	if v := e.text("BASE_URL", ""); v != "" {
		c.BaseURL, err = url.Parse(v)
		if err != nil || c.BaseURL.Host == "" || (c.BaseURL.Scheme != "http" && c.BaseURL.Scheme != "https") || strings.Trim(c.BaseURL.Path, "/") != "" {
			e.refuse("BASE_URL", v, "https://host without a path")
		}
	}
	if (c.AdminEmail == "") != (c.AdminPassword == "") {
		e.problems = append(e.problems, errors.New("ADMIN_EMAIL and ADMIN_PASSWORD: set both or none"))
	}
	for proxy := range strings.FieldsFuncSeq(e.text("TRUSTED_PROXIES", ""), func(r rune) bool { return r == ',' || r == ' ' }) {
		c.TrustedProxies = append(c.TrustedProxies, proxy)
		_, noAddress := netip.ParseAddr(proxy)
		if _, noNetwork := netip.ParsePrefix(proxy); noAddress != nil && noNetwork != nil {
			e.refuse("TRUSTED_PROXIES", proxy, "addresses or networks, such as 10.0.0.0/8")
		}
	}
	if v := e.text("LOG_LEVEL", "info"); c.LogLevel.UnmarshalText([]byte(v)) != nil {
		e.refuse("LOG_LEVEL", v, "debug, info, warn or error")
	}
	return c, errors.Join(e.problems...)
}

// url is where a person finds the application that listens on addr.
func (c Config) url(addr net.Addr) string {
	if c.BaseURL != nil {
		return c.BaseURL.String()
	}
	host, port, _ := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
