package dram

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/dram-go/dram/binding"
)

// This file bounds what Bind and its kin read into memory: while they run, the
// request's body is one that ends at the limit. What a handler reads from
// c.Request.Body itself, and the files of multipart forms, are not concerned.

// BodyLimitKey is the Context's key of a limit that a layer has put on the body of this
// request: a value with the method BodyLimit() int64, negative for none. A larger one
// takes the place of Engine.MaxBodyMemory. middleware.BodyLimit sets it.
const BodyLimitKey = "_dram-go/dram/bodylimit"

// defaultMaxBodyMemory is what an Engine's MaxBodyMemory of 0 means: 32 MiB.
const defaultMaxBodyMemory = 32 << 20

// maxBodyMemory is the limit of this request; negative for none. layered reports whether
// a layer has one as well.
func (c *Context) maxBodyMemory() (limit int64, layered bool) {
	limit = defaultMaxBodyMemory
	if c.engine != nil {
		limit = cmp.Or(c.engine.MaxBodyMemory, limit)
	}
	value, _ := c.lookup(BodyLimitKey)
	layer, layered := value.(interface{ BodyLimit() int64 })
	if layered {
		if l := layer.BodyLimit(); l < 0 || limit >= 0 && l > limit {
			limit = l
		}
	}
	return limit, layered
}

// bodyTooLarge is an *http.MaxBytesError that says what to set.
type bodyTooLarge struct{ limit int64 }

func (e *bodyTooLarge) Error() string {
	return fmt.Sprintf("dram: the body has more than the %d bytes that may be read into memory; "+
		"raise Engine.MaxBodyMemory, or put middleware.BodyLimit before this route", e.limit)
}

func (e *bodyTooLarge) Unwrap() error { return &http.MaxBytesError{Limit: e.limit} }

// boundedBody is a request's body that ends at a limit with a *bodyTooLarge.
type boundedBody struct {
	io.ReadCloser
	limit     int64
	left      int64 // of the limit; negative when the body went beyond it
	multipart int64 // see MultipartMemory
	pooled    bool
}

var boundedBodies = sync.Pool{New: func() any { return &boundedBody{pooled: true} }}

// ownBindings is the import path of the bindings that keep no body.
var ownBindings = reflect.TypeFor[binding.FieldError]().PkgPath()

// boundBody bounds the request's body until release. b is who reads it, nil for the
// Context itself. It returns nil if there is nothing to bound.
func (c *Context) boundBody(b binding.Binding) *boundedBody {
	req := c.Request
	if req == nil || req.Body == nil || req.Body == http.NoBody {
		return nil
	}
	limit, layered := c.maxBodyMemory()
	if limit < 0 {
		return nil
	}
	var bounded *boundedBody
	if b == nil || reflect.TypeOf(b).PkgPath() == ownBindings {
		bounded = boundedBodies.Get().(*boundedBody)
	} else {
		bounded = new(boundedBody)
	}
	bounded.ReadCloser, bounded.limit, bounded.left = req.Body, limit, limit
	bounded.multipart = min(limit, c.maxMultipartMemory())
	_, whole := b.(binding.BindingBody)
	switch {
	case b != nil && !whole && strings.HasPrefix(c.ContentType(), "multipart/"):
		bounded.left = math.MaxInt64 // its files are not concerned
	case req.ContentLength > limit && !layered:
		bounded.left = -1 // nothing of it has to be read
	}
	req.Body = bounded
	return bounded
}

// release puts the body back that was there before.
func (b *boundedBody) release(req *http.Request) {
	if req.Body != b {
		return // somebody has put a body of their own around it
	}
	req.Body = b.ReadCloser
	if b.pooled {
		b.ReadCloser = nil
		boundedBodies.Put(b)
	}
}

// Read reads up to the limit, and one byte more to see whether the body ends there.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.TooLarge()
	}
	if int64(len(p)) > b.left && b.left < math.MaxInt64 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		n, err = int(b.left), b.TooLarge()
		b.left = -1
		return n, err
	}
	b.left -= int64(n)
	return n, err
}

// MultipartMemory is how much of a multipart form binding.Form and FormMultipart may
// keep in memory. Its values alone may take MaxMemory.
func (b *boundedBody) MultipartMemory() int64 { return b.multipart }

// MaxMemory is the limit.
func (b *boundedBody) MaxMemory() int64 { return b.limit }

// TooLarge is the error of a body beyond the limit.
func (b *boundedBody) TooLarge() error { return &bodyTooLarge{b.limit} }
