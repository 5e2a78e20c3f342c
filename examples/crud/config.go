package main

// This file reads the configuration from the environment, once, before anything is opened.
// Every fault is named at once, so that a broken deployment is corrected in one go.

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/examples/crud/store"
	"github.com/dram-go/dram/middleware"
)

// Config is what the environment may set. README.md has the table of names.
type Config struct {
	Addr            string        `form:"ADDR,default=127.0.0.1:8080"`
	DatabaseURL     string        `form:"DATABASE_URL,default=sqlite:library.db"`
	BaseURL         string        `form:"BASE_URL"` // what browsers see; "" means http on Addr
	Demo            bool          `form:"DEMO"`     // books, and accounts with known passwords
	AdminEmail      string        `form:"ADMIN_EMAIL"`
	AdminPassword   string        `form:"ADMIN_PASSWORD"`
	TrustedProxies  []string      `form:"TRUSTED_PROXIES" collection_format:"csv"`
	LogLevel        slog.Level    `form:"LOG_LEVEL"`
	SessionTTL      time.Duration `form:"SESSION_TTL,default=12h" binding:"min=1m"`
	RequestTimeout  time.Duration `form:"REQUEST_TIMEOUT,default=30s" binding:"min=1s"`
	ShutdownDelay   time.Duration `form:"SHUTDOWN_DELAY" binding:"min=0s"` // not ready, but still serving
	ShutdownTimeout time.Duration `form:"SHUTDOWN_TIMEOUT,default=10s" binding:"min=1s"`
}

// loadConfig reads NAME=value, as os.Environ has it.
func loadConfig(environ []string) (Config, error) {
	env := map[string][]string{}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if value = strings.TrimSpace(value); value != "" {
			env[name] = []string{value}
		}
	}
	if env["DEMO"] == nil { // known passwords are fine for a newcomer's file, never by default elsewhere
		env["DEMO"] = []string{strconv.FormatBool(env["DATABASE_URL"] == nil)}
	}
	var c Config
	var faults []error
	seen, kinds := map[string]bool{}, map[string]string{"duration": ", like 12h or 30s", "level": ": debug, info, warn or error"}
	for _, err := range []error{binding.MapFormWithTag(&c, env, "form"), binding.Validator.ValidateStruct(&c)} {
		for _, e := range binding.FieldErrors(err) {
			if !seen[e.Field] {
				seen[e.Field] = true
				faults = append(faults, fmt.Errorf("%s=%q %s%s", e.Field, strings.Join(env[e.Field], ""), e.Message, kinds[e.Param]))
			}
		}
	}
	for i, proxy := range c.TrustedProxies {
		proxy = strings.TrimSpace(proxy)
		c.TrustedProxies[i] = proxy
		if _, _, err := net.ParseCIDR(proxy); err != nil && net.ParseIP(proxy) == nil {
			faults = append(faults, fmt.Errorf("TRUSTED_PROXIES: %q must be an IP address or a network, like 10.0.0.0/8", proxy))
		}
	}
	if admin := c.admin(); admin.Email+admin.Password != "" {
		for _, e := range binding.FieldErrors(admin.Clean()) {
			faults = append(faults, fmt.Errorf("ADMIN_%s %s", strings.ToUpper(e.Field), e.Message))
		}
	}
	_, port, err := net.SplitHostPort(c.Addr)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		faults = append(faults, fmt.Errorf("ADDR=%q: want host:port, or :port for all interfaces", c.Addr))
	}
	if _, err := store.Parse(c.DatabaseURL); err != nil {
		faults = append(faults, fmt.Errorf("DATABASE_URL: %w", err))
	}
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	origin := middleware.CSRFConfig{TrustedOrigins: []string{c.BaseURL}}
	if c.BaseURL != "" && (!c.secure() && !strings.HasPrefix(c.BaseURL, "http:") || origin.Validate() != nil) {
		faults = append(faults, errors.New("BASE_URL: want https://host or https://host:port as browsers write it, without path, query and password"))
	}
	return c, errors.Join(faults...)
}

// admin is the first account.
func (c Config) admin() library.NewUser {
	return library.NewUser{Email: c.AdminEmail, Name: "Administrator", Role: library.Admin, Password: c.AdminPassword}
}

// secure reports whether browsers reach us by https, so that cookies may insist on it.
func (c Config) secure() bool { return strings.HasPrefix(c.BaseURL, "https:") }

// url is where a person finds the application that listens on addr.
func (c Config) url(addr net.Addr) string {
	if c.BaseURL != "" {
		return c.BaseURL
	}
	host, port, _ := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
