package middleware

import (
	"cmp"
	"hash/maphash"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// Cache answers requests from memory: a shared cache (RFC 9111), whose origin are the
// handlers inside. The way of a request through it:
//
//	cache_request.go     is it concerned, and what may it be answered with? ─► its key
//	cache_store.go       what is kept under the key
//	cache_vary.go        which of the answers of a URI is the one for this request?
//	cache_judge.go       may that be used as it is, or only after it was asked about?
//	cache_answer.go      it is sent
//	cache_flight.go      equal requests that come meanwhile wait for one of them
//	cache_fill.go        the handlers run, and their answer is recorded,
//	cache_record.go      as it is written,
//	cache_rules.go       if it may be kept
//	cache_refresh.go     the same for nobody: the client has got what was kept
//
// A request that changes something takes another way, that of cache_change.go.

// CacheConfig sets up Cache. Its zero value keeps what the answers allow a shared cache to
// keep, in 64 MiB of memory, and nothing that has to do with a cookie or a user.
type CacheConfig struct {
	// Store keeps the answers. Default: a NewMemoryCache(0, 0) of this layer alone.
	Store CacheStore
	// MaxAnswer is how many bytes the body of an answer that is kept may have. Default 1 MiB, and at
	// most half of Store if that is a MemoryCache.
	MaxAnswer int
	// MaxRecording is how many bytes of answers that are still being written are recorded at
	// once. Answers beyond it pass, and are not kept. Default: the size of Store, if that is a
	// MemoryCache, or else 64 MiB.
	MaxRecording int
	// MaxQuery is how many bytes the body of a QUERY may have (RFC 10008), which is part of
	// what is asked for. Default 64 KiB; one with a longer body passes.
	MaxQuery int
	// Wait is how long requests wait for an equal one that is running. After that another one of
	// them runs, and one more after each tenth of that time. Default 5 seconds; time.Nanosecond is none.
	Wait time.Duration
	// Keep is how long an answer that is no longer fresh is kept, to be used when the
	// handlers say that it has not changed (304), or the client says that it takes an old
	// one (max-stale). Default one hour; time.Nanosecond is none.
	Keep time.Duration

	// Cookies treats requests with a Cookie like others. Without it they pass. Set it if the
	// answers do not depend on cookies, or say by Vary that they do.
	Cookies bool
	// SetCookie keeps answers that set a cookie, if they may be kept: everybody gets that
	// cookie then.
	SetCookie bool
	// Authorized treats requests with Authorization or a certificate, and those of users whom a
	// layer has logged in (ByUser) or let pass (KeyAuth), like others, as RFC 9111 section 3.5
	// has it: their answers are kept if they say public, s-maxage or must-revalidate, and
	// everybody gets them then. Without it they pass.
	Authorized bool

	// Name is the name of this cache in Cache-Status (RFC 9211), which says of each answer
	// where it came from. Default: none, and the header is not sent.
	Name string
	// OnError answers with 504 if a client wants a kept answer only (only-if-cached) and
	// there is none; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg CacheConfig) Validate() error {
	switch {
	case cfg.MaxAnswer < 0 || cfg.MaxQuery < 0 || cfg.MaxRecording < 0:
		return misconfigured("Cache", "MaxAnswer", "neither it nor MaxQuery nor MaxRecording may be negative; leave them 0 for the defaults")
	case cfg.Name != "" && !httpfield.IsToken(cfg.Name):
		return misconfigured("Cache", "Name", "%q is not a name for Cache-Status; write one such as edge-1", cfg.Name)
	}
	return cmp.Or(nilInside("Cache", "Store", cfg.Store), wrongTime("Cache", "Wait", cfg.Wait), wrongTime("Cache", "Keep", cfg.Keep))
}

// withDefaults sets the fields that are zero to their defaults.
func (cfg CacheConfig) withDefaults() CacheConfig {
	if cfg.Store == nil {
		cfg.Store = NewMemoryCache(0, 0)
	}
	if memory, ok := cfg.Store.(*MemoryCache); ok {
		cfg.MaxRecording = cmp.Or(cfg.MaxRecording, memory.uris.MaxBytes)
		cfg.MaxAnswer = min(cmp.Or(cfg.MaxAnswer, 1<<20), memory.largest())
	}
	cfg.MaxRecording = cmp.Or(cfg.MaxRecording, 64<<20)
	cfg.MaxAnswer = cmp.Or(cfg.MaxAnswer, 1<<20)
	cfg.MaxQuery = cmp.Or(cfg.MaxQuery, 64<<10)
	cfg.Wait = cmp.Or(cfg.Wait, 5*time.Second)
	cfg.Keep = cmp.Or(cfg.Keep, time.Hour)
	return cfg
}

// Cache answers GET, HEAD and QUERY with answers that it has kept, as a shared cache (RFC
// 9111). Which it keeps, and for how long, the answers say: by Cache-Control (s-maxage,
// max-age, stale-while-revalidate and stale-if-error of RFC 5861, no-cache, private,
// no-store, …) or Expires. One that does not say is not kept; nothing is guessed. See
// CacheControl for a layer that says it for the handlers inside.
//
// What is kept is found by scheme, host, path and query as they were sent, and by the
// headers that the answer names in Vary; a path that escapes what needs no escape passes. Equal requests at the same time run the handlers
// once. A request that changes something (POST, PUT, DELETE, …) and succeeds has what is
// kept of its URI dropped, and of the Location and Content-Location of its answer.
//
// Requests with Range, If-Match or If-Unmodified-Since, with a body (but for QUERY), and
// with no-store pass; so do those with Cookie or Authorization and those of users, unless
// the configuration says otherwise. Answers that are streams or files, longer than MaxAnswer,
// broken off, or that set a cookie pass as if the layer were not there.
//
// A stale answer that has a validator is asked about: the handlers see If-None-Match and
// If-Modified-Since, and a 304 of theirs (ETag, Static, Proxy) makes it fresh. One in its
// time of stale-while-revalidate is sent at once, and the handlers run after that, in a job
// of Context.Go and on a Context of their own. Conditional requests of clients are answered
// with 304 from what is kept.
//
// What is kept is sent without the layers inside. So put the layer inside of everything
// that refuses requests (RateLimit, KeyAuth, …) and of Compress, and outside of what makes answers
// dear. Nothing is kept of what users get whom a layer finds (see Context.Set), or who have shown a
// certificate, wherever that layer is, also in another Engine inside, nor of what is behind a KeyAuth
// inside. Headers that layers outside set
// are not kept, but for Vary.
func Cache(cfg CacheConfig) dram.HandlerFunc {
	must(cfg.Validate())
	l := &cache{CacheConfig: cfg.withDefaults(), seed: maphash.MakeSeed()}
	l.flights.flying = make(map[cacheSlot]*flight)
	return l.serve
}

// cache is what the requests of one layer share.
type cache struct {
	CacheConfig
	flights    cacheFlights
	seed       maphash.Seed
	changes    [cachePlaces]atomic.Uint32
	alone      [cachePlaces]atomic.Uint64
	outlives   [cachePlaces]atomic.Pointer[time.Time]
	storing    [64]atomic.Int32
	refused    atomic.Bool // the store has not taken the last answer
	refreshing atomic.Int32
	recording  atomic.Int64 // bytes, of answers that are being written
}

// serve is the layer.
func (l *cache) serve(c *dram.Context) {
	switch c.Request.Method {
	case http.MethodGet, http.MethodHead, dram.MethodQuery:
		if l.concerns(c) {
			l.find(c)
		}
	case http.MethodOptions, http.MethodTrace, http.MethodConnect:
	default:
		l.change(c)
	}
}

// find answers a request with what is kept, or has the handlers answer it.
func (l *cache) find(c *dram.Context) {
	ask, ok := l.ask(c)
	if !ok {
		if ask.req != c.Request {
			c.NextWith(nil, ask.req)
		}
		return
	}
	found, err := l.lookup(c.Request.Context(), &ask)
	if err != nil {
		_ = c.Error(err) // the handlers answer
		ask.storeFails = true
	}
	now := time.Now()
	switch verdict := found.judge(&ask.wants, now); {
	case verdict == isFresh:
		l.answer(c, c.Request, found, now, statusHit)
	case verdict == isStaleMeanwhile:
		l.answerAndRefresh(c, ask, found, now)
	case ask.wants.onlyIfCached:
		refuse(c, l.OnError, http.StatusGatewayTimeout, "there is no kept answer, and the request wants no other")
	case c.Request.Method == http.MethodHead: // its answer has no body to keep
	default:
		l.fetch(c, ask, found)
	}
}
