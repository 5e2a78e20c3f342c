// Command library lends books: the program of dram's handbook.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
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
	store, err := open(ctx, "library.db")
	if err != nil {
		return err
	}
	defer store.db.Close() // when nobody needs it any more
	a := &app{store: store}
	return a.routes().RunContext(ctx)
}
