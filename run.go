package dram

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// This file starts servers for an Engine: the Run methods, which differ in what
// they listen on. How long a server lives and how it ends stands in
// run_life.go. Nothing here knows of routing.

const (
	// readHeaderTimeout is how long a client may take to send a request's header.
	readHeaderTimeout = 10 * time.Second
	// idleTimeout is how long a connection is kept open between two requests.
	idleTimeout = 120 * time.Second
)

// Server makes the http.Server for addr that the Run methods use: it serves the
// Engine with HTTP/1.1, with HTTP/2 over TLS, and with HTTP/2 without TLS if
// UseH2C is set. A client has 10 seconds to send the header of a request, and
// an idle connection is closed after 120 seconds. The time for bodies is not
// limited, since nobody can know how long an upload, a stream or a WebSocket
// should take: set ReadTimeout and WriteTimeout if your program does, or limit
// single handlers with http.ResponseController.
//
// A server made here is the caller's to start and to stop: Engine.Shutdown does
// not know of it.
func (engine *Engine) Server(addr string) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(engine.UseH2C)
	return &http.Server{
		Addr:              addr,
		Handler:           engine,
		Protocols:         protocols,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
	}
}

// Run listens on addr, "host:port", and serves; without an addr it takes the
// port of the environment variable PORT, or else 8080. More than one addr is a
// panic. Port 0 is any free one: OnListen tells which.
//
// As all Run methods it returns when the server has ended: with
// http.ErrServerClosed, once all requests are done, after Shutdown, and with
// the reason if it could not listen or serve.
func (engine *Engine) Run(addr ...string) error {
	return engine.listenAndServe(context.Background(), "Run", "tcp", resolveAddr(addr), (*http.Server).Serve)
}

// RunContext is Run until ctx is done. Then it no longer accepts connections,
// waits for the requests in flight, for ShutdownTimeout at most, and returns
// nil; it returns nil too when Shutdown ended it. Requests that are still not
// done are cut off: their contexts are cancelled, their connections closed, and
// the error says so.
//
// The requests' contexts have the values of ctx, but are not cancelled with it.
// Behind a load balancer, let readiness fail first and the server end a little
// later: see Readiness and Delay in package middleware.
func (engine *Engine) RunContext(ctx context.Context, addr ...string) error {
	address := resolveAddr(addr)
	if ctx.Err() != nil {
		return nil
	}
	err := engine.listenAndServe(ctx, "RunContext", "tcp", address, (*http.Server).Serve)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// RunTLS is Run over TLS, with HTTP/2, with the certificate (followed by its
// intermediates) and the key of two PEM files.
func (engine *Engine) RunTLS(addr, certFile, keyFile string) error {
	certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return engine.runError("RunTLS", err)
	}
	serve := func(server *http.Server, listener net.Listener) error {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
		return server.ServeTLS(listener, "", "")
	}
	return engine.listenAndServe(context.Background(), "RunTLS", "tcp", orDefault(addr, ":https"), serve)
}

// RunUnix is Run on the unix socket file. A socket that a dead process left
// behind is replaced; the file is removed at the end. Its permissions say who
// may connect, and whoever may is a trusted proxy.
func (engine *Engine) RunUnix(file string) error {
	removeStaleSocket(file)
	return engine.listenAndServe(context.Background(), "RunUnix", "unix", file, (*http.Server).Serve)
}

// RunFd is Run on the listening socket with the file descriptor fd, which a
// service manager or a parent process opened. It takes fd over and closes it.
func (engine *Engine) RunFd(fd int) error {
	var file *os.File
	if fd >= 0 {
		file = os.NewFile(uintptr(fd), fmt.Sprintf("fd@%d", fd))
	}
	if file == nil {
		return engine.runError("RunFd", fmt.Errorf("file descriptor %d: %w", fd, os.ErrInvalid))
	}
	defer file.Close()
	listener, err := net.FileListener(file) // a copy of fd
	if err != nil {
		return engine.runError("RunFd", err)
	}
	return engine.serve(context.Background(), "RunFd", listener, (*http.Server).Serve)
}

// RunListener is Run on a listener of the caller's, which it closes.
func (engine *Engine) RunListener(listener net.Listener) error {
	return engine.serve(context.Background(), "RunListener", listener, (*http.Server).Serve)
}

// resolveAddr is the address that Run is asked to listen on.
func resolveAddr(addr []string) string {
	switch {
	case len(addr) > 1:
		panic("dram: too many parameters: give Run one address, \"host:port\", or none")
	case len(addr) == 1:
		return orDefault(addr[0], ":http")
	}
	if port := os.Getenv("PORT"); port != "" {
		return ":" + port
	}
	return ":8080"
}

// removeStaleSocket removes a unix socket on which nobody listens any more.
// Whatever else the file is, it stays, and listening there will fail.
func removeStaleSocket(file string) {
	info, err := os.Lstat(file)
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return
	}
	conn, err := net.Dial("unix", file)
	if err == nil {
		_ = conn.Close()
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		_ = os.Remove(file) // if it cannot be removed, listening says why
	}
}

// listenAndServe listens, unless the Engine was shut down already, and serves.
func (engine *Engine) listenAndServe(ctx context.Context, method, network, addr string, serve serveFunc) error {
	if engine.server.isClosed() {
		return http.ErrServerClosed
	}
	listener, err := net.Listen(network, addr)
	if err != nil {
		return engine.runError(method, err)
	}
	return engine.serve(ctx, method, listener, serve)
}

// runError is the error of a Run method, which is printed as well in debug mode.
func (engine *Engine) runError(method string, err error) error {
	err = fmt.Errorf("dram: %s: %w", method, err)
	engine.debugPrintError(err)
	return err
}
