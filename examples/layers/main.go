// Command layers is a small service with the usual set of middleware:
// pages with sessions, an API with tokens, an administration, a gateway.
// layers.go is what to read, and to copy: which layer stands where, and why.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/dram-go/dram/middleware"
)

func main() {
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(stop, cancel) // a second signal ends the program at once
	if err := run(stop, os.Getenv, os.Stderr, nil); err != nil {
		fmt.Fprintln(os.Stderr, "layers:", err)
		os.Exit(1)
	}
}

// run is main without globals. It serves until stop is done, and for the
// configured delay after that; onListen, if not nil, is told where.
func run(stop context.Context, getenv func(string) string, out io.Writer, onListen func(net.Addr)) error {
	cfg, err := loadConfig(getenv)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(out, nil))
	stores := openStores(cfg, log)
	defer func() { _ = stores.close() }()
	s, err := newService(stop, cfg, stores, log, out)
	if err != nil {
		return err
	}
	s.OnListen = func(addr net.Addr) {
		greet(out, cfg, addr)
		if onListen != nil {
			onListen(addr)
		}
	}
	// Readiness knows of stop, the server of its delay: load balancers hear that
	// the process goes while it still serves what they send.
	return s.RunContext(middleware.Delay(stop, cfg.DrainDelay), cfg.Addr)
}

// greet tells a newcomer where to go. Secrets are shown only if they were made up
// at the start.
func greet(out io.Writer, cfg Config, addr net.Addr) {
	fmt.Fprintf(out, "\n  The service listens on http://%s/\n", addr)
	if cfg.Made {
		fmt.Fprintf(out, "    a token of the API, for an hour: %s\n", newToken(cfg.JWTKey, "ada"))
		for name, password := range cfg.Accounts {
			fmt.Fprintf(out, "    the password of %s: %s\n", name, password)
		}
	}
	fmt.Fprintln(out)
}
