// Package ctxlink has a context that can go on with another one: what somebody waits for
// goes on when the context that it was asked of is put aside. See docs/internals/12-context.md.
package ctxlink

import (
	"context"
	"sync"
	"time"
)

// Link is a context.Context that ends when the one which it follows ends, with its error. It
// has that one's deadline, and the values of the context that it was made of.
type Link struct {
	values context.Context
	done   chan struct{}

	mu       sync.Mutex
	followed context.Context
	stop     func() bool // has the followed one no longer end this
	err      error
	after    map[*func()]struct{} // what AfterFunc was given
	release  func()               // of Cancelable
}

var _ context.Context = (*Link)(nil)

// New returns a Link with the values of a context. It follows nothing yet.
func New(values context.Context) *Link {
	return &Link{values: values, done: make(chan struct{}), followed: context.Background()}
}

// Follow has the Link end with ctx, and no longer with the one that it followed before. If
// it has ended, it stays so.
func (l *Link) Follow(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop != nil {
		l.stop()
	}
	if l.followed = ctx; l.err == nil {
		l.stop = context.AfterFunc(ctx, func() { l.endWith(ctx) })
	}
}

// endWith ends the Link if ctx is the one that it follows.
func (l *Link) endWith(ctx context.Context) {
	l.mu.Lock()
	followed := l.followed == ctx
	l.mu.Unlock()
	if followed {
		l.End(ctx.Err())
	}
}

// End ends the Link with an error.
func (l *Link) End(err error) {
	l.mu.Lock()
	if l.err != nil {
		l.mu.Unlock()
		return
	}
	l.err = err
	close(l.done)
	if l.stop != nil {
		l.stop()
	}
	after, release := l.after, l.release
	l.after = nil
	l.mu.Unlock()
	go func() {
		for f := range after {
			(*f)()
		}
		if release != nil {
			release()
		}
	}()
}

// Cancelable returns a context of package context that ends when the Link does: what is
// derived from something that shows its Done and its values hangs on it alone.
func (l *Link) Cancelable() context.Context {
	ctx, release := context.WithCancel(l)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.release = release
	return ctx
}

// Deadline returns the deadline of the context that is followed.
func (l *Link) Deadline() (time.Time, bool) {
	l.mu.Lock()
	followed := l.followed
	l.mu.Unlock()
	return followed.Deadline()
}

// Done returns the Link's own channel.
func (l *Link) Done() <-chan struct{} { return l.done }

// Err returns the error that the Link has ended with.
func (l *Link) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Value returns a value of the context that the Link was made of.
func (l *Link) Value(key any) any { return l.values.Value(key) }

// AfterFunc calls f when the Link ends, in another goroutine, unless stop is called before.
// By it package context ends what is derived from the Link, with its error.
func (l *Link) AfterFunc(f func()) (stop func() bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		go f()
		return func() bool { return false }
	}
	if l.after == nil {
		l.after = make(map[*func()]struct{})
	}
	l.after[&f] = struct{}{}
	return func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		_, waiting := l.after[&f]
		delete(l.after, &f)
		return waiting
	}
}
