package http1

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Handler answers one request. It runs on the connection's goroutine: the next request of
// the connection is read when it has returned, so answers come in the order of the requests
// (section 9.3.2), however many the client has sent ahead.
type Handler func(w *Response, r *Request)

// ErrAbort is what a Handler panics with to end the connection in the middle of an answer
// without a word in the log. An answer without its end looks broken off; one whose handler has
// returned is given an end, and looks whole.
var ErrAbort = errors.New("http1: the answer is cut")

// Server is what bounds a client. The zero value has the defaults.
type Server struct {
	Handler       Handler
	MaxConns      int           // at a time; default 4096. More get a 503
	IdleTimeout   time.Duration // between two requests; default 60 s
	HeaderTimeout time.Duration // for a whole header; default 10 s
	BodyTimeout   time.Duration // for a whole body, after its header; default 1 min
	WriteTimeout  time.Duration // for one write; default 30 s
}

// Serve answers the connections of a listener, each in a goroutine of its own. When the
// listener is closed it closes the connections, waits for their handlers, and returns the
// error of Accept.
func (s *Server) Serve(ln net.Listener) error {
	serving, stop := context.WithCancel(context.Background())
	var conns sync.WaitGroup
	defer conns.Wait()
	defer stop()
	slots := make(chan struct{}, cmp.Or(s.MaxConns, 4096))
	for wait := time.Duration(0); ; {
		conn, err := ln.Accept()
		if isTemporary(err) { // out of file descriptors, say: some will be free again
			wait = min(wait+5*time.Millisecond, time.Second)
			time.Sleep(wait)
			continue
		}
		if err != nil {
			return err
		}
		wait = 0
		select {
		case slots <- struct{}{}:
			conns.Go(func() {
				defer func() { <-slots }()
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				// In this order: a handler that returns because its context has ended shall not find
				// a connection on which its answer could be given an end.
				defer context.AfterFunc(serving, func() { _ = conn.Close(); cancel() })()
				s.serveConn(ctx, conn)
			})
		default:
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			_, _ = io.WriteString(conn, "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			_ = conn.Close()
		}
	}
}

func isTemporary(err error) bool {
	temporary, ok := errors.AsType[interface {
		error
		Temporary() bool
	}](err)
	return ok && temporary.Temporary()
}
