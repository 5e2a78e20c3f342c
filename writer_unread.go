package dram

import (
	"io"
	"net/http"
	"reflect"
)

// This file keeps what a handler leaves of a body from being read as the next request of its connection.
// See docs/internals/13-writer.md.

// ownBody is a request with the body that its server has given it. When net/http answers it looks there
// whether a handler has closed the body before its end, with what is behind it not fit to be read on, and
// closes the connection then. It does not see that if a handler has put another body in the place of its
// own, such as an http.MaxBytesReader.
type ownBody struct {
	req      *http.Request // nil without a body
	body     io.ReadCloser
	isChunks bool // of HTTP/1.1: what is behind a broken one could be anything
}

// isHidden reports whether another body is in the place. Bodies of one type may not be comparable.
func (own *ownBody) isHidden() bool { return reflect.TypeOf(own.req.Body) != reflect.TypeOf(own.body) }

// noteOwn notes the body of a request until showOwn.
func (c *Context) noteOwn(req *http.Request) {
	c.own = ownBody{req, req.Body, req.ContentLength < 0 && req.ProtoMajor == 1}
}

// closeHidden has the connection closed if the header goes out while chunks are hidden: net/http may look at once.
func (c *Context) closeHidden() {
	if c.own.isChunks && c.own.isHidden() {
		c.writermem.Header().Set("Connection", "close")
	}
}

// showOwn puts the body back, before net/http looks.
func (c *Context) showOwn() {
	if c.own.isHidden() {
		c.own.req.Body = c.own.body
	}
	c.own = ownBody{}
}
