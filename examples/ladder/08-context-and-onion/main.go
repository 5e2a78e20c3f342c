// Rung 08: a request and its way through the handlers.
//
// Rung 07 found a function for a path and called it. Whatever else has to happen, for one
// route or for all (a log line, a login, a limit of time), had to be a function around the
// function, as rung 06's middleware is: three layers are three closures one inside the
// other, made anew by each route, and what one of them finds out has no way to the next.
// This rung puts both into one value:
//
//   - onion/context.go: Context, with the chain as a slice and the place in it as a number;
//   - onion/engine.go: where a Context comes from (a sync.Pool) and where it goes;
//   - kept.go: what goes wrong when somebody keeps one.
//
// dram's are context.go#Context.Next, context.go#Context.Abort, engine.go#Engine.ServeHTTP,
// pool.go#Context.begin and pool.go#Engine.release; against what kept.go shows it has
// pool_poison.go#Context.poison. sync/pool.go#Pool says what a pool promises.
// docs/internals/09-onion.md and docs/internals/12-context.md go on from here.
//
//	go run ./examples/ladder/08-context-and-onion [-trace]
//	go run ./examples/ladder/08-context-and-onion -kept
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/httphandler"
	"github.com/dram-go/dram/examples/ladder/08-context-and-onion/onion"
	"github.com/dram-go/dram/examples/ladder/internal/answers"
	"github.com/dram-go/dram/examples/ladder/internal/listen"
)

// trace is a middleware that writes a line on the way in and one on the way out.
func trace(name string, out io.Writer) onion.Handler {
	return func(c *onion.Context) {
		fmt.Fprintf(out, "> %s\n", name)
		c.Next()
		fmt.Fprintf(out, "< %s\n", name)
	}
}

// plain is a handler that needs nothing of the Context but what net/http has.
func plain(h http.HandlerFunc) onion.Handler {
	return func(c *onion.Context) { h(c.Writer, c.Request) }
}

func newEngine(middleware ...onion.Handler) *onion.Engine {
	engine := onion.New(plain(answers.NotFound))
	engine.Use(middleware...)
	engine.GET("/", plain(answers.Root))
	engine.GET("/hello/:name", func(c *onion.Context) { answers.Hello(c.Writer, c.Params.Get("name")) })
	engine.POST("/echo", plain(answers.Echo))
	engine.GET("/slow", plain(answers.Slow))
	engine.GET("/stream", plain(answers.Stream))
	return engine
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	isTraced := flag.Bool("trace", false, "print the way through two layers")
	isKept := flag.Bool("kept", false, "show what becomes of a Context that is kept, instead of serving")
	flag.Parse()
	if *isKept {
		if err := showKept(os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	engine := newEngine()
	if *isTraced {
		engine = newEngine(trace("A", os.Stdout), trace("B", os.Stdout))
	}
	ln, err := listen.On(*addr)
	if err != nil {
		log.Fatal(err)
	}
	if err := httphandler.Serve(ln, engine); !errors.Is(err, net.ErrClosed) {
		log.Fatal(err)
	}
}
