package main

import (
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/examples/ladder/08-context-and-onion/onion"
)

func Example() {
	engine := newEngine(trace("A", os.Stdout), trace("B", os.Stdout))
	engine.GET("/heart", func(*onion.Context) { fmt.Println("* handler") })
	engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/heart", nil))
	// Output:
	// > A
	// > B
	// * handler
	// < B
	// < A
}

func Example_kept() {
	if err := showKept(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// while its handler runs, the Context is of ann
	// after it, still of ann: a test sees nothing
	// one request later it is of bob, who was answered "hello, bob; the secret of ann"
	// the copy is of ann
}

// The order in which the handlers of a chain run.
func TestOrder(t *testing.T) {
	tests := map[string]struct{ chain, want string }{
		"a sequence":           {"a b c", "a b c"},
		"an onion":             {"a( b( c", "a( b( c )b )a"},
		"mixed":                {"a( b c( d", "a( b c( d )c )a"},
		"Next twice":           {"a(( b", "a(( b )a )a"},
		"Next in the last":     {"a(", "a( )a"},
		"Abort":                {"a( b! c", "a( b! )a"},
		"Abort, then Next":     {"a!( b", "a!( )a"},
		"Abort in the first":   {"a! b( c", "a!"},
		"Abort on the way out": {"a( b() c", "a( b() c )b )a"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var steps, want []string
			var chain []onion.Handler
			for word := range strings.FieldsSeq(tt.chain) {
				chain = append(chain, func(c *onion.Context) {
					steps = append(steps, word)
					if strings.Contains(word, "!") {
						c.Abort()
						assert.True(t, c.IsAborted())
					}
					for range strings.Count(word, "(") {
						c.Next()
						steps = append(steps, ")"+word[:1])
					}
					if strings.Contains(word, ")") {
						c.Abort()
					}
				})
			}
			engine := onion.New(plain(nil))
			engine.GET("/", chain...)
			engine.ServeHTTP(nil, httptest.NewRequest("GET", "/", nil))
			want = strings.Fields(tt.want)
			assert.Equal(t, want, steps)
		})
	}
}

// Two routes never share the memory of their chains, and what has no route has the layers too.
func TestChainsAreCopies(t *testing.T) {
	var steps []string
	step := func(name string) onion.Handler { return func(*onion.Context) { steps = append(steps, name) } }
	engine := onion.New(step("missing"))
	engine.GET("/early", step("early"))
	engine.Use(step("A"))
	engine.Use(step("B"))
	engine.Use(step("C")) // a slice with room behind its three
	engine.GET("/one", step("one"))
	engine.GET("/two", step("two"))
	for path, want := range map[string]string{
		"/early": "early", "/one": "A B C one", "/two": "A B C two", "/none": "A B C missing",
	} {
		steps = nil
		engine.ServeHTTP(nil, httptest.NewRequest("GET", path, nil))
		assert.Equal(t, want, strings.Join(steps, " "), path)
	}
}

// Nothing of a request is left for the next: neither values, nor the place in the chain.
func TestContextsAreNew(t *testing.T) {
	var before any = "not called"
	engine := onion.New(func(c *onion.Context) {
		before = c.Get("user")
		c.Set("user", "ann")
		c.Abort()
	})
	for range 100 {
		engine.ServeHTTP(nil, httptest.NewRequest("GET", "/", nil))
		assert.Nil(t, before)
	}
}
