package dramtest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/dram-go/dram"
)

// This file tests a handler alone, without an Engine of the program's.

// Context returns a Context for a request, to call a handler with, and a function that returns what the handler has
// answered. The option Param sets params; c.Set what layers would have stored.
//
//	c, answer := dramtest.Context(t, "GET", "/books/7", dramtest.Param("id", "7"))
//	c.Set("user", anna)
//	show(c)
//	answer().Want(http.StatusOK).JSON(`{"id": 7}`)
func Context(t testing.TB, method, target string, options ...Option) (c *dram.Context, answer func() *Response) {
	t.Helper()
	engine := dram.New()
	client := &Client{t: t, server: newServer(engine)}
	r := client.build(method, target, options)
	w := httptest.NewRecorder()
	c = dram.CreateTestContextOnly(w, engine)
	c.Request = served(r)
	for name, value := range r.params {
		c.Params = append(c.Params, dram.Param{Key: name, Value: value})
	}
	slices.SortFunc(c.Params, func(a, b dram.Param) int { return strings.Compare(a.Key, b.Key) })
	return c, func() *Response {
		c.Writer.WriteHeaderNow()
		res := &Response{t: t, client: client, request: r, cancel: func() {}, exchange: &exchange{done: make(chan struct{})}}
		close(res.exchange.done)
		res.answer = w.Result()
		res.answer.Request = r.http
		res.exchange.errors = c.Errors.Errors()
		res.raw, res.read = w.Body.Bytes(), true
		return res
	}
}

// served is the request as a server has it.
func served(r *request) *http.Request {
	req := httptest.NewRequestWithContext(r.ctx, r.http.Method, r.http.URL.String(), r.http.Body)
	req.Header, req.Host, req.ContentLength = r.http.Header, r.http.Host, r.http.ContentLength
	if r.peer != "" {
		req.RemoteAddr = r.peer
	}
	return req
}
