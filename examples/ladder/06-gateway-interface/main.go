// Rung 06: the interface between a server and an application.
//
// Rung 05's application was a function of http1's own types: it ran on that server and on no
// other, and the server could run nothing else. This rung puts a narrow place between them,
// twice:
//
//   - WSGI's (PEP 3333), in Go, the grandchild of CGI: application/ and gateway/ share nothing
//     but the shape of three types, and middleware/ stands between them without their help;
//   - Go's own, http.Handler: httphandler/ puts it on rung 05's server, and says why Go never
//     needed another. Whatever has a ServeHTTP runs there, dram.Engine too.
//
// Read application/ first, then gateway/gateway.go, whose half is what becomes of applications
// that fail, then httphandler/.
//
// In the standard library look at net/http/server.go#Handler, and at the servers that
// are not net/http's: net/http/fcgi/child.go#Serve, net/http/cgi/child.go#Serve, whose
// net/http/cgi/child.go#RequestFromMap makes a request of an environ again.
// docs/internals/06-listen.md shows both ladders side by side.
//
//	go run ./examples/ladder/06-gateway-interface -interface wsgi
//	go run ./examples/ladder/06-gateway-interface -interface http
package main

import (
	"errors"
	"flag"
	"log"
	"net"
	"net/http"
	"strings"

	"github.com/dram-go/dram/examples/ladder/05-http/http1"
	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/application"
	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/gateway"
	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/httphandler"
	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/middleware"
	"github.com/dram-go/dram/examples/ladder/internal/answers"
	"github.com/dram-go/dram/examples/ladder/internal/listen"
)

// handlers are the same application by both interfaces.
var handlers = map[string]http1.Handler{
	"wsgi": gateway.Handler(middleware.Header("X-Interface", "WSGI", application.App)),
	"http": httphandler.Adapt(http.HandlerFunc(answer)),
}

// answer is package application's App as an http.Handler. Where App slept, package answers also
// waits for the end of r.Context: the client's, of which WSGI could not speak.
func answer(w http.ResponseWriter, r *http.Request) {
	isGet := r.Method == "GET" || r.Method == "HEAD"
	name, isHello := strings.CutPrefix(r.URL.Path, "/hello/")
	switch path := r.URL.Path; {
	case isGet && path == "/":
		answers.Root(w, r)
	case isGet && isHello && name != "" && !strings.Contains(name, "/"):
		answers.Hello(w, name)
	case r.Method == "POST" && path == "/echo":
		answers.Echo(w, r)
	case isGet && path == "/slow":
		answers.Slow(w, r)
	case isGet && path == "/stream":
		answers.Stream(w, r)
	default:
		answers.NotFound(w, r)
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	name := flag.String("interface", "wsgi", "wsgi or http")
	flag.Parse()
	handler, ok := handlers[*name]
	if !ok {
		log.Fatalf("-interface is %q: use wsgi or http", *name)
	}
	ln, err := listen.On(*addr)
	if err != nil {
		log.Fatal(err)
	}
	server := &http1.Server{Handler: handler}
	if err := server.Serve(ln); !errors.Is(err, net.ErrClosed) {
		log.Fatal(err)
	}
}
