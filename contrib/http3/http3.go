// Package http3 serves an Engine over HTTP/3 (RFC 9114) with QUIC, beside
// HTTP/1.1 and HTTP/2 over TLS on the same port, using quic-go. See docs/contrib.md.
//
//	err := http3.Run(engine, ":443", "cert.pem", "key.pem") // in place of Gin's RunQUIC
//
// Clients discover HTTP/3 by the header Alt-Svc (RFC 7838), which every answer
// over TCP has: a browser connects over TCP first and then switches. TCP is
// therefore served too, unless Config.QUICOnly is set.
//
// Early data (0-RTT) is off unless Config.EarlyData is set: anybody who
// observed it can send it again (RFC 8470).
//
// The servers belong to the Engine, like those of its Run methods:
// Engine.Shutdown drains them, and the functions of Engine.OnShutdown are
// called when they begin to shut down. What was answered is sent again until it has
// arrived, for five seconds at most; a client that takes longer to read what it has may lose
// the rest when its connection is closed, and learns so by an error. A server that starts after one that was killed, on
// the same host and address and with the same certificate, tells the clients of that one, which would wait until their
// connections have been idle for too long (RFC 9000 section 10.3); not so if TLSConfig has its certificates from a function.
//
// Over HTTP/3 a request has no connection to hijack, so WebSockets stay on TCP.
// The first request of a client takes one round trip less than over TCP and
// TLS; the server needs several times as long per request as with HTTP/2, since
// QUIC runs in user space.
package http3

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/quic-go/quic-go/http3"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/internal/serve"
)

// DefaultMaxAge is the default of Config.MaxAge.
const DefaultMaxAge = 24 * time.Hour

// Config sets up Serve. CertFile and KeyFile, or TLSConfig, must be set.
type Config struct {
	// Addr is the "host:port" to listen on, with both TCP and UDP. Default ":443";
	// with port 0 the system chooses a port, the same for both.
	Addr string
	// CertFile and KeyFile are PEM files: the certificate, followed by its
	// intermediates, and its key. They are read once: a TLSConfig with a GetCertificate is for
	// those that are renewed while it serves.
	CertFile, KeyFile string
	// TLSConfig provides the certificates instead of the files: that of
	// contrib/autotls, say. The protocols (ALPN) are set in a copy.
	TLSConfig *tls.Config
	// QUICOnly does not listen on TCP, which another server serves; that server
	// should use AltSvc.
	QUICOnly bool
	// EarlyData accepts requests that returning clients send before the handshake
	// is complete. They can be replayed, and their client's address may be anybody's (RFC 9000
	// section 8.1): set it only for services in which no GET
	// changes anything, and none is let in by its address. Requests whose method is not safe (RFC 9110 section 9.2.1)
	// get 425 Too Early before any handler runs; the client sends them again after
	// the handshake (RFC 8470 section 5.2).
	EarlyData bool
	// MaxAge is how long clients remember that HTTP/3 is available. Default
	// DefaultMaxAge.
	MaxAge time.Duration
	// MaxHeaderBytes limits the size of a request header, over TCP and UDP.
	// Default 1 MiB, as in net/http.
	MaxHeaderBytes int
}

// Validate reports what is wrong with the configuration. It does not read the
// files.
func (cfg Config) Validate() error {
	switch {
	case (cfg.TLSConfig == nil) == (cfg.CertFile == "" && cfg.KeyFile == ""):
		return layer.Misconfigured("http3", "CertFile", "HTTP/3 is never without TLS; set CertFile and KeyFile, or else TLSConfig")
	case cfg.TLSConfig == nil && (cfg.CertFile == "" || cfg.KeyFile == ""):
		return layer.Misconfigured("http3", "KeyFile", "a certificate goes with its key; set both CertFile and KeyFile")
	case cfg.MaxAge > 0 && cfg.MaxAge < time.Second:
		return layer.Misconfigured("http3", "MaxAge", "%v is sent as 0, by which clients do not come back over HTTP/3; leave it 0 for %v", cfg.MaxAge, DefaultMaxAge)
	case cfg.MaxAge < 0 || cfg.MaxHeaderBytes < 0:
		return layer.Misconfigured("http3", "MaxAge", "neither it nor MaxHeaderBytes may be negative; leave them 0 for %v and 1 MiB", DefaultMaxAge)
	}
	return nil
}

// Run serves engine on the TCP and UDP ports of addr until the Engine ends,
// like its own Run methods: Engine.Shutdown drains it, and Run then returns
// http.ErrServerClosed. An empty addr means ":443".
func Run(engine *dram.Engine, addr, certFile, keyFile string) error {
	return run(context.Background(), engine, Config{Addr: addr, CertFile: certFile, KeyFile: keyFile})
}

// RunContext is Run until ctx is done. Then the Engine shuts down, as with
// Engine.RunContext: it waits for the requests in flight, for its
// ShutdownTimeout at most, and RunContext returns nil, or an error if some were
// cut off.
func RunContext(ctx context.Context, engine *dram.Engine, addr, certFile, keyFile string) error {
	return Serve(ctx, engine, Config{Addr: addr, CertFile: certFile, KeyFile: keyFile})
}

// Serve is RunContext with a full configuration. Engine.OnListen is called with
// the TCP address and with the UDP address. If the configuration is wrong,
// Serve returns the error and does not panic.
func Serve(ctx context.Context, engine *dram.Engine, cfg Config) error {
	return serve.Ended(run(ctx, engine, cfg))
}

func run(ctx context.Context, engine *dram.Engine, cfg Config) error {
	life, _, _ := serve.Of(engine)
	if err := cfg.Validate(); err != nil {
		return life.Report(err)
	}
	return life.Run(ctx, "contrib/http3", engine.ShutdownTimeout, func() ([]serve.Server, error) {
		return cfg.servers(ctx, engine)
	})
}

// servers are that of TCP, unless there is to be none, and that of UDP.
func (cfg Config) servers(ctx context.Context, engine *dram.Engine) ([]serve.Server, error) {
	config := cfg.TLSConfig
	if config == nil {
		certificate, err := serve.KeyPair(cfg.CertFile, cfg.KeyFile)
		if err != nil {
			return nil, err
		}
		config = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	stream, packets, err := cfg.listen()
	if err != nil {
		return nil, err
	}
	var servers []serve.Server
	if stream != nil {
		server := engine.Server("")
		serve.Watch(engine, server)
		server.Handler = &announcer{engine, altSvc(packets.LocalAddr(), cfg.MaxAge)}
		server.MaxHeaderBytes = cfg.MaxHeaderBytes
		servers = append(servers, serve.HTTP(ctx, server, tls.NewListener(stream, tcpConfig(config)), (*http.Server).Serve))
	}
	overUDP, err := newQUIC(ctx, engine, cfg, config, packets)
	if err != nil {
		for _, server := range servers {
			_ = server.Close()
		}
		return nil, errors.Join(err, packets.Close())
	}
	return append(servers, overUDP), nil
}

// tcpConfig returns the TLS configuration of HTTP/2 and HTTP/1.1.
func tcpConfig(config *tls.Config) *tls.Config {
	config = config.Clone()
	protocols := []string{"h2", "http/1.1"}
	for _, name := range config.NextProtos {
		if name != "h2" && name != "http/1.1" && name != http3.NextProtoH3 {
			protocols = append(protocols, name) // such as that of ACME's challenge
		}
	}
	config.NextProtos = protocols
	return config
}

// listen opens the TCP port, unless there is to be none, and the UDP port of the
// same number.
func (cfg Config) listen() (stream net.Listener, packets net.PacketConn, err error) {
	addr := cmp.Or(cfg.Addr, ":443")
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		_, err = serve.UDP(addr) // says what to write
		return nil, nil, err
	}
	// A port that the system chose for TCP may be taken for UDP: try another.
	for try := 0; ; try++ {
		if !cfg.QUICOnly {
			if stream, err = serve.TCP(addr); err != nil {
				return nil, nil, err
			}
			addr = net.JoinHostPort(host, strconv.Itoa(stream.Addr().(*net.TCPAddr).Port))
		}
		packets, err = serve.UDP(addr)
		if err == nil {
			return stream, packets, nil
		}
		if stream != nil {
			_ = stream.Close()
		}
		if port != "0" || try == 10 {
			return nil, nil, err
		}
		addr = cfg.Addr
	}
}

// announcer adds Alt-Svc to the answers over TCP, so that clients learn of
// HTTP/3.
type announcer struct {
	handler http.Handler
	altSvc  []string
}

func (a *announcer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header()["Alt-Svc"] = a.altSvc
	a.handler.ServeHTTP(w, r)
}

// altSvc returns the value of the header.
func altSvc(addr net.Addr, maxAge time.Duration) []string {
	maxAge = cmp.Or(maxAge, DefaultMaxAge)
	return []string{fmt.Sprintf(`h3=":%d"; ma=%d`, addr.(*net.UDPAddr).Port, int(maxAge/time.Second))}
}

// AltSvc returns a layer that tells clients that HTTP/3 is served on a UDP port
// of the same host. It is for an Engine whose TCP side is served by other
// means, with Config.QUICOnly. A maxAge of 0 means DefaultMaxAge. AltSvc panics
// if port is not a valid port, or maxAge is negative or less than a second.
func AltSvc(port int, maxAge time.Duration) dram.HandlerFunc {
	if port < 1 || port > 65535 || maxAge < 0 || maxAge > 0 && maxAge < time.Second {
		panic(layer.Misconfigured("http3", "AltSvc", "port %d and maximal age %v cannot be announced; write the UDP port, such as 443, and 0 for %v", port, maxAge, DefaultMaxAge))
	}
	value := altSvc(&net.UDPAddr{Port: port}, maxAge)
	return func(c *dram.Context) {
		if c.Request.ProtoMajor < 3 {
			c.Writer.Header()["Alt-Svc"] = value
		}
	}
}
