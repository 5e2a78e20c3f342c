package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/dram-go/dram"
)

// This file answers with one value in the forms that a Context has, and with one that fits none.

func init() {
	blocks["renders"] = renders
	blocks["render-fails"] = renderFails
}

func renders() string {
	book := dram.H{"title": "A < B"}
	var out strings.Builder
	for _, form := range []struct {
		call   string
		answer dram.HandlerFunc
	}{
		{`c.JSON(200, book)`, func(c *dram.Context) { c.JSON(200, book) }},
		{`c.PureJSON(200, book)`, func(c *dram.Context) { c.PureJSON(200, book) }},
		{`c.SecureJSON(200, list)`, func(c *dram.Context) { c.SecureJSON(200, []int{1, 2}) }},
		{`c.JSONP(200, book), ?callback=show`, func(c *dram.Context) { c.JSONP(200, book) }},
		{`c.XML(200, book)`, func(c *dram.Context) { c.XML(200, book) }},
		{`c.String(200, "%d books", 2)`, func(c *dram.Context) { c.String(200, "%d books", 2) }},
		{`c.Data(200, "text/csv", rows)`, func(c *dram.Context) { c.Data(200, "text/csv", []byte("1,2")) }},
		{`c.JSON(204, book)`, func(c *dram.Context) { c.JSON(204, book) }},
		{`c.Redirect(303, "/books/7")`, func(c *dram.Context) { c.Redirect(303, "/books/7") }},
	} {
		r := dram.New()
		r.POST("/", form.answer)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/?callback=show", nil))
		answer := w.Result()
		fmt.Fprintf(&out, "%s\n    %s\n", form.call, strings.TrimSpace(fmt.Sprintf("%d  %s", answer.StatusCode, answer.Header.Get("Content-Type"))))
		if to := answer.Header.Get("Location"); to != "" {
			fmt.Fprintf(&out, "    Location: %s\n", to)
		}
		if w.Body.Len() > 0 {
			fmt.Fprintf(&out, "    %q\n", w.Body)
		}
	}
	return fenced("text", out.String())
}

func renderFails() string {
	var out strings.Builder
	at := serve(
		func(c *dram.Context) {
			c.Next()
			fmt.Fprintf(&out, "the layer outside sees status %d, aborted %t, and the error\n    %s\n", c.Writer.Status(), c.IsAborted(), c.Errors.Last())
		},
		func(c *dram.Context) { c.JSON(http.StatusOK, dram.H{"channel": make(chan int)}) },
	)
	fmt.Fprintf(&out, "net/http was given %s\n", strings.Join(at.given, " "))
	return fenced("text", out.String())
}
