package http3

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/dram-go/dram/internal/serve"
)

// This file ends the server over UDP. Nothing tells by itself whether an answer has arrived, or that
// a server is gone.

// linger is how long a connection has to be silent before its answers have arrived, and patience how
// long a client without an answer is waited for.
const linger, patience = 500 * time.Millisecond, 5 * time.Second

// resetKey is the same for every server with the first of these certificates on this address of this host: one that
// starts anew tells the clients of one before that their connections are gone, in place of letting them wait
// until those have been idle for too long (a stateless reset, RFC 9000 section 10.3). No two servers have it at the
// same time, if their hosts have names of their own: whoever has seen the id of a connection of one could ask the other for what ends it (section 21.11).
// It is nil, and nobody is told, if the certificates come from a function, or their key cannot be read.
func resetKey(config *tls.Config, addr net.Addr) *quic.StatelessResetKey {
	if len(config.Certificates) == 0 {
		return nil
	}
	private, err := x509.MarshalPKCS8PrivateKey(config.Certificates[0].PrivateKey)
	if err != nil {
		return nil
	}
	host, err := os.Hostname()
	if err != nil {
		return nil
	}
	mac := hmac.New(sha256.New, private)
	fmt.Fprintf(mac, "dram: stateless reset of %q at %s", host, addr)
	return (*quic.StatelessResetKey)(mac.Sum(nil))
}

// idLength is that of the ids of connections: what ends a connection is told to whoever asks for one that is not there,
// and nobody can ask for as many as there may be, before they are.
const idLength = 8

// Shutdown waits for the requests, and for their answers to arrive. Clients may keep a connection
// that has none for as long as they like. A request that was on its way may begin while answers are waited for.
func (s *quicServer) Shutdown(ctx context.Context) error {
	s.refuse()
	for {
		select {
		case <-s.requests.none():
		case <-ctx.Done():
		}
		s.settle(ctx)
		if s.requests.count() == 0 {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// refuse has the server take no more connections, and soon no more requests on those that are there, which are all
// noted when it returns.
func (s *quicServer) refuse() {
	s.mu.Lock()
	if s.ending.IsZero() {
		s.ending = time.Now()
	}
	s.mu.Unlock()
	_ = s.listener.Close()
	s.accepting.Lock() // Serve has returned
	defer s.accepting.Unlock()
}

// silence is since when nothing was sent on a connection, and the longest time that was between two packets.
type silence struct {
	sent  uint64 // packets
	since time.Time
	gap   time.Duration
}

// lasts reports whether a connection has been silent for long enough: what has not arrived is sent again, each time
// after twice as long (RFC 9002 section 6.2).
func (q *silence) lasts(conn *quic.Conn, now time.Time) bool {
	stats := conn.ConnectionStats()
	if stats.PacketsSent != q.sent {
		q.sent, q.gap, q.since = stats.PacketsSent, max(q.gap, now.Sub(q.since)), now
	}
	again := stats.SmoothedRTT + 4*stats.MeanDeviation
	return now.Sub(q.since) >= max(linger, 3*again, 5*q.gap/2)
}

// settle waits until all connections are silent.
func (s *quicServer) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	all := map[*quic.Conn]*silence{}
	for {
		now, settled := time.Now(), true
		for _, conn := range s.open() {
			if all[conn] == nil {
				all[conn] = &silence{sent: conn.ConnectionStats().PacketsSent, since: now}
			}
			settled = all[conn].lasts(conn, now) && settled
		}
		if settled {
			return
		}
		select {
		case <-time.After(linger / 20):
		case <-ctx.Done():
			return
		}
	}
}

// Close ends the connections and cancels the requests that are left, in this order: what a handler that returns
// then has answered would look whole.
func (s *quicServer) Close() error {
	s.refuse()
	for _, conn := range s.open() {
		closeConn(conn)
	}
	s.cancel()
	return errors.Join(s.transport.Close(), s.packets.Close())
}

func closeConn(conn *quic.Conn) {
	_ = conn.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
}

// note keeps a connection for Close.
func (s *quicServer) note(conn *quic.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[conn] = struct{}{}
}

func (s *quicServer) forget(conn *quic.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
}

func (s *quicServer) open() []*quic.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.conns))
}

// isTooLate reports whether a request comes later than the last ones that the server takes.
func (s *quicServer) isTooLate() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.ending.IsZero() && time.Since(s.ending) > serve.LastRequest()
}
