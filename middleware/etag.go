package middleware

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// ETag spares the network, not the server: the handler runs, but a client that
// has the same body already gets 304 without it.

// DefaultETagBuffer is how long a body may be to get a tag, if the
// configuration does not say it: 64 KiB.
const DefaultETagBuffer = 64 << 10

// ETagConfig sets up ETag. Its zero value gives strong tags to bodies of up to
// 64 KiB.
type ETagConfig struct {
	// MaxBuffer is how many bytes of a body are held back for its digest. A
	// longer one is passed on without a tag. Zero is DefaultETagBuffer.
	MaxBuffer int
	// Weak makes weak tags: for handlers whose answers mean the same with other
	// bytes. If-Match and ranges do not work with them.
	Weak bool
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg ETagConfig) Validate() error {
	if cfg.MaxBuffer < 0 {
		return misconfigured("ETag", "MaxBuffer", "%d is negative; leave it 0 for %d", cfg.MaxBuffer, DefaultETagBuffer)
	}
	return nil
}

// ETag gives the answers to GET and HEAD with status 200 an entity tag, the
// digest of the body, and evaluates the request's conditions (RFC 9110 section
// 13): 304 without a body, or 412. It evaluates them as well against an ETag or
// Last-Modified that the handler set; such a body is not held back.
//
// A body that is flushed, or longer than MaxBuffer, passes without a tag. Inside
// of Compress the digest is that of the plain body and becomes weak; that is the
// usual place. To make changes conditional, see Preconditions.
func ETag(cfg ETagConfig) dram.HandlerFunc {
	must(cfg.Validate())
	if cfg.MaxBuffer == 0 {
		cfg.MaxBuffer = DefaultETagBuffer
	}
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

// tagger is what ETag keeps of one request.
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

// lookAt evaluates the conditions when the handler has set a validator, and else
// has the body held back until it is complete, or too long.
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

// tag makes the tag of a body that is there as a whole.
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
			notModified(c.Writer.Header())
			c.Status(status)
		})
	}
}

// digestTag is the entity tag of a body: 128 bits of SHA-256.
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
