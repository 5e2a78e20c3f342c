package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/dram-go/dram"
)

// This file shows when an answer begins: what the writer records, what net/http is given, and
// whom it asks before.

func init() {
	blocks["writer"] = writer
	blocks["answer-order"] = answerOrder
}

// server is net/http's writer, and notes what it is given.
type server struct {
	*httptest.ResponseRecorder
	given []string
}

func (s *server) WriteHeader(status int) {
	s.given = append(s.given, fmt.Sprintf("WriteHeader(%d)", status))
}

func (s *server) Write(p []byte) (int, error) {
	s.given = append(s.given, fmt.Sprintf("Write(%q)", p))
	return len(p), nil
}

func serve(chain ...dram.HandlerFunc) *server {
	s := &server{ResponseRecorder: httptest.NewRecorder()}
	r := dram.New()
	r.GET("/", chain...)
	r.ServeHTTP(s, httptest.NewRequest(http.MethodGet, "/", nil))
	return s
}

// writer does one thing after the other and shows the writer behind each.
func writer() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%-38s%7s%6s%9s   %s\n", "the handler calls", "Status", "Size", "Written", "net/http is given")
	at := &server{ResponseRecorder: httptest.NewRecorder()}
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		for _, call := range []struct {
			text string
			do   func()
		}{
			{"", func() {}},
			{`c.Status(404)`, func() { c.Status(404) }},
			{`c.Header("X-Request-Id", "7")`, func() { c.Header("X-Request-Id", "7") }},
			{`c.Status(201)`, func() { c.Status(201) }},
			{`c.Writer.WriteString("hel")`, func() { _, _ = c.Writer.WriteString("hel") }},
			{`c.Status(500)`, func() { c.Status(500) }},
			{`c.Writer.WriteString("lo")`, func() { _, _ = c.Writer.WriteString("lo") }},
		} {
			given := len(at.given)
			call.do()
			line := fmt.Sprintf("%-38s%7d%6d%9t   %s", call.text, c.Writer.Status(), c.Writer.Size(), c.Writer.Written(), strings.Join(at.given[given:], " "))
			out.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	})
	r.ServeHTTP(at, httptest.NewRequest(http.MethodGet, "/", nil))
	return fenced("text", out.String())
}

// answerOrder has two layers look at one answer.
func answerOrder() string {
	var out strings.Builder
	looks := func(name string, then func(a dram.Answer)) dram.HandlerFunc {
		return func(c *dram.Context) {
			c.NextAnswer(nil, func(a dram.Answer) {
				fmt.Fprintf(&out, "%s is asked: status %d, Cache-Control %q\n", name, a.Status(), a.Header().Get("Cache-Control"))
				then(a)
			})
			fmt.Fprintf(&out, "%s goes on\n", name)
		}
	}
	at := serve(
		looks("the layer outside", func(dram.Answer) {}),
		looks("the layer inside", func(a dram.Answer) { a.Header().Set("Cache-Control", "private") }),
		func(c *dram.Context) {
			c.Status(http.StatusCreated)
			fmt.Fprintln(&out, "the handler has recorded its status, and writes")
			_, _ = c.Writer.WriteString("hello")
			fmt.Fprintln(&out, "the handler goes on")
		},
	)
	fmt.Fprintf(&out, "net/http was given %s\n", strings.Join(at.given, " "))
	return fenced("text", out.String())
}
