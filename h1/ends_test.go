package h1_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/h1"
)

// This file ends servers that run in the life of an Engine in several ways at once: this one, and one of net/http.

// runner makes a server of an Engine's, and what runs it.
type runner func(engine *dram.Engine, patience time.Duration) (server, func(context.Context, net.Listener) error)

// runs are the ways to run one of an Engine's.
var runs = map[string]runner{
	"h1": func(engine *dram.Engine, patience time.Duration) (server, func(context.Context, net.Listener) error) {
		srv := &h1.Server{Handler: engine, ShutdownTimeout: patience}
		return srv, srv.RunListenerContext
	},
	"net/http": func(engine *dram.Engine, patience time.Duration) (server, func(context.Context, net.Listener) error) {
		engine.ShutdownTimeout = patience
		srv := engine.Server("")
		return srv, func(ctx context.Context, l net.Listener) error { return engine.RunServerContext(ctx, srv, l) }
	},
}

// waiting is an Engine whose handler waits until it may end.
func waiting() (engine *dram.Engine, begun chan bool, may chan bool) {
	engine, begun, may = dram.New(), make(chan bool, 1), make(chan bool)
	engine.GET("/", func(c *dram.Context) {
		begun <- true
		<-may
		c.String(http.StatusOK, "whole")
	})
	return engine, begun, may
}

// requested asks, and returns what it gets.
func requested(listener net.Listener) chan string {
	got := make(chan string, 1)
	go func() {
		res, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			got <- err.Error()
			return
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		got <- string(text)
	}()
	return got
}

// TestTwoEndsAreToldOnce: a program that ends its server when the context ends that it runs with. A function that
// closes a channel would end the process the second time.
func TestTwoEndsAreToldOnce(t *testing.T) {
	for name, run := range runs {
		for _, order := range []string{"its own first", "at once", "the context first", "long before"} {
			if name == "net/http" && order != "its own first" {
				continue // which tells at each Shutdown
			}
			t.Run(name+", "+order, func(t *testing.T) {
				engine, begun, may := waiting()
				srv, serve := run(engine, time.Minute)
				var times atomic.Int32
				told := make(chan bool, 2)
				srv.RegisterOnShutdown(func() {
					times.Add(1)
					told <- true
				})
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				listener, ended := listening(t), make(chan error, 2)
				go func() { ended <- serve(ctx, listener) }()
				got := requested(listener)
				<-begun
				own := func() { ended <- srv.Shutdown(context.Background()) }
				switch order {
				case "its own first":
					go own()
					<-told
					stop()
				case "at once":
					go own()
					stop()
				case "the context first":
					stop()
					time.Sleep(time.Millisecond)
					go own()
				case "long before":
					stop()
					<-told
					go own()
				}
				time.Sleep(50 * time.Millisecond)
				close(may)
				assert.Equal(t, "whole", <-got)
				assert.NoError(t, <-ended)
				assert.NoError(t, <-ended)
				assert.EqualValues(t, 1, times.Load())
			})
		}
	}
}

// TestWhoeverClosesDoesNotWait: neither for a handler that never ends, nor because a Shutdown does.
func TestWhoeverClosesDoesNotWait(t *testing.T) {
	for name, run := range runs {
		for _, first := range []bool{false, true} {
			if name == "net/http" && first {
				continue // it tells nobody
			}
			engine, begun, may := waiting()
			defer close(may)
			srv, serve := run(engine, -1)
			listener, ended := listening(t), make(chan error, 1)
			go func() { ended <- serve(t.Context(), listener) }()
			requested(listener)
			<-begun
			if first {
				go func() { _ = srv.Shutdown(context.Background()) }()
				time.Sleep(20 * time.Millisecond)
			}
			_ = srv.Close()
			select {
			case err := <-ended:
				if err != nil {
					assert.ErrorIs(t, err, http.ErrServerClosed, name)
				}
			case <-time.After(10 * time.Second):
				t.Fatal(name, "waits")
			}
		}
	}
}

// breaksDown is a listener that fails when it is told to.
type breaksDown struct {
	net.Listener
	fails chan bool
}

func (l breaksDown) Accept() (net.Conn, error) {
	type accepted struct {
		conn net.Conn
		err  error
	}
	next := make(chan accepted, 1)
	go func() {
		conn, err := l.Listener.Accept()
		next <- accepted{conn, err}
	}()
	select {
	case a := <-next:
		return a.conn, a.err
	case <-l.fails:
		return nil, errors.New("the listener is broken")
	}
}

// TestAListenerThatFailsCutsNothing: what it has accepted is answered.
func TestAListenerThatFailsCutsNothing(t *testing.T) {
	for name, run := range runs {
		engine, begun, may := waiting()
		_, serve := run(engine, time.Minute)
		listener, ended := breaksDown{listening(t), make(chan bool)}, make(chan error, 1)
		go func() { ended <- serve(t.Context(), listener) }()
		got := requested(listener)
		<-begun
		close(listener.fails)
		time.AfterFunc(50*time.Millisecond, func() { close(may) })
		assert.Equal(t, "whole", <-got, name)
		assert.ErrorContains(t, <-ended, "the listener is broken", name)
	}
}

// noKey is a connection that cannot be a key of a map.
type noKey struct {
	net.Conn
	_ []string
}

// TestConnectionsThatCannotBeKeys are served, and end.
func TestConnectionsThatCannotBeKeys(t *testing.T) {
	for name, run := range runs {
		engine, begun, may := waiting()
		close(may)
		_, serve := run(engine, time.Minute)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		listener, ended := listening(t), make(chan error, 1)
		go func() {
			ended <- serve(ctx, wrapsEach{listener, func(c net.Conn) net.Conn { return noKey{Conn: c} }})
		}()
		assert.Equal(t, "whole", <-requested(listener), name)
		<-begun
		stop()
		assert.NoError(t, <-ended)
	}
}

// TestAHandlerThatEndsItsGoroutine ends the request, as one that panics: t.FailNow in a handler does that.
func TestAHandlerThatEndsItsGoroutine(t *testing.T) {
	ended := make(chan bool)
	addr, _ := started(t, ours, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		context.AfterFunc(r.Context(), func() { close(ended) })
		runtime.Goexit()
	}))
	conn := dialed(t, addr)
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
	text, _ := io.ReadAll(conn)
	assert.Empty(t, text)
	<-ended
}

// TestABodyThatWasOfferedAndComes: a client that has asked whether to send its body, and sends it without waiting,
// reads the answer behind it. A machine that was busy for longer than the servers read on says nothing, and is asked again.
func TestABodyThatWasOfferedAndComes(t *testing.T) {
	for name, kind := range map[string]maker{"net/http": netHTTP, "h1": ours} {
		for try := 1; ; try++ {
			text, took, err := offered(t, kind)
			if took < 300*time.Millisecond || try == 20 {
				require.NoError(t, err, name)
				assert.Contains(t, text, "HTTP/1.1 401 Unauthorized\r\n", name)
				break
			}
		}
	}
}

// offered sends a body in parts to a server that answers without reading it, and returns the answer, and how long that took.
func offered(t *testing.T, kind maker) (text string, took time.Duration, err error) {
	addr, _ := started(t, kind, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
	}))
	conn := dialed(t, addr)
	began := time.Now()
	_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\n")
	for range 10 {
		if err == nil {
			time.Sleep(10 * time.Millisecond)
			_, err = conn.Write(make([]byte, 10000))
		}
	}
	took = time.Since(began)
	if err != nil {
		return "", took, err
	}
	answer, err := io.ReadAll(conn)
	return string(answer), took, err
}

// TestALateWriteDoesNotWaitForABody that is read so that the connection can be kept.
func TestALateWriteDoesNotWaitForABody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, kept := newWire(), make(chan http.ResponseWriter, 1)
		srv := &h1.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { kept <- w })}
		go func() { _ = srv.Serve(newOneListener(c)) }()
		c.send([]byte("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello"), false)
		w := <-kept
		synctest.Wait()
		for name, late := range map[string]func() error{
			"Write":    func() error { _, err := w.Write([]byte("LATE")); return err },
			"Flush":    http.NewResponseController(w).Flush,
			"ReadFrom": func() error { _, err := w.(io.ReaderFrom).ReadFrom(http.NoBody); return err },
			"Hijack":   func() error { _, _, err := w.(http.Hijacker).Hijack(); return err },
		} {
			began := time.Now()
			assert.Error(t, late(), name)
			assert.Zero(t, time.Since(began), name)
		}
		c.send(nil, true)
		time.Sleep(time.Minute)
		_ = srv.Close()
	})
}

// TestAfterADeadlineTheAnswerIsRead by a client that still sends.
func TestAfterADeadlineTheAnswerIsRead(t *testing.T) {
	for _, length := range []string{"60000", "1000000"} {
		for _, reads := range []bool{false, true} {
			addr, _ := started(t, ours, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = r.Body.Read(make([]byte, 1))
				_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
				if reads {
					_, err := io.Copy(io.Discard, r.Body)
					assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
				}
				w.WriteHeader(http.StatusServiceUnavailable)
			}))
			conn := dialed(t, addr)
			_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "+length+"\r\n\r\n")
			require.NoError(t, err)
			for began := time.Now(); time.Since(began) < 300*time.Millisecond; time.Sleep(time.Millisecond) {
				_, err := io.WriteString(conn, "x")
				require.NoError(t, err)
			}
			text, err := io.ReadAll(conn)
			require.NoError(t, err)
			assert.Contains(t, string(text), "HTTP/1.1 503 ")
		}
	}
}
