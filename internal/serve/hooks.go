package serve

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

// This file calls what wants to know of the end: hubs of WebSockets, background
// workers. Whatever the end waits for beside requests belongs here.

// hook is one function that OnShutdown was given.
type hook struct {
	f    func(context.Context)
	done chan struct{} // closed when it has returned
	err  error         // that it panicked; to be read after done
}

// OnShutdown has f called once, in a goroutine of its own, when the end begins: at
// once if it has begun. Its context is that of the first Shutdown.
func (l *Life) OnShutdown(f func(context.Context)) {
	h := &hook{f: f, done: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hooks = append(l.hooks, h)
	if l.ending != nil {
		go h.call(l.ending, l.Report)
	}
}

// call calls the function. A panic is its error, which is reported at once: perhaps
// nobody waits for the hook any more.
func (h *hook) call(ctx context.Context, report func(error) error) {
	defer close(h.done)
	defer func() {
		if p := recover(); p != nil {
			err, ok := p.(error)
			if !ok {
				err = fmt.Errorf("%v", p)
			}
			h.err = fmt.Errorf("the OnShutdown hook %s panicked at %s: %w", h.name(), panicked(), err)
			_ = report(fmt.Errorf("dram: %w", h.err))
		}
	}()
	h.f(ctx)
}

func (h *hook) name() string {
	return runtime.FuncForPC(reflect.ValueOf(h.f).Pointer()).Name()
}

// panicked is the place of the panic that a deferred function has recovered.
func panicked() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for after, more := false, true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		switch {
		case frame.Function == "runtime.gopanic":
			after = true
		case after && !strings.HasPrefix(frame.Function, "runtime."):
			return fmt.Sprintf("%s:%d", frame.File, frame.Line)
		}
	}
	return "an unknown place"
}

// awaitHooks waits for the hooks, those that come meanwhile too, until ctx is done.
func (l *Life) awaitHooks(ctx context.Context) error {
	var errs []error
	for i := 0; ; i++ {
		h := l.hook(i)
		if h == nil {
			return errors.Join(errs...)
		}
		select {
		case <-h.done:
			errs = append(errs, h.err)
			continue
		case <-ctx.Done():
		}
		select {
		case <-h.done:
			errs = append(errs, h.err)
		default:
			errs = append(errs, fmt.Errorf("the OnShutdown hook %s has not returned: %w", h.name(), ctx.Err()))
		}
	}
}

// hook is that of an index, nil behind the last.
func (l *Life) hook(i int) *hook {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i >= len(l.hooks) {
		return nil
	}
	return l.hooks[i]
}
