package h1_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/h1"
	"github.com/dram-go/dram/internal/serve"
)

// This file ends a Server while requests begin, and in the ways of http.Server while it runs.

// slowConn reads late, as on a machine with much to do.
type slowConn struct{ net.Conn }

func (c slowConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		time.Sleep(30 * time.Millisecond)
	}
	return n, err
}

type wrapsEach struct {
	net.Listener
	wrap func(net.Conn) net.Conn
}

func (l wrapsEach) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		conn = l.wrap(conn)
	}
	return conn, err
}

// TestTheEndHandlesNoRequestThatItCannotAnswer: RunContext closes the connections that have sent nothing for
// 200 milliseconds. What has come in that moment may be sent again, and is not handled.
func TestTheEndHandlesNoRequestThatItCannotAnswer(t *testing.T) {
	var handled atomic.Int32
	tcp := listening(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	accepted := make(chan bool, 1)
	srv := h1.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { handled.Add(1) }),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				accepted <- true
			}
		},
	}
	go func() {
		ended <- srv.RunListenerContext(ctx, wrapsEach{tcp, func(c net.Conn) net.Conn { return slowConn{c} }})
	}()
	conn := dialed(t, tcp.Addr().String())
	defer conn.Close()
	<-accepted
	stop()
	time.Sleep(185 * time.Millisecond)
	_, _ = io.WriteString(conn, "POST /pay HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
	answer, _ := io.ReadAll(conn)
	assert.NoError(t, <-ended)
	assert.Equal(t, handled.Load() == 1, len(answer) > 0, "handled %d, answered %q", handled.Load(), answer)
}

// TestShutdownWhileItRuns: the Server's own Shutdown waits for what has begun, under Run as under Serve.
func TestShutdownWhileItRuns(t *testing.T) {
	for name, run := range map[string]func(*h1.Server, net.Listener) error{
		"Serve":              func(s *h1.Server, l net.Listener) error { return s.Serve(l) },
		"RunListenerContext": func(s *h1.Server, l net.Listener) error { return s.RunListenerContext(context.Background(), l) },
	} {
		t.Run(name, func(t *testing.T) {
			begun, ended := make(chan bool), make(chan error, 2)
			srv := &h1.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(begun)
				time.Sleep(100 * time.Millisecond)
				_, _ = io.WriteString(w, "whole")
			})}
			listener := listening(t)
			go func() { ended <- run(srv, listener) }()
			go func() {
				<-begun
				ended <- srv.Shutdown(context.Background())
			}()
			res, err := http.Get("http://" + listener.Addr().String())
			require.NoError(t, err)
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			assert.NoError(t, err)
			assert.Equal(t, "whole", string(text))
			for range 2 {
				if err := <-ended; err != nil {
					assert.ErrorIs(t, err, http.ErrServerClosed)
				}
			}
		})
	}
}

// TestAServerRunsOnce says so the second time.
func TestAServerRunsOnce(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	srv := h1.Server{Handler: hello}
	assert.NoError(t, srv.RunContext(ctx, "127.0.0.1:0"))
	assert.ErrorContains(t, srv.RunContext(ctx, "127.0.0.1:0"), "make another one")
}

// TestHTTP2ThatBeginsAtTheEnd: a connection that was accepted, and speaks HTTP/2 for the first time behind
// Shutdown, is answered, and told that others are not. ConnState is told of its end.
func TestHTTP2ThatBeginsAtTheEnd(t *testing.T) {
	config, client := certified(t)
	client.NextProtos = []string{"h2"}
	for name, end := range map[string]func(*h1.Server) error{
		"Shutdown": func(s *h1.Server) error { return s.Shutdown(context.Background()) }, "Close": func(s *h1.Server) error { return s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var open atomic.Int32
			accepted := make(chan bool, 1)
			srv := &h1.Server{Handler: protoOf, TLSConfig: config, ErrorLog: log.New(io.Discard, "", 0), ConnState: func(_ net.Conn, state http.ConnState) {
				switch state {
				case http.StateNew:
					open.Add(1)
					accepted <- true
				case http.StateClosed:
					open.Add(-1)
				}
			}}
			addr := servedTLS(t, srv)
			conn := dialed(t, addr)
			<-accepted
			ended := make(chan error, 1)
			go func() { ended <- end(srv) }()
			time.Sleep(50 * time.Millisecond)
			secure := tls.Client(conn, client)
			dials := 0
			transport := &http.Transport{ForceAttemptHTTP2: true, DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
				if dials++; dials > 1 {
					return nil, net.ErrClosed
				}
				return secure, nil
			}}
			for i := range 3 { // the second comes with the first
				if i == 2 {
					time.Sleep(300 * time.Millisecond) // until it is told
				}
				res, err := transport.RoundTrip(&http.Request{Method: "GET", URL: &url.URL{Scheme: "https", Host: addr}, Header: http.Header{}})
				if name == "Close" || dials > 1 {
					assert.Error(t, err)
					break
				}
				require.NoError(t, err)
				_ = res.Body.Close()
				assert.Equal(t, 2, res.ProtoMajor)
			}
			assert.Equal(t, name == "Shutdown", dials == 2, "a late request is sent elsewhere")
			assert.NoError(t, <-ended)
			assert.Eventually(t, func() bool { return open.Load() == 0 }, 10*time.Second, time.Millisecond)
		})
	}
}

// TestConnectionsAreHandedOverWhileTheServerEnds is for the race detector.
func TestConnectionsAreHandedOverWhileTheServerEnds(t *testing.T) {
	config, client := certified(t)
	client.NextProtos = []string{"h2"}
	for range 50 {
		srv := &h1.Server{Handler: protoOf, TLSConfig: config, ErrorLog: log.New(io.Discard, "", 0)}
		addr := servedTLS(t, srv)
		shaken := make(chan bool)
		go func() {
			defer close(shaken)
			if conn, err := tls.Dial("tcp", addr, client); err == nil {
				_ = conn.Close()
			}
		}()
		time.Sleep(time.Millisecond)
		assert.NoError(t, srv.Close())
		<-shaken
	}
}

// TestTheEnginesEndIsWaitedFor: it has begun while the Server's own Shutdown still waits for a request.
func TestTheEnginesEndIsWaitedFor(t *testing.T) {
	var told atomic.Bool
	engine, begun := dram.New(), make(chan bool)
	engine.GET("/", func(*dram.Context) {
		close(begun)
		time.Sleep(100 * time.Millisecond)
	})
	engine.OnShutdown(func(context.Context) {
		time.Sleep(300 * time.Millisecond)
		told.Store(true)
	})
	ctx, stop := context.WithCancel(t.Context())
	srv, listener, ended := &h1.Server{Handler: engine}, listening(t), make(chan error, 1)
	go func() { ended <- srv.RunListenerContext(ctx, listener) }()
	go func() { _, _ = http.Get("http://" + listener.Addr().String()) }()
	<-begun
	go func() { _ = srv.Shutdown(context.Background()) }()
	time.Sleep(30 * time.Millisecond)
	stop()
	assert.NoError(t, <-ended)
	assert.True(t, told.Load(), "OnShutdown has not returned")
}

// TestARefusedUploadBehindAProxy: the proxy's read of the body is cut short at the end of the answer, and the
// client, which sends on, reads the answer before its connection is reset.
func TestARefusedUploadBehindAProxy(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "large", http.StatusRequestEntityTooLarge) }))
	defer service.Close()
	to, err := url.Parse(service.URL)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, ErrorLog: log.New(io.Discard, "", 0)}
	addr, _ := started(t, ours, proxy)
	var clients sync.WaitGroup
	for range 30 {
		c := dialed(t, addr)
		clients.Go(func() {
			_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
			began := time.Now()
			for part := make([]byte, 64<<10); ; {
				_, err := c.Write(part)
				if took := time.Since(began); err != nil || took > 300*time.Millisecond {
					assert.True(t, err == nil || took > 400*time.Millisecond, "%v after %v", err, took)
					return
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	clients.Wait()
}

// TestOneEndIsToldOnce: a function that closes a channel would end the process the second time.
func TestOneEndIsToldOnce(t *testing.T) {
	runs := map[string]func(srv *h1.Server, l net.Listener) error{
		"Serve":              func(srv *h1.Server, l net.Listener) error { return srv.Serve(l) },
		"RunListenerContext": func(srv *h1.Server, l net.Listener) error { return srv.RunListenerContext(t.Context(), l) },
	}
	for name, run := range runs {
		for _, inContext := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, in the context: %t", name, inContext), func(t *testing.T) {
				var told atomic.Int32
				srv := &h1.Server{}
				srv.Handler = http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
					var found server = srv
					if inContext {
						found = req.Context().Value(http.ServerContextKey).(*http.Server)
					}
					found.RegisterOnShutdown(func() { told.Add(1) })
					go found.Shutdown(context.Background())
				})
				listener := listening(t)
				ended := make(chan error, 1)
				go func() { ended <- run(srv, listener) }()
				res, err := http.Get("http://" + listener.Addr().String())
				require.NoError(t, err)
				_ = res.Body.Close()
				<-ended
				assert.Eventually(t, func() bool { return told.Load() > 0 }, time.Second, time.Millisecond)
				time.Sleep(50 * time.Millisecond)
				assert.EqualValues(t, 1, told.Load())
			})
		}
	}
}

// TestShutdownWhileItRunsAnswersWhatWasAccepted: the connection has sent nothing when the Server's own Shutdown begins.
func TestShutdownWhileItRunsAnswersWhatWasAccepted(t *testing.T) {
	patientForTheLastRequest(t)
	listener, accepted, ended := listening(t), make(chan bool, 1), make(chan error, 2)
	srv := &h1.Server{Handler: protoOf, ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			accepted <- true
		}
	}}
	go func() { ended <- srv.RunListenerContext(t.Context(), listener) }()
	conn := dialed(t, listener.Addr().String())
	<-accepted
	go func() { ended <- srv.Shutdown(context.Background()) }()
	time.Sleep(20 * time.Millisecond)
	_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	assert.NoError(t, err)
	assert.Contains(t, string(answer), "200 OK")
	assert.NoError(t, <-ended)
	assert.NoError(t, <-ended)
}

// patientForTheLastRequest has the end of a server wait for a machine that is busy as well.
func patientForTheLastRequest(t *testing.T) {
	before := serve.SetLastRequest(time.Minute)
	t.Cleanup(func() { serve.SetLastRequest(before) })
}

// TestTheEndAnswersConnectionsThatAreKept: what comes on them in time is answered, as the last of its connection.
func TestTheEndAnswersConnectionsThatAreKept(t *testing.T) {
	patientForTheLastRequest(t)
	ctx, stop := context.WithCancel(t.Context())
	srv, listener, ended := &h1.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a") })}, listening(t), make(chan error, 1)
	go func() { ended <- srv.RunListenerContext(ctx, listener) }()
	conn := dialed(t, listener.Addr().String())
	answers := bufio.NewReader(conn)
	ask := func() *http.Response {
		_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nonce")
		require.NoError(t, err)
		answer, err := http.ReadResponse(answers, nil)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, answer.Body)
		require.NoError(t, err)
		return answer
	}
	assert.False(t, ask().Close)
	stop()
	time.Sleep(20 * time.Millisecond)
	assert.True(t, ask().Close)
	assert.NoError(t, <-ended)
}
