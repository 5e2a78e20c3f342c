package dram_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dram-go/dram"
	serving "github.com/dram-go/dram/internal/serve"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type ctxKey struct{}

// slowEngine has a handler that waits for release, or for its context.
type slowEngine struct {
	*dram.Engine
	arrived, release chan struct{}
	cancelled        atomic.Bool
	value            atomic.Value
}

func newSlowEngine() *slowEngine {
	s := &slowEngine{Engine: dram.New(), arrived: make(chan struct{}, 8), release: make(chan struct{})}
	s.GET("/slow", func(c *dram.Context) {
		s.value.Store([]any{c.Value(ctxKey{})})
		s.arrived <- struct{}{}
		select {
		case <-s.release:
		case <-c.Done():
			s.cancelled.Store(true)
		}
		c.String(200, "done")
	})
	return s
}

// request starts a request and waits until the handler has it.
func (s *slowEngine) request(t *testing.T, r running) <-chan string {
	t.Helper()
	answer := make(chan string, 1)
	go func() {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		res, err := client.Get("http://" + r.addr.String() + "/slow")
		if err != nil {
			answer <- "error: " + err.Error()
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		answer <- string(body)
	}()
	<-s.arrived
	return answer
}

// refuses waits until the server accepts nothing more, though it has not returned.
func (r running) refuses(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", r.addr.String())
		if err == nil {
			conn.Close()
		}
		return err != nil
	}, patience, time.Millisecond, "new connections are refused")
	assert.Empty(t, r.done, "it waits for the request")
}

func TestRunContextDrains(t *testing.T) {
	engine := newSlowEngine()
	ctx, stop := context.WithCancel(context.WithValue(context.Background(), ctxKey{}, "value"))
	r := start(t, engine.Engine, func() error { return engine.RunContext(ctx, "127.0.0.1:0") })
	answer := engine.request(t, r)
	assert.Equal(t, []any{"value"}, engine.value.Load(), "requests have the values of the context")
	stop()
	r.refuses(t)
	assert.False(t, engine.cancelled.Load(), "a request in flight is not cancelled")
	close(engine.release)
	assert.Equal(t, "done", <-answer)
	assert.NoError(t, r.result(t))
}

// They have connected, and have not sent a request when the end begins. They have 200 ms for it:
// a machine that was busy for longer says nothing, and is asked again.
func TestRunContextRefusesATimeWithoutAUnit(t *testing.T) {
	engine := dram.New()
	engine.ShutdownTimeout = 30
	err := engine.RunContext(t.Context(), "127.0.0.1:0")
	assert.ErrorContains(t, err, "ShutdownTimeout: 30ns is less than a millisecond")
}

func TestRunContextAnswersThoseThatItHasAccepted(t *testing.T) {
	for range 20 {
		answered, took := acceptedAtTheEnd(t, 20)
		if answered == 20 {
			return
		}
		require.Greater(t, took, 100*time.Millisecond, "answered: %d of 20", answered)
	}
	t.Skip("the machine was busy each time")
}

// For a client a connection that waits in the queue of the socket is open. The system resets it when the
// listener is closed.
func TestTheEndAnswersWhatWaitsInTheQueueOfTheSocket(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ending := make(chan struct{})
	busy := &busyListener{listener.(*net.TCPListener), ending, sync.OnceFunc(func() { close(ending) })}
	engine := helloEngine()
	ctx, stop := context.WithCancel(t.Context())
	r := start(t, engine, func() error { return engine.RunListenerContext(ctx, busy) })
	var conns []net.Conn
	for range 20 {
		conn, err := net.Dial("tcp", r.addr.String())
		require.NoError(t, err)
		defer conn.Close()
		_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		conns = append(conns, conn)
	}
	stop()
	for _, conn := range conns {
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		assert.Equal(t, 200, res.StatusCode)
		assert.NoError(t, res.Body.Close())
	}
	assert.NoError(t, r.result(t))
}

// A program may keep its socket: its listener's Close does nothing, and the next Engine accepts by it.
func TestAListenerThatIsKeptAcceptsForTheNextEngine(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	for range 2 {
		engine := helloEngine()
		ctx, stop := context.WithCancel(t.Context())
		r := start(t, engine, func() error { return engine.RunListenerContext(ctx, &keptListener{listener.(*net.TCPListener)}) })
		get(t, &http.Transport{DisableKeepAlives: true}, "http://"+r.addr.String())
		stop()
		assert.NoError(t, r.result(t))
	}
}

// An Accept may take a deadline for a fault that passes, as http.Server does: it does not hold the end up.
func TestAnAcceptThatTriesAgainDoesNotHoldUpTheEnd(t *testing.T) {
	defer serving.SetLastRequest(serving.SetLastRequest(patience))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	engine := helloEngine()
	ctx, stop := context.WithCancel(t.Context())
	r := start(t, engine, func() error { return engine.RunListenerContext(ctx, &stubbornListener{listener.(*net.TCPListener)}) })
	get(t, &http.Transport{DisableKeepAlives: true}, "http://"+r.addr.String())
	began := time.Now()
	stop()
	assert.NoError(t, r.result(t))
	assert.Less(t, time.Since(began), patience/6, "less than ShutdownTimeout")
}

type stubbornListener struct{ *net.TCPListener }

func (l *stubbornListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.TCPListener.Accept()
		if timeout, ok := err.(net.Error); !ok || !timeout.Timeout() {
			return conn, err
		}
		time.Sleep(time.Millisecond)
	}
}

type keptListener struct{ *net.TCPListener }

func (keptListener) Close() error { return nil }

// busyListener accepts nothing until the end has begun, as if all processors were busy.
type busyListener struct {
	*net.TCPListener
	ending chan struct{}
	end    func()
}

func (l *busyListener) Accept() (net.Conn, error) {
	<-l.ending
	return l.TCPListener.Accept()
}

func (l *busyListener) SetDeadline(d time.Time) error {
	defer l.end()
	return l.TCPListener.SetDeadline(d)
}

// acceptedAtTheEnd returns how many of n connections that were accepted before the end of an Engine are answered,
// and how long it took.
func acceptedAtTheEnd(t *testing.T, n int) (answered int, took time.Duration) {
	engine := helloEngine()
	ctx, stop := context.WithCancel(t.Context())
	r := start(t, engine, func() error { return engine.RunContext(ctx, "127.0.0.1:0") })
	var conns []net.Conn
	for range n {
		conn, err := net.Dial("tcp", r.addr.String())
		require.NoError(t, err)
		defer conn.Close()
		conns = append(conns, conn)
	}
	get(t, &http.Transport{DisableKeepAlives: true}, "http://"+r.addr.String()) // they were accepted before it
	ending := make(chan struct{})
	engine.OnShutdown(func(context.Context) { close(ending) })
	began := time.Now()
	stop()
	<-ending
	for _, conn := range conns {
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") // one that fails is not answered
	}
	for _, conn := range conns {
		if res, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
			assert.Equal(t, 200, res.StatusCode)
			_ = res.Body.Close()
			answered++
		}
	}
	took = time.Since(began)
	assert.NoError(t, r.result(t))
	return answered, took
}

func TestRunContextCutsOffWhatDoesNotEnd(t *testing.T) {
	for name, run := range map[string]func(context.Context, *dram.Engine) error{
		"RunContext": func(ctx context.Context, r *dram.Engine) error { return r.RunContext(ctx, "127.0.0.1:0") },
		"RunServerContext": func(ctx context.Context, r *dram.Engine) error {
			return r.RunServerContext(ctx, r.Server("127.0.0.1:0"), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			engine := newSlowEngine()
			engine.ShutdownTimeout = time.Millisecond
			ctx, stop := context.WithCancel(context.Background())
			r := start(t, engine.Engine, func() error { return run(ctx, engine.Engine) })
			answer := engine.request(t, r)
			stop()
			err := r.result(t)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.ErrorContains(t, err, "dram: "+name+": requests were cut off after ")
			assert.Contains(t, <-answer, "error: ")
			assert.Eventually(t, engine.cancelled.Load, patience, time.Millisecond, "its context tells the handler")
		})
	}
}

// The body of a request that nobody reads keeps net/http from seeing that the
// connection is gone: only the base context reaches the handler.
func TestRunContextCancelsRequestsWithUnreadBodies(t *testing.T) {
	arrived, over := make(chan struct{}), make(chan struct{})
	engine := dram.New()
	engine.ShutdownTimeout = time.Millisecond
	engine.POST("/", func(c *dram.Context) {
		close(arrived)
		<-c.Done()
		close(over)
	})
	ctx, stop := context.WithCancel(context.Background())
	r := start(t, engine, func() error { return engine.RunContext(ctx, "127.0.0.1:0") })
	conn, err := net.Dial("tcp", r.addr.String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nsome")
	require.NoError(t, err)
	<-arrived
	stop()
	assert.ErrorIs(t, r.result(t), context.DeadlineExceeded)
	select {
	case <-over:
	case <-time.After(patience):
		assert.Fail(t, "the handler was never told")
	}
}

func TestShutdownTellsHijackedConnections(t *testing.T) {
	arrived, over := make(chan struct{}), make(chan struct{})
	engine := dram.New()
	engine.GET("/", func(c *dram.Context) {
		conn, _, err := c.Writer.Hijack()
		if !assert.NoError(t, err) {
			return
		}
		defer conn.Close()
		close(arrived)
		<-c.Done()
		close(over)
	})
	r := start(t, engine, func() error { return engine.Run("127.0.0.1:0") })
	conn, err := net.Dial("tcp", r.addr.String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	<-arrived
	require.NoError(t, engine.Shutdown(context.Background()), "it is not waited for")
	select {
	case <-over:
	case <-time.After(patience):
		assert.Fail(t, "the handler was never told")
	}
}

func TestRunContextWithoutTimeoutWaits(t *testing.T) {
	engine := newSlowEngine()
	engine.ShutdownTimeout = 0
	ctx, stop := context.WithCancel(context.Background())
	r := start(t, engine.Engine, func() error { return engine.RunContext(ctx, "127.0.0.1:0") })
	answer := engine.request(t, r)
	stop()
	r.refuses(t)
	close(engine.release)
	assert.Equal(t, "done", <-answer)
	assert.NoError(t, r.result(t))
}

func TestRunContextThatIsDoneAlready(t *testing.T) {
	engine := dram.New()
	engine.OnListen = func(net.Addr) { t.Error("it must not listen") }
	assert.NoError(t, engine.RunContext(cancelled(), "127.0.0.1:0"))
}

func TestRunContextEndsCleanlyByShutdown(t *testing.T) {
	engine := helloEngine()
	r := start(t, engine, func() error { return engine.RunContext(context.Background(), "127.0.0.1:0") })
	require.NoError(t, engine.Shutdown(context.Background()))
	assert.NoError(t, r.result(t))
	assert.NoError(t, engine.RunContext(context.Background(), "127.0.0.1:0"), "it cannot run again")
}

// Run returns when the drain has ended, so that main may end with it.
func TestRunWaitsForTheDrain(t *testing.T) {
	engine := newSlowEngine()
	r := start(t, engine.Engine, func() error { return engine.Run("127.0.0.1:0") })
	answer := engine.request(t, r)
	shutdown := make(chan error, 1)
	go func() { shutdown <- engine.Shutdown(context.Background()) }()
	r.refuses(t)
	close(engine.release)
	assert.Equal(t, "done", <-answer)
	assert.NoError(t, <-shutdown)
	assert.Same(t, http.ErrServerClosed, r.result(t))
}

func TestShutdownWithoutPatience(t *testing.T) {
	engine := newSlowEngine()
	r := start(t, engine.Engine, func() error { return engine.Run("127.0.0.1:0") })
	answer := engine.request(t, r)
	err := engine.Shutdown(cancelled())
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "dram: Shutdown: requests were cut off")
	assert.Contains(t, <-answer, "error: ")
	assert.ErrorIs(t, r.result(t), context.Canceled)
	assert.NoError(t, engine.Shutdown(context.Background()), "there is nothing left")
}

func TestTwoShutdownsAtOnceHaveEachTheirPatience(t *testing.T) {
	engine := newSlowEngine()
	r := start(t, engine.Engine, func() error { return engine.Run("127.0.0.1:0") })
	answer := engine.request(t, r)
	patient := make(chan error, 1)
	go func() { patient <- engine.Shutdown(context.Background()) }()
	assert.ErrorIs(t, engine.Shutdown(cancelled()), context.Canceled, "it does not wait for the other")
	assert.NoError(t, <-patient, "nothing is left to wait for")
	<-answer
	<-r.done
}

func TestShutdownBeforeRun(t *testing.T) {
	engine := dram.New()
	engine.OnListen = func(net.Addr) { t.Error("it must not listen") }
	require.NoError(t, engine.Shutdown(context.Background()))
	assert.Same(t, http.ErrServerClosed, engine.Run("127.0.0.1:0"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	assert.Same(t, http.ErrServerClosed, engine.RunListener(listener))
	_, err = net.Dial("tcp", listener.Addr().String())
	assert.Error(t, err, "the listener is closed in any case")
}

// However Shutdown and the start of a server meet, neither hangs.
func TestShutdownWhileRunStarts(t *testing.T) {
	for range 50 {
		engine := dram.New()
		done := make(chan error, 1)
		go func() { done <- engine.Run("127.0.0.1:0") }()
		require.NoError(t, engine.Shutdown(context.Background()))
		select {
		case err := <-done:
			require.Same(t, http.ErrServerClosed, err)
		case <-time.After(patience):
			require.Fail(t, "Run hangs")
		}
	}
}

func TestShutdownFromOnListen(t *testing.T) {
	engine := dram.New()
	engine.OnListen = func(net.Addr) { assert.NoError(t, engine.Shutdown(context.Background())) }
	assert.Same(t, http.ErrServerClosed, engine.Run("127.0.0.1:0"))
}

func TestServersOfPackagesLearnTheLifeOfTheEngine(t *testing.T) {
	r := dram.New()
	r.ShutdownTimeout, r.UseH2C = 7*time.Second, true
	life, timeout, h2c := serving.Of(r)
	assert.NotNil(t, life)
	assert.Equal(t, 7*time.Second, timeout)
	assert.True(t, h2c)
	life, timeout, h2c = serving.Of(http.NotFoundHandler())
	assert.Nil(t, life)
	assert.Zero(t, timeout)
	assert.False(t, h2c)
}
