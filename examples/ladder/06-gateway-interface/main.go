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
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/dram-go/dram/examples/ladder/05-http/http1"
	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/application"
	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/gateway"
	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/httphandler"
	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/middleware"
	"github.com/dram-go/dram/examples/ladder/internal/listen"
)

// handlers are the same application by both interfaces.
var handlers = map[string]http1.Handler{
	"wsgi": gateway.Handler(middleware.Header("X-Interface", "WSGI", application.App)),
	"http": httphandler.Adapt(http.HandlerFunc(answer)),
}

// answer is package application's App as an http.Handler.
func answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	isGet := r.Method == "GET" || r.Method == "HEAD"
	name, isHello := strings.CutPrefix(r.URL.Path, "/hello/")
	switch path := r.URL.Path; {
	case isGet && path == "/":
		_, _ = io.WriteString(w, "dram\n")
	case isGet && isHello && name != "" && !strings.Contains(name, "/"):
		fmt.Fprintf(w, "hello, %s\n", name)
	case r.Method == "POST" && path == "/echo":
		echo(w, r)
	case isGet && path == "/slow":
		if pause(r, 300*time.Millisecond) {
			_, _ = io.WriteString(w, "slow\n")
		}
	case isGet && path == "/stream":
		stream(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "404 not found\n")
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	_, isLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case isLarge:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		_, _ = io.WriteString(w, "413 content too large\n")
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, "400 %v\n", err)
	default:
		_, _ = w.Write(body)
	}
}

func stream(w http.ResponseWriter, r *http.Request) {
	for i := 1; i <= 3; i++ {
		fmt.Fprintln(w, i)
		err := http.NewResponseController(w).Flush()
		if err != nil || i < 3 && !pause(r, 100*time.Millisecond) {
			return
		}
	}
}

// pause reports whether the client is still there after d: what WSGI could not say.
func pause(r *http.Request, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
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
