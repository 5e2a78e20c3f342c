package http3_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	h3 "github.com/quic-go/quic-go/http3"
	"github.com/quic-go/quic-go/quicvarint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/http3"
)

// An HTTP/3 server ends in the same ways as its Engine.
func TestEndsWithTheEngine(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, engine *dram.Engine){
		"Shutdown": func(t *testing.T, engine *dram.Engine) {
			assert.NoError(t, engine.Shutdown(context.Background()))
		},
		"the end of RunContext's context": func(t *testing.T, engine *dram.Engine) {
			ctx, stop := context.WithCancel(context.Background())
			engine.OnListen = func(net.Addr) { stop() }
			assert.NoError(t, engine.RunContext(ctx, "127.0.0.1:0"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			started, release := make(chan struct{}, 2), make(chan struct{})
			s := serve(t, http3.Config{}, func(r *dram.Engine) {
				r.GET("/slow", func(c *dram.Context) {
					started <- struct{}{}
					<-release
					c.String(http.StatusOK, "done %v", c.Err())
				})
				r.OnShutdown(func(context.Context) { close(release) })
			})
			answers := make(chan string, 2)
			go func() { _, body := fetch(t, s.overUDP, s.udp, "/slow"); answers <- body }()
			go func() { _, body := fetch(t, s.overTCP, s.tcp, "/slow"); answers <- body }()
			<-started
			<-started
			end(t, s.engine)
			assert.Equal(t, "done <nil>", <-answers)
			assert.Equal(t, "done <nil>", <-answers)
			assert.NoError(t, <-s.ended)
			_, err := net.Dial("tcp", s.tcp.String())
			assert.Error(t, err, "nobody listens any more")
			assert.NoError(t, http3.Serve(context.Background(), s.engine, http3.Config{TLSConfig: &tls.Config{}}), "it cannot run again")
			assert.Same(t, http.ErrServerClosed, http3.Run(s.engine, "127.0.0.1:0", "no.pem", "no.key"))
		})
	}
}

func TestHeadersAreLimitedOnBothSides(t *testing.T) {
	s := serve(t, http3.Config{MaxHeaderBytes: 8 << 10}, hello)
	for name, side := range map[string]struct {
		client *http.Client
		addr   net.Addr
	}{"TCP": {s.overTCP, s.tcp}, "UDP": {s.overUDP, s.udp}} {
		t.Run(name, func(t *testing.T) {
			fetch(t, side.client, side.addr, "/")
			req, err := http.NewRequest(http.MethodGet, "https://"+side.addr.String()+"/", nil)
			require.NoError(t, err)
			req.Header.Set("X-Long", strings.Repeat("x", 64<<10))
			resp, err := side.client.Do(req)
			if err == nil { // or the client knows the limit from the server's settings
				_ = resp.Body.Close()
				assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, resp.StatusCode)
			}
			fetch(t, side.client, side.addr, "/")
		})
	}
}

// dial returns a connection for HTTP/3 frames written by hand.
func (s *running) dial(t *testing.T) *quic.Conn {
	t.Helper()
	config := s.overUDP.Transport.(*h3.Transport).TLSClientConfig.Clone()
	config.NextProtos = []string{h3.NextProtoH3}
	conn, err := quic.DialAddr(context.Background(), s.udp.String(), config, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.CloseWithError(0, "") })
	return conn
}

// unfinished returns a request that goes no further.
func unfinished(t *testing.T, conn *quic.Conn, start string) *quic.Stream {
	t.Helper()
	stream, err := conn.OpenStream()
	require.NoError(t, err)
	_, err = io.WriteString(stream, start)
	require.NoError(t, err)
	return stream
}

func TestUnfinishedHeadersEnd(t *testing.T) {
	defer http3.SetReadHeaderTimeout(20 * time.Millisecond)()
	s := serve(t, http3.Config{QUICOnly: true}, func(r *dram.Engine) {
		r.POST("/", func(c *dram.Context) {
			body, err := io.ReadAll(c.Request.Body)
			c.String(http.StatusOK, "%s %v", body, err)
		})
	})
	conn := s.dial(t)
	for name, start := range map[string]string{
		"half a frame":     "\x01",
		"half of a header": "\x01\x40\x20\x00\x00\xd1",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := unfinished(t, conn, start).Read(make([]byte, 1))
			var reset *quic.StreamError
			require.ErrorAs(t, err, &reset)
			assert.Equal(t, quic.StreamErrorCode(h3.ErrCodeRequestIncomplete), reset.ErrorCode)
		})
	}
	t.Run("a body may take longer", func(t *testing.T) {
		body, write := io.Pipe()
		answer := make(chan string)
		go func() {
			defer close(answer)
			resp, err := s.overUDP.Post("https://"+s.udp.String()+"/", "text/plain", body)
			if assert.NoError(t, err) {
				defer resp.Body.Close()
				text, _ := io.ReadAll(resp.Body)
				answer <- string(text)
			}
		}()
		_, _ = io.WriteString(write, "slow ")
		_, err := unfinished(t, conn, "\x01").Read(make([]byte, 1)) // as long as a header may take
		assert.Error(t, err)
		_, _ = io.WriteString(write, "body")
		_ = write.Close()
		assert.Equal(t, "slow body <nil>", <-answer)
	})
}

// A header of a few kilobytes can unpack to many times as much (RFC 9204 section 7.3): the
// limit is for what it unpacks to.
//
// quic-go, GO-2025-4233 (CVE-2025-64702): no bound on what a header unpacks to.
func TestHeadersThatUnpackToMuchAreRefused(t *testing.T) {
	served := make(chan int, 1)
	s := serve(t, http3.Config{QUICOnly: true, MaxHeaderBytes: 8 << 10}, func(r *dram.Engine) {
		r.GET("/", func(c *dram.Context) { served <- len(c.Request.Header["X-Xss-Protection"]) })
	})
	conn := s.dial(t)
	for times, want := range map[int]bool{50: true, 200: false, 8000: false} {
		// GET https://x/, and a field of the static table, a byte each, of 77 bytes.
		block := "\x00\x00\xd1\xd7\xc1\x50\x01x" + strings.Repeat("\xfe", times)
		stream := unfinished(t, conn, string(quicvarint.Append([]byte{1}, uint64(len(block))))+block)
		_ = stream.Close() // unless the server wants no more of it
		answer, err := io.ReadAll(stream)
		require.NoError(t, err)
		assert.NotEmpty(t, answer)
		if want {
			assert.Equal(t, times, <-served)
		}
		assert.Empty(t, served)
	}
}

// What comes late while the server ends is refused before anybody has looked at it, and says
// so: the client may send it again, elsewhere (RFC 9114 section 4.1.1).
func TestRequestsDuringTheEndMayBeRepeated(t *testing.T) {
	defer http3.SetReadHeaderTimeout(time.Second)()
	started, release := make(chan struct{}), make(chan struct{})
	s := serve(t, http3.Config{QUICOnly: true}, func(r *dram.Engine) {
		r.GET("/slow", func(c *dram.Context) { close(started); <-release; c.String(http.StatusOK, "done") })
	})
	answer := make(chan string)
	go func() { _, body := fetch(t, s.overUDP, s.udp, "/slow"); answer <- body }()
	conn := s.dial(t)
	<-started
	s.stop()
	<-dram.CreateTestContextOnly(httptest.NewRecorder(), s.engine).Stopping()
	var reset *quic.StreamError
	require.Eventually(t, func() bool {
		_, err := unfinished(t, conn, "\x01").Read(make([]byte, 1))
		return errors.As(err, &reset) && reset.ErrorCode == quic.StreamErrorCode(h3.ErrCodeRequestRejected)
	}, time.Minute, time.Millisecond)
	close(release)
	assert.Equal(t, "done", <-answer)
	assert.NoError(t, <-s.ended)
}

// Its client would wait for ever, and its stream would be lost to the connection.
func TestARequestEndsWithTheGoroutineOfItsHandler(t *testing.T) {
	s := serve(t, http3.Config{QUICOnly: true}, func(r *dram.Engine) {
		r.GET("/", func(*dram.Context) { runtime.Goexit() })
		r.GET("/half", func(c *dram.Context) { _, _ = c.Writer.WriteString("half"); c.Writer.Flush(); runtime.Goexit() })
	})
	s.overUDP.Timeout = 20 * time.Second
	for _, path := range []string{"/", "/half"} {
		answer, err := s.overUDP.Get("https://" + s.udp.String() + path)
		if err == nil {
			_, err = io.ReadAll(answer.Body)
			_ = answer.Body.Close()
		}
		var reset *h3.Error
		require.ErrorAs(t, err, &reset)
		assert.Equal(t, h3.ErrCodeInternalError, reset.ErrorCode)
	}
	s.stop()
	assert.NoError(t, <-s.ended)
}

// Who connects again and again would fill the memory.
func TestConnectionsThatHaveEndedAreNotKept(t *testing.T) {
	s := serve(t, http3.Config{QUICOnly: true}, hello)
	config := s.overUDP.Transport.(*h3.Transport).TLSClientConfig
	inUse := func() uint64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before := inUse()
	for range 1000 {
		transport := &h3.Transport{TLSClientConfig: config}
		fetch(t, &http.Client{Transport: transport}, s.udp, "/")
		require.NoError(t, transport.Close())
	}
	assert.Eventually(t, func() bool { return inUse() < before+500<<10 }, 30*time.Second, 100*time.Millisecond, "half a kilobyte for each")
}

// slowConn delays what the server sends, so that a handshake takes long.
type slowConn struct {
	net.PacketConn
	ready <-chan struct{}
}

func (c *slowConn) ReadFrom(p []byte) (int, net.Addr, error) {
	<-c.ready
	return c.PacketConn.ReadFrom(p)
}

// ticketCache reports when a ticket has arrived.
type ticketCache struct {
	tls.ClientSessionCache
	came chan struct{}
}

func (c *ticketCache) Put(key string, state *tls.ClientSessionState) {
	c.ClientSessionCache.Put(key, state)
	if state != nil {
		c.came <- struct{}{}
	}
}

// early sends a request in the first flight of a new connection, with the ticket
// of the one before.
func (s *running) early(t *testing.T, config *tls.Config, method string) (status int, body string) {
	t.Helper()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer packets.Close()
	while, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	transport := &quic.Transport{Conn: &slowConn{packets, while.Done()}}
	defer transport.Close()
	conn, err := transport.DialEarly(context.Background(), s.udp, config, nil)
	require.NoError(t, err)
	defer func() { _ = conn.CloseWithError(0, "") }()
	stream, err := new(h3.Transport).NewClientConn(conn).OpenRequestStream(context.Background())
	require.NoError(t, err)
	req, err := http.NewRequest(method, "https://"+s.udp.String()+"/", nil)
	require.NoError(t, err)
	require.NoError(t, stream.SendRequestHeader(req))
	require.NoError(t, stream.Close())
	resp, err := stream.ReadResponse()
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	<-config.ClientSessionCache.(*ticketCache).came // for the next connection: one ticket, one use
	return resp.StatusCode, string(text)
}

// What comes before the handshake is complete may be a replay. On a slow machine a
// handshake may be complete before its first request is looked at: then it is none.
func TestEarlyDataDoesNoHarm(t *testing.T) {
	s := serve(t, http3.Config{QUICOnly: true, EarlyData: true}, func(r *dram.Engine) {
		r.Any("/", func(c *dram.Context) { c.String(http.StatusOK, "early %v", !c.Request.TLS.HandshakeComplete) })
	})
	config := s.overUDP.Transport.(*h3.Transport).TLSClientConfig.Clone()
	config.NextProtos = []string{h3.NextProtoH3}
	tickets := &ticketCache{tls.NewLRUClientSessionCache(1), make(chan struct{}, 1000)}
	config.ClientSessionCache = tickets
	first, err := quic.DialAddr(context.Background(), s.udp.String(), config, nil)
	require.NoError(t, err)
	<-tickets.came
	_ = first.CloseWithError(0, "")
	for _, tt := range []struct {
		method string
		status int
		body   string
	}{
		{"GET", 200, "early true"},
		{"OPTIONS", 200, "early true"},
		{"POST", 425, "Too Early\n"},
		{"DELETE", 425, "Too Early\n"},
		{"PATCH", 425, "Too Early\n"},
		{"QUERY", 425, "Too Early\n"},
	} {
		t.Run(tt.method, func(t *testing.T) {
			for range 100 {
				status, body := s.early(t, config, tt.method)
				if status == tt.status && body == tt.body {
					return
				}
				require.Equal(t, "early false", body, "only after the handshake")
			}
			assert.Fail(t, "no request was ever early")
		})
	}
	resp, err := s.overUDP.Post("https://"+s.udp.String()+"/", "text/plain", strings.NewReader("x"))
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, http.StatusOK, resp.StatusCode, "after the handshake nothing is too early")
}
