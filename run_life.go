package dram

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/dram-go/dram/internal/serve"
)

// This file is what a program may say to the life of an Engine's servers: Shutdown
// ends it, OnShutdown is told of the end. The life itself is in internal/serve;
// the servers of contrib take part in it.
// See docs/internals/06-listen.md.

func init() {
	serve.Of = func(handler any) (*serve.Life, time.Duration, bool) {
		if engine, ok := serve.Within(handler).(*Engine); ok {
			return &engine.life, engine.ShutdownTimeout, engine.UseH2C
		}
		return nil, 0, false
	}
}

// Shutdown ends the Engine, that is all servers that its Run methods started, and
// those that contrib/http3 and contrib/autotls started for it: they stop accepting
// connections at once, the functions of OnShutdown are called, connections that are
// open have 200 milliseconds to send a request, which is the last of its connection, and requests
// in flight are waited for until ctx is done. Those that are not done by then are cut
// off: their contexts are cancelled, their connections closed, and the error, which
// wraps ctx's, says so. Connections that a handler hijacked (WebSockets) are not
// waited for: they are left to their handlers, whose requests' contexts are
// cancelled when all else is done. Last, the jobs of Context.Go are waited for.
//
// An Engine that has ended cannot run again: Run returns http.ErrServerClosed at
// once.
func (engine *Engine) Shutdown(ctx context.Context) error {
	if err := engine.life.Shutdown(ctx); err != nil {
		return fmt.Errorf("dram: Shutdown: %w", err)
	}
	return nil
}

// OnShutdown registers f to be called when the Engine begins to shut down: by
// Shutdown, with or without a server, or because the context of RunContext is done.
// It is for whatever keeps requests open, such as a hub of WebSockets, and for
// background workers. Close what requests in flight still need, such as a database,
// after the Run method has returned.
//
// The functions are called once each, all at the same time, each in its own
// goroutine, while requests drain. Shutdown and the Run methods wait for f until ctx
// is done, which is that of Shutdown or ends after ShutdownTimeout; the error then
// names f. An f that panics is named in the error too, and does not keep anything
// else from ending. An f that waits for Shutdown would wait for itself. If the
// shutdown has already begun, f is called at once. A Run method that fails does not
// end the Engine.
func (engine *Engine) OnShutdown(f func(ctx context.Context)) {
	if f == nil {
		panic("dram: OnShutdown: the function is nil; pass one that closes what the program holds")
	}
	engine.life.OnShutdown(f)
}

// listening tells an address that is about to be served.
func (engine *Engine) listening(addr net.Addr) {
	engine.debugPrint("Listening and serving on %s (%s)", addr, addr.Network())
	if engine.OnListen != nil {
		engine.OnListen(addr)
	}
}
