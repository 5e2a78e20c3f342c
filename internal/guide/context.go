package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/dram-go/dram"
)

// This file shows a Context beside its copy: while the handler runs, and when it has returned.

func init() { blocks["context-life"] = contextLife }

type clientKey struct{}

// contextLife asks both for the same things, at both times.
func contextLife() string {
	var c, copied *dram.Context
	ctx, leave := context.WithCancel(context.WithValue(context.Background(), clientKey{}, "of the request"))
	r := dram.New()
	var during []string
	r.GET("/users/:id", func(now *dram.Context) {
		now.Set("user", "Ann")
		c, copied = now, now.Copy()
		during = asked(c)
	})
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/users/7", nil))
	leave() // as net/http does when ServeHTTP has returned
	after, kept := asked(c), asked(copied)
	var out strings.Builder
	fmt.Fprintf(&out, "%-28s%-18s%-26s%s\n", "", "in the handler", "when it has returned", "its Copy, then")
	for i, q := range questions {
		fmt.Fprintf(&out, "%-28s%-18s%-26s%s\n", q.text, during[i], after[i], kept[i])
	}
	fmt.Fprintf(&out, "\nThe panic says:\n%s\n", panicOf(func() { c.Param("id") }))
	return fenced("text", out.String())
}

// questions are what is asked of a Context.
var questions = []struct {
	text string
	of   func(c *dram.Context) any
}{
	{`c.Param("id")`, func(c *dram.Context) any { return c.Param("id") }},
	{`c.GetString("user")`, func(c *dram.Context) any { return c.GetString("user") }},
	{`c.Value("user")`, func(c *dram.Context) any { return c.Value("user") }},
	{`c.Value(clientKey{})`, func(c *dram.Context) any { return c.Value(clientKey{}) }},
	{`c.Request.URL.Path`, func(c *dram.Context) any { return c.Request.URL.Path }},
	{`c.FullPath()`, func(c *dram.Context) any { return c.FullPath() }},
	{`c.Err()`, func(c *dram.Context) any { return c.Err() }},
	{`c.IsAborted()`, func(c *dram.Context) any { return c.IsAborted() }},
	{`c.Writer.WriteString("hi")`, func(c *dram.Context) any {
		n, err := c.Writer.WriteString("hi")
		if err != nil {
			return err
		}
		return fmt.Sprint(n, " bytes")
	}},
}

func asked(c *dram.Context) (answers []string) {
	for _, q := range questions {
		answer := "panics"
		panicOf(func() { answer = said(q.of(c)) })
		answers = append(answers, answer)
	}
	return answers
}

// said is a value as the table has it; errors that tell more than fits by their names.
func said(value any) string {
	err, _ := value.(error)
	switch {
	case errors.Is(err, dram.ErrReleased):
		return "ErrReleased and Canceled"
	case errors.Is(err, dram.ErrDetached):
		return "ErrDetached"
	}
	return fmt.Sprint(value)
}

// panicOf returns what a function panics with, nil if it does not.
func panicOf(f func()) (panicked any) {
	defer func() { panicked = recover() }()
	f()
	return nil
}
