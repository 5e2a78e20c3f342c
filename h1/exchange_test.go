package h1_test

import (
	"bytes"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// This file serves one connection in memory by either server, and says what it came to.

// headLimit keeps the inputs that reach it short.
const headLimit = 8 << 10

// outcome is what one connection came to.
type outcome struct {
	requests []string // as the handler saw each
	out      []byte   // all that the server wrote, without the value of Date
	closed   bool     // by the server, before the client ended
	bodies   []string // why reading the body of each has ended
	log      string
	states   []http.ConnState // if asked for
}

// exchange serves one connection whose client sends the pieces, waits after
// each until the server can do nothing more, and ends its side at last. The
// handler gets the connection too.
func exchange(t *testing.T, kind maker, pieces [][]byte, handler func(*outcome, *wire) http.Handler) outcome {
	return exchangeUnder(t, kind, settings{headBytes: headLimit, noOptions: true}, pieces, handler)
}

// exchangeSeen is an exchange that notes the states of the connection.
func exchangeSeen(t *testing.T, kind maker, pieces [][]byte, handler func(*outcome, *wire) http.Handler) outcome {
	var states []http.ConnState
	o := exchangeUnder(t, kind, settings{
		headBytes: headLimit, noOptions: true,
		state: func(_ net.Conn, s http.ConnState) { states = append(states, s) },
	}, pieces, handler)
	o.states = states
	return o
}

func exchangeUnder(t *testing.T, kind maker, set settings, pieces [][]byte, handler func(*outcome, *wire) http.Handler) outcome {
	var o outcome
	synctest.Test(t, func(t *testing.T) {
		var logs bytes.Buffer
		c := newWire()
		set.handler, set.logs = handler(&o, c), &logs
		srv := kind(set)
		served := make(chan error, 1)
		go func() { served <- srv.Serve(newOneListener(c)) }()
		for _, p := range pieces {
			c.send(p, false)
			synctest.Wait()
		}
		time.Sleep(10 * time.Second) // handlers may wait, and a server that closes lingers then
		synctest.Wait()
		o.closed = c.closed
		c.send(nil, true)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		srv.Close()
		<-served
		o.out = undated(c.out)
		o.log = logs.String()
	})
	return o
}

// undated takes the value out of each Date line that a server has set.
func undated(b []byte) []byte {
	const name = "\r\nDate: "
	s := string(b)
	var out strings.Builder
	for {
		i := strings.Index(s, name)
		if i < 0 || len(s) < i+len(name)+len(http.TimeFormat) {
			out.WriteString(s)
			return []byte(out.String())
		}
		i += len(name)
		out.WriteString(s[:i])
		if _, err := time.Parse(http.TimeFormat, s[i:i+len(http.TimeFormat)]); err == nil {
			out.WriteString("D")
			i += len(http.TimeFormat)
		}
		s = s[i:]
	}
}

// cut splits b at the places.
func cut(b []byte, places ...int) [][]byte {
	var pieces [][]byte
	last := 0
	for _, p := range append(places, len(b)) {
		if p > last {
			pieces, last = append(pieces, b[last:p]), p
		}
	}
	return pieces
}
