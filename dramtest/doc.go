// Package dramtest tests programs that are written with dram. It knows the framework: what an
// answer came from, which route and which layers, is there to be asserted, and is printed with
// whatever fails. It stands at both ends of the way that docs/internals/00-map.md shows.
//
//	app := dramtest.New(t, router)
//	res := app.POST("/books", dramtest.JSON(book), dramtest.Header("Idempotency-Key", "k"))
//	created := dramtest.Decode[Book](res.Want(http.StatusCreated))
//	res.JSON(`{"title": "Momo", "id": "…"}`)
//	res.Route("/books").Layers("RequestID", "CSRF")
//
// # Vocabulary
//
// A [Client] sends requests to one handler, an Engine as a rule, keeps its cookies, and says what
// a browser says from a page of the same origin. [New] makes one; [Client.As] gives the one of a
// user who has logged in, [Client.In] the same one to a subtest, and [Client.Served] one that talks
// over a socket, with TLS and HTTP/2.
//
// An [Option] describes a request: [JSON], [Form], [Multipart], [Header], [Query], [Bearer] ….
//
// A [Response] is the whole answer, with what became of the request inside: it has been read, and
// the handler has returned. An answer that is a stream (server-sent events, JSON lines,
// or with the option [Streaming]) is read while it comes: [Response.Events], [Lines]. A
// [WebSocket] is what [Client.WebSocket] opens.
//
// An assertion that fails ends the test, and prints the request, the answer, the route and where it
// was registered, the layers that ran, the Context's errors, a panic, and a line for curl. Secrets
// are masked as in every log ([dram.MaskHeader]), but in bodies, which are shown as they are.
//
// # In process
//
// A client's server is one of net/http, on connections in memory: it has no port, and what a
// client sees is what it would see, of half answers, HEAD, 1xx statuses, trailers and connections
// that are taken over too. In a bubble of testing/synctest it works as well. The requests are for
// https://example.com and come from 192.0.2.1; [From] sets another address.
//
// # At the end of a test
//
// What runs on is stopped, and goroutines that the requests have left behind fail the test.
// A Context that is used when its handler has returned panics, as in debug mode, with the name of its route.
//
// Importing the package sets test mode, if no environment variable names another one: no routes are
// printed.
package dramtest

import (
	"os"
	"testing"

	"github.com/dram-go/dram"
)

func init() {
	if testing.Testing() && os.Getenv(dram.EnvDramMode)+os.Getenv(dram.EnvGinMode) == "" {
		dram.SetMode(dram.TestMode)
	}
}
