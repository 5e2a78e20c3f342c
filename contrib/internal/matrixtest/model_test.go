package matrixtest

import (
	"maps"
	"net/http"
)

// This file says what a client must see: each layer, from the inside out, changes
// the outcome of what is inside of it.

type kind int

const (
	isWhole    kind = iota // an answer
	isBroken               // it has to be cut, or to be an error: never to look whole
	isPanic                // no answer yet; a panic goes out
	isHijacked             // the connection was taken over
)

// outcome is what comes out of a handler, or out of a layer.
type outcome struct {
	kind    kind
	status  int
	body    string
	anyBody bool
	begun   bool // a panic after the first byte
	silent  bool // the handlers have not answered
	trailer string
	before  map[string]string // headers set on the way in
	after   map[string]string // headers set on the answer
}

func whole(status int, body string) outcome {
	return outcome{kind: isWhole, status: status, body: body}
}

func (o outcome) having(name, value string) outcome {
	o.after = map[string]string{name: value}
	return o
}

// replaced returns what comes of o when a layer answers in its place: what was set on the
// way in stays.
func (o outcome) replaced(status int) outcome {
	return outcome{kind: isWhole, status: status, anyBody: true, before: o.before}
}

// expected returns the outcomes that may come out of a chain; more than one where two
// deadlines run.
func expected(chain []layer, b behaviour, http1 bool) []outcome {
	o := b.alone
	if o.kind == isHijacked && !(http1 && canHijack(chain)) {
		o = whole(http.StatusNotImplemented, "no hijack")
	}
	o.silent = b.late && o.body == ""
	o.before = map[string]string{marker(len(chain)): "1"}
	all := []outcome{o}
	for i := len(chain) - 1; i >= 0; i-- {
		var next []outcome
		for _, o := range all {
			for _, o := range chain[i].apply(o, b) {
				o.before = with(o.before, map[string]string{marker(i): "1"})
				next = append(next, o)
			}
		}
		all = next
	}
	return all
}

// canHijack reports whether a handler inside can take the connection over.
func canHijack(chain []layer) bool {
	for _, l := range chain {
		if l.opaque || l.replaces != 0 {
			return false
		}
	}
	return true
}

// apply returns what comes out of l when o comes out of what is inside.
func (l *layer) apply(o outcome, b behaviour) []outcome {
	switch {
	case l.refuses != 0:
		return []outcome{outcome{}.replaced(l.refuses)}
	case o.kind == isPanic && l.recovers && o.begun:
		return []outcome{{kind: isBroken, before: o.before}}
	case o.kind == isPanic && l.recovers:
		return []outcome{{kind: isWhole, status: 500, before: o.before}}
	case o.kind == isPanic && l.buffers:
		return []outcome{{kind: isPanic, begun: o.begun}} // its header is lost
	case o.kind == isWhole && l.replaces != 0:
		return []outcome{o.replaced(l.replaces)}
	}
	if o.kind == isWhole && b.late && l.answers != 0 {
		if l.buffers { // it answers when the time is up, but the handler may be as fast
			o.silent = false // it sends a status in any case
			return []outcome{{kind: isWhole, status: l.answers, anyBody: true}, l.mark(o)}
		}
		if o.silent {
			return []outcome{l.mark(o.replaced(l.answers))}
		}
	}
	return []outcome{l.mark(o)}
}

// mark adds the headers that the layer sets.
func (l *layer) mark(o outcome) outcome {
	o.before = with(o.before, l.before)
	if o.kind != isWhole || len(l.after) == 0 {
		return o
	}
	after := maps.Clone(l.after)
	for name, value := range o.after {
		if after[name] == "" || after[name] == "*" {
			after[name] = value
		}
	}
	o.after = after
	return o
}

// with returns a map with more entries.
func with(m, more map[string]string) map[string]string {
	all := make(map[string]string, len(m)+len(more))
	maps.Copy(all, m)
	maps.Copy(all, more)
	return all
}
