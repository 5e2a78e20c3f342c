// Command crud is a small library, the kind with books: pages and a JSON API on SQLite,
// PostgreSQL or MySQL. It is made to be copied: see README.md. Package library has the rules,
// store the database, web all that is shown; web/routes.go is the map.
//
//	crud           serves, as the environment says (config.go)
//	crud openapi   prints the document of the API
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
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/crud/store"
	"github.com/dram-go/dram/examples/crud/web"
	"github.com/dram-go/dram/inspect"
	"github.com/dram-go/dram/middleware"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr, nil); err != nil {
		fmt.Fprintln(os.Stderr, "crud:", err)
		os.Exit(1)
	}
}

// run is main without globals. It serves until ctx is done; onListen, if not nil, is told
// where.
func run(ctx context.Context, args, environ []string, out, log io.Writer, onListen func(net.Addr)) error {
	if len(args) == 1 && args[0] == "openapi" {
		return printAPI(out)
	} else if len(args) > 0 {
		return fmt.Errorf("%q is not a command: without one it serves; openapi prints the document of the API", args)
	}
	config, err := loadConfig(environ)
	if err != nil {
		return fmt.Errorf("the configuration is not valid:\n%w", err)
	}
	db, err := store.Open(ctx, config.DatabaseURL)
	if err != nil {
		return fmt.Errorf("the database of DATABASE_URL: %w", err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Seed(ctx, config.Demo, config.admin()); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	secret, err := db.Secret(ctx, "cursors")
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: config.LogLevel}))
	engine, _, err := web.New(web.Config{
		Log: logger, Secret: secret, Origin: config.BaseURL, Secure: config.secure(), TrustedProxies: config.TrustedProxies,
		SessionTTL: config.SessionTTL, Timeout: config.RequestTimeout, Stopping: ctx, Demo: config.Demo,
	}, db)
	if err != nil {
		return err
	}
	if dram.IsDebugging() {
		if err := inspect.Mount(engine, inspect.Config{}); err != nil {
			return err
		}
	}
	engine.ShutdownTimeout = config.ShutdownTimeout
	engine.OnListen = func(addr net.Addr) {
		greet(log, config, addr)
		if onListen != nil {
			onListen(addr)
		}
	}
	go sweep(ctx, db, logger)
	until := middleware.Delay(ctx, config.ShutdownDelay)
	sockets, _, err := dram.InheritedListeners() // of systemd, say
	if err != nil {
		return err
	}
	if len(sockets) > 1 {
		return engine.RunListenerContext(until, sockets...)
	}
	server := engine.Server(config.Addr)
	server.ReadTimeout = config.RequestTimeout + time.Second // of what no handler reads, too, which nothing else bounds
	return engine.RunServerContext(until, server, append(sockets, nil)[0])
}

// greet tells a newcomer where to go.
func greet(out io.Writer, config Config, addr net.Addr) {
	fmt.Fprintf(out, "\n  The library is open at %s\n", config.url(addr))
	if config.Demo {
		for _, u := range store.Demo().Users {
			fmt.Fprintf(out, "    log in as %-20s with %s\n", u.Email, u.Password)
		}
	}
	fmt.Fprintln(out)
}

// sweep deletes what has expired, once an hour, and keeps the log of SQLite short.
func sweep(ctx context.Context, db *store.Store, log *slog.Logger) {
	hour, moment := time.Tick(time.Hour), time.Tick(2*time.Second)
	for work := db.Sweep; ; {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			log.Error("sweep", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-hour:
			work = db.Sweep
		case <-moment:
			work = db.Checkpoint
		}
	}
}

// printAPI needs no database: the document comes from the types of the handlers.
func printAPI(out io.Writer) error {
	defer dram.SetMode(dram.Mode())
	dram.SetMode(dram.ReleaseMode) // debug mode prints the routes, too
	_, api, err := web.New(web.Config{Log: slog.New(slog.DiscardHandler), Secret: make([]byte, 32)}, &store.Store{})
	if err == nil {
		_, err = out.Write(api.Document())
	}
	return err
}
