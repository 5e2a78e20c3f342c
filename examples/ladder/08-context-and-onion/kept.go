package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/dram-go/dram/examples/ladder/08-context-and-onion/onion"
)

// answer is an http.ResponseWriter in memory.
type answer struct{ strings.Builder }

func (a *answer) Header() http.Header { return http.Header{} }
func (a *answer) WriteHeader(int)     {}

// showKept shows what becomes of a Context that a handler has left somewhere: with a goroutine,
// say, that it has started and not waited for. A pool promises nothing, and may let go of that
// Context: then it is shown with another one.
func showKept(out io.Writer) error {
	for range 1000 {
		if text, isShown := keepOne(); isShown {
			_, err := io.WriteString(out, text)
			return err
		}
	}
	return errors.New("the pool did not hand a Context out again")
}

func keepOne() (text string, isShown bool) {
	out := new(strings.Builder)
	var kept, copied *onion.Context
	engine := onion.New(func(*onion.Context) {})
	engine.GET("/hello/:name", func(c *onion.Context) {
		if kept == nil {
			kept, copied = c, c.Copy() // what "go send(c)" does
			fmt.Fprintf(out, "while its handler runs, the Context is of %s\n", kept.Params.Get("name"))
		}
		fmt.Fprintf(c.Writer, "hello, %s", c.Params.Get("name"))
		if kept == c && c.Params.Get("name") == "bob" {
			_, _ = io.WriteString(kept.Writer, "; the secret of ann") // the goroutine writes its answer
		}
	})
	serve := func(name string) string {
		w := new(answer)
		engine.ServeHTTP(w, &http.Request{Method: "GET", URL: &url.URL{Path: "/hello/" + name}})
		return w.String()
	}
	serve("ann")
	fmt.Fprintf(out, "after it, still of %s: a test sees nothing\n", kept.Params.Get("name"))
	answered := serve("bob")
	fmt.Fprintf(out, "one request later it is of %s, who was answered %q\n", kept.Params.Get("name"), answered)
	fmt.Fprintf(out, "the copy is of %s\n", copied.Params.Get("name"))
	return out.String(), kept.Params.Get("name") == "bob"
}
