// Command crud is a small library, the kind with books: a JSON API and pages on
// SQLite, PostgreSQL or MySQL, built on dram. It is made to be copied.
// Read app.go next; README.md says what each file holds.
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

	"github.com/dram-go/dram/middleware"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, os.Getenv, os.Stderr, nil); err != nil {
		fmt.Fprintln(os.Stderr, "crud:", err)
		os.Exit(1)
	}
}

// run is main without globals. It serves until ctx is done; onListen, if not nil,
// is told where.
func run(ctx context.Context, getenv func(string) string, out io.Writer, onListen func(net.Addr)) error {
	config, err := loadConfig(getenv)
	if err != nil {
		return fmt.Errorf("the configuration is not valid:\n%w", err)
	}
	log := slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: config.LogLevel}))
	store, err := openStore(ctx, config.DatabaseURL)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer func() { _ = store.sql.Close() }()
	if err := store.seed(ctx, config); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	app := &App{config: config, store: store, log: log, throttle: newThrottle()}
	engine, err := app.engine(ctx)
	if err != nil {
		return err
	}
	engine.OnListen = func(addr net.Addr) {
		greet(out, config, addr)
		if onListen != nil {
			onListen(addr)
		}
	}
	go app.sweep(ctx, time.Hour)
	return engine.RunContext(middleware.Delay(ctx, config.ShutdownDelay), config.Addr)
}

// greet tells a newcomer where to go.
func greet(out io.Writer, config Config, addr net.Addr) {
	fmt.Fprintf(out, "\n  The library is open at %s\n", config.url(addr))
	if config.Demo {
		for _, u := range demoUsers {
			fmt.Fprintf(out, "    log in as %-20s with %s\n", u.Email, u.Password)
		}
	}
	fmt.Fprintln(out)
}

// sweep deletes what has expired, now and then.
func (a *App) sweep(ctx context.Context, every time.Duration) {
	for tick := time.Tick(every); ; {
		for query, before := range map[string]time.Time{expiredSessions: now(), oldKeys: now().Add(-idempotencyTTL)} {
			if _, err := a.store.exec(ctx, query, before); err != nil && ctx.Err() == nil {
				a.log.Error("sweep", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick:
		}
	}
}
