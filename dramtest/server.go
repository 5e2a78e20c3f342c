package dramtest

import (
	"cmp"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/body"
)

// This file is the server that a client talks to. A request says by a header, which the handler
// does not see, which exchange it belongs to; the handler's side of the exchange is found in the
// request's context by the observer (exchange.go).

// headerExchange names the exchange of a request.
const headerExchange = "Dramtest-Exchange"

// server is what all clients of one New, or of one Served, share.
type server struct {
	handler   http.Handler
	engine    *dram.Engine // nil if the handler is none
	base      string       // "https://example.com"
	socket    bool
	transport *http.Transport
	id        string // with which those of its exchanges begin
	allowed   []string

	mu        sync.Mutex
	exchanges map[string]*exchange
	count     int
	open      []*Response // streams
	logins    map[reflect.Type]func(*Client, any)
	users     map[any]*login
}

var servers atomic.Int64

func newServer(h http.Handler) *server {
	s := &server{handler: h, base: "https://example.com", id: "dramtest " + strconv.FormatInt(servers.Add(1), 10),
		exchanges: make(map[string]*exchange), logins: make(map[reflect.Type]func(*Client, any)), users: make(map[any]*login)}
	if engine, ok := h.(*dram.Engine); ok {
		s.engine = engine
		keepMode(engine, "")
		watch(engine)
	}
	return s
}

// modes is held while the mode of the program is another one for a moment.
var modes sync.Mutex

// keepMode ends the time in which an engine follows the mode of the program: it keeps this one, or
// with "" the program's, but not release mode, in which Contexts are not poisoned.
func keepMode(engine *dram.Engine, mode string) {
	modes.Lock()
	defer modes.Unlock()
	program := dram.Mode()
	if mode == "" && program == dram.ReleaseMode {
		mode = dram.TestMode
	}
	if mode != "" {
		dram.SetMode(mode)
		defer dram.SetMode(program)
	}
	dram.CreateTestContextOnly(nil, engine)
}

// start serves in process, until end is called.
func (s *server) start(t testing.TB) (end func()) {
	listener := newNetwork()
	served := &http.Server{Handler: s, ErrorLog: log.New(io.Discard, "", 0)}
	s.transport = &http.Transport{DialContext: listener.dial, DialTLSContext: listener.dial, DisableCompression: true}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = served.Serve(listener) // it ends with the listener
	}()
	return func() {
		s.stop()
		_ = served.Close() // of a listener in memory
		<-done
		s.checkLeaks(t)
	}
}

// listen serves over a socket, with TLS and HTTP/2, until end is called.
func (s *server) listen(t testing.TB) (end func()) {
	served := httptest.NewUnstartedServer(s)
	served.EnableHTTP2 = true
	served.Config.ErrorLog = log.New(io.Discard, "", 0)
	served.StartTLS()
	s.base, s.socket = served.URL, true
	s.transport = served.Client().Transport.(*http.Transport).Clone()
	s.transport.DisableCompression = true
	s.transport.TLSClientConfig.ServerName = "example.com" // whatever host is asked
	s.transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", served.Listener.Addr().String())
	}
	return func() {
		s.stop()
		served.CloseClientConnections()
		served.Close()
		s.checkLeaks(t)
	}
}

// keep keeps a stream, to be ended with the test.
func (s *server) keep(res *Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, res)
}

// stop ends what the client has open.
func (s *server) stop() {
	s.mu.Lock()
	open := s.open
	s.mu.Unlock()
	for _, res := range open {
		res.cancel()
		_ = res.answer.Body.Close() // a connection that was taken over does not end with the context
	}
	s.transport.CloseIdleConnections()
}

// begin makes a new exchange.
func (s *server) begin(request *http.Request) *exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	id := strconv.Itoa(s.count)
	x := &exchange{id: s.id + "/" + id, done: make(chan struct{}), engine: s.engine}
	s.exchanges[id] = x
	request.Header.Set(headerExchange, id)
	return x
}

// find returns the exchange of a request, once: a request that net/http's client sends again, because
// its connection broke off, does not reach the handler twice.
func (s *server) find(req *http.Request) (x *exchange, again bool) {
	id := req.Header.Get(headerExchange)
	req.Header.Del(headerExchange)
	s.mu.Lock()
	defer s.mu.Unlock()
	x = s.exchanges[id]
	delete(s.exchanges, id)
	return x, x == nil && id != ""
}

// ServeHTTP has the handler answer, and notes what becomes of it.
func (s *server) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	x, again := s.find(req)
	if again {
		panic(http.ErrAbortHandler)
	}
	if x == nil { // somebody else's
		s.handler.ServeHTTP(w, req)
		return
	}
	if x.peer != "" {
		req.RemoteAddr = x.peer
	}
	if x.secure && req.TLS == nil {
		req.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true, ServerName: req.URL.Hostname()}
	}
	ctx := context.WithValue(req.Context(), exchangeKey{}, x)
	labelled := pprof.WithLabels(ctx, pprof.Labels(labelName, x.id, "request", req.Method+" "+req.URL.Path))
	pprof.SetGoroutineLabels(labelled)
	defer close(x.done)
	defer pprof.SetGoroutineLabels(ctx)
	defer x.recover()
	req = req.WithContext(labelled)
	defer body.RemoveFiles(req)
	s.handler.ServeHTTP(w, req)
}

// recover notes a panic, which goes on as one that net/http does not print.
func (x *exchange) recover() {
	if value := recover(); value != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		if value != http.ErrAbortHandler {
			x.panicked, x.stack = value, cmp.Or(x.stack, tidied(string(debug.Stack())))
		}
		panic(http.ErrAbortHandler)
	}
}
