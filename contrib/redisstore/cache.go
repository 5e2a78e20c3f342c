package redisstore

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/middleware"
)

// Cache is a middleware.CacheStore. Make one with NewCache. It is safe for concurrent use,
// and several layers may share it if their handlers answer the same.
//
// A request takes one round trip, or two if the answers of its URI differ by headers, and
// one more to store an answer. A URI is a hash with a field for each of its answers as JSON,
// up to 128 of them, and expires automatically. Redis may evict keys (maxmemory-policy
// allkeys-lru, say).
//
// Without Redis the handlers run for each request. What is changed meanwhile, or while Redis is
// read-only, is not dropped: the process that has changed it does not use it again, but others do: set
// s-maxage to what may be out of date in the worst case.
type Cache struct{ *conn }

var _ middleware.CacheStore = Cache{}

// NewCache returns a Cache. It panics if the configuration is wrong.
func NewCache(cfg Config) Cache { return Cache{newConn(cfg, "cache", DefaultCacheTimeout)} }

// KEYS[1] is the URI; ARGV are the variant, the record, its time in milliseconds, how many
// variants there may be, and the one that does not make room, by which others are found.
var putScript = redis.NewScript(`
	if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
		for _, other in ipairs(redis.call('HKEYS', KEYS[1])) do
			if other ~= ARGV[5] then
				redis.call('HDEL', KEYS[1], other)
				break
			end
		end
	end
	redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
	if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
		redis.call('PEXPIRE', KEYS[1], ARGV[3])
	end
	return 1`)

// maxVariants is how many answers of a URI there may be.
const maxVariants = 128

// Get returns the record of a URI's variant; see middleware.CacheStore. A value that is not
// one is as good as none.
func (s Cache) Get(ctx context.Context, uri, variant middleware.CacheKey) (*middleware.CacheRecord, error) {
	var text []byte
	err := s.reads.do(ctx, func(ctx context.Context) (err error) {
		text, err = s.client.HGet(ctx, s.key(uri.String()), variant.String()).Bytes()
		if errors.Is(err, redis.Nil) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return decodeRecord(text), nil
}

// Put stores a record; see middleware.CacheStore.
func (s Cache) Put(ctx context.Context, uri, variant middleware.CacheKey, record *middleware.CacheRecord, ttl time.Duration) error {
	text := encodeRecord(record)
	return s.writes.do(ctx, func(ctx context.Context) error {
		return putScript.Run(ctx, s.client, []string{s.key(uri.String())}, variant.String(), text, milliseconds(ttl), maxVariants, middleware.CacheKey{}.String()).Err()
	})
}

// storedRecord is a record in Redis.
type storedRecord struct {
	middleware.CacheRecord
	Fields layer.Fields
}

func encodeRecord(record *middleware.CacheRecord) []byte {
	stored := storedRecord{*record, layer.FieldsOf(record.Header)}
	stored.Header = nil
	return layer.JSON(&stored)
}

// decodeRecord is the record of a value; nil if it is not one.
func decodeRecord(text []byte) *middleware.CacheRecord {
	var stored storedRecord
	if json.Unmarshal(text, &stored) != nil {
		return nil
	}
	stored.Header = stored.Fields.Header()
	return &stored.CacheRecord
}

// Delete drops all variants of a URI; see middleware.CacheStore. It calls Redis even in an
// outage, and if ctx has ended.
func (s Cache) Delete(ctx context.Context, uri middleware.CacheKey) error {
	return s.writes.insist(context.WithoutCancel(ctx), func(ctx context.Context) error {
		return s.client.Del(ctx, s.key(uri.String())).Err()
	})
}
