package dram_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// Over HTTP/1.0 the end of the connection is that of a body without a length: proxies that speak
// it, nginx by default, would pass half an answer on as a whole one.
func TestHalfAnAnswerOverHTTP10IsReset(t *testing.T) {
	r := dram.New()
	r.Use(dram.Recovery())
	r.GET("/half", func(c *dram.Context) {
		c.String(200, "half")
		c.Writer.Flush()
		panic("broken")
	})
	r.GET("/abort", func(c *dram.Context) {
		c.String(200, "half")
		c.Writer.Flush()
		panic(http.ErrAbortHandler)
	})
	r.GET("/late", func(c *dram.Context) {
		c.String(200, "half")
		c.Writer.Flush()
		c.Header("Content-Length", "10")
		panic("broken")
	})
	r.GET("/held", func(c *dram.Context) { c.String(200, "held"); panic("broken") })
	r.GET("/reader", func(c *dram.Context) {
		c.DataFromReader(200, -1, "text/plain", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF)), nil)
	})
	r.GET("/bodiless", func(c *dram.Context) { c.Status(204); c.Writer.Flush(); panic("broken") })
	r.GET("/whole", func(c *dram.Context) { c.String(200, "whole"); c.Writer.Flush() })
	for _, secure := range []bool{false, true} {
		s := httptest.NewUnstartedServer(r)
		if secure {
			s.StartTLS()
		} else {
			s.Start()
		}
		defer s.Close()
		ask := func(path string) (string, error) {
			conn, err := net.Dial("tcp", s.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			if secure {
				conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
			}
			fmt.Fprintf(conn, "GET %s HTTP/1.0\r\n\r\n", path)
			text, err := io.ReadAll(conn)
			return string(text), err
		}
		for _, path := range []string{"/half", "/abort", "/late"} {
			_, err := ask(path)
			assert.Error(t, err, "%s %v", path, secure)
		}
		// net/http has sent nothing of these yet: no status makes a proxy take them for whole.
		for _, path := range []string{"/held", "/reader"} {
			text, err := ask(path)
			assert.Empty(t, text, "%s %v", path, secure)
			assert.Error(t, err, "%s %v", path, secure)
		}
		if !secure {
			text, err := ask("/bodiless")
			assert.NoError(t, err, "nothing is missing from it")
			assert.Contains(t, text, " 204 ")
		}
		text, err := ask("/whole")
		assert.NoError(t, err, secure)
		assert.Contains(t, text, "whole")
	}
}

// sent is a connection to r on which a request was sent.
func (r running) sent(t *testing.T, request string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr.String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	return conn
}

// A server whose patience with an answer is over does not end it as if it were whole.
func TestShutdownResetsWhatIsLeft(t *testing.T) {
	for _, wrap := range []func(net.Listener) net.Listener{
		func(l net.Listener) net.Listener { return l },
		func(l net.Listener) net.Listener { return wrapping{l} },
	} {
		r := dram.New()
		began, ended := make(chan struct{}), make(chan struct{})
		r.GET("/", func(c *dram.Context) {
			c.String(200, "half")
			c.Writer.Flush()
			close(began)
			<-ended
		})
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		server := start(t, r, func() error { return r.RunListener(wrap(listener)) })
		conn := server.sent(t, "GET / HTTP/1.0\r\n\r\n")
		<-began
		assert.Error(t, r.Shutdown(cancelled()))
		text, err := io.ReadAll(conn)
		assert.Contains(t, string(text), "half")
		assert.Error(t, err)
		close(ended)
	}
}

// Nor does the engine that nobody recovers in: net/http closes the connection.
func TestHalfAnAnswerOfAPanicIsResetWithoutRecovery(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		c.String(200, "half")
		c.Writer.Flush()
		panic(http.ErrAbortHandler)
	})
	server := start(t, r, func() error { return r.Run("127.0.0.1:0") })
	_, err := io.ReadAll(server.sent(t, "GET / HTTP/1.0\r\n\r\n"))
	assert.Error(t, err)
}

// Each mode ends a request its own way.
func TestAWholeAnswerOverHTTP10IsNotReset(t *testing.T) {
	for _, mode := range []string{dram.TestMode, dram.ReleaseMode} {
		t.Run(mode, func(t *testing.T) {
			inMode(t, mode)
			r := dram.New()
			r.GET("/", func(c *dram.Context) { c.String(200, strings.Repeat("x", 200_000)); c.Writer.Flush() })
			server := start(t, r, func() error { return r.Run("127.0.0.1:0") })
			text, err := io.ReadAll(server.sent(t, "GET / HTTP/1.0\r\n\r\n"))
			assert.NoError(t, err)
			assert.Greater(t, len(text), 200_000)
		})
	}
}

// What was written whole arrives whole, though the server has lost its patience with the handler.
func TestShutdownLosesNoAnswerThatIsWritten(t *testing.T) {
	r := dram.New()
	text := strings.Repeat("x", 200_000)
	written, ended := make(chan struct{}), make(chan struct{})
	r.GET("/", func(c *dram.Context) {
		c.Header("Content-Length", strconv.Itoa(len(text)))
		c.String(200, text)
		c.Writer.Flush()
		close(written)
		<-ended
	})
	server := start(t, r, func() error { return r.Run("127.0.0.1:0") })
	conn := server.sent(t, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-written
	assert.Error(t, r.Shutdown(cancelled())) // the connection is closed, and the client has read nothing
	answer, err := io.ReadAll(conn)
	assert.NoError(t, err)
	assert.Contains(t, string(answer), text)
	close(ended)
}

// A connection that is handed over, or that somebody else answers on, is not reset.
func TestConnectionsOfOthersAreNotReset(t *testing.T) {
	text := strings.Repeat("x", 3_000_000)
	inner := dram.New()
	inner.GET("/", func(c *dram.Context) { c.String(200, "half"); c.Writer.Flush(); panic("broken") })
	r := dram.New()
	r.GET("/tunnel", func(c *dram.Context) {
		c.Writer.WriteHeaderNow()
		conn, _, err := c.Writer.Hijack()
		if assert.NoError(t, err) {
			_, _ = io.WriteString(conn, text)
			_ = conn.Close()
		}
	})
	r.GET("/recorded", func(c *dram.Context) {
		func() {
			defer func() { _ = recover() }()
			req := c.Request.Clone(c.Request.Context())
			req.URL.Path = "/"
			inner.ServeHTTP(httptest.NewRecorder(), req)
		}()
		c.Header("Content-Length", strconv.Itoa(len(text)))
		c.String(200, text)
	})
	r.GET("/replaced", func(c *dram.Context) {
		c.Writer.Flush()
		c.Request = c.Request.WithContext(context.Background())
		conn, _, err := c.Writer.Hijack()
		if assert.NoError(t, err) {
			_, _ = io.WriteString(conn, text)
			_ = conn.Close()
		}
	})
	r.GET("/buffered", dram.WrapMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			b := &buffering{ResponseWriter: w}
			next.ServeHTTP(b, req)
			w.Header().Set("Content-Length", strconv.Itoa(b.body.Len()))
			_, _ = w.Write(b.body.Bytes())
		})
	}), func(c *dram.Context) { c.String(200, text) })
	server := start(t, r, func() error { return r.Run("127.0.0.1:0") })
	for _, path := range []string{"/tunnel", "/recorded", "/replaced", "/buffered"} {
		conn := server.sent(t, "GET "+path+" HTTP/1.0\r\n\r\n")
		time.Sleep(20 * time.Millisecond) // the client is slow
		answer, err := io.ReadAll(conn)
		assert.NoError(t, err, path)
		assert.Contains(t, string(answer), text, path)
	}
}

// buffering is a writer that holds the body back.
type buffering struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (b *buffering) WriteHeader(int)             {}
func (b *buffering) Write(p []byte) (int, error) { return b.body.Write(p) }
func (b *buffering) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// wrapping is a listener whose connections are wrapped.
type wrapping struct{ net.Listener }

func (l wrapping) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return struct{ *net.TCPConn }{conn.(*net.TCPConn)}, nil
}
