package dramtest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dram-go/dram/internal/layername"
)

// This file is the answer, and what a test says about it. Assertions return the Response, so that they
// can be chained; one that fails ends the test.

// Response is an answer, and what became of its request inside.
type Response struct {
	t        testing.TB
	client   *Client
	request  *request
	exchange *exchange
	cancel   context.CancelFunc

	answer *http.Response
	hints  []Hint
	raw    []byte
	err    error // why it is not whole
	cut    bool  // which the test has said (Cut)
	read   bool
	stream *stream // what Events, Event and Lines read
}

// Hint is an informational answer, 103 say.
type Hint struct {
	Status int
	Header http.Header
}

// fatal ends the test with everything that is known.
func (res *Response) fatal(format string, args ...any) {
	res.t.Helper()
	res.t.Fatalf("dramtest: %s", res.report(format, args...))
}

// HTTP returns the answer as net/http has it: its header, trailers, cookies, protocol. Its body
// has been read, but for a stream; see Bytes. It is zero if there was no answer.
func (res *Response) HTTP() *http.Response { return res.answer }

// Status returns the status, 0 if there was no answer.
func (res *Response) Status() int { return res.answer.StatusCode }

// Hints returns the informational answers that came before.
func (res *Response) Hints() []Hint { return res.hints }

// Want fails the test unless the answer is whole and has one of the statuses.
func (res *Response) Want(statuses ...int) *Response {
	res.t.Helper()
	if res.err != nil {
		res.fatal("want status %s, got %s", listOf(statuses), res.fault())
	}
	if !slices.Contains(statuses, res.Status()) {
		res.fatal("status %d, want %s", res.Status(), listOf(statuses))
	}
	return res
}

// fault says why the answer is not whole.
func (res *Response) fault() string {
	if res.Status() == 0 {
		return "no answer: " + res.err.Error()
	}
	return "half an answer: " + res.err.Error()
}

// Cut fails the test unless the answer was cut: the connection ended before it was whole.
func (res *Response) Cut() *Response {
	res.t.Helper()
	res.load()
	if res.err == nil {
		res.fatal("the answer is whole, want one that was cut")
	}
	res.cut = true
	return res
}

// load reads the body of a stream to its end; the test fails if that does not come.
func (res *Response) load() {
	res.t.Helper()
	if res.read || res.err != nil {
		return
	}
	if !res.within(res.cancel, res.readAll) {
		res.fatal("the stream has no end after %v: read it by Events, Event or Lines, which can be left", res.request.patience)
	}
}

// whole returns the body as it came; the test fails if it is not whole.
func (res *Response) whole() []byte {
	res.t.Helper()
	if res.stream != nil && res.stream.live {
		res.fatal("the body was read by Events, Event or Lines, and is not kept")
	}
	res.load()
	if res.err != nil {
		res.fatal("want a body, got %s", res.fault())
	}
	return res.raw
}

// Bytes returns the body. A gzip coding is removed.
func (res *Response) Bytes() []byte {
	res.t.Helper()
	res.whole()
	body, err := res.unzipped()
	if err != nil {
		res.fatal("the Content-Encoding is gzip, the body is not: %v", err)
	}
	return body
}

// unzipped returns what has been read of the body, without a gzip coding.
func (res *Response) unzipped() (body []byte, err error) {
	if res.answer.Header.Get("Content-Encoding") != "gzip" || len(res.raw) == 0 {
		return res.raw, nil
	}
	zipped, err := gzip.NewReader(bytes.NewReader(res.raw))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(zipped)
}

// Raw returns the body as it came, with its coding.
func (res *Response) Raw() []byte {
	res.t.Helper()
	return res.whole()
}

// Text returns the body as a string; see Bytes.
func (res *Response) Text() string {
	res.t.Helper()
	return string(res.Bytes())
}

// Decode decodes a body of JSON. Fields that T does not have are skipped.
func Decode[T any](res *Response) (value T) {
	res.t.Helper()
	if err := json.Unmarshal(res.Bytes(), &value); err != nil {
		res.fatal("the body is not JSON of a %v: %v", reflect.TypeFor[T](), err)
	}
	return value
}

// Body fails the test unless this is the body.
func (res *Response) Body(want string) *Response {
	res.t.Helper()
	if got := res.Text(); got != want {
		res.fatal("body %s, want %s", quoted(got), quoted(want))
	}
	return res
}

// Contains fails the test unless the body contains each of the texts.
func (res *Response) Contains(texts ...string) *Response {
	res.t.Helper()
	body := res.Text()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			res.fatal("the body does not contain %s", quoted(text))
		}
	}
	return res
}

// Header fails the test unless the header has the value: "…" is any, and "" says that the header is not there. Of
// several values of one name it has to be one. Of half an answer it fails, unless Cut was asked before, and of none always.
func (res *Response) Header(name, want string) *Response {
	res.t.Helper()
	if res.err != nil && (!res.cut || res.Status() == 0) { // of no answer no header would be there
		res.fatal("want header %s, got %s", http.CanonicalHeaderKey(name), res.fault())
	}
	got := res.answer.Header.Values(name)
	switch {
	case want == "" && len(got) == 0, want == anything && len(got) > 0, want != "" && slices.Contains(got, want):
		return res
	case len(got) == 0:
		res.fatal("no header %s, want %s", http.CanonicalHeaderKey(name), quoted(want))
	case want == "":
		res.fatal("header %s is %s, want none", http.CanonicalHeaderKey(name), quoted(shown(name, got)))
	}
	res.fatal("header %s is %s, want %s", http.CanonicalHeaderKey(name), quoted(shown(name, got)), quoted(want))
	return res
}

// Redirect fails the test unless the answer is a redirect (301, 302, 303, 307 or 308) to this location, written
// as it is in the header, or resolved against the request's.
func (res *Response) Redirect(location string) *Response {
	res.t.Helper()
	res.Want(http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect)
	got := res.answer.Header.Get("Location")
	if to, err := res.answer.Location(); got != location && (err != nil || to.String() != location) {
		res.fatal("redirect to %s, want %s", quoted(got), quoted(location))
	}
	return res
}

// Follow sends the request that a redirect asks for: the same with 307 and 308, else GET. Options
// hold for it alone.
func (res *Response) Follow(options ...Option) *Response {
	res.t.Helper()
	to, err := res.answer.Location()
	if err != nil {
		res.fatal("the answer is not a redirect: %v", err)
	}
	method := http.MethodGet
	if code := res.Status(); code == http.StatusTemporaryRedirect || code == http.StatusPermanentRedirect {
		method = res.request.http.Method
		if body := res.request.body; body != nil {
			options = append([]Option{Body(res.request.http.Header.Get("Content-Type"), body)}, options...)
		}
	} else if res.request.http.Method == http.MethodHead {
		method = http.MethodHead
	}
	return res.client.Do(method, to.String(), options...)
}

// Route fails the test unless the request came to the route with this pattern, "/books/:id", with its
// host if it has one; "" means that no route matched.
func (res *Response) Route(pattern string) *Response {
	res.t.Helper()
	if x := res.known(); x.route != pattern {
		res.fatal("route %s, want %s", quoted(x.route), quoted(pattern))
	}
	return res
}

// Layers fails the test unless the layers ran, in this order; others may have run before, between
// and after them. A name is that of the function in which the layer stands, with its package or
// without: "middleware.CSRF", "CSRF", "Store.create"; and "Logger" and "Recovery" are
// LoggerWithConfig and RecoveryWithWriter as well.
func (res *Response) Layers(names ...string) *Response {
	res.t.Helper()
	ran, at := res.known().names(), 0
	for n, name := range names {
		i := slices.IndexFunc(ran[at:], func(short string) bool { return layername.Is(short, name) })
		if i < 0 {
			res.fatal("the layer %s did not run%s", name, after(names[:n]))
		}
		at += i + 1
	}
	return res
}

// after says which layer was to run before, the last of those that did.
func after(ran []string) string {
	if len(ran) == 0 {
		return ""
	}
	return " after " + ran[len(ran)-1]
}

// AbortedBy fails the test unless this layer, named as for Layers, has aborted the chain: refused the request, say.
func (res *Response) AbortedBy(name string) *Response {
	res.t.Helper()
	switch by := res.known().aborted; {
	case by == nil:
		res.fatal("nobody has aborted the chain, want %s", name)
	case !layername.Is(by.short(), name):
		res.fatal("%s has aborted the chain, want %s", by.short(), name)
	}
	return res
}

// Errors fails the test unless the Context's errors are as many as the texts, and each contains its own.
func (res *Response) Errors(texts ...string) *Response {
	res.t.Helper()
	res.exchange.mu.Lock()
	got := res.exchange.errors
	res.exchange.mu.Unlock()
	if !slices.EqualFunc(got, texts, strings.Contains) {
		res.fatal("errors %q, want %q", got, texts)
	}
	return res
}

// known returns the handler's side of the request.
func (res *Response) known() *exchange {
	res.t.Helper()
	if res.exchange.engine == nil {
		res.fatal("the route and the layers are known for an Engine only: pass dramtest.New the Engine itself")
	}
	res.exchange.mu.Lock() // a stream's handler may be running
	defer res.exchange.mu.Unlock()
	return &exchange{route: res.exchange.route, aborted: res.exchange.aborted, ran: slices.Clone(res.exchange.ran)}
}
