package outage_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/contrib/internal/outage"
)

var errGone = errors.New("gone")

func TestGuard(t *testing.T) {
	var log bytes.Buffer
	guard := &outage.Guard{Name: "test", Logger: slog.New(slog.NewTextHandler(&log, nil)), Timeout: time.Minute, Pause: time.Hour}
	asked := 0
	fail := func(context.Context) error { asked++; return errGone }
	succeed := func(context.Context) error { asked++; return nil }
	ctx := context.Background()

	assert.ErrorIs(t, guard.Do(ctx, fail), errGone)
	for range 3 {
		assert.ErrorIs(t, guard.Do(ctx, succeed), errGone, "nobody is asked in the pause")
	}
	assert.Equal(t, 1, asked)
	assert.ErrorIs(t, guard.Insist(ctx, fail), errGone)
	assert.Equal(t, 2, asked)
	assert.Equal(t, 1, strings.Count(log.String(), "does not answer"), log.String())

	assert.NoError(t, guard.Insist(ctx, succeed))
	assert.NoError(t, guard.Do(ctx, succeed))
	assert.Equal(t, 1, strings.Count(log.String(), "answers again"), log.String())
}

func TestGuardAsksAgainAfterThePause(t *testing.T) {
	guard := &outage.Guard{Name: "test", Logger: slog.New(slog.DiscardHandler), Timeout: time.Minute, Pause: time.Nanosecond}
	ctx := context.Background()
	assert.Error(t, guard.Do(ctx, func(context.Context) error { return errGone }))
	time.Sleep(time.Microsecond)
	assert.NoError(t, guard.Do(ctx, func(context.Context) error { return nil }))
}

func TestGuardDoesNotBlameTheServerForAClientThatLeft(t *testing.T) {
	guard := &outage.Guard{Name: "test", Logger: slog.New(slog.DiscardHandler), Timeout: time.Minute, Pause: time.Hour}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	assert.ErrorIs(t, guard.Do(gone, func(ctx context.Context) error { return ctx.Err() }), context.Canceled)
	assert.NoError(t, guard.Do(context.Background(), func(context.Context) error { return nil }))
}

func TestGuardLimitsTheTime(t *testing.T) {
	guard := &outage.Guard{Name: "test", Logger: slog.New(slog.DiscardHandler), Timeout: time.Nanosecond, Pause: time.Hour}
	err := guard.Do(context.Background(), func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}
