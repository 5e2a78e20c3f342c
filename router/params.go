// What a lookup hands to the request: the values that the wildcards took.
// Param is httprouter's type, so that a Params converts to httprouter.Params
// without a copy. Poison belongs to the life of a pooled slice: a caller that kept a
// Params longer than its request is told so, instead of reading the values of
// another request.
// See docs/internals/12-context.md.

package router

import "github.com/julienschmidt/httprouter"

// Param is one wildcard of a route with the part of the path that it took.
// Key is the name without ':' or '*'. The Value of a catch-all includes its
// leading '/'.
type Param = httprouter.Param

// Params are the wildcards of one route, in the order of the pattern. The zero
// value is empty and ready to use.
type Params []Param

// poisonKey marks a slice that was given back. A '/' always ends a name, so no
// pattern can bear it.
const poisonKey = "/"

// Get returns the value of the first wildcard called name, and whether there
// is one. It panics if ps was poisoned.
func (ps Params) Get(name string) (string, bool) {
	for i := range ps {
		if ps[i].Key == name {
			return ps[i].Value, true
		}
	}
	ps.panicIfPoisoned()
	return "", false
}

// ByName returns the value of the first wildcard called name, or "" if there
// is none. It panics if ps was poisoned.
func (ps Params) ByName(name string) string {
	value, _ := ps.Get(name)
	return value
}

// panicIfPoisoned is asked only after a miss, so that a hit pays nothing.
// Poison fills the whole slice and a lookup writes from the front: the first
// entry speaks for all of them.
func (ps Params) panicIfPoisoned() {
	if len(ps) > 0 && ps[0].Key == poisonKey {
		panic(ps[0].Value)
	}
}

// Poison overwrites everything that ps can reach, up to its capacity, so that
// a later [Params.Get] or [Params.ByName] through any copy of ps that is not
// empty panics with msg. A [Tree.Lookup] into ps makes it usable again.
func Poison(ps Params, msg string) {
	ps = ps[:cap(ps)]
	for i := range ps {
		ps[i] = Param{Key: poisonKey, Value: msg}
	}
}
