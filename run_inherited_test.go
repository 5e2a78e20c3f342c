package dram_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// inheritEnv has the test program be a service: it prints what it was given, and serves it.
const inheritEnv = "DRAM_TEST_INHERIT"

// inherits is main of that service.
func inherits() error {
	listeners, names, err := dram.InheritedListeners()
	if err != nil {
		return err
	}
	fmt.Println(len(listeners), strings.Join(names, " "))
	again, _, err := dram.InheritedListeners()
	left, _ := exec.Command("sh", "-c", "env | grep ^LISTEN_; ls -l /proc/self/fd 2>&1 | grep socket").Output()
	fmt.Printf("again %d %v, for children %q\n", len(again), err, left)
	if len(listeners) == 0 {
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	engine := helloEngine()
	engine.GET("/stop", func(*dram.Context) { stop() })
	return engine.RunListenerContext(ctx, listeners...)
}

// One Engine on several listeners, which are closed in any case.
func TestRunListenerContext(t *testing.T) {
	listen := func() net.Listener {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		return listener
	}
	first, second := listen(), listen()
	ctx, stop := context.WithCancel(t.Context())
	engine := helloEngine()
	r := start(t, engine, func() error { return engine.RunListenerContext(ctx, first, second) })
	for _, listener := range []net.Listener{first, second} {
		assert.Equal(t, "HTTP/1.1 127.0.0.1", get(t, &http.Transport{DisableKeepAlives: true}, "http://"+listener.Addr().String()))
	}
	stop()
	assert.NoError(t, r.result(t))

	third := listen()
	assert.NoError(t, engine.RunListenerContext(t.Context(), third), "the Engine has ended")
	_, err := third.Accept()
	assert.ErrorIs(t, err, net.ErrClosed)

	fourth := listen()
	err = dram.New().RunListenerContext(t.Context(), fourth, nil)
	assert.ErrorContains(t, err, "dram: RunListenerContext: the listener is nil")
	_, err = fourth.Accept()
	assert.ErrorIs(t, err, net.ErrClosed)
	assert.ErrorContains(t, dram.New().RunListenerContext(t.Context()), "dram: RunListenerContext: there is no listener")
}

func TestRunServerContextOfAServerWithoutAHandlerIsTheEngines(t *testing.T) {
	engine := dram.New()
	engine.GET("/", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	ctx, stop := context.WithCancel(t.Context())
	addr := make(chan string, 1)
	engine.OnListen = func(a net.Addr) { addr <- a.String() }
	ended := make(chan error, 1)
	go func() { ended <- engine.RunServerContext(ctx, &http.Server{Addr: "127.0.0.1:0"}, nil) }()
	res, err := http.Get("http://" + <-addr + "/")
	require.NoError(t, err)
	assert.Equal(t, http.StatusNoContent, res.StatusCode)
	stop()
	assert.NoError(t, <-ended)
}

func TestRunServerContextTellsOfAServerThatIsOver(t *testing.T) {
	engine := dram.New()
	server := engine.Server("127.0.0.1:0")
	require.NoError(t, server.Close())
	assert.ErrorIs(t, engine.RunServerContext(t.Context(), server, nil), http.ErrServerClosed)
}

func TestRunServerContext(t *testing.T) {
	assert.ErrorContains(t, dram.New().RunServerContext(t.Context(), nil, nil), "dram: RunServerContext: the server is nil")
	engine := dram.New()
	var none *net.TCPListener
	assert.ErrorContains(t, engine.RunServerContext(t.Context(), engine.Server(""), none), "dram: RunServerContext: the listener is nil")
	assert.ErrorContains(t, engine.RunServerContext(t.Context(), engine.Server("nowhere:0:0"), nil), "nowhere:0:0")

	began, let := make(chan struct{}), make(chan struct{})
	engine.GET("/", func(c *dram.Context) {
		close(began)
		<-let
		c.String(http.StatusOK, "whole")
	})
	server := engine.Server("127.0.0.1:0")
	server.MaxHeaderBytes = 1 << 10
	var states atomic.Int32
	server.ConnState = func(net.Conn, http.ConnState) { states.Add(1) }
	addr := make(chan string, 1)
	engine.OnListen = func(a net.Addr) { addr <- a.String() }
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- engine.RunServerContext(ctx, server, nil) }()
	url := "http://" + <-addr + "/"

	req, _ := http.NewRequest("GET", url, nil)
	req.Header.Set("X-Large", strings.Repeat("x", 8<<10))
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, res.StatusCode, "the server's own limit")
	require.NoError(t, res.Body.Close())

	go func() {
		<-began
		stop()
		close(let)
	}()
	res, err = http.Get(url)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	assert.NoError(t, err)
	assert.Equal(t, "whole", string(body), "what has begun is answered")
	require.NoError(t, res.Body.Close())
	assert.NoError(t, <-ended)
	assert.NotZero(t, states.Load())

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	assert.NoError(t, engine.RunServerContext(t.Context(), engine.Server(""), listener), "the Engine has ended")
	_, err = listener.Accept()
	assert.ErrorIs(t, err, net.ErrClosed)
}

// A server with limits of its own ends as RunContext does.
func ExampleEngine_RunServerContext() {
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "hello") })
	server := r.Server("127.0.0.1:0")
	server.MaxHeaderBytes = 64 << 10
	server.ReadTimeout = time.Minute
	ctx, stop := context.WithCancel(context.Background()) // a real program has signal.NotifyContext
	r.OnListen = func(net.Addr) { stop() }
	fmt.Println(r.RunServerContext(ctx, server, nil))
	// Output: <nil>
}

func ExampleEngine_RunListenerContext() {
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "hello") })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background()) // a real program has signal.NotifyContext
	r.OnListen = func(net.Addr) { stop() }
	fmt.Println(r.RunListenerContext(ctx, listener))
	// Output: <nil>
}

// Under a service manager the program serves on its sockets, otherwise on an address.
func ExampleInheritedListeners() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := dram.Default()
	sockets, _, err := dram.InheritedListeners()
	switch {
	case err != nil:
	case len(sockets) > 0:
		err = r.RunListenerContext(ctx, sockets...)
	default:
		err = r.RunContext(ctx, "127.0.0.1:8080")
	}
	if err != nil {
		log.Fatal(err)
	}
}
