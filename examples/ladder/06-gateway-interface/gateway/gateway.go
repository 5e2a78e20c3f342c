// Package gateway is the server's side of WSGI (PEP 3333), in Go: it calls an application for
// each request that rung 05's server has read.
//
// The idea is older than WSGI. A CGI program (RFC 3875) is started for a request; the server
// puts the request line and the header into environment variables, the body into standard
// input, and reads a header and a body from standard output. FastCGI keeps the program running
// and sends the same variables over a socket, as records. WSGI drops the socket too: the
// server and the application are one process, the variables have become a dict, environ,
// and the program has become a function.
//
//	CGI, FastCGI                    WSGI                            net/http
//	REQUEST_METHOD=GET              environ["REQUEST_METHOD"]       r.Method
//	PATH_INFO=/hello                environ["PATH_INFO"]            r.URL.Path
//	HTTP_ACCEPT=*/*                 environ["HTTP_ACCEPT"]          r.Header["Accept"]
//	standard input                  environ["wsgi.input"]           r.Body
//	"Status: 404" and fields        start_response(status, header)  w.Header(), w.WriteHeader(404)
//	standard output                 the iterable, or write          w.Write, w.Flush
//	end of the program              the iterable's end, and close   the return of ServeHTTP
//	(not known to the program)      (not known to the application)  r.Context().Done()
//
// The files: gateway.go (calling an application), environ.go (what it is told).
package gateway

import (
	"errors"
	"fmt"
	"io"
	"log"
	"runtime/debug"
	"strconv"

	"github.com/dram-go/dram/examples/ladder/05-http/http1"
)

// These are the three things that PEP 3333 is about. They are other names of types without a
// name, so that an application need not import this package, nor any other: as in Python, what
// holds both sides together is a text and not a library.
type (
	// App answers a request. It calls start once before the first non-empty piece.
	App = func(environ map[string]any, start StartResponse) Iterable

	// StartResponse takes the status ("200 OK") and the header. A second call must say with
	// excInfo that something went wrong: then it replaces the first, as long as nothing is
	// sent, and panics with excInfo if something is. The function that it returns is for
	// applications which cannot help writing.
	StartResponse = func(status string, header [][2]string, excInfo error) (write func([]byte) error)

	// Iterable is the body. Next returns io.EOF after the last piece. Close is called once,
	// whether the body was sent or not: it is where the application lets go of what it holds.
	Iterable = interface {
		Next() ([]byte, error)
		Close() error
	}
)

// Handler calls app for each request.
func Handler(app App) http1.Handler {
	return func(w *http1.Response, r *http1.Request) {
		out := &response{w: w}
		defer out.fail()
		body := app(Environ(r), out.start)
		defer func() {
			if err := body.Close(); err != nil {
				log.Printf("gateway: close for %s %q: %v", r.Method, r.Target, err)
			}
		}()
		if list, ok := body.(interface{ Len() int }); ok {
			out.isOnly = list.Len() == 1
		}
		if err := out.sendAll(body); err != nil {
			panic(err)
		}
		out.isDone = true
	}
}

// response is the state between one request's start and the end of its iterable.
type response struct {
	w         *http1.Response
	status    int
	isStarted bool
	isSent    bool
	isOnly    bool // one piece is the whole body: its length is the body's
	isDone    bool
}

func (out *response) start(status string, header [][2]string, excInfo error) func([]byte) error {
	switch {
	case excInfo != nil && out.isSent:
		panic(excInfo)
	case excInfo == nil && out.isStarted:
		panic(errors.New("gateway: the application has called start a second time, without an error"))
	}
	code, err := strconv.Atoi(status[:min(3, len(status))])
	if err != nil || code < 200 || code > 999 || len(status) < 4 || status[3] != ' ' {
		panic(fmt.Errorf("gateway: %q is not a status: write %q", status, "200 OK"))
	}
	clear(out.w.Header())
	for _, field := range header {
		out.w.Header().Add(field[0], field[1])
	}
	out.status, out.isStarted = code, true
	return out.write
}

// write sends a piece at once: a server must not keep one waiting for the next. Only the
// first one sends the header, so until then the application may still fail.
func (out *response) write(piece []byte) error {
	if !out.isStarted {
		return errors.New("gateway: the application has not called start")
	}
	if !out.isSent {
		if out.isOnly && len(piece) > 0 && out.w.Header().Get("Content-Length") == "" {
			out.w.Header().Set("Content-Length", strconv.Itoa(len(piece)))
		}
		out.isSent = true
		out.w.WriteHeader(out.status)
	}
	_, err := out.w.Write(piece)
	if err == nil && !out.isOnly {
		err = out.w.Flush()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", http1.ErrAbort, err)
	}
	return nil
}

func (out *response) sendAll(body Iterable) error {
	for {
		piece, err := body.Next()
		if len(piece) > 0 {
			if err := out.write(piece); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if out.isSent {
		return nil
	}
	out.isOnly = true
	return out.write(nil)
}

// fail answers for an application that panicked: with a 500 if nothing was sent, otherwise
// by breaking off.
func (out *response) fail() {
	if out.isDone || out.isSent {
		return
	}
	log.Printf("gateway: %v\n%s", recover(), debug.Stack())
	clear(out.w.Header())
	out.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	out.w.WriteHeader(500)
	_, _ = io.WriteString(out.w, "500 internal server error\n")
}
