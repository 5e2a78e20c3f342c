package h1_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/dram-go/dram/h1"
)

// This file is what the differential tests stand on: a connection in memory and
// one run of a server over it inside a bubble of testing/synctest, where "the
// server has done all it can with these bytes" is a fact and not a wait, and
// time passes at once.

// wire is the server's end of a connection in memory. What the server writes is
// kept, without limit.
type wire struct {
	mu            sync.Mutex
	changed       *sync.Cond
	in            []byte
	eof           bool // the client sends nothing more
	closed        bool // by the server
	closedWrite   bool // by the server
	out           []byte
	room          int // how much more the client takes; -1 for all
	readBy, write time.Time
	alarms        [2]*time.Timer
}

func newWire() *wire {
	w := &wire{room: -1}
	w.changed = sync.NewCond(&w.mu)
	return w
}

func (w *wire) send(p []byte, eof bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.in, w.eof = append(w.in, p...), w.eof || eof
	w.changed.Broadcast()
}

func (w *wire) Read(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		switch {
		case w.closed:
			return 0, net.ErrClosed
		case !w.readBy.IsZero() && !time.Now().Before(w.readBy):
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(w.in) > 0:
			n := copy(p, w.in)
			w.in = w.in[n:]
			return n, nil
		case w.eof:
			return 0, io.EOF
		}
		w.changed.Wait()
	}
}

func (w *wire) Write(p []byte) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		switch {
		case w.closed || w.closedWrite:
			return n, net.ErrClosed
		case !w.write.IsZero() && !time.Now().Before(w.write):
			return n, os.ErrDeadlineExceeded
		}
		take := len(p) - n
		if w.room >= 0 {
			take = min(take, w.room)
			w.room -= take
		}
		w.out = append(w.out, p[n:n+take]...)
		if n += take; n == len(p) {
			return n, nil
		}
		w.changed.Wait()
	}
}

func (w *wire) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return net.ErrClosed
	}
	w.closed = true
	w.changed.Broadcast()
	return nil
}

func (w *wire) CloseWrite() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closedWrite = true
	return nil
}

func (w *wire) SetReadDeadline(at time.Time) error  { return w.set(&w.readBy, &w.alarms[0], at) }
func (w *wire) SetWriteDeadline(at time.Time) error { return w.set(&w.write, &w.alarms[1], at) }

func (w *wire) set(deadline *time.Time, alarm **time.Timer, at time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return net.ErrClosed
	}
	*deadline = at
	if *alarm != nil {
		(*alarm).Stop()
	}
	if d := time.Until(at); !at.IsZero() && d > 0 {
		*alarm = time.AfterFunc(d, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.changed.Broadcast()
		})
	}
	w.changed.Broadcast()
	return nil
}

func (w *wire) SetDeadline(at time.Time) error {
	return errors.Join(w.SetReadDeadline(at), w.SetWriteDeadline(at))
}

func (w *wire) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }
func (w *wire) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 4321} }

// written is what the server has written so far.
func (w *wire) written() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.out)
}

// oneListener accepts its connections and then waits for Close.
type oneListener struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newOneListener(conns ...net.Conn) *oneListener {
	l := &oneListener{conns: make(chan net.Conn, len(conns)), done: make(chan struct{})}
	for _, c := range conns {
		l.conns <- c
	}
	return l
}

func (l *oneListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *oneListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *oneListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }

// server is what http.Server and h1.Server have in common.
type server interface {
	Serve(net.Listener) error
	Close() error
	Shutdown(context.Context) error
	SetKeepAlivesEnabled(bool)
	RegisterOnShutdown(func())
}

// settings are those of both kinds of server. A zero timeout is none.
type settings struct {
	handler                       http.Handler
	logs                          io.Writer
	state                         func(net.Conn, http.ConnState)
	read, readHeader, write, idle time.Duration
	headBytes                     int
	noOptions                     bool // DisableGeneralOptionsHandler
}

// maker makes a server of one of the two kinds.
type maker func(settings) server

func netHTTP(s settings) server {
	return &http.Server{
		Handler: s.handler, ErrorLog: log.New(s.logs, "", 0), MaxHeaderBytes: s.headBytes, ConnState: s.state,
		ReadTimeout: s.read, ReadHeaderTimeout: s.readHeader, WriteTimeout: s.write, IdleTimeout: s.idle,
		DisableGeneralOptionsHandler: s.noOptions,
	}
}

func ours(s settings) server {
	return &h1.Server{
		Handler: s.handler, ErrorLog: log.New(s.logs, "", 0), MaxHeaderBytes: s.headBytes, ConnState: s.state,
		ReadTimeout: s.read, WriteTimeout: s.write, DisableGeneralOptionsHandler: s.noOptions,
		// Where net/http falls back to ReadTimeout, h1 has defaults.
		ReadHeaderTimeout: cmp.Or(s.readHeader, s.read, -1), IdleTimeout: cmp.Or(s.idle, s.read, -1),
	}
}

// kinds are both.
var kinds = []struct {
	name string
	make maker
}{{"net/http", netHTTP}, {"h1", ours}}
