package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/serve"
)

// pipes is a listener in memory, whose time synctest knows.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	over   atomic.Bool
	err    error // of the first Close
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	if p.over.Swap(true) {
		return net.ErrClosed
	}
	close(p.closed)
	return p.err
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

// dial is a client's connection, which the server has accepted.
func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	synctest.Wait()
	return client
}

// ask sends a request, and returns the status of the answer, 0 for none.
func ask(conn net.Conn) int {
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return 0
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// How long an end takes, and what a client that the server has accepted gets for a request
// that it sends some time after.
func TestShutdownWaitsForFirstRequests(t *testing.T) {
	const none = time.Hour
	for name, tt := range map[string]struct {
		before  int           // requests before the end
		after   time.Duration // when it sends one
		status  int
		atLeast time.Duration
		atMost  time.Duration
	}{
		"one that comes soon":                    {0, 50 * time.Millisecond, 200, 50 * time.Millisecond, 70 * time.Millisecond},
		"one that comes last":                    {0, 199 * time.Millisecond, 200, 199 * time.Millisecond, 250 * time.Millisecond},
		"none":                                   {0, none, 0, 200 * time.Millisecond, 250 * time.Millisecond},
		"one that comes too late":                {0, 201 * time.Millisecond, 0, 200 * time.Millisecond, 250 * time.Millisecond},
		"one of a connection that had some":      {2, 50 * time.Millisecond, 200, 50 * time.Millisecond, 70 * time.Millisecond},
		"the last of a connection that had some": {2, 199 * time.Millisecond, 200, 199 * time.Millisecond, 250 * time.Millisecond},
		"none of a connection that had some":     {2, none, 0, 200 * time.Millisecond, 250 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				listener := newPipes()
				s := serve.HTTP(t.Context(), &http.Server{Handler: echo}, listener, (*http.Server).Serve)
				served := make(chan error, 1)
				go func() { served <- s.Serve() }()
				conn := listener.dial()
				defer conn.Close()
				for range tt.before {
					require.Equal(t, 200, ask(conn))
				}
				synctest.Wait()

				status := make(chan int, 1)
				go func() {
					time.Sleep(tt.after)
					status <- ask(conn)
				}()
				began := time.Now()
				assert.NoError(t, s.Shutdown(t.Context()))
				took := time.Since(began)
				assert.GreaterOrEqual(t, took, tt.atLeast)
				assert.LessOrEqual(t, took, tt.atMost)
				assert.Equal(t, tt.status, <-status)
				assert.Same(t, http.ErrServerClosed, <-served)
			})
		})
	}
}

func TestShutdownOfWhoHasNoPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := newPipes()
		s := serve.HTTP(t.Context(), &http.Server{Handler: echo}, listener, (*http.Server).Serve)
		go func() { _ = s.Serve() }()
		conn := listener.dial()
		defer conn.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		began := time.Now()
		_ = s.Shutdown(ctx)
		assert.Equal(t, 10*time.Millisecond, time.Since(began))
		assert.NoError(t, s.Shutdown(t.Context()), "another has more")
	})
}

// A listener's own error is told at the end, once, and Serve does not return before.
func TestShutdownTellsThatTheListenerDoesNotClose(t *testing.T) {
	oh := errors.New("oh")
	listener := newPipes()
	listener.err = oh
	s := serve.HTTP(t.Context(), &http.Server{}, listener, (*http.Server).Serve)
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	assert.ErrorIs(t, s.Shutdown(t.Context()), oh)
	assert.Same(t, http.ErrServerClosed, <-served)
}

// The client begins its handshake only when the end has begun, and sends its request some
// time after; with HTTP/2 after the preface, too.
func TestShutdownWaitsForHandshakes(t *testing.T) {
	certificates := httptest.NewUnstartedServer(nil)
	certificates.StartTLS()
	defer certificates.Close()
	const preface, settings = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	for proto, tt := range map[string]struct{ hello, welcome, request, answer string }{
		"http/1.1": {"", "", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\n"},
		"h2": {
			preface + settings, "\x00\x00\x00\x04\x01\x00\x00\x00\x00", // they are acknowledged
			"\x00\x00\x06\x01\x05\x00\x00\x00\x01\x82\x87\x84\x41\x01x", // HEADERS: GET, https, /, x
			"\x01\x04\x00\x00\x00\x01\x88",                              // HEADERS: 200
		},
	} {
		t.Run(proto, func(t *testing.T) {
			// Not by synctest: HTTP/2 of Go 1.25 has channels that outlive a test.
			defer serve.SetLastRequest(serve.SetLastRequest(time.Minute))
			listener, config := newPipes(), certificates.TLS.Clone()
			config.NextProtos = []string{"h2", "http/1.1"}
			s := serve.HTTP(t.Context(), &http.Server{Handler: echo, TLSConfig: config}, listener,
				func(s *http.Server, l net.Listener) error { return s.ServeTLS(l, "", "") })
			go func() { _ = s.Serve() }()
			conn, accepted := net.Pipe()
			listener.conns <- accepted
			ended := make(chan error, 1)
			go func() { ended <- s.Shutdown(t.Context()) }()
			<-listener.closed

			secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{proto}})
			require.NoError(t, secure.Handshake())
			_, err := io.WriteString(secure, tt.hello)
			require.NoError(t, err)
			readUntil(t, secure, tt.welcome)
			time.Sleep(20 * time.Millisecond) // a way through a network
			_, err = io.WriteString(secure, tt.request)
			require.NoError(t, err)
			readUntil(t, secure, tt.answer)
			_ = conn.Close()
			assert.NoError(t, <-ended)
		})
	}
}

// readUntil reads until some bytes have come.
func readUntil(t *testing.T, from io.Reader, want string) {
	t.Helper()
	var all []byte
	for buf := make([]byte, 4096); !bytes.Contains(all, []byte(want)); {
		n, err := from.Read(buf)
		all = append(all, buf[:n]...)
		require.NoError(t, err, "%q", all)
	}
}

func BenchmarkConnState(b *testing.B) {
	server := &http.Server{}
	serve.HTTP(b.Context(), server, newPipes(), (*http.Server).Serve)
	other, conn := net.Pipe()
	for name, silent := range map[string]bool{"none is silent": false, "another is silent": true} {
		b.Run(name, func(b *testing.B) {
			if silent {
				server.ConnState(other, http.StateNew)
			}
			b.ReportAllocs()
			for b.Loop() {
				server.ConnState(conn, http.StateActive)
				server.ConnState(conn, http.StateIdle)
			}
		})
	}
}
