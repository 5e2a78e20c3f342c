// Package redisconn is what the stores in Redis have in common: a client that
// keeps to a timeout, a prefix for its keys, and a guard for when Redis is away.
package redisconn

import (
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/contrib/internal/outage"
)

// Settings are a store's Config with its defaults filled in.
type Settings struct {
	Store  string // its package below contrib, "session/redis"
	Client redis.UniversalClient
	Prefix string
	// Timeout and Pause are outage.Guard's.
	Timeout, Pause time.Duration
	Logger         *slog.Logger
}

// Validate tells what is wrong with the settings.
func (s Settings) Validate() error {
	switch {
	case s.Client == nil:
		return layer.Misconfigured(s.Store, "Client", `is nil; write redis.NewClient(&redis.Options{Addr: "localhost:6379"})`)
	case s.Timeout < 0 || s.Pause < 0:
		return layer.Misconfigured(s.Store, "Timeout", "neither it nor Pause may be negative; leave them 0 for the defaults")
	}
	return nil
}

// Conn is a store's way to Redis.
type Conn struct {
	Client redis.UniversalClient
	Prefix string
	Guard  outage.Guard
}

// New makes a Conn, without asking whether Redis is there. It panics if the
// settings are wrong.
func New(s Settings) *Conn {
	layer.Must(s.Validate())
	conn := &Conn{Client: s.Client, Prefix: s.Prefix, Guard: outage.Guard{
		Name: "contrib/" + s.Store, Logger: s.Logger, Timeout: s.Timeout, Pause: s.Pause,
	}}
	if single, ok := s.Client.(*redis.Client); ok {
		conn.Client = single.WithTimeout(s.Timeout)
	}
	return conn
}
