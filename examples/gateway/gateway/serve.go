package gateway

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/h1"
)

// shutdownTimeout is how long requests may take that have begun when the gateway ends. It is a variable for the tests.
var shutdownTimeout = 30 * time.Second

// lastAnswers is how long the answers may take of those that are cut.
const lastAnswers = 2 * time.Second

// errCut is what the log says of a request that is cut then: it is not its client that has left.
var errCut = dram.NewProblem(http.StatusServiceUnavailable, "the gateway has ended, and the request had taken too long")

// operatorsPatience is how long a request of an operator may take to come. It is a variable for the tests.
var operatorsPatience = 30 * time.Second

// Run serves clients, over HTTP/1 by h1, and operators at an address of their own, until ctx ends; then it is not ready
// any more (Listen.Ready), and after Listen.Drain it takes no more, ends streams of events and WebSockets, and answers
// what else has begun, or cuts it when that takes too long. A socket
// that a service manager hands over (dram.InheritedListeners) takes the place of Listen.Addr. ready, if not nil, is told the clients' address, and the operators' with the
// token that lets in the first of them. Where it listens is what the file says at the start; a
// new file changes all but that, which the log says.
func (g *Gateway) Run(ctx context.Context, ready func(address, admin string)) error {
	file := g.current.Load().file
	listen := file.Listen
	listener, err := listenAt(listen.Addr)
	if err != nil {
		return fmt.Errorf("listen.addr: %w", err)
	}
	defer listener.Close()
	operators, err := listenOn(file.Admin.Addr)
	if err != nil {
		return fmt.Errorf("admin.addr: %w", err)
	}
	g.began.Store(file)
	admin := g.Admin()
	errorLog := slog.NewLogLogger(g.options.Log.Handler(), slog.LevelWarn)
	page := &h1.Server{
		Handler: admin, ErrorLog: errorLog, IdleTimeout: 2 * time.Minute,
		ReadTimeout: operatorsPatience, WriteTimeout: 10 * operatorsPatience, // the page reads its events anew
	}
	defer page.Close()
	go func() { _ = page.Serve(operators) }()
	if ready != nil {
		ready(listener.Addr().String(), admin.Start(operators.Addr().String()))
	}
	listener = newClients(listener, listen.MaxConnections)
	if listen.TLS != nil {
		listener = tls.NewListener(listener, &tls.Config{
			NextProtos:         []string{"h2", "http/1.1"},
			GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return g.current.Load().tls, nil },
		})
	}
	patience := shutdownTimeout
	server := &h1.Server{
		Handler: g, MaxHeaderBytes: 64 << 10, ErrorLog: errorLog,
		DisableGeneralOptionsHandler: true,                     // which nobody sees
		ShutdownTimeout:              patience + 2*lastAnswers, // for those that are cut
	}
	until, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	over := make(chan struct{})
	defer close(over)
	defer context.AfterFunc(ctx, func() {
		g.stop()
		drain := time.Duration(g.current.Load().file.Listen.Drain)
		g.options.Log.Info("it ends: no longer ready", "drain", drain.String(), "then", patience.String())
		time.Sleep(drain)
		end()
		g.endStreams()
		select {
		case <-over:
		case <-time.After(patience):
			g.options.Log.Warn("requests were cut, which took too long", "requests", g.requests.Load())
			g.cut()
			select {
			case <-over:
			case <-time.After(lastAnswers):
			}
			server.Close()
		}
	})()
	return server.RunListenerContext(until, listener)
}

// endStreams tells the requests that are being answered, which may be of several generations, that the gateway ends:
// Context.Stopping.
func (g *Gateway) endStreams() {
	g.living.Lock()
	defer g.living.Unlock()
	for _, gen := range g.alive {
		go gen.engine.Shutdown(g.stopping) // which has ended: it waits for nothing
	}
}

// listenAt listens at an address, or on the socket that a service manager has opened for it.
func listenAt(addr string) (net.Listener, error) {
	sockets, _, err := dram.InheritedListeners()
	switch {
	case err != nil:
		return nil, err
	case len(sockets) == 0:
		return listenOn(addr)
	case len(sockets) > 1:
		for _, socket := range sockets {
			socket.Close()
		}
		return nil, fmt.Errorf("%d sockets were handed over: leave one ListenStream, that of the clients", len(sockets))
	}
	return sockets[0], nil
}

func listenOn(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w: end what listens there, or write another address of this machine that this user may listen on", err)
	}
	return listener, nil
}

// certify reads the certificate, and who signs those of clients.
func certify(file *config.File) (*tls.Config, error) {
	files := file.Listen.TLS
	certText, noCert := file.Read(files.At, "cert", files.Cert)
	keyText, noKey := file.Read(files.At, "key", files.Key)
	err := config.Together(noCert, noKey)
	cfg := &tls.Config{Certificates: make([]tls.Certificate, 1), NextProtos: []string{"h2", "http/1.1"}}
	if err == nil {
		if cfg.Certificates[0], err = tls.X509KeyPair(certText, keyText); err != nil {
			err = files.Fault("cert", "%v", err)
		}
	}
	if files.ClientCA != "" {
		cfg.ClientAuth = tls.VerifyClientCertIfGiven
		pool, fault := file.Certificates(files.At, "client_ca", files.ClientCA)
		cfg.ClientCAs, err = pool, config.Together(err, fault)
	}
	return cfg, err
}

// atStart are the changes that only a start takes up.
var atStart = regexp.MustCompile(`^([+-] listen\.tls|- admin\.token|. (listen\.addr|listen\.max_connections|admin\.addr|admin\.hosts))\b`)

// unused says what of a new file is not used before the next start.
func (g *Gateway) unused(file *config.File) {
	began := g.began.Load()
	if began == nil {
		return
	}
	for _, line := range config.Diff(&config.File{Listen: began.Listen, Admin: began.Admin}, &config.File{Listen: file.Listen, Admin: file.Admin}) {
		if atStart.MatchString(line) {
			g.options.Log.Warn("a change of the file is not used before the gateway is started anew", "change", line)
		}
	}
}
