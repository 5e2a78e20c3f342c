// Command library lends books: the program of dram's handbook.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "library:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done. Requests in flight are answered before it returns.
func run(ctx context.Context) error {
	if len(os.Args) == 2 && os.Args[1] == "openapi" {
		return printAPI()
	}
	store, err := open(ctx, "library.db")
	if err != nil {
		return err
	}
	defer store.db.Close() // when nobody needs it any more
	if len(os.Args) > 1 {
		return command(ctx, store, os.Args[1:])
	}
	a := &app{store: store}
	return a.routes().RunContext(ctx)
}

// command does what the command line says instead of serving.
func command(ctx context.Context, store *Store, args []string) error {
	if args[0] != "user" || len(args) != 3 || args[2] != reader && args[2] != editor {
		return errors.New("commands: user NAME reader|editor (the password is read from the standard input)")
	}
	password, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if password = strings.TrimSpace(password); len(password) < 8 {
		return errors.Join(errors.New("a password has 8 characters at least"), err)
	}
	return store.SetUser(ctx, args[1], args[2], password)
}

// printAPI needs no database: the document is made of the handlers' types.
func printAPI() error {
	a := &app{store: &Store{}}
	a.routes()
	_, err := os.Stdout.Write(a.api.Document())
	return err
}
