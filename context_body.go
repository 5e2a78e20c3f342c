package dram

import (
	"cmp"
	"net/http"
	"reflect"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file bounds what Bind, PostForm and their kin read into memory: while they run, the
// request's body is one that ends at the limit (internal/body). What a handler reads from
// c.Request.Body itself, and the files of multipart forms, are not concerned.
// See docs/internals/15-binding.md.

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

// ownBindings is the import path of the bindings that keep no body.
var ownBindings = reflect.TypeFor[binding.FieldError]().PkgPath()

// boundBody bounds the request's body until its Release. b is who reads it, nil for the
// Context itself. It returns nil if there is nothing to bound.
func (c *Context) boundBody(b binding.Binding) *body.InMemory {
	req := c.Request
	if req == nil || req.Body == nil || req.Body == http.NoBody {
		return nil
	}
	limit, layered := c.maxBodyMemory()
	if limit < 0 {
		return nil
	}
	bounded := body.Bound(req, limit, b != nil && reflect.TypeOf(b).PkgPath() != ownBindings)
	bounded.Files = min(limit, c.maxMultipartMemory())
	_, whole := b.(binding.BindingBody)
	if b != nil && !whole && httpfield.IsMultipart(req.Header.Get("Content-Type")) {
		bounded.Limit = -1 // its files are not concerned
	} else if !layered {
		bounded.Length = req.ContentLength
	}
	return bounded
}
