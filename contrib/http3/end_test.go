package http3_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	h3 "github.com/quic-go/quic-go/http3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/http3"
)

// relay is a network between one client and a server.
type relay struct {
	front  net.PacketConn // where the client sends to
	behind atomic.Pointer[net.Addr]
	loses  atomic.Bool // what the server sends
}

func newRelay(t *testing.T, behind net.Addr) *relay {
	t.Helper()
	front, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	back, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = front.Close(); _ = back.Close() })
	r := &relay{front: front}
	r.behind.Store(&behind)
	var client atomic.Pointer[net.Addr]
	pass := func(from net.PacketConn, to func(sender net.Addr) (net.PacketConn, *net.Addr)) {
		packet := make([]byte, 1<<16)
		for {
			n, sender, err := from.ReadFrom(packet)
			if err != nil {
				return
			}
			if out, addr := to(sender); addr != nil {
				_, _ = out.WriteTo(packet[:n], *addr)
			}
		}
	}
	go pass(front, func(sender net.Addr) (net.PacketConn, *net.Addr) {
		client.Store(&sender)
		return back, r.behind.Load()
	})
	go pass(back, func(net.Addr) (net.PacketConn, *net.Addr) {
		if r.loses.Load() {
			return nil, nil
		}
		return front, client.Load()
	})
	return r
}

// A server that ends has sent its answers, and some of it was lost on the way.
func TestTheEndWaitsForAnswersToArrive(t *testing.T) {
	var network *relay
	s := serve(t, http3.Config{QUICOnly: true}, func(r *dram.Engine) {
		r.GET("/first", func(*dram.Context) {})
		r.GET("/", func(c *dram.Context) {
			network.loses.Store(true)
			c.String(http.StatusOK, "late")
		})
	})
	network = newRelay(t, s.udp)
	fetch(t, s.overUDP, network.front.LocalAddr(), "/first")
	answer := make(chan string)
	go func() {
		defer close(answer) // if there is none
		_, body := fetch(t, s.overUDP, network.front.LocalAddr(), "/")
		answer <- body
	}()
	require.Eventually(t, network.loses.Load, time.Minute, time.Millisecond)
	s.stop()
	time.Sleep(time.Second)
	network.loses.Store(false)
	assert.Equal(t, "late", <-answer)
	assert.NoError(t, <-s.ended)
}

// A server that is gone could say nothing: it was killed, or its last packet was lost.
func TestTheNextServerTellsThatTheLastOneIsGone(t *testing.T) {
	old := serve(t, http3.Config{QUICOnly: true}, hello)
	network := newRelay(t, old.udp)
	fetch(t, old.overUDP, network.front.LocalAddr(), "/")
	next := serve(t, http3.Config{QUICOnly: true, TLSConfig: old.config}, hello)
	network.behind.Store(&next.udp)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // less than a connection may be idle for
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+network.front.LocalAddr().String()+"/", http.NoBody)
	require.NoError(t, err)
	_, err = old.overUDP.Do(req)
	var reset *quic.StatelessResetError
	assert.ErrorAs(t, err, &reset)
	fetch(t, old.overUDP, network.front.LocalAddr(), "/")
}

// Who connects while the server ends is refused or told that it ends, and does not wait for
// an answer until the connection has been idle for too long.
func TestTheEndIsToldWhoHasJustConnected(t *testing.T) {
	for range 8 {
		s := serve(t, http3.Config{QUICOnly: true}, hello)
		config := s.overUDP.Transport.(*h3.Transport).TLSClientConfig.Clone()
		config.NextProtos = []string{h3.NextProtoH3}
		var clients sync.WaitGroup
		for range 10 {
			clients.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				conn, err := quic.DialAddr(ctx, s.udp.String(), config, &quic.Config{HandshakeIdleTimeout: time.Second})
				if err != nil {
					return
				}
				select {
				case <-conn.Context().Done():
				case <-ctx.Done():
					t.Error("a client is told nothing")
				}
			})
		}
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		s.stop()
		assert.NoError(t, <-s.ended)
		clients.Wait()
	}
}

// A program may call Shutdown while the context of RunContext ends.
func TestAllShutdownsAtOnceWaitForOneRequest(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	s := serve(t, http3.Config{QUICOnly: true}, func(r *dram.Engine) {
		r.GET("/", func(c *dram.Context) { close(started); <-release; c.String(http.StatusOK, "done") })
	})
	answer := make(chan string, 1)
	go func() { _, body := fetch(t, s.overUDP, s.udp, "/"); answer <- body }()
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ends := make(chan error)
	for range 3 {
		go func() { ends <- s.engine.Shutdown(ctx) }()
	}
	time.Sleep(50 * time.Millisecond) // all wait
	close(release)
	for range 3 {
		assert.NoError(t, <-ends)
	}
	assert.Equal(t, "done", <-answer)
	assert.NoError(t, <-s.ended)
}

// The header was on its way when the end began, and its request takes longer than answers to arrive.
func TestTheEndWaitsForARequestWhoseHeaderWasOnItsWay(t *testing.T) {
	s := serve(t, http3.Config{QUICOnly: true}, func(r *dram.Engine) {
		r.GET("/", func(c *dram.Context) {
			time.Sleep(time.Second)
			c.String(http.StatusOK, "done %v", c.Err())
		})
	})
	const header = "\x01\x08\x00\x00\xd1\xd7\xc1\x50\x01x" // GET https://x/
	stream := unfinished(t, s.dial(t), header[:4])
	time.Sleep(50 * time.Millisecond) // it has come so far
	s.stop()
	<-dram.CreateTestContextOnly(httptest.NewRecorder(), s.engine).Stopping()
	_, err := io.WriteString(stream, header[4:])
	require.NoError(t, err)
	require.NoError(t, stream.Close())
	answer, err := io.ReadAll(stream)
	require.NoError(t, err)
	assert.Contains(t, string(answer), "done <nil>")
	assert.NoError(t, <-s.ended)
}

// Nothing was cut off: no request was there.
func TestAnEndWithoutPatienceFailsOnlyIfThereAreRequests(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 { // it was a matter of luck
		s := serve(t, http3.Config{QUICOnly: true}, hello)
		require.NoError(t, s.engine.Shutdown(ctx))
		require.NoError(t, <-s.ended)
	}
}
