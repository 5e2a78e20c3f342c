package redisstore

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
)

// The guard is not part of the API, so these tests are inside the package.

var errGone = errors.New("gone")

func newGuard() (*guard, *bytes.Buffer) {
	log := new(bytes.Buffer)
	return &guard{name: "test", logger: slog.New(slog.NewTextHandler(log, nil)), timeout: time.Second, pause: time.Second}, log
}

func TestGuard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, log := newGuard()
		ctx, asked := t.Context(), 0
		fail := func(context.Context) error { asked++; return errGone }
		succeed := func(context.Context) error { asked++; return nil }

		for range outageAfter {
			assert.ErrorIs(t, g.do(ctx, fail), errGone)
		}
		for range 3 {
			err := g.do(ctx, succeed)
			assert.ErrorIs(t, err, errGone)
			assert.ErrorContains(t, err, "left alone")
		}
		assert.Equal(t, outageAfter, asked, "nobody is asked in the pause")
		assert.ErrorIs(t, g.insist(ctx, fail), errGone)
		assert.Equal(t, outageAfter+1, asked)

		time.Sleep(2 * time.Second)
		assert.NoError(t, g.do(ctx, succeed), "one call finds out")
		assert.NoError(t, g.do(ctx, succeed))
		assert.Equal(t, 1, strings.Count(log.String(), "does not answer"), log)
		assert.Equal(t, 1, strings.Count(log.String(), "answers again"), log)
	})
}

func TestGuardOfOneCallAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := newGuard()
		asked := 0
		for range 1000 { // ten seconds
			_ = g.do(t.Context(), func(context.Context) error { asked++; return errGone })
			time.Sleep(10 * time.Millisecond)
		}
		assert.InDelta(t, outageAfter+5+9, asked, 1, "five while the pause grows to a second")
	})
}

// A server that answers nobody for a moment, as while it forks or deletes a large key,
// costs little more than that moment.
func TestGuardAfterAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, log := newGuard()
		g.timeout = 250 * time.Millisecond
		begin, refused := time.Now(), 0
		call := func(ctx context.Context) error {
			if left := 300*time.Millisecond - time.Since(begin); left > 0 { // the stall
				select {
				case <-time.After(left):
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		}
		var wait sync.WaitGroup
		var mu sync.Mutex
		for range 20 {
			wait.Go(func() {
				for time.Since(begin) < 2*time.Second {
					err := g.do(t.Context(), call)
					mu.Lock()
					if err != nil && time.Since(begin) > 350*time.Millisecond {
						refused++
					}
					mu.Unlock()
					time.Sleep(5 * time.Millisecond)
				}
			})
		}
		wait.Wait()
		assert.Zero(t, refused, "50 ms after the stall")
		assert.Equal(t, 2, strings.Count(log.String(), "\n"), log)
	})
}

func TestGuardDoesNotTakeSlowAnswersForAnOutage(t *testing.T) {
	for name, begin := range map[string]time.Duration{"one after another": 0, "beside others": time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, log := newGuard()
				refused := 0
				for i := range 5000 {
					if i%25 < 2 { // two slow ones in a row
						g.failure(time.Now().Add(-begin), context.DeadlineExceeded)
					} else if g.do(t.Context(), func(context.Context) error { return nil }) != nil {
						refused++
					}
					time.Sleep(time.Millisecond)
				}
				assert.Zero(t, refused)
				assert.Empty(t, log.String())
			})
		})
	}
}

func TestGuardOfManySlowAnswersAtOnceWhileOthersCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := newGuard()
		begin := time.Now()
		time.Sleep(time.Millisecond)
		assert.NoError(t, g.do(t.Context(), func(context.Context) error { return nil }))
		for range 10 * outageAfter {
			g.failure(begin, context.DeadlineExceeded)
		}
		assert.NoError(t, g.do(t.Context(), func(context.Context) error { return nil }))
	})
}

func TestGuardDoesNotTakeRepliesForAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, log := newGuard()
		for range 1000 {
			err := g.do(t.Context(), func(context.Context) error { return redis.ErrNoScript })
			assert.ErrorIs(t, err, redis.ErrNoScript)
			assert.NotContains(t, err.Error(), "left alone")
			time.Sleep(time.Millisecond)
		}
		assert.Equal(t, 1, strings.Count(log.String(), "\n"), log)
		assert.Contains(t, log.String(), "NOSCRIPT")
	})
}

func TestGuardDoesNotFloodTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, log := newGuard()
		for range 100 {
			for range outageAfter {
				_ = g.insist(t.Context(), func(context.Context) error { return errGone })
			}
			_ = g.insist(t.Context(), func(context.Context) error { return nil })
		}
		assert.Equal(t, 2, strings.Count(log.String(), "\n"), log)
	})
}

func TestGuardDoesNotBlameTheServerForAClientThatLeft(t *testing.T) {
	g, _ := newGuard()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 * outageAfter {
		assert.ErrorIs(t, g.do(gone, func(ctx context.Context) error { return ctx.Err() }), context.Canceled)
	}
	assert.NoError(t, g.do(t.Context(), func(context.Context) error { return nil }))
}

func TestGuardLimitsTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := newGuard()
		err := g.do(t.Context(), func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
