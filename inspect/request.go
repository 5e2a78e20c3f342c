package inspect

import (
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/caller"
)

// This file is what is kept of a request.

// kind is what an event is.
type kind string

const (
	kindStatus    kind = "status"    // another status was set
	kindHeader    kind = "header"    // the header went out
	kindAbort     kind = "abort"     // the chain was aborted
	kindError     kind = "error"     // an error was attached to the Context
	kindNotBound  kind = "not bound" // what the client has sent does not fit
	kindPanic     kind = "panic"     // a handler panicked
	kindRecovered kind = "recovered" // and this one has recovered from it
)

// A request may have so many layers and events; further errors are only counted. There is room for some other events more.
const (
	maxLayers = 256
	maxEvents = 256
	maxOthers = 64
	maxStack  = 16 << 10 // of a panic, when no further one is kept
)

// event is something that a layer has done.
type event struct {
	layer  int // -1 outside of all
	at     time.Duration
	kind   kind
	status int
	text   string
	fields []fieldView  // before masking
	where  string       // file:line, "" if it is not known
	calls  caller.Calls // that have led to it, in place of where
}

// layer is one handler that has run.
type layer struct {
	chain      dram.HandlersChain // of the request, or another one, of HandleContext
	at         int                // the handler's place in it
	index      int                // the same in the chain of the request; -1 in another one
	parent     int                // the one that it ran inside of, -1 for none
	start, end time.Duration
	returned   bool // else a panic passed, or it still runs
	panicked   bool
}

func (l *layer) isOver() bool { return l.returned || l.panicked }

// request is one request that is over. It does not change any more.
type request struct {
	id            uint64
	at            time.Time
	method        string
	scheme, host  string
	path, query   string // as in the URL
	proto, client string
	header        []keyValue
	pattern       string // "" without a route
	patternHost   string
	params        dram.Params
	keys          []keyValue
	chain         dram.HandlersChain
	layers        []layer
	events        []event
	places        func(dram.HandlersChain) []string // where layers were put (observe.Placed)
	secrets       func() *secrets
	stack         string // of the panics
	began         int    // the status before the first layer
	status        int
	cut           bool  // a panic has left all layers: there is no whole answer
	hijacked      bool  // a handler has answered by the connection itself
	size          int   // of the body of the answer
	received      int64 // the Content-Length of the request, -1 if there is none
	took          time.Duration
	more          int // events that are too many
	own           int // bytes of chains that were made for it alone
	bytes         int // about what it takes of the memory
}

// flat is a header as a list, which is smaller.
func flat(h http.Header) []keyValue {
	list := make([]keyValue, 0, len(h))
	for name, values := range h {
		for _, value := range values {
			list = append(list, keyValue{name, value})
		}
	}
	return list
}

// pack moves all texts of the request, which may be parts of larger ones, into one of their own, and counts its bytes.
func (rec *request) pack() {
	length := 0
	rec.walk(func(text *string) { length += len(*text) })
	var all strings.Builder
	all.Grow(length)
	rec.walk(func(text *string) { all.WriteString(*text) })
	packed := all.String()
	rec.walk(func(text *string) { *text, packed = packed[:len(*text)], packed[len(*text):] })
	rec.bytes = length + rec.own + int(reflect.TypeFor[request]().Size()) + sizeOf(rec.header) + sizeOf(rec.params) + sizeOf(rec.keys) + sizeOf(rec.layers) + sizeOf(rec.events)
	for _, e := range rec.events {
		rec.bytes += sizeOf(e.fields) + sizeOf(e.calls)
	}
}

// begins counts a chain whose first layer begins. One without a route may be the request's own, which redirects,
// with the whole address.
func (rec *request) begins(c *dram.Context, chain dram.HandlersChain) {
	if address := c.Request.URL; c.FullPath() == "" {
		rec.own += 3*len(address.Path) + len(address.RawQuery) + 8*sizeOf(chain) // a byte takes three where it is escaped
	}
}

func sizeOf[S ~[]E, E any](list S) int { return cap(list) * int(reflect.TypeFor[E]().Size()) }

// walk calls visit for each text that is kept of a request, but those of the program, of which there is one.
func (rec *request) walk(visit func(text *string)) {
	for _, text := range [...]*string{&rec.method, &rec.scheme, &rec.host, &rec.path, &rec.query, &rec.proto, &rec.client, &rec.stack} {
		visit(text)
	}
	for _, list := range [...][]keyValue{rec.header, rec.keys} {
		for i := range list {
			visit(&list[i].Name)
			visit(&list[i].Value)
		}
	}
	for i := range rec.params {
		visit(&rec.params[i].Value)
	}
	for i := range rec.events {
		e := &rec.events[i]
		visit(&e.text)
		visit(&e.where)
		for j := range e.fields {
			visit(&e.fields[j].Source)
			visit(&e.fields[j].Field)
			visit(&e.fields[j].Message)
		}
	}
}
