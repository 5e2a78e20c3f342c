package dram

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/dram-go/dram/internal/mask"
	"github.com/dram-go/dram/internal/serve"
)

// This file starts servers for an Engine: the Run methods, which differ in what
// they listen on. How servers live and end is in internal/serve, what a
// program may say to that in run_life.go. Nothing here knows of routing.
// See docs/internals/06-listen.md.

// Server makes the http.Server for addr that the Run methods use: it serves the
// Engine with HTTP/1.1, with HTTP/2 over TLS, and with HTTP/2 without TLS if
// UseH2C is set. A client has 10 seconds to send the header of a request, and
// an idle connection is closed after 120 seconds. The time for bodies is not
// limited, since nobody can know how long an upload, a stream or a WebSocket
// should take: set ReadTimeout and WriteTimeout if your program does, or limit
// single handlers with http.ResponseController.
// A header may have 1 MiB (MaxHeaderBytes) and, since Go 1.27, 500 values
// (MaxHeaderValueCount); beyond that it gets 431. Its ErrorLog writes to the standard
// logger of package log, without secrets and with what clients have said on one line.
//
// A server made here is the caller's to start and to stop, unless by RunServerContext:
// Engine.Shutdown does not know of it. Its Handler may be wrapped; streams of HTTP/2 pass through the
// wrapper too.
func (engine *Engine) Server(addr string) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(engine.UseH2C)
	return &http.Server{
		Addr:              addr,
		Handler:           engine,
		Protocols:         protocols,
		ReadHeaderTimeout: serve.ReadHeaderTimeout,
		IdleTimeout:       serve.IdleTimeout,
		ErrorLog:          mask.ErrorLog(nil),
	}
}

// Handler returns the Engine as an http.Handler for a server of your own:
// the Engine itself or, with UseH2C, one that serves HTTP/2 without TLS as well,
// even if the server's Protocols do not name it.
//
// With UseH2C, the requests of HTTP/2 go to the server's own Handler, as its other
// requests do, so that a handler around this one (http.MaxBytesHandler, say) serves
// them too; the limits of the server apply as well. It does not work inside a
// handler that does not pass on the preface of HTTP/2, the request "PRI *":
// http.ServeMux, http.StripPrefix, http.TimeoutHandler. Nor does the server's
// Shutdown wait for these requests. It is better to let net/http serve HTTP/2,
// which works with every handler:
//
//	server := &http.Server{Handler: mux, Protocols: new(http.Protocols)}
//	server.Protocols.SetHTTP1(true)
//	server.Protocols.SetUnencryptedHTTP2(true)
func (engine *Engine) Handler() http.Handler {
	if !engine.UseH2C {
		return engine
	}
	return serve.H2C(engine, engine.debugPrintError)
}

// Run listens on addr, "host:port", and serves; without an addr it takes the
// port of the environment variable PORT, or else 8080. It
// panics if there is more than one addr. Port 0 is any free port: OnListen is told
// which.
//
// Like all Run methods it returns when the Engine has ended: with
// http.ErrServerClosed, once all requests are done, after Shutdown, and with
// the reason if it could not listen or serve, which is printed on
// DefaultErrorWriter too. A program usually ends with it:
//
//	log.Fatal(engine.Run())
func (engine *Engine) Run(addr ...string) error {
	return engine.serve(context.Background(), "Run", tcp(serve.Address(addr)), (*http.Server).Serve)
}

// RunContext is like Run, until ctx is done. Then the Engine ends: its servers no longer
// accept connections, those accepted that have not sent a request yet have 200
// milliseconds to do so, Context.Stopping and the functions of OnShutdown are told,
// requests in flight and then the jobs of Context.Go are waited for, for
// ShutdownTimeout at most, and RunContext returns nil; it returns nil too when
// Shutdown ended it. Requests that are still not done are cut off: their contexts are
// cancelled, their connections closed, and the error says so.
//
// A ctx that is done already ends the Engine before it listens. The requests'
// contexts have the values of ctx, but are not cancelled with it.
// Behind a load balancer, let readiness fail first and the server end a little
// later: see Readiness and Delay in package middleware.
func (engine *Engine) RunContext(ctx context.Context, addr ...string) error {
	return serve.Ended(engine.serve(ctx, "RunContext", tcp(serve.Address(addr)), (*http.Server).Serve))
}

// RunTLS is like Run, over TLS and with HTTP/2, with the certificate (followed by its
// intermediates) and the key of two PEM files.
// They are read once: run the program again when they were renewed, or serve on
// tls.NewListener by RunListener with a GetCertificate of your own.
func (engine *Engine) RunTLS(addr, certFile, keyFile string) error {
	serveTLS, err := serve.TLS(certFile, keyFile)
	if err != nil {
		return engine.life.Fail("RunTLS", err)
	}
	return engine.serve(context.Background(), "RunTLS", tcp(cmp.Or(addr, ":https")), serveTLS)
}

// RunUnix is like Run, on the unix socket file. A socket that a dead process left
// behind is replaced; the file is removed at the end, unless another process has put
// its own there by then. Its permissions say who may connect, and everyone who may is a
// trusted proxy; they are what the umask leaves, usually the own user's, until OnListen
// changes them (os.Chmod). An abstract socket ("@app", Linux) has no file: everybody on the machine
// may connect, and none of them is believed to be a proxy.
func (engine *Engine) RunUnix(file string) error {
	listen := func() (net.Listener, error) { return serve.Unix(file) }
	return engine.serve(context.Background(), "RunUnix", listen, (*http.Server).Serve)
}

// RunFd is like Run, on the listening socket with the file descriptor fd, which a
// service manager or a parent process opened. It takes fd over and closes it.
func (engine *Engine) RunFd(fd int) error {
	listener, err := serve.Fd(fd)
	if err != nil {
		return engine.life.Fail("RunFd", err)
	}
	defer listener.Close()
	return engine.serve(context.Background(), "RunFd", given(listener), (*http.Server).Serve)
}

// RunListener is like Run, on the given listener, which it closes.
func (engine *Engine) RunListener(listener net.Listener) error {
	listener, err := serve.Given(listener)
	if err != nil {
		return engine.life.Fail("RunListener", err)
	}
	defer listener.Close()
	return engine.serve(context.Background(), "RunListener", given(listener), (*http.Server).Serve)
}

// RunListenerContext is RunContext on the given listeners, which it closes: those of
// InheritedListeners, say.
func (engine *Engine) RunListenerContext(ctx context.Context, listeners ...net.Listener) error {
	if len(listeners) == 0 {
		return engine.life.Fail("RunListenerContext", errors.New("there is no listener; give it one at least"))
	}
	var servers []serve.Server
	for _, listener := range listeners {
		listener, err := serve.Given(listener)
		if err != nil {
			return engine.life.Fail("RunListenerContext", err)
		}
		defer listener.Close()
		servers = append(servers, engine.server(ctx, engine.Server(""), listener, (*http.Server).Serve))
	}
	err := engine.life.Run(ctx, "RunListenerContext", engine.ShutdownTimeout, func() ([]serve.Server, error) { return servers, nil })
	return serve.Ended(err)
}

// RunServerContext is RunContext for a server of the caller's: one of Engine.Server with other limits,
// say, or with a Handler around the Engine. It listens on the listener, which it closes, or if that is
// nil on server.Addr; TLS is the listener's (tls.NewListener). Without a Handler it serves the Engine. The
// server serves this once: if it was shut down before, or is by somebody else, that is
// http.ErrServerClosed. Its BaseContext and ConnContext are replaced, its Handler gets one around it. What its
// RegisterOnShutdown was given is called by its own Shutdown as well, if that is called when the Engine's end has told it. Who closes it behind its own
// Shutdown, which has not ended, waits for ShutdownTimeout all the same: an http.Server does not tell. Requests of
// HTTP/2 without TLS that Engine.Handler serves are not waited for.
func (engine *Engine) RunServerContext(ctx context.Context, server *http.Server, listener net.Listener) error {
	if server == nil {
		return engine.life.Fail("RunServerContext", errors.New("the server is nil; make one with Engine.Server"))
	}
	if server.Handler == nil {
		server.Handler = engine
	}
	listen := tcp(server.Addr)
	if listener != nil {
		listener, err := serve.Given(listener)
		if err != nil {
			return engine.life.Fail("RunServerContext", err)
		}
		defer listener.Close()
		listen = given(listener)
	}
	err := engine.serveBy(ctx, "RunServerContext", server, listen, (*http.Server).Serve)
	if !engine.life.IsOver() {
		return err
	}
	return serve.Ended(err)
}

// serve is serveBy with a server of the Engine's.
func (engine *Engine) serve(ctx context.Context, method string, listen func() (net.Listener, error), with serve.Func) error {
	return engine.serveBy(ctx, method, engine.Server(""), listen, with)
}

// serveBy listens, unless the Engine was shut down already, and serves.
func (engine *Engine) serveBy(ctx context.Context, method string, server *http.Server, listen func() (net.Listener, error), with serve.Func) error {
	return engine.life.Run(ctx, method, engine.ShutdownTimeout, func() ([]serve.Server, error) {
		listener, err := listen()
		if err != nil {
			return nil, err
		}
		return []serve.Server{engine.server(ctx, server, listener, with)}, nil
	})
}

// server serves on a listener, as one of the Engine's servers.
func (engine *Engine) server(ctx context.Context, server *http.Server, listener net.Listener, with serve.Func) serve.Server {
	server.ConnState = engine.life.Watched(server.ConnState)
	return serve.HTTP(ctx, server, listener, with)
}

// tcp listens on addr.
func tcp(addr string) func() (net.Listener, error) {
	return func() (net.Listener, error) { return serve.TCP(addr) }
}

// given takes a listener that is there.
func given(listener net.Listener) func() (net.Listener, error) {
	return func() (net.Listener, error) { return listener, nil }
}
