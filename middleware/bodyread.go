package middleware

import "github.com/dram-go/dram"

// This file says what a body was that a layer outside has read already: Idempotency and
// Cache tell requests apart by their bodies, and an empty one would be that of all.

// contentOf returns what tells a body from other ones: the bytes that were read of it or, if
// there were none left, those that ShouldBindBodyWith keeps, or the values of a form that was
// parsed. It is false if nothing is left of a body that was sent.
func contentOf(c *dram.Context, read []byte) (content []byte, ok bool) {
	if len(read) > 0 {
		return read, true
	}
	kept, _ := c.Get(dram.BodyBytesKey)
	if kept, _ := kept.([]byte); len(kept) > 0 {
		return kept, true
	}
	if c.Request.MultipartForm == nil && len(c.Request.PostForm) > 0 {
		return []byte(c.Request.PostForm.Encode()), true
	}
	return nil, c.Request.ContentLength <= 0 && c.Request.MultipartForm == nil
}
