// Package application is the other side of WSGI: it answers the requests of the ladder, and
// imports neither a server nor HTTP. Any server that keeps to PEP 3333 can call App, and the
// types below are again written down here, for there is not a package to take them from.
package application

import (
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

type (
	environ  = map[string]any
	start    = func(status string, header [][2]string, excInfo error) (write func([]byte) error)
	iterable = interface {
		Next() ([]byte, error)
		Close() error
	}
)

// maxEcho is how much of a body is kept in memory.
const maxEcho = 1 << 20

// App is the application: a function of the request that returns the body.
func App(env environ, start start) iterable {
	path := env["PATH_INFO"].(string)
	isGet := env["REQUEST_METHOD"] == "GET" || env["REQUEST_METHOD"] == "HEAD"
	name, isHello := strings.CutPrefix(path, "/hello/")
	switch {
	case isGet && path == "/":
		return text(start, "200 OK", "dram\n")
	case isGet && isHello && name != "" && !strings.Contains(name, "/"):
		return text(start, "200 OK", "hello, "+name+"\n")
	case env["REQUEST_METHOD"] == "POST" && path == "/echo":
		return echo(env, start)
	case isGet && path == "/slow":
		// Nobody can be told that the client is gone: WSGI has not a word for it, and this call
		// keeps its thread.
		time.Sleep(300 * time.Millisecond)
		return text(start, "200 OK", "slow\n")
	case isGet && path == "/stream":
		start("200 OK", plain, nil)
		return &counter{last: 3, pause: 100 * time.Millisecond}
	}
	return text(start, "404 Not Found", "404 not found\n")
}

var plain = [][2]string{{"Content-Type", "text/plain; charset=utf-8"}}

func text(start start, status, body string) iterable {
	start(status, plain, nil)
	return &list{pieces: [][]byte{[]byte(body)}}
}

func echo(env environ, start start) iterable {
	body, err := io.ReadAll(io.LimitReader(env["wsgi.input"].(io.Reader), maxEcho+1))
	switch {
	case len(body) > maxEcho:
		return text(start, "413 Content Too Large", "413 content too large\n")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return text(start, "408 Request Timeout", "408 request timeout\n")
	case err != nil:
		return text(start, "400 Bad Request", "400 bad request\n")
	}
	return text(start, "200 OK", string(body))
}

// list is a body that is there already, a Python list: since it has a length, the server
// can find out that of the body.
type list struct{ pieces [][]byte }

func (l *list) Len() int { return len(l.pieces) }

func (l *list) Next() ([]byte, error) {
	if len(l.pieces) == 0 {
		return nil, io.EOF
	}
	piece := l.pieces[0]
	l.pieces = l.pieces[1:]
	return piece, nil
}

func (l *list) Close() error { return nil }

// counter is a body that is made while it is sent, a Python generator. The server asks for
// the next piece when it has sent the one before.
type counter struct {
	n, last  int
	pause    time.Duration
	isClosed bool
}

func (c *counter) Next() ([]byte, error) {
	switch {
	case c.isClosed:
		return nil, errors.New("application: the body is closed")
	case c.n == c.last:
		return nil, io.EOF
	case c.n > 0:
		time.Sleep(c.pause)
	}
	c.n++
	return []byte(strconv.Itoa(c.n) + "\n"), nil
}

func (c *counter) Close() error { c.isClosed = true; return nil }
