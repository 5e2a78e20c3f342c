package redisstore

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dram-go/dram/middleware"
)

// RateLimits is a middleware.RateLimitStore. Make one with NewRateLimits. It is
// safe for concurrent use, and several layers may share it if their Names
// differ.
//
// A request takes one round trip: a script that reads and writes one key, which
// Redis runs atomically. It uses the clock of Redis, so the clocks of the
// processes do not matter. A key expires when its bucket is full again.
type RateLimits struct{ *conn }

var _ middleware.RateLimitStore = RateLimits{}

// NewRateLimits returns a RateLimits. It panics if the configuration is wrong.
func NewRateLimits(cfg Config) RateLimits {
	return RateLimits{newConn(cfg, "ratelimit", DefaultRateLimitTimeout)}
}

//go:embed take.lua
var takeSource string

var takeScript = redis.NewScript(takeSource)

// Take takes a token; see middleware.RateLimitStore.
func (s RateLimits) Take(ctx context.Context, key string, quota middleware.Quota) (middleware.RateLimitResult, error) {
	interval := max(1, (quota.Window / time.Duration(quota.Limit)).Microseconds())
	room := interval * int64(quota.Burst)
	var answer []int64
	err := s.writes.do(ctx, func(ctx context.Context) (err error) {
		answer, err = takeScript.Run(ctx, s.client, []string{s.key(key)}, interval, room).Int64Slice()
		if err == nil && len(answer) != 3 {
			err = fmt.Errorf("the script answered with %d numbers instead of 3", len(answer))
		}
		return err
	})
	if err != nil {
		return middleware.RateLimitResult{}, err
	}
	wait, full := answer[1], answer[2]
	return middleware.RateLimitResult{
		Allowed:    answer[0] == 1,
		Remaining:  int((room - min(full, room)) / interval),
		RetryAfter: time.Duration(wait) * time.Microsecond,
		Reset:      time.Duration(full) * time.Microsecond,
	}, nil
}
