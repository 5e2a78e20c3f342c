package dram

import (
	"net/http"
	"reflect"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/body"
)

// This file decodes the request into structs, by package binding. The methods
// without Should answer 400 themselves when that fails; those with Should only
// return the error.
// See docs/internals/15-binding.md.

// Bind decodes the request into obj, a pointer, by its method and Content-Type
// (see binding.Default) and validates it. On error it answers 400, 413 for
// a body over Engine.MaxBodyMemory or another limit (*http.MaxBytesError), or 408 for one
// that does not come in time, aborts and returns the error. It writes no body: the handler
// may, or a layer outside that reads Errors.
func (c *Context) Bind(obj any) error {
	return c.MustBindWith(obj, c.binding())
}

// BindJSON is like Bind, for a JSON body.
func (c *Context) BindJSON(obj any) error { return c.MustBindWith(obj, binding.JSON) }

// BindXML is like Bind, for an XML body.
func (c *Context) BindXML(obj any) error { return c.MustBindWith(obj, binding.XML) }

// BindQuery is like Bind, for the URL's query.
func (c *Context) BindQuery(obj any) error { return c.MustBindWith(obj, binding.Query) }

// BindYAML is like Bind, for a YAML body; it needs contrib/yaml.
func (c *Context) BindYAML(obj any) error { return c.MustBindWith(obj, binding.YAML) }

// BindTOML is like Bind, for a TOML body; it needs contrib/toml.
func (c *Context) BindTOML(obj any) error { return c.MustBindWith(obj, binding.TOML) }

// BindPlain is like Bind, for a body of plain text, into a *string or a *[]byte.
func (c *Context) BindPlain(obj any) error { return c.MustBindWith(obj, binding.Plain) }

// BindHeader is like Bind, for the request's headers, by the tag header.
func (c *Context) BindHeader(obj any) error { return c.MustBindWith(obj, binding.Header) }

// BindUri is like Bind, for the route's params, by the tag uri. Every error
// is a 400.
func (c *Context) BindUri(obj any) error {
	err := c.ShouldBindUri(obj)
	if err != nil {
		c.failBind(http.StatusBadRequest, err)
	}
	return err
}

// BindWith is like Bind, with a given binding.
//
// Deprecated: use MustBindWith, which is the same under a clearer name, or
// ShouldBindWith.
func (c *Context) BindWith(obj any, b binding.Binding) error { return c.MustBindWith(obj, b) }

// MustBindWith is like Bind, with the given binding.
func (c *Context) MustBindWith(obj any, b binding.Binding) error {
	err := c.ShouldBindWith(obj, b)
	if err != nil {
		c.failBody(err)
	}
	return err
}

// failBody is failBind for an error of the body, which may be too large.
func (c *Context) failBody(err error) {
	status := http.StatusBadRequest
	switch {
	case body.IsTooLarge(err):
		status = http.StatusRequestEntityTooLarge
	case body.IsLate(err):
		status = http.StatusRequestTimeout
	case body.IsUnkept(err):
		status = http.StatusInternalServerError
	}
	c.failBind(status, err)
}

// failBind aborts with a status and records the error as one of binding.
func (c *Context) failBind(status int, err error) {
	c.failBare(status)
	c.Error(err).SetType(ErrorTypeBind)
	c.warnFailure("Bind", err)
}

// ShouldBind decodes the request into obj, a pointer, by its method and
// Content-Type (see binding.Default) and validates it. binding.FieldErrors lists
// what its error says about the fields. A body over Engine.MaxBodyMemory is a
// *http.MaxBytesError.
func (c *Context) ShouldBind(obj any) error {
	return c.ShouldBindWith(obj, c.binding())
}

// ShouldBindJSON is like ShouldBind, for a JSON body.
func (c *Context) ShouldBindJSON(obj any) error { return c.ShouldBindWith(obj, binding.JSON) }

// ShouldBindXML is like ShouldBind, for an XML body.
func (c *Context) ShouldBindXML(obj any) error { return c.ShouldBindWith(obj, binding.XML) }

// ShouldBindQuery is like ShouldBind, for the URL's query.
func (c *Context) ShouldBindQuery(obj any) error { return c.ShouldBindWith(obj, binding.Query) }

// ShouldBindYAML is like ShouldBind, for a YAML body; it needs contrib/yaml.
func (c *Context) ShouldBindYAML(obj any) error { return c.ShouldBindWith(obj, binding.YAML) }

// ShouldBindTOML is like ShouldBind, for a TOML body; it needs contrib/toml.
func (c *Context) ShouldBindTOML(obj any) error { return c.ShouldBindWith(obj, binding.TOML) }

// ShouldBindPlain is like ShouldBind, for a body of plain text.
func (c *Context) ShouldBindPlain(obj any) error { return c.ShouldBindWith(obj, binding.Plain) }

// ShouldBindHeader is like ShouldBind, for the request's headers.
func (c *Context) ShouldBindHeader(obj any) error { return c.ShouldBindWith(obj, binding.Header) }

// ShouldBindUri is like ShouldBind, for the route's params.
func (c *Context) ShouldBindUri(obj any) error {
	c.live()
	values := make(map[string][]string, len(c.Params))
	for _, param := range c.Params {
		values[param.Key] = []string{param.Value}
	}
	c.warnTags(obj, nil)
	return c.bound(binding.Uri.BindUri(values, obj))
}

// ShouldBindWith is like ShouldBind, with a given binding.
func (c *Context) ShouldBindWith(obj any, b binding.Binding) error {
	c.live()
	if c.Request == nil { // of CreateTestContext
		return b.Bind(nil, obj)
	}
	defer c.boundBody(b).Release(c.Request)
	defer c.noteForm(nil, c.Request.MultipartForm)
	c.warnTags(obj, b)
	return c.bound(b.Bind(c.Request, obj))
}

// ShouldBindBodyWith is like ShouldBindWith, for a body that is to be decoded more
// than once: the first call reads it whole, up to Engine.MaxBodyMemory, and keeps
// it under BodyBytesKey for the calls after it.
func (c *Context) ShouldBindBodyWith(obj any, bb binding.BindingBody) (err error) {
	data := typed[[]byte](c, BodyBytesKey)
	if data == nil {
		if data, err = c.GetRawData(); err != nil {
			return err
		}
		if len(data) == 0 && c.Request.ContentLength > 0 {
			return c.ShouldBindWith(obj, bb) // which says that the body was read before
		}
		c.Set(BodyBytesKey, data)
	}
	c.warnTags(obj, bb)
	return c.bound(bb.BindBody(data, obj))
}

// ShouldBindBodyWithJSON is like ShouldBindBodyWith, for JSON.
func (c *Context) ShouldBindBodyWithJSON(obj any) error {
	return c.ShouldBindBodyWith(obj, binding.JSON)
}

// ShouldBindBodyWithXML is like ShouldBindBodyWith, for XML.
func (c *Context) ShouldBindBodyWithXML(obj any) error {
	return c.ShouldBindBodyWith(obj, binding.XML)
}

// ShouldBindBodyWithYAML is like ShouldBindBodyWith, for YAML; it needs contrib/yaml.
func (c *Context) ShouldBindBodyWithYAML(obj any) error {
	return c.ShouldBindBodyWith(obj, binding.YAML)
}

// ShouldBindBodyWithTOML is like ShouldBindBodyWith, for TOML; it needs contrib/toml.
func (c *Context) ShouldBindBodyWithTOML(obj any) error {
	return c.ShouldBindBodyWith(obj, binding.TOML)
}

// ShouldBindBodyWithPlain is like ShouldBindBodyWith, for plain text.
func (c *Context) ShouldBindBodyWithPlain(obj any) error {
	return c.ShouldBindBodyWith(obj, binding.Plain)
}

// binding is the binding for the request's method and Content-Type.
func (c *Context) binding() binding.Binding {
	c.live()
	return binding.Default(c.Request.Method, c.ContentType())
}

// Bind is a middleware that binds every request into a new struct of val's
// type and stores the pointer under BindKey; a request that does not bind gets
// a 400. It panics if val is a pointer: pass the struct itself.
func Bind(val any) HandlerFunc {
	typ := reflect.TypeOf(val)
	if typ == nil || typ.Kind() == reflect.Pointer {
		panic("dram: Bind struct can not be a pointer: write dram.Bind(Struct{}), not dram.Bind(&Struct{})")
	}
	return func(c *Context) {
		obj := reflect.New(typ).Interface()
		if c.Bind(obj) == nil {
			c.Set(BindKey, obj)
		}
	}
}
