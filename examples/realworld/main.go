// Command realworld serves Conduit, the RealWorld project's example of a real application:
// people write articles, follow one another, comment and like. It runs at once,
//
//	go run ./examples/realworld -seed
//
// on a SQLite file and with a secret of its own; README.md tells the settings.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/realworld/internal/api"
	"github.com/dram-go/dram/examples/realworld/internal/auth"
	"github.com/dram-go/dram/examples/realworld/internal/config"
	"github.com/dram-go/dram/examples/realworld/internal/seed"
	"github.com/dram-go/dram/examples/realworld/internal/store"
	"github.com/dram-go/dram/middleware"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // so that a second signal ends the program at once
	if os.Getenv(dram.EnvDramMode) == "" {
		dram.SetMode(dram.ReleaseMode)
	}
	err := run(ctx, os.Args[1:], os.Getenv, os.Stderr, nil)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run is the program, with all that it takes from its surroundings as arguments: it serves
// until ctx is done, then drains. onListen, if not nil, hears the address.
func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer, onListen func(net.Addr)) error {
	flags := flag.NewFlagSet("realworld", flag.ContinueOnError)
	flags.SetOutput(out)
	fill := flags.Bool("seed", false, "fill an empty database with demonstration data, then serve")
	size := seed.Size{}
	flags.IntVar(&size.Users, "seed-users", 10, "how many users to make")
	flags.IntVar(&size.Articles, "seed-articles", 100, "how many articles to make")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is not an option: leave it out, or write -seed", flags.Arg(0))
	}
	cfg, err := config.Load(getenv)
	if err != nil {
		return err
	}
	log := newLog(cfg, out)
	db, err := store.Open(ctx, cfg.DatabaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	hasher := auth.NewHasher(auth.DefaultCost)
	if *fill {
		if err := plant(ctx, cfg, db, hasher, size, log); err != nil {
			return err
		}
	}
	if !cfg.Demo {
		if err := seed.Refuse(ctx, db, hasher); err != nil {
			return err
		}
	}
	return serve(ctx, cfg, db, hasher, log, onListen)
}

// serve runs the server until ctx is done. For DrainDelay after that it still takes
// requests while /readyz refuses, so that a load balancer can look elsewhere first.
func serve(ctx context.Context, cfg config.Config, db *store.DB, hasher *auth.Hasher, log *slog.Logger, onListen func(net.Addr)) error {
	tokens, err := auth.NewTokens(cfg.Secret, cfg.TokenTTL, time.Now)
	if err != nil {
		return err
	}
	engine := api.New(api.Options{
		DB: db, Hasher: hasher, Tokens: tokens, Log: log, Dialect: api.Dialects[cfg.Dialect],
		Origins: cfg.Origins, Now: time.Now, Stopping: ctx,
	})
	engine.RemoteIPHeaders = []string{"X-Forwarded-For"} // no other: a proxy may pass a client's X-Real-IP on
	if err := engine.SetTrustedProxies(cfg.TrustedProxies); err != nil {
		return err
	}
	engine.ShutdownTimeout = cfg.ShutdownTimeout
	engine.OnListen = func(addr net.Addr) {
		log.Info("listening", "address", "http://"+addr.String(), "docs", "http://"+addr.String()+"/api/docs",
			"database", db.Dialect().String(), "demo", cfg.Demo)
		if cfg.SecretIsRandom {
			log.Warn("JWT_SECRET is not set: tokens end with this process")
		}
		if onListen != nil {
			onListen(addr)
		}
	}
	server := engine.Server(cfg.Addr)
	server.ReadTimeout = cfg.ReadTimeout // nothing else ends a connection on which a body does not come
	if err := engine.RunServerContext(middleware.Delay(ctx, cfg.DrainDelay), server, nil); err != nil {
		return err
	}
	log.Info("stopped, all requests answered")
	return nil
}

// plant seeds the database, in a demo only: everyone knows the password of its users.
func plant(ctx context.Context, cfg config.Config, db *store.DB, hasher *auth.Hasher, size seed.Size, log *slog.Logger) error {
	if !cfg.Demo {
		return errors.New("-seed makes users whose password everyone knows; it is for CONDUIT_ENV=demo only")
	}
	began := time.Now()
	report, err := seed.Plant(ctx, db, hasher, size, began)
	if errors.Is(err, seed.ErrNotEmpty) {
		log.Info("not seeded: the database has users already")
		return nil
	}
	if err != nil {
		return err
	}
	log.Info("seeded", "users", report.Users, "articles", report.Articles, "comments", report.Comments, "favorites", report.Favorites,
		"took", time.Since(began).Round(time.Millisecond), "log in as", report.Email, "password", seed.Password)
	return nil
}

func newLog(cfg config.Config, out io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogJSON {
		return slog.New(slog.NewJSONHandler(out, options))
	}
	return slog.New(slog.NewTextHandler(out, options))
}
