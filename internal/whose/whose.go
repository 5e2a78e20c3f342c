// Package whose has the marks of a Context by which layers tell a cache whose an answer is,
// where no user's name, header or cookie says it.
package whose

import "sync/atomic"

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

// Begin has a Context's layers inside of the caller report to w.
func (w *Watch) Begin(c Marks) {
	w.outer = watching(c)
	c.Set(watchKey{}, w)
}

func watching(c Marks) *Watch {
	value, _ := c.Get(watchKey{})
	w, _ := value.(*Watch)
	return w
}

// Admit tells the caches outside that the request has passed by a key, a token or the like: who
// has not got it must not get the answer.
func Admit(c Marks) {
	for w := watching(c); w != nil; w = w.outer {
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
