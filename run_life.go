package dram

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// This file is the life of the servers that the Run methods start: they serve
// until their context is done or the Engine is shut down, drain, and only then
// let Run return, so that a main function which ends with Run cuts nothing off.

// serverState is the servers of an Engine. The zero value has none.
type serverState struct {
	mu      sync.Mutex
	running map[*runningServer]struct{}
	closed  bool // Shutdown was called: no server starts any more
}

// serveFunc serves on a listener: http.Server's Serve, or what RunTLS does. It is
// handed down rather than chosen by a switch, so that a program without TLS does
// not link the server's half of crypto/tls.
type serveFunc func(*http.Server, net.Listener) error

// runningServer is one server from its start to the end of its drain.
type runningServer struct {
	*http.Server
	cancel  context.CancelFunc // cancels the contexts of its requests
	once    sync.Once
	drained chan struct{} // closed when the drain has ended
	err     error         // what came of the drain; to be read after drained
}

// Shutdown ends all servers that the Run methods of this Engine started: they
// stop accepting connections at once, and requests in flight are waited for
// until ctx is done. Those that are not done by then are cut off: their
// contexts are cancelled, their connections closed, and the error, which wraps
// ctx's, says so. Connections that a handler hijacked (WebSockets) are not waited
// for: they are left to their handlers, whose requests' contexts are cancelled
// when all else is done.
//
// An Engine that was shut down cannot run again: Run returns
// http.ErrServerClosed at once.
func (engine *Engine) Shutdown(ctx context.Context) error {
	servers := engine.server.close()
	errs := make([]error, len(servers))
	var wait sync.WaitGroup
	for i, server := range servers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if err := server.drain(ctx); err != nil {
				errs[i] = fmt.Errorf("dram: Shutdown: %w", err)
			}
		}()
	}
	wait.Wait()
	return errors.Join(errs...)
}

// serve serves on listener until the server fails, ctx is done or the Engine is
// shut down.
func (engine *Engine) serve(ctx context.Context, method string, listener net.Listener, serve serveFunc) error {
	if listener == nil {
		return engine.runError(method, errors.New("the listener is nil"))
	}
	defer listener.Close()
	server := engine.newRunningServer(ctx)
	defer server.cancel()
	if !engine.server.add(server) {
		return http.ErrServerClosed
	}
	defer engine.server.remove(server)
	stopWatching := context.AfterFunc(ctx, func() { engine.drainInTime(server) })
	defer stopWatching()

	engine.debugPrint("Listening and serving on %s (%s)", listener.Addr(), listener.Addr().Network())
	if engine.OnListen != nil {
		engine.OnListen(listener.Addr())
	}
	err := serve(server.Server, listener)
	if !errors.Is(err, http.ErrServerClosed) {
		_ = server.Close() // what is open would never be drained
		return engine.runError(method, err)
	}
	<-server.drained
	if server.err != nil {
		return engine.runError(method, server.err)
	}
	return http.ErrServerClosed
}

// newRunningServer makes a server whose requests have the values of ctx, but
// not its end.
func (engine *Engine) newRunningServer(ctx context.Context) *runningServer {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	server := &runningServer{Server: engine.Server(""), cancel: cancel, drained: make(chan struct{})}
	server.BaseContext = func(net.Listener) context.Context { return base }
	return server
}

// drainInTime drains a server within ShutdownTimeout.
func (engine *Engine) drainInTime(server *runningServer) {
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	if engine.ShutdownTimeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, engine.ShutdownTimeout)
	}
	defer cancel()
	_ = server.drain(ctx) // serve returns it
}

// drain ends the server: gently, or by force when ctx is done first. It may be
// called more than once and at the same time, each with its own patience; the
// first to end says what came of it.
func (server *runningServer) drain(ctx context.Context) error {
	start := time.Now()
	err := server.Shutdown(ctx)
	if err != nil && ctx.Err() != nil {
		_ = server.Close()
		server.cancel()
		err = fmt.Errorf("requests were cut off after %v of shutting down: %w", time.Since(start).Round(time.Millisecond), err)
	}
	server.once.Do(func() {
		server.err = err
		close(server.drained)
	})
	return err
}

// add notes a server that starts; false if the Engine was shut down.
func (state *serverState) add(server *runningServer) bool {
	state.mu.Lock()
	defer state.mu.Unlock()
	if state.closed {
		return false
	}
	if state.running == nil {
		state.running = map[*runningServer]struct{}{}
	}
	state.running[server] = struct{}{}
	return true
}

func (state *serverState) remove(server *runningServer) {
	state.mu.Lock()
	defer state.mu.Unlock()
	delete(state.running, server)
}

func (state *serverState) isClosed() bool {
	state.mu.Lock()
	defer state.mu.Unlock()
	return state.closed
}

// close lets no further server start, and returns those that run.
func (state *serverState) close() []*runningServer {
	state.mu.Lock()
	defer state.mu.Unlock()
	state.closed = true
	servers := make([]*runningServer, 0, len(state.running))
	for server := range state.running {
		servers = append(servers, server)
	}
	return servers
}
