// Gateway is an API gateway: the entry between clients and the services behind, made of dram's
// layers and one YAML file.
//
//	go run ./examples/gateway                  a demonstration, with services of its own
//	go run ./examples/gateway check FILE       every mistake of a file
//	go run ./examples/gateway diff OLD NEW     what a new file would change
//	go run ./examples/gateway run FILE         serve
//	go run ./examples/gateway run etcd://…     serve as one of a fleet
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"go.opentelemetry.io/otel"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/fleet"
	"github.com/dram-go/dram/examples/gateway/gateway"
)

const usage = `usage:
  gateway                  a demonstration, with services of its own
  gateway check FILE       every mistake of a file
  gateway diff OLD NEW     what a new file would change
  gateway run FILE         serve; SIGHUP, or a change of the file, uses it anew
  gateway run etcd://HOST:PORT/KEY
`

func main() {
	dram.SetMode(dram.ReleaseMode)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal does not wait for the drain
	if len(os.Args) > 1 && (os.Args[1] == "check" || os.Args[1] == "diff") {
		stop() // they end at once, also when they wait for a pipe
	}
	if err := command(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	switch {
	case len(args) == 0:
		return demo(ctx)
	case args[0] == "backend" && len(args) == 2:
		return backend(ctx, args[1])
	case args[0] == "check" && len(args) == 2:
		if err := gateway.Check(args[1]); err != nil {
			return err
		}
		file, err := config.Load(args[1])
		if err != nil {
			return err
		}
		for _, warning := range file.Warnings {
			fmt.Println("warning: " + warning.Error())
		}
		fmt.Println(args[1] + " is right")
		return nil
	case args[0] == "diff" && len(args) == 3:
		return diff(args[1], args[2])
	case args[0] == "run" && len(args) == 2:
		return run(ctx, args[1])
	}
	fmt.Fprint(os.Stderr, usage)
	os.Exit(2)
	return nil
}

// run serves with a file, or with a key of etcd.
func run(ctx context.Context, file string) error {
	log := logTo(slog.NewJSONHandler(os.Stdout, nil))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces are not sent", "error", err) }))
	load := fromFile
	if fleet.IsSource(file) {
		load = fromEtcd
	}
	g, err := load(ctx, file, gateway.Options{Log: log})
	if err != nil {
		return err
	}
	defer g.Close()
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		for range hangup {
			_ = g.Refresh() // it has said so
		}
	}()
	return g.Run(ctx, func(address, admin string) { log.Info("serving", "address", address, "admin", admin) })
}

// logTo makes the log, which has what libraries, net/http among them, print by package log as well.
func logTo(handler slog.Handler) *slog.Logger {
	slog.SetDefault(slog.New(handler))
	slog.SetLogLoggerLevel(slog.LevelWarn)
	return slog.Default()
}

func fromFile(ctx context.Context, file string, options gateway.Options) (*gateway.Gateway, error) {
	g, err := gateway.Load(file, options)
	if err == nil {
		g.Watch(ctx)
	}
	return g, err
}

func fromEtcd(ctx context.Context, name string, options gateway.Options) (*gateway.Gateway, error) {
	source, err := fleet.Open(name, options.Log)
	if err != nil {
		return nil, err
	}
	text, revision, err := source.Get(ctx)
	if err != nil {
		return nil, err
	}
	g, err := gateway.New("gateway.yaml", text, options)
	if err != nil {
		return nil, err
	}
	go source.Watch(ctx, text, revision, g.Use)
	g.Watch(ctx)
	return g, nil
}

// diff prints what a new file would change.
func diff(old, next string) error {
	a, err := config.Load(old)
	if err != nil {
		return err
	}
	b, err := config.Load(next)
	if err != nil {
		return err
	}
	for _, line := range config.Diff(a, b) {
		fmt.Println(line)
	}
	return nil
}
