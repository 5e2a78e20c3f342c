package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"strconv"
	"time"
	"weak"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/http3"
	"github.com/dram-go/dram/h1"
)

// This file serves an Engine over every protocol, and shuts it down in the middle of the traffic.

// addresses are those of the servers, which they keep over a restart.
type addresses struct{ plain, h1, secure string }

// place is where the servers are, and what both sides know of their certificate.
type place struct {
	addresses
	upstream *httptest.Server // for middleware.Proxy: the same routes without a layer
	server   *tls.Config
	trusted  *x509.CertPool
}

func newPlace(w *world) (*place, error) {
	p := &place{trusted: x509.NewCertPool()}
	for _, addr := range []*string{&p.plain, &p.h1, &p.secure} {
		var listener net.Listener
		err := errors.New("no port is free")
		for try := 0; err != nil && try < 100; try++ { // no client gets one of these as its own during a restart
			listener, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(10_000+rand.IntN(20_000))))
		}
		if err != nil {
			return nil, err
		}
		defer listener.Close() // all three are different
		*addr = listener.Addr().String()
	}
	p.upstream = httptest.NewTLSServer(w.upstreamEngine())
	p.server = &tls.Config{Certificates: p.upstream.TLS.Certificates}
	p.trusted.AddCert(p.upstream.Certificate())
	return p, nil
}

// running is an Engine behind its servers.
type running struct {
	engine *dram.Engine
	ended  chan error // of each server
}

// start returns when all servers of an Engine listen.
func (w *world) start(engine *dram.Engine, p *place) (*running, error) {
	w.engines = append(w.engines, weak.Make(engine))
	r := &running{engine: engine, ended: make(chan error, 3)}
	listening := make(chan struct{}, 4)
	engine.OnListen = func(net.Addr) { listening <- struct{}{} }
	ctx := context.Background()
	go func() { r.ended <- engine.RunContext(ctx, p.plain) }() // HTTP/1.1, and HTTP/2 without TLS
	go func() { r.ended <- (&h1.Server{Handler: engine}).RunContext(ctx, p.h1) }()
	go func() { r.ended <- http3.Serve(ctx, engine, http3.Config{Addr: p.secure, TLSConfig: p.server}) }()
	for range cap(listening) {
		select {
		case <-listening:
		case err := <-r.ended:
			return nil, errors.Join(err, errors.New("a server has not begun"))
		}
	}
	return r, nil
}

// stop shuts the servers down, which have to answer what they have accepted.
func (w *world) stop(r *running) {
	if r == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := r.engine.Shutdown(ctx)
	for range cap(r.ended) {
		err = errors.Join(err, <-r.ended)
	}
	if err != nil {
		w.fault(isLost, "the shutdown: %v", err)
	}
	if n := w.jobs.Load(); n != 0 {
		w.fault(isLost, "%d jobs of Context.Go go on after the shutdown", n)
	}
}

// soak has clients ask for as long as cfg says, with restarts at equal distances.
func (w *world) soak(cfg config) error {
	p, err := newPlace(w)
	if err != nil {
		return err
	}
	defer p.upstream.Close()
	r, err := w.start(w.newEngine(p), p)
	if err != nil {
		return err
	}
	reload := make(chan struct{})
	w.late.Go(func() { w.reloads(reload) })
	defer close(reload)
	clients := w.startClients(cfg, p)
	defer func() {
		w.alive = w.holdings().heap
		w.stop(r)
	}()
	defer clients.stop()
	for range cfg.restarts {
		time.Sleep(cfg.length / time.Duration(cfg.restarts+1))
		next, began := w.newEngine(p), time.Now()
		w.stop(r)
		if r, err = w.start(next, p); err != nil {
			return err
		}
		w.restart = max(w.restart, time.Since(began))
	}
	time.Sleep(cfg.length / time.Duration(cfg.restarts+1))
	return nil
}
