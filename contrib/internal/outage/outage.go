// Package outage keeps a server that is gone from slowing down every request:
// after a failure the server is left alone for a moment, then asked by one
// request at a time until it answers again. The beginning and the end of an
// outage are logged, each once.
package outage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Guard stands in front of one server. It is safe for concurrent use.
type Guard struct {
	// Name is who asks, for errors and the log: "contrib/ratelimit/redis".
	Name string
	// Logger gets the two records of an outage; nil is slog.Default().
	Logger *slog.Logger
	// Timeout is how long one answer may take.
	Timeout time.Duration
	// Pause is how long a server that failed is left alone.
	Pause time.Duration

	mu    sync.Mutex
	last  error // of the outage that lasts; nil while all is well
	again time.Time
}

// Do asks the server by calling ask with a context that ends after Timeout. In
// an outage it returns the error that began it, wrapped, without asking, but for
// one call in each Pause. A caller who goes away makes no outage.
func (g *Guard) Do(ctx context.Context, ask func(context.Context) error) error {
	if err := g.resting(); err != nil {
		return err
	}
	return g.Insist(ctx, ask)
}

// Insist is Do, but it asks in an outage too: for what must not be left undone.
func (g *Guard) Insist(ctx context.Context, ask func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, g.Timeout)
	defer cancel()
	err := ask(limited)
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return err // says nothing about the server
	}
	g.learn(err)
	if err != nil {
		return fmt.Errorf("dram: %s: %w", g.Name, err)
	}
	return nil
}

// resting is the error while the server is left alone. Who finds the pause over
// begins another one, which the others wait out.
func (g *Guard) resting() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last == nil {
		return nil
	}
	now := time.Now()
	if now.After(g.again) {
		g.again = now.Add(g.Pause)
		return nil
	}
	return fmt.Errorf("dram: %s: the server is left alone after an error: %w", g.Name, g.last)
}

// learn notes what became of a call.
func (g *Guard) learn(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.last
	g.last = err
	switch {
	case err != nil:
		g.again = time.Now().Add(g.Pause)
		if was == nil {
			g.logger().Error("dram: "+g.Name+": the server does not answer", "error", err)
		}
	case was != nil:
		g.logger().Info("dram: " + g.Name + ": the server answers again")
	}
}

func (g *Guard) logger() *slog.Logger {
	if g.Logger != nil {
		return g.Logger
	}
	return slog.Default()
}
