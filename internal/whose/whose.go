// Package whose is how layers tell the caches around them whose an answer is, where no header and
// no cookie says it. They report to what a cache has put into the context of the request, so that it
// knows at once, and from another Context and another Engine inside as well. What a cache inside has to
// know of the layers outside it finds among the keys of its Context.
// See docs/adr/0020-a-cache-asks-on-a-context-of-its-own.md.
package whose

import (
	"context"
	"reflect"
	"sync/atomic"
)

type (
	watchKey   struct{}
	privateKey struct{}
)

// Watch is what a cache has been told of the answer to a request.
type Watch struct {
	outer          *Watch
	users, private atomic.Bool
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

// Admit tells the caches outside that a request is that of a user, or has passed by a key, a token or
// the like: who is not that user, or has not got it, must not get the answer. ctx is the request's.
func Admit(ctx context.Context) {
	for w := watching(ctx); w != nil; w = w.outer {
		w.users.Store(true)
	}
}

// IsUsers reports whether the answer is that of a user, or of those who were let pass.
func (w *Watch) IsUsers() bool { return w.users.Load() }

// IsPrivate reports whether the answer is for this client only.
func (w *Watch) IsPrivate() bool { return w.private.Load() }

// IsSomebody reports whether what a layer has stored for the user is one, of whatever type, and not
// the nil, the "" or the 0 of a visitor.
func IsSomebody(user any) bool { return user != nil && !reflect.ValueOf(user).IsZero() }

// Keys are the keys of a Context. Those of a Context inside are copies of them.
type Keys interface {
	Get(key any) (value any, exists bool)
	Set(key, value any)
}

// Private is the mark of a layer by which it says that an answer is for this client only, whatever
// its header says. It may be set from several goroutines.
type Private struct {
	ctx context.Context
	set atomic.Bool
}

// NewPrivate puts the mark among the keys, for the caches inside. ctx is the request's.
func NewPrivate(ctx context.Context, keys Keys) *Private {
	p := &Private{ctx: ctx}
	keys.Set(privateKey{}, p)
	return p
}

// Set sets the mark, and tells the caches outside.
func (p *Private) Set() {
	p.set.Store(true)
	for w := watching(p.ctx); w != nil; w = w.outer {
		w.private.Store(true)
	}
}

// IsPrivate reports whether a layer outside has set its mark.
func IsPrivate(keys Keys) bool {
	p, _ := keys.Get(privateKey{})
	private, ok := p.(*Private)
	return ok && private.set.Load()
}
