// Package whose has the marks of a Context by which layers tell a cache whose an answer is,
// where no user's name, header or cookie says it.
package whose

import (
	"context"
	"sync/atomic"
)

// Marks is where they are: a Context.
type Marks interface {
	Get(key any) (value any, exists bool)
	Set(key, value any)
}

type (
	watchKey   struct{}
	privateKey struct{}
)

// Watch is how a cache learns that a layer inside has let the request pass by something that
// not everybody has.
type Watch struct {
	outer    *Watch
	admitted atomic.Bool
}

// Within returns the context of a request whose layers report to w: those that HandleContext
// leads to, and those of another Engine inside, as well.
func (w *Watch) Within(ctx context.Context) context.Context {
	w.outer = watching(ctx)
	return context.WithValue(ctx, watchKey{}, w)
}

func watching(ctx context.Context) *Watch {
	w, _ := ctx.Value(watchKey{}).(*Watch)
	return w
}

// Admit tells the caches outside that a request has passed by a key, a token or the like: who
// has not got it must not get the answer. ctx is the request's.
func Admit(ctx context.Context) {
	for w := watching(ctx); w != nil; w = w.outer {
		w.admitted.Store(true)
	}
}

// Admitted reports whether a layer inside has let the request pass so.
func (w *Watch) Admitted() bool { return w.admitted.Load() }

// SetPrivate notes that the answer is for this client only, whatever its header says.
func SetPrivate(c Marks) { c.Set(privateKey{}, true) }

// IsPrivate reports whether it is.
func IsPrivate(c Marks) bool {
	_, private := c.Get(privateKey{})
	return private
}
