package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/dram-go/dram/internal/config"
)

// Life is the life of all servers of one Engine: they serve until it ends, and it
// ends once, by Shutdown or by the end of the context that one of them was run
// with. Then no server accepts anything more, the hooks are called while requests
// drain, and only when all is over do the Run methods return: a main function that
// ends with one of them cuts nothing off that is done in time. The zero value has no servers.
//
//	Run ──► listen ──► Listening ──► Serve ┄┄┄┄┄┄┄┄┄┄┄┄┐
//	                                 Shutdown ──► begin ┼─► drain each group ─┐
//	                                                    └─► call the hooks ───┴─► await the jobs ──► over ──► Run returns
type Life struct {
	// Listening, if set, is told each address before it is served.
	Listening func(net.Addr)
	// Failed, if set, is told each error that is reported.
	Failed func(error)
	// Connection, if set before they are made, is the ConnState of the Engine's servers.
	Connection func(net.Conn, http.ConnState)

	mu      sync.Mutex
	running map[*group]struct{}
	hooks   []*hook
	jobs    map[*job]struct{}
	ending  context.Context // the first Shutdown's; nil until the end begins
	over    chan struct{}   // closed when the first Shutdown has ended
	result  error           // what came of it; to be read after over

	stopping chan struct{} // closed when the end begins; made when it is first asked for
}

// Of is the Life of an Engine, for the servers of contrib and of package h1, with its
// ShutdownTimeout and its UseH2C; nil for anything else. The root package sets it, since this
// one does not know the Engine. It is nil in a program without the root package.
var Of func(engine any) (life *Life, grace time.Duration, h2c bool)

// Watched is the ConnState of one of the Life's servers, with its own one.
func (l *Life) Watched(own func(net.Conn, http.ConnState)) func(net.Conn, http.ConnState) {
	switch {
	case own == nil:
		return l.Connection
	case l.Connection == nil:
		return own
	}
	return func(conn net.Conn, state http.ConnState) {
		l.Connection(conn, state)
		own(conn, state)
	}
}

// Watch has the Life of an Engine told of a server's connections.
func Watch(engine any, server *http.Server) {
	life, _, _ := Of(engine)
	server.ConnState = life.Watched(server.ConnState)
}

// IsOver reports whether the end has begun.
func (l *Life) IsOver() bool { return l.whenOver() != nil }

// Run listens, serves, and returns when all is over: with http.ErrServerClosed, or
// with the reason if a server could not listen or serve, or if requests were cut
// off. When ctx is done the Life ends, within grace (0 or less waits for ever).
// name is the method's name in errors. listen makes the servers; it is not called
// once the end has begun.
//
// When one of several servers fails, all of them are drained, and the Life goes on.
func (l *Life) Run(ctx context.Context, name string, grace time.Duration, listen func() ([]Server, error)) error {
	switch {
	case l.whenOver() != nil:
		return http.ErrServerClosed
	case ctx.Err() != nil:
		return l.closed(name, l.end(ctx, grace))
	}
	if fault := config.TimeFault(max(grace, 0)); fault != "" {
		return l.Fail(name, errors.New("ShutdownTimeout: "+fault))
	}
	servers, err := listen()
	if err != nil {
		return l.Fail(name, err)
	}
	g := &group{servers}
	defer g.close()
	if !l.add(g) {
		return http.ErrServerClosed
	}
	defer l.remove(g)
	defer context.AfterFunc(ctx, func() { _ = l.end(ctx, grace) })()
	if l.Listening != nil {
		for _, server := range servers {
			l.Listening(server.Addr())
		}
	}
	if err := g.serve(ctx, grace, func(err error) error { return l.Fail(name, err) }); err != nil {
		return err
	}
	over := l.whenOver()
	if over == nil { // somebody ends the servers themselves, or a listener says so
		ctx, cancel := within(ctx, grace)
		defer cancel()
		if err := g.drain(ctx); err != nil {
			return l.closed(name, err)
		}
		if over = l.whenOver(); over == nil { // the Life may have ended meanwhile
			return http.ErrServerClosed
		}
	}
	<-over
	return l.closed(name, l.result)
}

// Ended is what a Run method with a context returns for err, which is that of Life.Run.
func Ended(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// closed is what Run returns at the end of a Life of which err came.
func (l *Life) closed(name string, err error) error {
	if err != nil {
		return l.Fail(name, err)
	}
	return http.ErrServerClosed
}

// Fail is the error of a Run method of that name, which Failed is told too.
func (l *Life) Fail(name string, err error) error {
	return l.Report(fmt.Errorf("dram: %s: %w", name, err))
}

// Report is an error that Failed is told too.
func (l *Life) Report(err error) error {
	if l.Failed != nil {
		l.Failed(err)
	}
	return err
}

// Shutdown ends the Life: it drains the servers and calls the hooks, and waits for
// both, then for the jobs, until ctx is done. What is not done by then is cut off, a job
// has its context cancelled, and a hook is left to itself; the error says so. It may be called more than once and at the same
// time, each with its own patience; the first to end says what came of it.
func (l *Life) Shutdown(ctx context.Context) error {
	groups := l.begin(ctx)
	errs := make([]error, len(groups)+1)
	var wait sync.WaitGroup
	for i, g := range groups {
		wait.Go(func() { errs[i] = g.drain(ctx) })
	}
	wait.Go(func() { errs[len(groups)] = l.awaitHooks(ctx) })
	wait.Wait()
	err := errors.Join(append(errs, l.awaitJobs(ctx))...)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.isOver() {
		l.result = err
		close(l.over)
	}
	for j := range l.jobs {
		j.cancel()
	}
	return err
}

// isOver reports whether a Shutdown has ended; l.mu is held.
func (l *Life) isOver() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}

// end is Shutdown within grace, with the values of ctx.
func (l *Life) end(ctx context.Context, grace time.Duration) error {
	ctx, cancel := within(ctx, grace)
	defer cancel()
	return l.Shutdown(ctx)
}

// begin begins the end, if it has not begun yet: no server starts any more, Stopping is
// closed, and the hooks are called. It returns the servers that run.
func (l *Life) begin(ctx context.Context) []*group {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending == nil {
		l.ending, l.over = ctx, make(chan struct{})
		if l.stopping != nil {
			close(l.stopping)
		}
		for _, h := range l.hooks {
			go h.call(ctx, l.Report)
		}
	}
	groups := make([]*group, 0, len(l.running))
	for g := range l.running {
		groups = append(groups, g)
	}
	return groups
}

// add notes servers that start; false if the end has begun.
func (l *Life) add(g *group) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending != nil {
		return false
	}
	if l.running == nil {
		l.running = map[*group]struct{}{}
	}
	l.running[g] = struct{}{}
	return true
}

func (l *Life) remove(g *group) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.running, g)
}

// whenOver is closed when all is over; nil if the end has not begun.
func (l *Life) whenOver() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.over
}
