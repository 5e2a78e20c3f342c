// The ladder leads from a TCP socket to a web framework. Each rung is a program that
// answers the same few requests, and begins with what the rung before could not do.
//
//	go run ./examples/ladder              lists the rungs
//	go run ./examples/ladder measure      loads those that serve, and prints a table
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

const help = `
Each listens on 127.0.0.1:8080, or on what -addr says, and answers

  curl    http://127.0.0.1:8080/
  curl    http://127.0.0.1:8080/hello/you
  curl -d some=text http://127.0.0.1:8080/echo
  curl -N http://127.0.0.1:8080/stream
  curl    http://127.0.0.1:8080/slow

What they cost with few and with many clients:

  go run ./examples/ladder measure
`

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, args []string) error {
	switch {
	case len(args) == 0:
		return list(ctx, out)
	case args[0] == "measure":
		flags := flag.NewFlagSet("measure", flag.ExitOnError)
		short := flags.Bool("short", false, "less of everything, for a test")
		_ = flags.Parse(args[1:]) // it ends the program on an error
		if *short {
			return measure(ctx, out, shortLoad)
		}
		return measure(ctx, out, fullLoad)
	default:
		return fmt.Errorf("%s: the only command is measure; without one the rungs are listed", args[0])
	}
}

func list(ctx context.Context, out io.Writer) error {
	rungs, err := findRungs(ctx)
	if err != nil {
		return err
	}
	for _, rung := range rungs {
		fmt.Fprintln(out, rung.doc)
		for _, model := range rung.models() {
			fmt.Fprintln(out, strings.TrimRight("  go run ./examples/ladder/"+rung.name()+" "+model, " "))
		}
	}
	_, err = fmt.Fprint(out, help)
	return err
}
