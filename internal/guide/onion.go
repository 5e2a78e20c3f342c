package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"

	"github.com/dram-go/dram"
)

// This file shows a chain while it runs: who has called whom, and where the index stands.

func init() {
	blocks["chain-stack"] = chainStack
	blocks["index-timeline"] = indexTimeline
}

// seen is told of the moments of a chain. It comes in the request's context, so that no layer
// has to be added for it.
type seen func(c *dram.Context, moment string)

type seenKey struct{}

func note(c *dram.Context, moment string) {
	if see, ok := c.Request.Context().Value(seenKey{}).(seen); ok {
		see(c, moment)
	}
}

func A(c *dram.Context) {
	note(c, "A, on the way in")
	c.Next()
	note(c, "A, on the way out")
}

func B(c *dram.Context) {
	note(c, "B, on the way in")
	c.Next()
	note(c, "B, on the way out")
}

func handler(c *dram.Context) { note(c, "handler") }

// watched runs a chain for one request.
func watched(see seen, chain ...dram.HandlerFunc) {
	r := dram.New()
	r.GET("/", chain...)
	ctx := context.WithValue(context.Background(), seenKey{}, see)
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
}

// indexOf is the index of a Context, which has no method for it.
func indexOf(c *dram.Context) int { return int(reflect.ValueOf(c).Elem().FieldByName("index").Int()) }

// chainStack is the stack of a handler inside A and B, below a server of net/http.
func chainStack() string {
	var stack string
	r := dram.New()
	r.Use(A, B)
	r.GET("/", func(*dram.Context) { stack = ownStack() })
	serving(r, func(url string) {
		answer, err := http.Get(url)
		if err != nil {
			panic(err)
		}
		_ = answer.Body.Close()
	})
	return fenced("text", listed(calls(stack), "A, a layer", "B, a layer", "the handler"))
}

// indexTimeline shows the index of three chains, at each moment that a handler can see.
func indexTimeline() string {
	aborting := func(c *dram.Context) {
		note(c, "B, before Abort")
		c.Abort()
		note(c, "B, behind Abort")
	}
	plain := func(name string) dram.HandlerFunc { return func(c *dram.Context) { note(c, name) } }
	var out strings.Builder
	for _, chain := range []struct {
		what     string
		handlers []dram.HandlerFunc
	}{
		{"A and B call Next: an onion", []dram.HandlerFunc{A, B, handler}},
		{"nobody calls Next: a sequence", []dram.HandlerFunc{plain("A"), plain("B"), handler}},
		{"A calls Next, B calls Abort", []dram.HandlerFunc{A, aborting, handler}},
	} {
		fmt.Fprintf(&out, "\n%-32s%s\n", chain.what, "index  -1   0   1   2    63")
		line := func(c *dram.Context, moment string) {
			column := 12 + 4*indexOf(c)
			if c.IsAborted() {
				column = 26
			}
			fmt.Fprintf(&out, "  %-30s%*s●\n", moment, column, "")
		}
		fresh, _ := dram.CreateTestContext(httptest.NewRecorder())
		line(fresh, "a new Context")
		watched(line, chain.handlers...)
	}
	return fenced("text", strings.TrimSpace(out.String()))
}
