package main

import (
	"context"
	_ "embed"
	"errors"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/fcgi"
	"os"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/http3"
	"github.com/dram-go/dram/examples/internal/address"
	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/httphandler"
)

// This file is the list of servers: each has an Engine answer what it receives, and none
// knows the routes. The Run methods listen, serve and end with the Engine by themselves;
// whatever else takes an http.Handler takes an Engine too.

// server is one way to serve an Engine.
type server struct {
	name, what string
	addr       string // where it listens unless it is told otherwise
	front      string // where the nginx in front then listens, if there is one
	run        func(*dram.Engine, settings) error
	try        string // how to reach it
	conf       string // its configuration
}

//go:embed nginx.conf
var nginxConf string

var servers = []server{
	{
		name: "tcp", what: "net/http over TCP: HTTP/1.1", addr: "127.0.0.1:8080",
		run: func(engine *dram.Engine, set settings) error { return engine.Run(set.addr) },
		try: "curl -i http://{addr}/",
	},
	{
		name: "tls", what: "net/http over TLS: HTTP/2 and HTTP/1.1", addr: "127.0.0.1:8443",
		run: func(engine *dram.Engine, set settings) error {
			return engine.RunTLS(set.addr, set.certFile, set.keyFile)
		},
		try: "curl -i --cacert {cert} https://{addr}/",
	},
	{
		name: "h2c", what: "net/http over TCP: HTTP/2 without TLS", addr: "127.0.0.1:8080",
		run: func(engine *dram.Engine, set settings) error {
			engine.UseH2C = true
			return engine.Run(set.addr)
		},
		try: "curl -i --http2-prior-knowledge http://{addr}/",
	},
	{
		name: "unix", what: "net/http on a Unix socket", addr: "dram.sock",
		run: func(engine *dram.Engine, set settings) error { return engine.RunUnix(set.addr) },
		try: "curl -i --unix-socket {addr} http://localhost/",
	},
	{
		name: "inherited", what: "net/http on a socket that a service manager has opened", addr: "127.0.0.1:8080",
		run: serveInherited,
		try: "curl -i http://{addr}/",
	},
	{
		name: "h3", what: "HTTP/3 over QUIC, beside HTTP/2 and HTTP/1.1 over TLS", addr: "127.0.0.1:8443",
		run: func(engine *dram.Engine, set settings) error {
			return http3.Run(engine, set.addr, set.certFile, set.keyFile)
		},
		try: "# This needs a curl with HTTP/3: its -V says HTTP3; Debian's does not. Without --http3-only it is HTTP/2.\n" +
			"curl -i --http3-only --cacert {cert} https://{addr}/",
	},
	{
		name: "fcgi", what: "FastCGI, for a web server such as nginx in front", addr: "127.0.0.1:9000", front: "127.0.0.1:8080",
		run:  serveFastCGI,
		try:  "nginx -e stderr -p {dir} -c {dir}/nginx.conf\ncurl -i http://{front}/",
		conf: nginxConf,
	},
	{
		name: "cgi", what: "CGI: a process of this program per request", addr: "127.0.0.1:8080",
		run: serveCGI,
		try: "curl -i http://{addr}/",
	},
	{
		name: "ladder", what: "the HTTP/1.1 server of examples/ladder, without net/http's", addr: "127.0.0.1:8080",
		run: serveLadder,
		try: "curl -i http://{addr}/",
	},
}

// listen opens a listener for what is not one of the Engine's own servers; it ends with the
// Engine all the same.
func listen(engine *dram.Engine, addr string) (net.Listener, error) {
	listener, err := listenTCP(addr)
	if err != nil {
		return nil, err
	}
	engine.OnShutdown(func(context.Context) { _ = listener.Close() })
	engine.OnListen(listener.Addr())
	return listener, nil
}

func listenTCP(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, address.Wrong(addr, err)
	}
	return listener, nil
}

// closed is err, or http.ErrServerClosed if it says that the listener was closed: what a
// Run method returns when the Engine has ended.
func closed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return http.ErrServerClosed
	}
	return err
}

// serveFastCGI answers what a web server sends on in records (typeStdin, typeStdout, …).
func serveFastCGI(engine *dram.Engine, set settings) error {
	listener, err := listen(engine, set.addr)
	if err != nil {
		return err
	}
	return closed(fcgi.Serve(listener, engine))
}

// serveLadder answers over the server that rungs 05 and 06 build up from a listener.
func serveLadder(engine *dram.Engine, set settings) error {
	listener, err := listen(engine, set.addr)
	if err != nil {
		return err
	}
	return closed(httphandler.Serve(listener, engine))
}

// serveCGI is a web server with a CGI program: this one.
func serveCGI(engine *dram.Engine, set settings) error {
	listener, err := listen(engine, set.addr)
	if err != nil {
		return err
	}
	front := engine.Server("")
	front.Handler = &cgi.Handler{Path: set.program}
	engine.OnShutdown(func(ctx context.Context) { _ = front.Shutdown(ctx) })
	return closed(front.Serve(listener))
}

// answerCGI is the program: one request is in the environment and on standard input, and the
// answer goes to standard output, where nothing else may be written.
func answerCGI(at steps) error {
	dram.SetMode(dram.ReleaseMode)
	dram.DefaultWriter = os.Stderr
	return cgi.Serve(newEngine(at))
}
