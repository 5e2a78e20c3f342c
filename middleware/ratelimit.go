package middleware

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/counted"
	"github.com/dram-go/dram/internal/httpfield"
)

// RateLimit limits how often a client may send requests. The buckets are in a
// store: in memory (ratelimit_memory.go), or shared by several processes.

// Quota is a token bucket: it holds Burst tokens, each request takes one, and
// Limit of them come back in each Window.
type Quota struct {
	Limit  int
	Window time.Duration
	Burst  int
}

// RateLimitResult is the result of taking a token.
type RateLimitResult struct {
	// Allowed reports whether there was a token.
	Allowed bool
	// Remaining is how many tokens are left.
	Remaining int
	// RetryAfter is how long to wait for the next token, if there was none.
	RetryAfter time.Duration
	// Reset is how long it takes until the bucket is full again, if nobody takes
	// from it.
	Reset time.Duration
}

// RateLimitStore keeps the buckets. It must be safe for concurrent use.
type RateLimitStore interface {
	// Take takes one token from the bucket of the key. The bucket of a new key is
	// full. Take must be atomic, and return when ctx is done.
	Take(ctx context.Context, key string, quota Quota) (RateLimitResult, error)
}

// RateLimitConfig sets up RateLimit. Limit must be set.
type RateLimitConfig struct {
	// Limit is how many requests a client may make in each Window.
	Limit int
	// Window is the period that Limit applies to, at least a second. Default one
	// minute.
	Window time.Duration
	// Burst is how many requests a client may make at once. Default: Limit.
	Burst int
	// Key returns whose request it is. Default ByClientIP, which is also used when
	// Key returns "".
	Key func(*dram.Context) string
	// Name is the name of the policy in the headers, and separates layers that
	// share a store and have the same quota; those of different quotas never share
	// a bucket. Default "default".
	Name string
	// Store keeps the buckets. Default: a NewMemoryRateLimitStore(0) of this layer
	// alone.
	Store RateLimitStore
	// FailClosed refuses requests with 503 while the store fails. By default they
	// pass, but for those whose client leaves or whose time ends before they are
	// counted. Either way, the error is in Context.Errors.
	FailClosed bool
	// OnError answers with 429, or 503 when the store fails; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg RateLimitConfig) Validate() error {
	switch {
	case cfg.Limit <= 0:
		return misconfigured("RateLimit", "Limit", "%d lets nobody in; write how many requests a client may make per Window, such as 100", cfg.Limit)
	case cfg.Window != 0 && cfg.Window < time.Second:
		return misconfigured("RateLimit", "Window", "%v is less than a second; write a lower Limit per second", cfg.Window)
	case cfg.Burst < 0:
		return misconfigured("RateLimit", "Burst", "%d is negative; leave it 0 for Limit", cfg.Burst)
	case int64(cfg.quota().Burst) > math.MaxInt64/2/int64(cfg.quota().interval()):
		return misconfigured("RateLimit", "Burst", "%d of %d in %v take longer to come back than a clock counts; write a lower Burst, or a higher Limit", cfg.Burst, cfg.Limit, cfg.Window)
	case cfg.Name != "" && !httpfield.IsToken(cfg.Name):
		return misconfigured("RateLimit", "Name", "%q is not a token; write ASCII letters, digits and -", cfg.Name)
	}
	return nilInside("RateLimit", "Store", cfg.Store)
}

// quota returns the bucket of the configuration, with defaults.
func (cfg RateLimitConfig) quota() Quota {
	return Quota{Limit: cfg.Limit, Window: cmp.Or(cfg.Window, time.Minute), Burst: cmp.Or(cfg.Burst, cfg.Limit)}
}

// RateLimit refuses, with 429 and Retry-After, requests of a client that has
// used up its tokens. Every answer tells the client its limit and what is left
// of it, in the headers RateLimit-Policy and RateLimit
// (draft-ietf-httpapi-ratelimit-headers).
func RateLimit(cfg RateLimitConfig) dram.HandlerFunc {
	must(cfg.Validate())
	quota, name, store := cfg.quota(), cfg.Name, cfg.Store
	name = cmp.Or(name, "default")
	if store == nil {
		store = NewMemoryRateLimitStore(0)
	}
	// With the quota in its name no bucket is seen by a layer of another one, which
	// would empty what is too full for itself.
	bucket := fmt.Sprintf("%s;%d/%v/%d:", name, quota.Limit, quota.Window, quota.Burst)
	label := `"` + name + `"`
	policy := label + ";q=" + strconv.Itoa(quota.Limit) + ";w=" + strconv.Itoa(seconds(quota.Window))
	layer := &cfg
	return func(c *dram.Context) {
		if !counted.Enter(c, layer) {
			return // it has taken its token
		}
		kind, key := cfg.key(c)
		result, err := store.Take(c.Request.Context(), bucket+kind+key, quota)
		if err != nil {
			cfg.storeFailed(c, err)
			return
		}
		h := c.Writer.Header()
		h["Ratelimit-Policy"] = append(h["Ratelimit-Policy"], policy)
		h["Ratelimit"] = append(h["Ratelimit"], rateLimitValue(label, result))
		if !result.Allowed {
			h["Retry-After"] = []string{strconv.Itoa(seconds(result.RetryAfter))}
			refuse(c, cfg.OnError, http.StatusTooManyRequests, "too many requests; Retry-After tells when to come back")
		}
	}
}

// key returns whose bucket it is. No key that a client may choose is the address of another one.
func (cfg *RateLimitConfig) key(c *dram.Context) (kind, key string) {
	if cfg.Key != nil {
		if key := cfg.Key(c); key != "" {
			return "key:", boundedKey(key)
		}
	}
	return "", ByClientIP(c)
}

// storeFailed lets the request pass or refuses it, as configured. It may be the client who has
// ended the call: those who send requests and leave at once must not have them served uncounted.
func (cfg RateLimitConfig) storeFailed(c *dram.Context, err error) {
	if cfg.FailClosed || c.Request.Context().Err() != nil {
		cfg.OnError.Fail(c, http.StatusServiceUnavailable, "requests cannot be counted at the moment", err)
		return
	}
	_ = c.Error(err)
}

// rateLimitValue returns one item of the header RateLimit.
func rateLimitValue(label string, result RateLimitResult) string {
	var buf [96]byte
	b := append(buf[:0], label...)
	b = append(b, ";r="...)
	b = strconv.AppendInt(b, int64(result.Remaining), 10)
	b = append(b, ";t="...)
	b = strconv.AppendInt(b, int64(seconds(result.Reset)), 10)
	return string(b)
}

// seconds returns d in whole seconds, rounded up, and at least 1: a client that
// is told 0 would come back at once.
func seconds(d time.Duration) int {
	return max(1, int((d+time.Second-1)/time.Second))
}
