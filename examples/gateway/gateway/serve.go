package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"github.com/dram-go/dram/examples/gateway/config"
)

// shutdownTimeout is how long requests may take that have begun when the gateway ends.
const shutdownTimeout = 30 * time.Second

// Run serves clients, and operators at an address of their own, until ctx ends; then it answers
// what has begun. ready, if not nil, is told the clients' address, and the operators' with the
// token that lets in the first of them. Where it listens is what the file says at the start; a
// new file changes all but that.
func (g *Gateway) Run(ctx context.Context, ready func(address, admin string)) error {
	file := g.current.Load().file
	listen := file.Listen
	listener, err := net.Listen("tcp", listen.Addr)
	if err != nil {
		return fmt.Errorf("listen.addr: %w", err)
	}
	defer listener.Close()
	operators, err := net.Listen("tcp", file.Admin.Addr)
	if err != nil {
		return fmt.Errorf("admin.addr: %w", err)
	}
	admin := g.Admin()
	page := &http.Server{Handler: admin, ReadHeaderTimeout: 10 * time.Second}
	defer page.Close()
	go func() { _ = page.Serve(operators) }()
	if ready != nil {
		ready(listener.Addr().String(), admin.Start(operators.Addr().String()))
	}
	listener = netutil.LimitListener(listener, listen.MaxConnections)
	if listen.TLS != nil {
		if err := g.certify(listen.TLS); err != nil {
			return err
		}
		listener = tls.NewListener(listener, &tls.Config{
			NextProtos:         []string{"h2", "http/1.1"},
			GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return g.tls.Load(), nil },
		})
	}
	server := &http.Server{
		Handler: g, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	ended := make(chan error, 1)
	go func() {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		ended <- server.Shutdown(late)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-ended
}

// certify reads the certificate, and uses it from then on.
func (g *Gateway) certify(files *config.TLS) error {
	file := g.current.Load().file
	cert, err := tls.LoadX509KeyPair(file.Name(files.Cert), file.Name(files.Key))
	if err != nil {
		return fmt.Errorf("listen.tls: %w", err)
	}
	cfg := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}
	if files.ClientCA != "" {
		pem, err := os.ReadFile(file.Name(files.ClientCA))
		if err != nil {
			return fmt.Errorf("listen.tls.client_ca: %w", err)
		}
		cfg.ClientCAs, cfg.ClientAuth = x509.NewCertPool(), tls.VerifyClientCertIfGiven
		if !cfg.ClientCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("listen.tls.client_ca: %s has no certificate: put those of the CA there, as PEM", files.ClientCA)
		}
	}
	g.tls.Store(cfg)
	return nil
}

// certificates is what TLS connections get.
type certificates = atomic.Pointer[tls.Config]
