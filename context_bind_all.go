package dram

import (
	"errors"
	"net/http"

	"github.com/dram-go/dram/binding"
)

// This file decodes a whole request into one struct. context_bind.go decodes one of its
// sources at a time.
// See docs/internals/15-binding.md.

// BindAll fills obj, a pointer to a struct, from path parameters, query, header, cookies and body,
// each field from the source that its tag names (uri, query, header, cookie, form, json …), and
// validates it once: see binding.All for what tags mean. A body is to be of one of the media types,
// if any are given. On error it answers 400, or 413 for
// a body over Engine.MaxBodyMemory or another limit, or 500 for a mistake in the tags
// (binding.ErrTags), aborts and returns the error. It writes no body.
func (c *Context) BindAll(obj any, mediaTypes ...string) error {
	err := c.ShouldBindAll(obj, mediaTypes...)
	switch {
	case err == nil:
	case errors.Is(err, binding.ErrTags), errors.Is(err, binding.ErrDestination):
		c.failBare(http.StatusInternalServerError)
		c.Error(err).SetType(ErrorTypeBind)
	default:
		c.failBody(err)
	}
	return err
}

// ShouldBindAll is like BindAll, but only returns the error, which lists all faults of all
// sources: binding.FieldErrors, ProblemOf. A mistake in the tags is a line in debug mode too.
func (c *Context) ShouldBindAll(obj any, mediaTypes ...string) error {
	c.live()
	defer c.boundBody(binding.Form).Release(c.Request)
	defer c.noteForm(nil, c.Request.MultipartForm)
	err := binding.All(c.Request, &c.Params, obj, mediaTypes...)
	if errors.Is(err, binding.ErrTags) || errors.Is(err, binding.ErrDestination) {
		c.warnFailure("BindAll", err)
	}
	return c.bound(err)
}
