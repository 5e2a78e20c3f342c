package middleware

import (
	"maps"
	"net/http"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file keeps layers on the Context's goroutine (docs/adr/0009) while a transport
// asks the server behind Proxy: it tells of a 1xx on a goroutine of its own, and a 1xx
// passes the writers of the layers outside. So the transport gets another goroutine,
// and the Context's waits for both, the 1xx and the answer.

// information is a 1xx of the server's, and its header.
type information struct {
	status int
	header http.Header
}

// trip is what comes back from the transport.
type trip struct {
	res      *http.Response
	err      error
	panicked any
}

// RoundTrip sends a request, for httputil.ReverseProxy. A panic of the transport
// becomes one of the Context's goroutine.
func (p *passage) RoundTrip(req *http.Request) (*http.Response, error) {
	defer close(p.answer.arrived)
	back := make(chan trip, 1)
	go func() {
		var t trip
		defer func() {
			t.panicked = recover()
			back <- t
		}()
		t.res, t.err = p.Transport.RoundTrip(req)
	}()
	for {
		select {
		case info := <-p.answer.infos:
			p.answer.inform(info)
		case t := <-back:
			if t.panicked != nil {
				panic(t.panicked)
			}
			return t.res, t.err
		}
	}
}

// inform passes a 1xx on with what the server says in it, and nothing of what the
// layers outside have set for the answer. A client that waits for a 100 gets
// net/http's, when its body is first read: two goroutines must not write to it.
// HTTP/1.0 has no 1xx.
func (w *answerWriter) inform(info information) {
	if len(w.req.Header["Expect"]) > 0 || !w.req.ProtoAtLeast(1, 1) {
		return
	}
	outer := w.ResponseWriter.Header()
	kept := maps.Clone(outer)
	defer func() {
		clear(outer)
		maps.Copy(outer, kept)
	}()
	clear(outer)
	httpfield.DropHopByHop(info.header)
	maps.Copy(outer, info.header)
	// A 1xx has none (RFC 9110 section 8.6). That the name is there makes net/http
	// copy the header for HTTP/2, where it is encoded later, on another goroutine.
	outer["Content-Length"] = nil
	w.ResponseWriter.WriteHeader(info.status)
}
