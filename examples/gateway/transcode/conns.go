package transcode

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/upstream"
	"github.com/dram-go/dram/middleware"
)

// conns are the connections to the servers of an upstream, one for each, made when it is first
// asked.
type conns struct {
	tls *tls.Config
	max int // of a message that comes
	mu  sync.Mutex
	m   map[*upstream.Server]*grpc.ClientConn
}

// connsOf returns the connections that are kept with an upstream.
func connsOf(p *upstream.Pool) *conns {
	kept, _ := p.Keep(connsKey{}, func() (io.Closer, error) { // it does not fail
		return &conns{tls: p.Transport.TLSClientConfig, max: int(p.Config.MaxMessage), m: make(map[*upstream.Server]*grpc.ClientConn)}, nil
	})
	return kept.(*conns)
}

type connsKey struct{}

// to returns the connection to a server.
func (c *conns) to(s *upstream.Server) (*grpc.ClientConn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if conn := c.m[s]; conn != nil {
		return conn, nil
	}
	scheme, host, _ := strings.Cut(s.Addr, "://")
	safety := insecure.NewCredentials()
	if scheme == "https" {
		safety = credentials.NewTLS(c.tls.Clone())
	}
	conn, err := grpc.NewClient("dns:///"+host,
		grpc.WithTransportCredentials(safety), grpc.WithNoProxy(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(c.max)),
		grpc.WithDisableServiceConfig(), grpc.WithDisableRetry(), // retries are another server's
		grpc.WithConnectParams(grpc.ConnectParams{ // the checks of the upstream say when it is well
			Backoff: backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second}, MinConnectTimeout: 5 * time.Second,
		}))
	if err == nil {
		c.m[s] = conn
	}
	return conn, err
}

// Close closes the connections.
func (c *conns) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, conn := range c.m {
		errs = append(errs, conn.Close())
	}
	clear(c.m)
	return errors.Join(errs...)
}

const requestID = "X-Request-Id"

// allowed are the headers that are passed on as metadata, and back. The first says who the client
// is, and is not passed back.
type allowed []string

// newAllowed are those that the file names, and what traces a request.
func newAllowed(identity string, names []string) (a allowed) {
	for _, name := range append([]string{identity, requestID, "Traceparent", "Tracestate"}, names...) {
		if name = http.CanonicalHeaderKey(name); !slices.Contains(a, name) {
			a = append(a, name)
		}
	}
	return a
}

// outgoing is what a server gets of a request.
func (a allowed) outgoing(c *dram.Context) metadata.MD {
	md := make(metadata.MD)
	for _, name := range a {
		values := c.Request.Header[name]
		if id := middleware.RequestIDFrom(c); name == requestID && id != "" {
			values = []string{id}
		}
		for _, value := range values {
			if isPrintable(value) { // gRPC takes no others
				md.Append(name, value)
			}
		}
	}
	return md
}

func isPrintable(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' })
}

// answer sets what a client gets of a server's metadata.
func (a allowed) answer(h http.Header, from ...metadata.MD) {
	for _, name := range a[1:] {
		for _, md := range from {
			if values := md.Get(name); len(values) > 0 && len(h[name]) == 0 {
				h[name] = values
			}
		}
	}
}
