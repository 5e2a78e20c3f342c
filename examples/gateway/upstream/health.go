package upstream

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"
)

// watch asks a server how it is, until ctx ends: at once, and then each time a little sooner or
// later than the file says, so that gateways do not ask all at one time.
func (p *Pool) watch(ctx context.Context, s *Server) {
	rule := p.Config.Health
	for {
		err := p.check(ctx, s)
		if ctx.Err() != nil {
			return
		}
		s.checked(err == nil, err)
		every := time.Duration(rule.Every)
		select {
		case <-time.After(every - every/10 + rand.N(every/5+1)):
		case <-ctx.Done():
			return
		}
	}
}

// check asks once: any 2xx is well. A server of gRPC is well if it takes a connection.
func (p *Pool) check(ctx context.Context, s *Server) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(p.Config.Health.Within))
	defer cancel()
	if len(p.Config.GRPC) > 0 {
		_, host, _ := strings.Cut(s.Addr, "://")
		conn, err := p.Transport.DialContext(ctx, "tcp", withPort(host))
		if err != nil {
			return err
		}
		return conn.Close()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Addr+p.Config.Health.Path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "dram-gateway health check")
	resp, err := p.Transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s answers %s", p.Config.Health.Path, resp.Status)
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection can be used again
	return nil
}

// withPort adds the port of https to a host without one.
func withPort(host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(host, "443")
}
