package http3_test

import (
	"bytes"
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
	ends "github.com/dram-go/dram/internal/serve"
)

// relay is a network between one client and a server.
type relay struct {
	front  net.PacketConn // where the client sends to
	client atomic.Pointer[net.Addr]
	way    atomic.Pointer[way]
	loses  atomic.Bool // what the server sends
}

// way leads to a server.
type way struct {
	net.PacketConn
	server net.Addr
}

func newRelay(t *testing.T, server net.Addr) *relay {
	t.Helper()
	front, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = front.Close() })
	r := &relay{front: front}
	r.leadTo(t, server)
	go each(front, func(packet []byte, sender net.Addr) {
		r.client.Store(&sender)
		way := r.way.Load()
		_, _ = way.WriteTo(packet, way.server)
	})
	return r
}

// leadTo has the network lead to another server. What is on its way from the one before is lost.
func (r *relay) leadTo(t *testing.T, server net.Addr) {
	t.Helper()
	back, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = back.Close() })
	way := &way{back, server}
	r.way.Store(way)
	go each(back, func(packet []byte, _ net.Addr) {
		if !r.loses.Load() && r.way.Load() == way {
			_, _ = r.front.WriteTo(packet, *r.client.Load())
		}
	})
}

// each does something with each packet that comes.
func each(from net.PacketConn, do func(packet []byte, sender net.Addr)) {
	packet := make([]byte, 1<<16)
	for {
		n, sender, err := from.ReadFrom(packet)
		if err != nil {
			return
		}
		do(packet[:n], sender)
	}
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
	network.leadTo(t, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}) // nowhere
	old.stop()
	require.NoError(t, <-old.ended)
	next := serve(t, http3.Config{QUICOnly: true, TLSConfig: old.config, Addr: old.udp.String()}, hello)
	network.leadTo(t, next.udp)
	var reset *quic.StatelessResetError
	assert.ErrorAs(t, fails(t, old, network, 20*time.Second), &reset, "sooner than it has been idle for too long")
	fetch(t, old.overUDP, network.front.LocalAddr(), "/")
}

// Whoever has seen a connection's id can ask another server for what ends the connection, if that one has the
// same key (RFC 9000 section 21.11).
func TestNoOtherServerWithTheCertificateEndsAConnection(t *testing.T) {
	s := serve(t, http3.Config{QUICOnly: true}, hello)
	network := newRelay(t, s.udp)
	fetch(t, s.overUDP, network.front.LocalAddr(), "/")
	other := serve(t, http3.Config{QUICOnly: true, TLSConfig: s.config}, hello)
	network.leadTo(t, other.udp)
	assert.ErrorIs(t, fails(t, s, network, time.Second), context.DeadlineExceeded)
	network.leadTo(t, s.udp)
	fetch(t, s.overUDP, network.front.LocalAddr(), "/")
}

// fails is how a request on a connection fails whose server is not there.
func fails(t *testing.T, s *running, network *relay, within time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+network.front.LocalAddr().String()+"/", http.NoBody)
	require.NoError(t, err)
	resp, err := s.overUDP.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	return err
}

// firstPacket keeps the first packet that a client gets.
type firstPacket struct {
	net.PacketConn
	once   sync.Once
	packet []byte
}

func (c *firstPacket) ReadFrom(p []byte) (int, net.Addr, error) {
	n, addr, err := c.PacketConn.ReadFrom(p)
	c.once.Do(func() { c.packet = bytes.Clone(p[:n]) })
	return n, addr, err
}

// What ends a connection is told to whoever asks for one that is not there: nobody can ask for all that will be.
func TestNobodyCanAskForTheEndsOfAllConnections(t *testing.T) {
	s := serve(t, http3.Config{QUICOnly: true}, hello)
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	first := &firstPacket{PacketConn: packets}
	transport := &quic.Transport{Conn: first}
	config := s.overUDP.Transport.(*h3.Transport).TLSClientConfig.Clone()
	config.NextProtos = []string{h3.NextProtoH3}
	conn, err := transport.Dial(t.Context(), s.udp, config, nil)
	require.NoError(t, err)
	require.NoError(t, conn.CloseWithError(0, ""))
	require.NoError(t, transport.Close())
	require.NoError(t, packets.Close())
	client := int(first.packet[5]) // RFC 9000 section 17.2: flags, version, length of the client's id, id, length of the server's id
	assert.GreaterOrEqual(t, first.packet[6+client], byte(8))
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

// As over TCP, what is sent on a connection before its client can know of the end is answered.
func TestTheEndAnswersRequestsThatComeSoon(t *testing.T) {
	defer ends.SetLastRequest(ends.SetLastRequest(time.Minute))
	s := serve(t, http3.Config{QUICOnly: true}, hello)
	fetch(t, s.overUDP, s.udp, "/")
	s.stop()
	<-dram.CreateTestContextOnly(httptest.NewRecorder(), s.engine).Stopping()
	time.Sleep(50 * time.Millisecond)
	_, body := fetch(t, s.overUDP, s.udp, "/")
	assert.Equal(t, "HTTP/3.0 of Serve 127.0.0.1", body)
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

// The handlers return when their requests are cancelled, and have not answered in full.
func TestWhatTheEndCutsOffDoesNotLookWhole(t *testing.T) {
	s := serve(t, http3.Config{QUICOnly: true}, func(r *dram.Engine) {
		r.ShutdownTimeout = time.Millisecond
		r.GET("/", func(c *dram.Context) {
			_, _ = c.Writer.WriteString("half")
			c.Writer.Flush()
			<-c.Request.Context().Done()
		})
	})
	config := s.overUDP.Transport.(*h3.Transport).TLSClientConfig
	var answers []*http.Response
	for range 300 { // connections, which end one after the other
		transport := &h3.Transport{TLSClientConfig: config}
		t.Cleanup(func() { _ = transport.Close() })
		answer, err := (&http.Client{Transport: transport}).Get("https://" + s.udp.String() + "/")
		require.NoError(t, err)
		answers = append(answers, answer)
	}
	s.stop()
	assert.Error(t, <-s.ended)
	for _, answer := range answers {
		body, err := io.ReadAll(answer.Body)
		require.Error(t, err, "%s", body)
		_ = answer.Body.Close()
	}
}
