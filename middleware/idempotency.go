package middleware

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/counted"
	"github.com/dram-go/dram/internal/ctxlink"
	"github.com/dram-go/dram/internal/httpfield"
)

// Idempotency makes it safe to repeat a request: a payment whose answer was
// lost is not made twice. The client names the request with the header
// Idempotency-Key; the first answer is kept, and repeated to whoever sends the
// same request with the same key (draft-ietf-httpapi-idempotency-key-header).
// What it asks of a store stands in idempotency_store.go, how an answer is recorded
// in idempotency_answer.go.

// IdempotencyConfig sets up Idempotency. Scope must be set.
type IdempotencyConfig struct {
	// Scope says whose keys these are: a key of one user never finds the answer
	// of another, nor does that of one host (the Host header) the answer of
	// another. ByUser behind a layer that logs users in, ByHeader("X-Api-Key")
	// behind one that checks keys, ByClientIP for a service without users. "" is
	// nobody: such a request is served as if it had no key.
	Scope func(*dram.Context) string
	// Store keeps the answers. Default: a NewMemoryIdempotencyStore(0, 0) of this
	// layer alone.
	Store IdempotencyStore
	// Header is the name of the header with the key. Default "Idempotency-Key".
	Header string
	// Methods are the methods that the layer applies to. Default POST and PATCH:
	// the others are safe to repeat as they are.
	Methods []string
	// Required refuses requests without a key with 400.
	Required bool
	// TTL is how long an answer is kept. Default 24 hours.
	TTL time.Duration
	// InFlight is how long a request may hold its key without an answer, in case
	// its process dies, or the store claims the key, loses its answer and cannot free the
	// key either, since it is slower than its own timeout. It must be longer than the slowest handler takes. Default
	// five minutes.
	InFlight time.Duration
	// MaxBody is how many bytes the body of a request with a key may have, since
	// all of it is read to compare requests. Default 1 MiB; a larger one gets 413.
	MaxBody int64
	// MaxAnswer is how many bytes of an answer are kept. Default 1 MiB. A request
	// with a larger answer is not executed again either: its repetition gets 409.
	MaxAnswer int
	// FailOpen serves requests while the store fails, as if they had no key, but for
	// those whose client leaves or whose time ends meanwhile. By default they are
	// refused with 503, since they might be executed twice.
	FailOpen bool
	// OnError answers refused requests (400, 409, 413, 422, 503); see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg IdempotencyConfig) Validate() error {
	switch {
	case cfg.Scope == nil:
		return misconfigured("Idempotency", "Scope", "is nil, so one user's key could find another's answer; write middleware.ByUser, or middleware.ByClientIP for a service without users")
	case cfg.Header != "" && !httpfield.IsToken(cfg.Header):
		return misconfigured("Idempotency", "Header", "%q is not a header name; write Idempotency-Key", cfg.Header)
	case slices.ContainsFunc(cfg.Methods, isNoMethod):
		return misconfigured("Idempotency", "Methods", "%q: methods have capital letters, and the requests of others would be done twice; write POST", cfg.Methods)
	case cfg.TTL > 0 && cfg.TTL < time.Second:
		return misconfigured("Idempotency", "TTL", "%v is over before a client repeats its request; write 24*time.Hour", cfg.TTL)
	case cfg.InFlight > 0 && cfg.InFlight < time.Millisecond:
		return misconfigured("Idempotency", "InFlight", "%v is over before a handler has begun, and its request would be done twice; write 5*time.Minute", cfg.InFlight)
	case cfg.TTL < 0 || cfg.InFlight < 0 || cfg.MaxBody < 0 || cfg.MaxAnswer < 0:
		return misconfigured("Idempotency", "TTL", "neither it nor InFlight, MaxBody and MaxAnswer may be negative; leave them 0 for the defaults")
	}
	return nilInside("Idempotency", "Store", cfg.Store)
}

// withDefaults sets the fields that are zero to their defaults.
func (cfg IdempotencyConfig) withDefaults() IdempotencyConfig {
	if cfg.Store == nil {
		cfg.Store = NewMemoryIdempotencyStore(0, 0)
	}
	cfg.Header = http.CanonicalHeaderKey(cmp.Or(cfg.Header, "Idempotency-Key"))
	if cfg.Methods == nil {
		cfg.Methods = []string{http.MethodPost, http.MethodPatch}
	}
	cfg.TTL = cmp.Or(cfg.TTL, 24*time.Hour)
	cfg.InFlight = cmp.Or(cfg.InFlight, 5*time.Minute)
	cfg.MaxBody = cmp.Or(cfg.MaxBody, 1<<20)
	cfg.MaxAnswer = cmp.Or(cfg.MaxAnswer, 1<<20)
	return cfg
}

// Idempotency executes a request with a key once. A repetition gets the same
// status, headers and body, and the header Idempotency-Replayed: true. While
// the first is still running, it gets 409; with another method, path or body,
// 422. Answers of 500 and above, 429 and panics are not kept: the client may
// try again. That the client is gone does not end the handlers' context, so that what was
// begun is done and kept: the time of the request (Timeout) does, and InFlight, after which
// the key is no longer theirs.
//
// Put it inside the layer that authenticates the user (see Scope). A layer outside that reads
// the body, to check its signature say, does so by Context.ShouldBindBodyWith or as a form, or
// puts what it has read into http.Request.Body again: of a body that was read otherwise nothing
// is left to compare, which is a 500, or, if it had no Content-Length, cannot be seen: it
// counts as empty.
func Idempotency(cfg IdempotencyConfig) dram.HandlerFunc {
	must(cfg.Validate())
	cfg = cfg.withDefaults()
	layer := &cfg
	return func(c *dram.Context) {
		if !slices.Contains(cfg.Methods, c.Request.Method) || !counted.Enter(c, layer) {
			return // or it has its key
		}
		defer counted.Leave(c, layer)
		keys := c.Request.Header[cfg.Header]
		if len(keys) == 0 && !cfg.Required {
			return
		}
		if len(keys) != 1 || !isIdempotencyKey(keys[0]) {
			refuse(c, cfg.OnError, http.StatusBadRequest, cfg.Header+" must be one key of 1 to 255 printable ASCII letters")
			return
		}
		if scope := cfg.Scope(c); scope != "" {
			cfg.serve(c, storeKey(originOf(c), scope, keys[0]), keys[0])
		}
	}
}

// originOf names the host of a request, however the client has written it.
func originOf(c *dram.Context) string {
	if host, ok := originHost(c.Scheme(), c.Request.Host); ok {
		return host.String()
	}
	return strings.ToLower(c.Request.Host)
}

// isIdempotencyKey reports whether a key can be used.
func isIdempotencyKey(key string) bool {
	if len(key) == 0 || len(key) > 255 {
		return false
	}
	for i := range len(key) {
		if key[i] < '!' || key[i] > '~' {
			return false
		}
	}
	return true
}

// storeKey returns the key in the store: it contains no text of the client, and
// no two triples of host, scope and key share one.
func storeKey(parts ...string) string { return hex.EncodeToString(digestOf(parts...)) }

// digestOf returns a digest that no other list of texts has.
func digestOf(parts ...string) []byte {
	sum := sha256.New()
	for _, part := range parts {
		digest := sha256.Sum256([]byte(part)) // of one length, so that no two parts run together
		sum.Write(digest[:])
	}
	return sum.Sum(nil)
}

// serve serves a request that has a key; given is what the client calls it.
func (cfg IdempotencyConfig) serve(c *dram.Context, key, given string) {
	read, ok := cfg.readBody(c)
	if !ok {
		return
	}
	content, ok := contentOf(c, read)
	if !ok {
		cfg.OnError.Fail(c, http.StatusInternalServerError, "the request cannot be told from others", fmt.Errorf("dram: middleware: Idempotency: %w", body.ErrReadBefore))
		return
	}
	fingerprint := fingerprintOf(c, given, content)
	claim := IdempotencyRecord{Owner: rand.Text(), Fingerprint: fingerprint}
	held, err := cfg.Store.Begin(c.Request.Context(), key, claim, cfg.InFlight)
	switch {
	case err != nil && cfg.FailOpen && c.Request.Context().Err() == nil: // or the client has ended the call, and will repeat it
		_ = c.Error(err)
		_ = cfg.release(c, key, claim) // of which the error is another one of the same store
		c.NextWith(nil, withRead(c.Request, read))
	case err != nil:
		cfg.OnError.Fail(c, http.StatusServiceUnavailable, "keys cannot be looked up at the moment", err)
		_ = cfg.release(c, key, claim)
	case held.Owner == claim.Owner:
		cfg.run(c, key, claim, read)
	case held.Fingerprint != fingerprint:
		refuse(c, cfg.OnError, http.StatusUnprocessableEntity, "the key was used for another request")
	case held.Status == 0:
		refuse(c, cfg.OnError, http.StatusConflict, "the first request with this key is still running")
	case held.TooLarge:
		refuse(c, cfg.OnError, http.StatusConflict, "the request was done, but its answer was too large to keep")
	default:
		replay(c, held)
	}
}

// run runs the handlers and keeps their answer, or frees the key. The client may leave
// meanwhile, which must neither lose the answer nor stop what is half done: the handlers'
// context does not end with the client's.
func (cfg IdempotencyConfig) run(c *dram.Context, key string, claim IdempotencyRecord, body []byte) {
	r := &recorder{outside: c.Writer.Header().Clone(), limit: cfg.MaxAnswer, IdempotencyRecord: claim}
	kept, req := false, c.Request
	defer func() {
		if !kept { // also on a panic
			if err := cfg.release(c, key, claim); err != nil {
				_ = c.Error(err)
			}
		}
	}()
	inside, stop := outlive(req.Context(), cfg.InFlight)
	defer stop()
	whole := c.NextAnswer(withRead(req.WithContext(inside), body), r.look)
	if !whole || r.hijacked || r.Status >= http.StatusInternalServerError || r.Status == http.StatusTooManyRequests {
		return
	}
	if !r.given && (inside.Err() != nil || r.Status != http.StatusOK) {
		return // a layer outside will answer: Timeout, or the text of a 404
	}
	if err := cfg.Store.Finish(context.WithoutCancel(req.Context()), key, r.IdempotencyRecord, cfg.TTL); err != nil {
		_ = c.Error(err)
	}
	kept = true // even if not: the request is done, and must not be done again at once
}

// release frees the key if it is the claim's, also when the client has left. Of a Begin that has
// failed nobody knows whether it is: the answer of the store may have been lost.
func (cfg IdempotencyConfig) release(c *dram.Context, key string, claim IdempotencyRecord) error {
	return cfg.Store.Release(context.WithoutCancel(c.Request.Context()), key, claim.Owner)
}

// survivor is the context of a request without the end that its client brings about.
type survivor struct {
	*ctxlink.Link
	request context.Context
}

// outlive makes a survivor. It ends when the time of the request is up, or that of its
// claim, for a client that has left as for one that waits.
func outlive(request context.Context, claimed time.Duration) (ctx *survivor, stop func()) {
	s := &survivor{ctxlink.New(ctxlink.Outliving(request)), request}
	claim := time.AfterFunc(claimed, func() { s.End(context.DeadlineExceeded) })
	release := context.AfterFunc(request, func() {
		if request.Err() == context.DeadlineExceeded {
			s.End(context.DeadlineExceeded)
		} else if deadline, ok := request.Deadline(); ok {
			alone, forget := context.WithDeadline(context.WithoutCancel(request), deadline)
			context.AfterFunc(s.Link, forget)
			s.Follow(alone)
		}
	})
	return s, func() { claim.Stop(); release(); s.End(context.Canceled) }
}

// Deadline returns that of the request.
func (s *survivor) Deadline() (time.Time, bool) { return s.request.Deadline() }

// withRead returns the request with a body that has already been read.
func withRead(req *http.Request, read []byte) *http.Request {
	return withBody(req, struct {
		io.Reader
		io.Closer
	}{bytes.NewReader(read), req.Body})
}

// readBody reads the whole body, or refuses the request.
func (cfg IdempotencyConfig) readBody(c *dram.Context) ([]byte, bool) {
	if c.Request.Body == nil {
		c.Request.Body = http.NoBody
	}
	read, err := io.ReadAll(&body.Limited{ReadCloser: body.Blame(c.Request.Body), Length: c.Request.ContentLength, Limit: cfg.MaxBody})
	switch {
	case body.IsTooLarge(err):
		refuse(c, cfg.OnError, http.StatusRequestEntityTooLarge, "the body is larger than this resource takes with a key")
	case body.IsLate(err):
		refuse(c, cfg.OnError, http.StatusRequestTimeout, "the body did not arrive in time")
	case err != nil:
		refuse(c, cfg.OnError, http.StatusBadRequest, "the body could not be read")
	}
	return read, err == nil
}

// fingerprintOf returns the digest of what identifies the request: method,
// path, with the prefix that a proxy has taken away, query, type and body. With the
// client's key in it, which the store does not hold, nobody who reads the store can
// try what the body was: there may be a password in it.
func fingerprintOf(c *dram.Context, key string, body []byte) string {
	r := c.Request
	return hex.EncodeToString(digestOf(key, r.Method, c.BasePath()+r.URL.RequestURI(), r.Header.Get("Content-Type"), string(body)))
}
