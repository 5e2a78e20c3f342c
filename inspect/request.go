package inspect

import (
	"net/http"
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

// A request may have so many layers and events; further errors are only counted.
const (
	maxLayers = 256
	maxEvents = 256
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

// request is one request that is over. It does not change any more.
type request struct {
	id            uint64
	at            time.Time
	method        string
	scheme, host  string
	path, query   string // as in the URL
	proto, client string
	header        http.Header
	pattern       string // "" without a route
	patternHost   string
	params        dram.Params
	keys          []keyValue
	chain         dram.HandlersChain
	layers        []layer
	events        []event
	places        func(dram.HandlersChain) []string // where layers were put (observe.Placed)
	stack         string                            // of the panic
	began         int                               // the status before the first layer
	status        int
	cut           bool  // a panic has left all layers: there is no whole answer
	hijacked      bool  // a handler has answered by the connection itself
	size          int   // of the body of the answer
	received      int64 // the Content-Length of the request, -1 if there is none
	took          time.Duration
	more          int // events that are too many
	bytes         int // about what it takes of the memory
}

// weigh returns about how many bytes of memory a request takes.
func (rec *request) weigh() int {
	const each = 64 // of what a value takes besides its text
	n := 8 * each
	rec.walk(func(text string) { n += each + len(text) })
	return n + each*(len(rec.layers)+2*len(rec.events))
}

// walk calls visit for each text that is kept of a request, but those of the program, of which there is one. Params
// may be parts of a path that was decoded, which is then kept as well.
func (rec *request) walk(visit func(text string)) {
	for _, text := range [...]string{rec.method, rec.scheme, rec.host, rec.path, rec.query, rec.proto, rec.client, rec.stack} {
		visit(text)
	}
	for name, values := range rec.header {
		visit(name)
		for _, value := range values {
			visit(value)
		}
	}
	if len(rec.params) > 0 {
		visit(rec.path)
	}
	for _, p := range rec.params {
		visit(p.Value)
	}
	for _, k := range rec.keys {
		visit(k.Name)
		visit(k.Value)
	}
	for _, e := range rec.events {
		visit(e.text)
		visit(e.where)
		for _, f := range e.fields {
			visit(f.Source)
			visit(f.Field)
			visit(f.Message)
		}
	}
}
