package middleware

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// ETag saves the network, not the server: the handler runs, but a client that
// has the same body already gets 304 without it.

// DefaultETagBuffer is the default of ETagConfig.MaxBuffer: 64 KiB.
const DefaultETagBuffer = 64 << 10

// ETagConfig sets up ETag. Its zero value gives strong tags to bodies of up to
// 64 KiB.
type ETagConfig struct {
	// MaxBuffer is how many bytes of a body are buffered to compute its digest. A
	// longer body is sent without a tag. Zero means DefaultETagBuffer.
	MaxBuffer int
	// Weak makes weak tags, for handlers whose answers may differ in bytes but not
	// in meaning. If-Match and ranges do not work with them.
	Weak bool
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg ETagConfig) Validate() error {
	if cfg.MaxBuffer < 0 {
		return misconfigured("ETag", "MaxBuffer", "%d is negative; leave it 0 for %d", cfg.MaxBuffer, DefaultETagBuffer)
	}
	return nil
}

// ETag sets an entity tag, the digest of the body, on answers to GET and HEAD
// with status 200, and evaluates the conditions of the request (RFC 9110
// section 13): it answers 304 without a body, or 412. If the handler has set an
// ETag or Last-Modified, the conditions are evaluated against that, and the
// body is not buffered.
//
// A body that is flushed, or longer than MaxBuffer, is sent without a tag. The
// usual place is inside Compress: the digest is then that of the plain body,
// and Compress makes the tag weak. To make changes conditional, see
// Preconditions.
func ETag(cfg ETagConfig) dram.HandlerFunc {
	must(cfg.Validate())
	cfg.MaxBuffer = cmp.Or(cfg.MaxBuffer, DefaultETagBuffer)
	var pool sync.Pool
	pool.New = func() any { return newTagger(cfg) }
	return func(c *dram.Context) {
		if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
			return
		}
		t := pool.Get().(*tagger)
		t.req = c.Request
		c.NextAnswer(nil, t.look)
		t.req = nil
		pool.Put(t)
	}
}

// tagger is the state of ETag for one request.
type tagger struct {
	ETagConfig
	req  *http.Request
	look func(dram.Answer) // the methods, bound once
	then func(dram.Answer, []byte, bool)
}

func newTagger(cfg ETagConfig) *tagger {
	t := &tagger{ETagConfig: cfg}
	t.look, t.then = t.lookAt, t.tag
	return t
}

// lookAt evaluates the conditions if the handler has set a validator. Otherwise
// it holds the body back until it is complete, or too long.
func (t *tagger) lookAt(a dram.Answer) {
	h := a.Header()
	if a.Status() != http.StatusOK || len(h["Content-Range"]) > 0 {
		return
	}
	modified, _ := timeIn(h, "Last-Modified")
	if tag := h.Get("Etag"); tag != "" || !modified.IsZero() {
		t.judge(a, tag, modified)
		return
	}
	if httpfield.Has(h["Cache-Control"], "no-store") {
		return // nobody will have it to compare with
	}
	if length, err := strconv.Atoi(h.Get("Content-Length")); err != nil || length <= t.MaxBuffer {
		a.Hold(t.MaxBuffer, t.then)
	}
}

// tag sets the tag of a body that is complete.
func (t *tagger) tag(a dram.Answer, body []byte, whole bool) {
	if !whole || len(body) == 0 {
		return // nobody knows it yet, or there is none
	}
	tag := digestTag(body, t.Weak)
	a.Header().Set("Etag", tag)
	t.judge(a, tag, time.Time{})
}

// judge evaluates the conditions, and answers if they end the request.
func (t *tagger) judge(a dram.Answer, tag string, modified time.Time) {
	if status := evaluate(t.req, tag, modified); status != 0 {
		a.Replace(func(c *dram.Context) {
			if h := c.Writer.Header(); status == http.StatusNotModified {
				notModified(h)
			} else {
				httpfield.DropEntity(h)
			}
			c.Status(status)
		})
	}
}

// digestTag returns the entity tag of a body: 128 bits of SHA-256.
func digestTag(body []byte, weak bool) string {
	sum := sha256.Sum256(body)
	buf := make([]byte, 0, 28)
	if weak {
		buf = append(buf, "W/"...)
	}
	buf = append(buf, '"')
	buf = base64.RawURLEncoding.AppendEncode(buf, sum[:16])
	return string(append(buf, '"'))
}
