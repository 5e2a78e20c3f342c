package redisstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// This file keeps a Redis that is down from slowing down every request.

const (
	// outageAfter is how many calls in a row must fail before Redis is considered
	// down: a single slow answer is not an outage.
	outageAfter = 3
	// firstPause is the part of the pause for which Redis is left alone at first. The
	// time then doubles with each call that finds out: a server that was busy for a
	// moment is not refused for long, and one that is down is not asked often.
	firstPause = 32
	// quiet is the minimum time between two log records of the same kind.
	quiet = 10 * time.Second
)

// guard wraps the calls of one kind. It is safe for concurrent use.
type guard struct {
	name    string // of the store and the kind of call: "session: reading"
	logger  *slog.Logger
	timeout time.Duration // of one call
	pause   time.Duration // at most, between two calls in an outage

	mu       sync.Mutex
	failures int           // calls without an answer since the last answer
	last     error         // of the latest of them
	wait     time.Duration // in an outage: the pause as yet
	again    time.Time     // in an outage: when the next call may try
	answered time.Time     // when Redis last answered

	told          bool      // this outage is in the log
	lost, refused time.Time // when an outage and an error of Redis were last logged
}

// do makes a call, with a context that ends after the timeout. In an outage it
// returns the error that caused the outage without a call, except for one call
// after each pause.
func (g *guard) do(ctx context.Context, call func(context.Context) error) error {
	if err := g.closed(); err != nil {
		return err
	}
	return g.insist(ctx, call)
}

// insist is like do, but calls even in an outage: for what must not be left
// undone.
func (g *guard) insist(ctx context.Context, call func(context.Context) error) error {
	begin := time.Now()
	limited, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	err := call(limited)
	switch {
	case err == nil:
		g.answer(nil)
		return nil
	case isReply(err):
		g.answer(err)
	case ctx.Err() == nil: // otherwise the caller has left, which says nothing about Redis
		g.failure(begin, err)
	}
	return fmt.Errorf("dram: contrib/redisstore: %s: %w", g.name, err)
}

// isReply reports whether Redis itself has answered with the error.
func isReply(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply)
}

// closed returns the error of the outage while Redis is not to be called. The
// caller that finds the pause over begins another one, during which the others
// wait.
func (g *guard) closed() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failures < outageAfter {
		return nil
	}
	if now := time.Now(); now.After(g.again) {
		g.wait = min(2*g.wait, g.pause)
		g.again = now.Add(g.wait)
		return nil
	}
	return fmt.Errorf("dram: contrib/redisstore: %s: Redis does not answer and is left alone for now: %w", g.name, g.last)
}

// failure counts a call that got no answer, unless another call has got one
// meanwhile.
func (g *guard) failure(begin time.Time, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if begin.Before(g.answered) {
		return
	}
	g.failures++
	g.last = err
	if g.failures < outageAfter {
		return
	}
	now := time.Now()
	if g.failures == outageAfter {
		g.wait = g.pause / firstPause
		if now.Sub(g.lost) > quiet {
			g.lost, g.told = now, true
			g.log().Error("dram: contrib/redisstore: Redis does not answer", "store", g.name, "error", err)
		}
	}
	g.again = now.Add(g.wait)
}

// answer records that Redis has answered, even with an error.
func (g *guard) answer(refusal error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if g.told {
		g.told = false
		g.log().Info("dram: contrib/redisstore: Redis answers again", "store", g.name)
	}
	g.failures, g.answered = 0, now
	if refusal != nil && now.Sub(g.refused) > quiet {
		g.refused = now
		g.log().Warn("dram: contrib/redisstore: Redis answers with an error", "store", g.name, "error", refusal)
	}
}

func (g *guard) log() *slog.Logger {
	if g.logger != nil {
		return g.logger
	}
	return slog.Default()
}

// driverLog takes the log lines of go-redis, which would go to standard error.
// What they say of an outage, the guard has logged.
type driverLog struct{}

func (driverLog) Printf(ctx context.Context, format string, args ...any) {
	if log := slog.Default(); log.Enabled(ctx, slog.LevelDebug) {
		log.DebugContext(ctx, "dram: contrib/redisstore: go-redis: "+fmt.Sprintf(format, args...))
	}
}

func init() { redis.SetLogger(driverLog{}) }
