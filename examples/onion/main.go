// Onion prints the order in which the handlers of a chain run: each middleware
// is a layer around the next one, as in an onion, until one aborts.
//
//	go run ./examples/onion
//	curl http://127.0.0.1:8080/open
//	curl http://127.0.0.1:8080/closed
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/dram-go/dram"
)

// layer prints a line when the request passes it on the way in and on the way out. What
// it Sets on the Context is seen by the handlers further in.
func layer(name string, out io.Writer) dram.HandlerFunc {
	return func(c *dram.Context) {
		depth := c.GetInt("depth")
		indent := strings.Repeat("  ", depth)
		fmt.Fprintf(out, "%s> %s\n", indent, name)
		c.Set("depth", depth+1)
		c.Next() // the rest of the chain
		fmt.Fprintf(out, "%s< %s, status %d\n", indent, name, c.Writer.Status())
	}
}

// guard lets nobody further in, but the layers around it still see the answer.
func guard(c *dram.Context) {
	c.AbortWithStatusJSON(http.StatusForbidden, dram.H{"error": "closed"})
}

func newEngine(out io.Writer) *dram.Engine {
	heart := func(c *dram.Context) {
		fmt.Fprintf(out, "%s* handler\n", strings.Repeat("  ", c.GetInt("depth")))
		c.String(http.StatusOK, "inside\n")
	}
	engine := dram.New()
	engine.Use(layer("outer", out), layer("inner", out))
	engine.GET("/open", layer("route", out), heart)
	engine.GET("/closed", guard, heart)
	return engine
}

func main() {
	if err := newEngine(os.Stdout).Run("127.0.0.1:8080"); err != nil {
		log.Fatal(err)
	}
}
