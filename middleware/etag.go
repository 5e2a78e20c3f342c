package middleware

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
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

// Validate tells what is wrong with the configuration.
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
	var writers sync.Pool
	writers.New = func() any { return new(etagWriter) }
	return func(c *dram.Context) {
		if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
			return
		}
		outer, w := c.Writer, writers.Get().(*etagWriter)
		w.req, w.weak = c.Request, cfg.Weak
		w.hold(outer, w, cfg.MaxBuffer)
		c.Writer = w
		defer func() { c.Writer = outer }()
		c.Next()
		w.finish() // not after a panic: the answer is not whole
		w.req = nil
		w.letGo()
		writers.Put(w)
	}
}

// etagWriter holds a body back until it is complete, or too long.
type etagWriter struct {
	holdWriter
	req  *http.Request
	weak bool
}

// passes evaluates the conditions when the handler has set a validator.
func (w *etagWriter) passes() bool {
	h := w.Header()
	if w.Status() != http.StatusOK || len(h["Content-Range"]) > 0 {
		return true
	}
	modified, _ := timeIn(h, "Last-Modified")
	if tag := h.Get("Etag"); tag != "" || !modified.IsZero() {
		w.sink = w.judge(tag, modified)
		return true
	}
	if httpfield.Has(h["Cache-Control"], "no-store") {
		return true // nobody will have it to compare with
	}
	length, err := strconv.Atoi(h.Get("Content-Length"))
	return err == nil && length > w.limit
}

// settle makes the tag of a body that is there as a whole.
func (w *etagWriter) settle(begin []byte, whole bool) io.Writer {
	if !whole || len(begin) == 0 {
		return nil // nobody knows it yet, or there is none
	}
	tag := digestTag(begin, w.weak)
	w.Header().Set("Etag", tag)
	return w.judge(tag, time.Time{})
}

// judge evaluates the conditions and says where the body goes: nowhere, if they
// end the request.
func (w *etagWriter) judge(tag string, modified time.Time) io.Writer {
	status := evaluate(w.req, tag, modified)
	if status == 0 {
		return nil
	}
	notModified(w.Header())
	w.ResponseWriter.WriteHeader(status)
	w.ResponseWriter.WriteHeaderNow()
	return dropped{}
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

// dropped takes a body that is not sent.
type dropped struct{}

func (dropped) Write(p []byte) (int, error) { return len(p), nil }
