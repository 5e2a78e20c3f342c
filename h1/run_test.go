package h1_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/h1"
)

// TestRunContextEndsWithTheEngine: what has begun is answered, and whoever is told by the Engine
// of its end is told by this server's too.
func TestRunContextEndsWithTheEngine(t *testing.T) {
	engine := dram.New()
	engine.GET("/", func(c *dram.Context) {
		<-c.Stopping()
		c.String(http.StatusOK, "whole")
	})
	addr, told, ended := make(chan string, 1), make(chan struct{}), make(chan error, 1)
	engine.OnListen = func(a net.Addr) { addr <- a.String() }
	engine.OnShutdown(func(context.Context) { close(told) })
	ctx, stop := context.WithCancel(t.Context())
	begun := make(chan struct{})
	srv := h1.Server{Handler: engine, ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateActive {
			close(begun)
		}
	}}
	go func() { ended <- srv.RunContext(ctx, "127.0.0.1:0") }()
	url := "http://" + <-addr + "/"
	go func() {
		<-begun
		stop()
	}()
	res, err := http.Get(url)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, "whole", string(body))
	<-told
	assert.NoError(t, <-ended)
	assert.ErrorIs(t, (&h1.Server{Handler: engine}).Run("127.0.0.1:0"), http.ErrServerClosed, "the Engine has ended")
}

// TestRunOfAnotherHandler: it needs no Engine, and says why it cannot listen.
func TestRunOfAnotherHandler(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	srv := h1.Server{Handler: hello, Addr: "127.0.0.1:0"}
	assert.NoError(t, srv.RunContext(ctx))
	assert.ErrorContains(t, (&h1.Server{Handler: hello}).Run("nowhere:0:0"), "dram: h1: Run: ")
}

// TestRunSpeaksHTTP2AsTheEngineDoes: UseH2C is not lost when this server takes net/http's place.
func TestRunSpeaksHTTP2AsTheEngineDoes(t *testing.T) {
	for _, as := range []struct{ h2c, wrapped bool }{{false, false}, {true, false}, {true, true}} {
		engine := dram.New()
		engine.UseH2C = as.h2c
		engine.GET("/", func(c *dram.Context) { c.String(http.StatusOK, c.Request.Proto) })
		addr, ended := make(chan string, 1), make(chan error, 1)
		engine.OnListen = func(a net.Addr) { addr <- a.String() }
		srv := &h1.Server{Handler: engine}
		if as.wrapped {
			srv.Handler = engine.Handler()
		}
		go func() { ended <- srv.Run("127.0.0.1:0") }()
		transport := &http.Transport{Protocols: new(http.Protocols)}
		transport.Protocols.SetUnencryptedHTTP2(true)
		res, err := (&http.Client{Transport: transport}).Get("http://" + <-addr)
		if as.h2c {
			require.NoError(t, err)
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			assert.Equal(t, "HTTP/2.0", string(body))
		} else {
			assert.Error(t, err)
		}
		transport.CloseIdleConnections()
		require.NoError(t, engine.Shutdown(t.Context()))
		assert.ErrorIs(t, <-ended, http.ErrServerClosed)
	}
}

// TestRunListenerContext: whatever a listener is, it is closed, and its server is one of the Engine's.
func TestRunListenerContext(t *testing.T) {
	listen := func() net.Listener {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		return listener
	}
	t.Run("TLS", func(t *testing.T) {
		like := httptest.NewUnstartedServer(nil)
		like.StartTLS() // for its certificate
		defer like.Close()
		engine := dram.New()
		engine.GET("/", func(c *dram.Context) { c.String(http.StatusOK, c.Request.Proto) })
		listener := tls.NewListener(listen(), &tls.Config{Certificates: like.TLS.Certificates, NextProtos: []string{"h2", "http/1.1"}})
		ended := make(chan error, 1)
		go func() { ended <- (&h1.Server{Handler: engine}).RunListenerContext(t.Context(), listener) }()
		for _, http2 := range []bool{false, true} {
			transport := &http.Transport{TLSClientConfig: like.Client().Transport.(*http.Transport).TLSClientConfig.Clone(), ForceAttemptHTTP2: http2}
			res, err := (&http.Client{Transport: transport}).Get("https://" + listener.Addr().String())
			require.NoError(t, err)
			assert.Equal(t, http2, res.ProtoMajor == 2)
			require.NoError(t, res.Body.Close())
			transport.CloseIdleConnections()
		}
		require.NoError(t, engine.Shutdown(t.Context()))
		assert.NoError(t, <-ended)
	})
	for name, engine := range map[string]bool{"a context that has ended": false, "an Engine that has ended": true} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			srv, listener := h1.Server{Handler: hello}, listen()
			if !engine {
				stop()
			} else {
				ended := dram.New()
				require.NoError(t, ended.Shutdown(t.Context()))
				srv.Handler = ended
			}
			assert.NoError(t, srv.RunListenerContext(ctx, listener))
			_, err := listener.Accept()
			assert.ErrorIs(t, err, net.ErrClosed)
		})
	}
	t.Run("none", func(t *testing.T) {
		var none *net.TCPListener
		for _, listener := range []net.Listener{nil, none} {
			assert.ErrorContains(t, (&h1.Server{Handler: hello}).RunListenerContext(t.Context(), listener), "dram: h1: RunListenerContext: the listener is nil")
		}
	})
}

// TestShutdownTimeout: that of the Server is instead of the Engine's.
func TestShutdownTimeout(t *testing.T) {
	engine := dram.New()
	begun, end := make(chan struct{}), make(chan struct{})
	engine.GET("/", func(c *dram.Context) {
		close(begun)
		<-end
	})
	defer close(end)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	go func() { _, _ = http.Get("http://" + listener.Addr().String()) }()
	go func() {
		<-begun
		stop()
	}()
	engine.ShutdownTimeout = time.Hour
	srv := h1.Server{Handler: engine, ShutdownTimeout: time.Millisecond}
	assert.ErrorIs(t, srv.RunListenerContext(ctx, listener), context.DeadlineExceeded)
}
