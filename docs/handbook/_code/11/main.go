// Command library lends books: the program of dram's handbook.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/dram-go/dram/middleware"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "library:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done, or does what the command line says.
func run(ctx context.Context) error {
	if len(os.Args) == 2 && os.Args[1] == "openapi" {
		return printAPI()
	}
	config, err := loadConfig(os.Environ())
	if err != nil {
		return fmt.Errorf("the environment:\n%w", err)
	}
	store, err := open(ctx, config.Database)
	if err != nil {
		return err
	}
	defer store.db.Close() // when nobody needs it any more
	if len(os.Args) > 1 {
		return command(ctx, store, os.Args[1:])
	}
	logTo(os.Stderr)
	layers, inner, end := observe()
	defer end(context.WithoutCancel(ctx))
	go func() {
		if err := inner.RunContext(ctx, config.MetricsAddr); err != nil {
			slog.Error("nobody can look inside", "error", err)
		}
	}()
	a := &app{store: store, watch: layers, stopping: ctx}
	engine := a.routes()
	if err := engine.SetTrustedProxies(config.TrustedProxies); err != nil {
		return err
	}
	return serve(middleware.Delay(ctx, config.DrainDelay), engine, config)
}

// command does what the command line says instead of serving.
func command(ctx context.Context, store *Store, args []string) error {
	switch {
	case len(args) == 3 && args[0] == "user" && (args[2] == reader || args[2] == editor):
		password, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if password = strings.TrimSpace(password); len(password) < 8 {
			return errors.Join(errors.New("a password has 8 characters at least"), err)
		}
		return store.SetUser(ctx, args[1], args[2], password)
	case len(args) == 2 && args[0] == "backup":
		_, err := store.db.ExecContext(ctx, "VACUUM INTO $1", args[1])
		return err
	}
	return errors.New("commands: user NAME reader|editor (the password is read from the standard input), backup FILE, openapi")
}

// printAPI needs no database: the document is made of the handlers' types.
func printAPI() error {
	a := &app{store: &Store{}}
	a.routes()
	_, err := os.Stdout.Write(a.api.Document())
	return err
}
