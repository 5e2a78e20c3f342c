package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/autotls"
)

// serve serves until ctx is done: over TLS for the configured domains, on the socket that
// systemd has opened, or on an address.
func serve(ctx context.Context, engine *dram.Engine, config Config) error {
	if len(config.Domains) > 0 {
		return autotls.Serve(ctx, engine, autotls.Config{Domains: config.Domains, CacheDir: config.Certificates})
	}
	listener, err := inherited()
	if err != nil {
		return err
	}
	if listener != nil {
		return serveOn(ctx, engine, listener)
	}
	return engine.RunContext(ctx, config.Addr)
}

// inherited returns the socket that systemd has opened for this process (sd_listen_fds(3)),
// or nil if there is none.
func inherited() (net.Listener, error) {
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	if n := os.Getenv("LISTEN_FDS"); n != "1" {
		return nil, errors.New("LISTEN_FDS is " + n + ": one socket is expected, by one ListenStream")
	}
	socket := os.NewFile(3, "the socket of systemd")
	defer socket.Close() // the listener has a copy
	return net.FileListener(socket)
}

// lastAccepted is how long those who have just connected may take to send their request:
// one that arrives when Shutdown has begun is not answered, it is for the next process.
const lastAccepted = 200 * time.Millisecond

// serveOn is Engine.RunContext on the socket. At the end it first leaves new connections
// in the queue of the socket, and only then shuts down.
func serveOn(ctx context.Context, engine *dram.Engine, socket net.Listener) error {
	listener := &leaving{Listener: socket, closed: make(chan struct{})}
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		listener.leave()
		time.Sleep(lastAccepted)
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), engine.ShutdownTimeout)
		defer cancel()
		ended <- engine.Shutdown(within)
	})
	err := engine.RunListener(listener)
	if stop() || !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-ended
}

// leaving is a listener that can stop to accept before it is closed.
type leaving struct {
	net.Listener
	once   sync.Once
	closed chan struct{}
}

func (l *leaving) leave() {
	_ = l.Listener.(interface{ SetDeadline(time.Time) error }).SetDeadline(time.Now())
}

func (l *leaving) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		<-l.closed
		err = net.ErrClosed
	}
	return conn, err
}

func (l *leaving) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}
