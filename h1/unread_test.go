package h1_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// This file is how long a connection is kept whose request was refused, or whose body nobody has read.

// Connections that cannot do all that one of net can.
type (
	whole         struct{ net.Conn } // its sides end together
	failsToHalve  struct{ *wire }
	hasNoDeadline struct{ *wire }
)

func (failsToHalve) CloseWrite() error                { return errors.ErrUnsupported }
func (hasNoDeadline) SetReadDeadline(time.Time) error { return os.ErrNoDeadline }

// lingering is how long net/http waits for a client that may still be sending much.
const lingering = 500 * time.Millisecond

// parted is how a connection has ended.
type parted struct {
	after  time.Duration // the server has closed it
	unread int           // bytes that it has not read
}

// TestNobodyIsKeptForNothing: a client that has left, or whose sides end together, is kept no longer than by
// net/http, whatever it was refused for, and the server reads as much of a body as net/http.
func TestNobodyIsKeptForNothing(t *testing.T) {
	slow := strings.Repeat("b", 30)
	scenes := map[string]func(c *wire){
		"no Host":            sends("GET / HTTP/1.1\r\n\r\n"),
		"a coding":           sends("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\nhello"),
		"a version":          sends("GET / HTTP/3.0\r\nHost: a\r\n\r\n"),
		"a large head":       sends("GET / HTTP/1.1\r\nHost: a\r\nA: " + strings.Repeat("x", 2<<20) + "\r\n\r\n"),
		"the client closes":  sends("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"),
		"HTTP/1.0":           sends("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello"),
		"the handler closes": sends("POST /close HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
		"chunks":             sends("POST /close HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
		"a length beyond":    sends("POST /close HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + strings.Repeat("b", 299999)),
		"an upload": func(c *wire) {
			c.send([]byte("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n"), false)
			c.drip(slow)
		},
		"an upload, closed": func(c *wire) {
			c.send([]byte("POST /close HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n"), false)
			c.drip(slow)
		},
		"an upload that stops": sends("POST /close HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nhello"),
		"one byte was read": func(c *wire) {
			c.send([]byte("POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n"), false)
			c.drip(slow)
		},
	}
	wraps := map[string]struct {
		wrap   func(*wire) net.Conn
		halves bool
	}{
		"of net":           {func(c *wire) net.Conn { return c }, true},
		"wrapped":          {func(c *wire) net.Conn { return whole{c} }, false},
		"fails to halve":   {func(c *wire) net.Conn { return failsToHalve{c} }, false},
		"has no deadlines": {func(c *wire) net.Conn { return hasNoDeadline{c} }, false},
	}
	for how, wrapped := range wraps {
		for scene, client := range scenes {
			for _, leaves := range []bool{false, true} {
				t.Run(how+", "+scene, func(t *testing.T) {
					run := func(kind maker) (p parted) {
						synctest.Test(t, func(t *testing.T) { p = ended(kind, wrapped.wrap, client, leaves) })
						return p
					}
					std, h := run(netHTTP), run(ours)
					assert.LessOrEqual(t, h.unread, std.unread, "unread")
					if std.after == lingering && !leaves {
						assert.GreaterOrEqual(t, h.after, lingering, "it has to read the answer before the reset")
					} else if wrapped.halves && !leaves {
						std.after += lingering
					}
					assert.LessOrEqual(t, h.after, std.after, "after")
				})
			}
		}
	}
}

func sends(text string) func(*wire) { return func(c *wire) { c.send([]byte(text), false) } }

// ended serves one client, which leaves when it has sent all or stays, and says how it ended.
func ended(kind maker, wrap func(*wire) net.Conn, client func(*wire), leaves bool) parted {
	c, began, closed := newWire(), time.Now(), make(chan parted, 1)
	srv := kind(settings{read: time.Minute, logs: io.Discard, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/one" {
			_, _ = r.Body.Read(make([]byte, 1))
		}
		if r.URL.Path != "/" {
			w.Header().Set("Connection", "close")
		}
		w.WriteHeader(http.StatusUnauthorized)
	}), state: func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			c.mu.Lock()
			defer c.mu.Unlock()
			closed <- parted{time.Since(began), len(c.in)}
		}
	}})
	served := make(chan error, 1)
	go func() { served <- srv.Serve(newOneListener(wrap(c))) }()
	client(c)
	if leaves {
		c.send(nil, true)
	}
	time.Sleep(10 * time.Minute)
	_ = srv.Close()
	<-served
	return <-closed
}
