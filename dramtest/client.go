package dramtest

import (
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/textproto"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file is the client: who it is, and how it sends a request.

// patience is how long an answer may take, and each message of a stream; see Patience.
var patience = flag.Duration("dramtest.patience", 10*time.Second, "how long dramtest waits for an answer; with a debugger, longer")

// Client sends requests to a handler. Its methods are to be called on the goroutine of its test,
// which a failure ends.
type Client struct {
	t        testing.TB
	server   *server
	jar      http.CookieJar
	defaults []Option
}

// New returns a client of a handler, an Engine as a rule, for one test. Options hold for all of its requests. The client
// does not follow redirects; see Response.Follow.
//
// An Engine may have routes added until the first request, and may be that of several tests, also of such that run at
// once; by then it must not be serving otherwise. Of a handler that is not an Engine, the route and the layers are not known.
func New(t testing.TB, handler http.Handler, options ...Option) *Client {
	t.Helper()
	if handler == nil {
		t.Fatal("dramtest: New: the handler is nil: pass an Engine")
	}
	s := newServer(handler)
	t.Cleanup(s.start(t))
	return newClient(t, s, options)
}

func newClient(t testing.TB, s *server, options []Option) *Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal("dramtest: ", err)
	}
	return &Client{t: t, server: s, jar: jar, defaults: options}
}

// Served returns a new client of the same handler, with the same defaults, that talks over a socket
// with TLS and HTTP/2. Users log in anew.
func (c *Client) Served(t testing.TB) *Client {
	t.Helper()
	s := newServer(c.server.handler)
	s.logins, s.allowed = c.server.logins, c.server.allowed
	t.Cleanup(s.listen(t))
	return newClient(t, s, c.defaults)
}

// In returns the same client, with the same cookies, for a subtest: failures are the subtest's.
func (c *Client) In(t testing.TB) *Client {
	sub := *c
	sub.t = t
	return &sub
}

// Always adds options to every request from now on.
func (c *Client) Always(options ...Option) {
	c.defaults = append(c.defaults[:len(c.defaults):len(c.defaults)], options...)
}

// LogIn says how a user of type U logs in, for As: by requests of a client without cookies, or by
// options that hold for its requests from then on.
//
//	dramtest.LogIn(app, func(c *dramtest.Client, user User) {
//		c.POST("/login", dramtest.Form("name", user.Name, "password", "secret")).Want(303)
//	})
//	dramtest.LogIn(app, func(c *dramtest.Client, key APIKey) { c.Always(dramtest.Bearer(string(key))) })
func LogIn[U comparable](c *Client, in func(c *Client, user U)) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.logins[reflect.TypeFor[U]()] = func(c *Client, user any) { in(c, user.(U)) }
}

// As returns the client of a user: a new one that has logged in by the function of LogIn for the user's
// type. A user logs in once; further calls return the client with the same cookies.
func (c *Client) As(user any) *Client {
	c.t.Helper()
	s := c.server
	s.mu.Lock()
	in := s.logins[reflect.TypeOf(user)]
	var known *login
	if in != nil { // and so a user can be a key
		if known = s.users[user]; known == nil {
			known = new(login)
			s.users[user] = known
		}
	}
	s.mu.Unlock()
	if in == nil {
		c.t.Fatalf("dramtest: As: how a %T logs in is not known: call dramtest.LogIn(app, func(c *dramtest.Client, user %[1]T) { … }) first", user)
	}
	known.mu.Lock() // subtests in parallel wait for the one that logs in
	defer known.mu.Unlock()
	if known.client == nil {
		client := newClient(c.t, s, c.defaults)
		in(client, user)
		known.client = client
	}
	return known.client.In(c.t)
}

// login is that of a user.
type login struct {
	mu     sync.Mutex
	client *Client // nil before
}

// GET sends a GET request. The target is a path with its query, or a whole URL if
// the host matters.
func (c *Client) GET(target string, options ...Option) *Response {
	c.t.Helper()
	return c.Do(http.MethodGet, target, options...)
}

// POST sends a POST request; see GET.
func (c *Client) POST(target string, options ...Option) *Response {
	c.t.Helper()
	return c.Do(http.MethodPost, target, options...)
}

// PUT sends a PUT request; see GET.
func (c *Client) PUT(target string, options ...Option) *Response {
	c.t.Helper()
	return c.Do(http.MethodPut, target, options...)
}

// PATCH sends a PATCH request; see GET.
func (c *Client) PATCH(target string, options ...Option) *Response {
	c.t.Helper()
	return c.Do(http.MethodPatch, target, options...)
}

// DELETE sends a DELETE request; see GET.
func (c *Client) DELETE(target string, options ...Option) *Response {
	c.t.Helper()
	return c.Do(http.MethodDelete, target, options...)
}

// HEAD sends a HEAD request; see GET.
func (c *Client) HEAD(target string, options ...Option) *Response {
	c.t.Helper()
	return c.Do(http.MethodHead, target, options...)
}

// OPTIONS sends an OPTIONS request; see GET.
func (c *Client) OPTIONS(target string, options ...Option) *Response {
	c.t.Helper()
	return c.Do(http.MethodOptions, target, options...)
}

// QUERY sends a QUERY request; see GET.
func (c *Client) QUERY(target string, options ...Option) *Response {
	c.t.Helper()
	return c.Do(dram.MethodQuery, target, options...)
}

// Do sends a request with any method and returns the answer. That there is none, or half of one, fails
// the assertions about it, but Response.Cut.
func (c *Client) Do(method, target string, options ...Option) *Response {
	c.t.Helper()
	r := c.build(method, target, options)
	ctx, cancel := context.WithCancel(r.ctx)
	x := c.server.begin(r.http)
	x.peer, x.secure = r.peer, r.http.URL.Scheme == "https"
	res := &Response{t: c.t, client: c, request: r, exchange: x, cancel: cancel}
	inTime := res.within(cancel, func() {
		if res.send(ctx); res.err != nil {
			return
		}
		if r.streaming || isStream(res.answer) {
			c.server.keep(res)
			return
		}
		res.readAll()
	})
	switch {
	case inTime:
	case res.Status() == 0:
		res.fatal("no answer after %v", r.patience)
	case res.err != nil:
		res.fatal("the answer has no end after %v: if it is a stream, say so by the option dramtest.Streaming()", r.patience)
	default:
		res.fatal("the answer is whole, but its handler has not returned after %v", r.patience)
	}
	return res
}

// within runs a step, and reports whether it was done in time. If it is late, where the handler stands is noted, and end is called.
func (res *Response) within(end, step func()) (inTime bool) {
	late := time.AfterFunc(res.request.patience, func() {
		res.exchange.note(res.client.server.goroutines(res.exchange.id + `"`))
		end()
	})
	defer late.Stop()
	step()
	return late.Stop()
}

// send sends the request and reads the header of the answer.
func (res *Response) send(ctx context.Context) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		res.hints = append(res.hints, Hint{code, http.Header(h).Clone()})
		return nil
	}})
	sender := &http.Client{Transport: res.client.server.transport, Jar: res.client.jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if res.request.noCookies {
		sender.Jar = nil
	}
	res.answer, res.err = sender.Do(res.request.http.WithContext(ctx))
	if res.err != nil {
		res.answer = &http.Response{Header: http.Header{}, Body: http.NoBody}
		res.wait()
	}
}

// maxBody is how long a body that is read as a whole may be, in bytes.
const maxBody = 256 << 20

var errTooLong = errors.New("it is longer than 256 MiB: say dramtest.Streaming(), and read HTTP().Body")

// readAll reads the body and waits until the handler has returned.
func (res *Response) readAll() {
	body, err := io.ReadAll(io.LimitReader(res.answer.Body, maxBody+1))
	if len(body) > maxBody {
		err = errTooLong
	}
	_ = res.answer.Body.Close() // it has been read
	res.raw, res.err, res.read = body, err, true
	res.wait()
	res.cancel()
}

// wait waits until the handler has returned: what it does after its answer is done when the test goes
// on, and errors and layers are known. One that does not return when within has ended its request is left behind.
func (res *Response) wait() {
	limit := time.NewTimer(res.request.patience + time.Second)
	defer limit.Stop()
	select {
	case <-res.exchange.done:
	case <-limit.C:
	}
}

// isStream reports whether an answer is to be read while it comes.
func isStream(answer *http.Response) bool {
	switch httpfield.MediaType(answer.Header.Get("Content-Type")) {
	case "text/event-stream", "application/x-ndjson", "application/jsonl", "application/json-seq":
		return answer.Request.Method != http.MethodHead
	}
	return answer.StatusCode == http.StatusSwitchingProtocols
}
