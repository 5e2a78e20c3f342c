// Rung 05: the text of HTTP/1.1.
//
// The rungs before could serve connections, but not more of HTTP than its least. The end of the
// connection ends each answer: each page costs a new one, and a stream that breaks off looks like
// one that is whole. They refuse two lengths, but also every chunked body; they do not ask for
// which Host a request is, answer HTTP/1.0 as if it were 1.1, and leave %20 in a name as it is.
// Here the text is read by RFC 9112:
//
//   - http1/body.go: where the body ends (Content-Length, chunked), which nobody may guess;
//   - http1/response.go: the answer, and how its end is told (HEAD, 204, 304, HTTP/1.0);
//   - http1/request.go: the request line, the header, and what is refused in them;
//   - http1/server.go, http1/conn.go: keep-alive, requests sent ahead, Expect, timeouts, bounds.
//
// That is more than the other rungs, since a server that reads less of HTTP is not a safe one.
// The lesson is in a third of it: body.go as a whole, ReadRequest in request.go, sendHeader in
// response.go, serveConn in conn.go. The rest refuses and bounds.
//
// Below it is Go's net, the last of rung 04's models. In net/http the same is done by
// net/http/server.go#conn.serve, net/http/request.go#readRequest,
// net/http/transfer.go#transferReader.parseTransferEncoding and
// net/http/server.go#response.WriteHeader; docs/internals/06-listen.md goes on from there.
//
//	go run ./examples/ladder/05-http
//	curl -v http://127.0.0.1:8080/hello/gopher http://127.0.0.1:8080/stream
//	curl -d abc -H 'Content-Length: 3' -H 'Transfer-Encoding: chunked' http://127.0.0.1:8080/echo
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram/examples/ladder/05-http/http1"
	"github.com/dram-go/dram/examples/ladder/internal/listen"
)

// maxEcho is how much of a body is kept in memory.
const maxEcho = 1 << 20

// answer is the whole application: what is asked for, by hand. That this does not scale is
// what rung 07 begins with.
func answer(w *http1.Response, r *http1.Request) {
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
		pause(r, 300*time.Millisecond)
		_, _ = io.WriteString(w, "slow\n")
	case isGet && path == "/stream":
		stream(w, r)
	default:
		w.WriteHeader(404)
		_, _ = io.WriteString(w, "404 not found\n")
	}
}

func echo(w *http1.Response, r *http1.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxEcho+1))
	switch refused, ok := errors.AsType[*http1.StatusError](err); {
	case len(body) > maxEcho:
		w.WriteHeader(413)
		_, _ = io.WriteString(w, "413 content too large\n")
	case ok:
		w.WriteHeader(refused.Status)
		fmt.Fprintf(w, "%d %s\n", refused.Status, refused.Reason)
	case err == nil:
		w.Header().Set("Content-Length", strconv.Itoa(len(body))) // else a long one would be chunked
		_, _ = w.Write(body)
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.WriteHeader(408)
		_, _ = io.WriteString(w, "408 request timeout\n")
	default: // it breaks off; who has sent no more may still read
		w.WriteHeader(400)
		_, _ = io.WriteString(w, "400 bad request\n")
	}
}

// stream flushes each line: otherwise all three would wait for the end.
func stream(w *http1.Response, r *http1.Request) {
	for i := 1; i <= 3; i++ {
		if i > 1 {
			pause(r, 100*time.Millisecond)
		}
		_, _ = io.WriteString(w, strconv.Itoa(i)+"\n")
		_ = w.Flush() // if the client is gone, pause notices
	}
}

// pause waits, and breaks the answer off if the client is gone before. To return instead would
// say that the answer ends here: half a stream would look like a whole one.
func pause(r *http1.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
		panic(http1.ErrAbort)
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "where to listen")
	flag.Parse()
	ln, err := listen.On(*addr)
	if err != nil {
		log.Fatal(err)
	}
	server := &http1.Server{Handler: answer}
	if err := server.Serve(ln); !errors.Is(err, net.ErrClosed) {
		log.Fatal(err)
	}
}
