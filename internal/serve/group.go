package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// This file serves with several servers at once, such as those of TCP and UDP on one
// port: what ends one of them ends the others.

// group is the servers of one Run.
type group struct{ servers []Server }

// serve serves until all servers have ended. If one fails the reason is told at once, all are drained within
// grace, itself too, and what failed made of it is returned.
func (g *group) serve(ctx context.Context, grace time.Duration, failed func(error) error) error {
	ends := make(chan error, len(g.servers))
	for _, server := range g.servers {
		go func() { ends <- server.Serve() }()
	}
	var failure error
	for range g.servers {
		err := <-ends
		if failure != nil || errors.Is(err, http.ErrServerClosed) {
			continue
		}
		failure = failed(err)
		ctx, cancel := within(ctx, grace)
		_ = g.drain(ctx)
		cancel()
	}
	return failure
}

func (g *group) close() {
	for _, server := range g.servers {
		_ = server.Close()
	}
}

// drain ends the servers at the same time: gently, or by force when ctx is done
// first. The error is the first that one of them has.
func (g *group) drain(ctx context.Context) error {
	errs := make(chan error, len(g.servers))
	for _, server := range g.servers {
		go func() { errs <- drain(ctx, server) }()
	}
	var failure error
	for range g.servers {
		failure = cmp.Or(failure, <-errs)
	}
	return failure
}

func drain(ctx context.Context, server Server) error {
	start := time.Now()
	err := server.Shutdown(ctx)
	if err != nil && ctx.Err() != nil {
		_ = server.Close()
		err = fmt.Errorf("requests were cut off after %v of shutting down: %w", time.Since(start).Round(time.Millisecond), err)
	}
	return err
}

// within is a context with the values of ctx that ends after grace, or never if
// that is 0 or less.
func within(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	ctx = context.WithoutCancel(ctx)
	if grace > 0 {
		return context.WithTimeout(ctx, grace)
	}
	return context.WithCancel(ctx)
}
