package dramtest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is the request: what options say, and what a browser adds.

// Option describes a request.
type Option func(*request)

// request is one that is being made.
type request struct {
	http      *http.Request
	ctx       context.Context
	body      []byte
	query     url.Values
	peer      string
	patience  time.Duration
	streaming bool
	noCookies bool
	params    map[string]string
	err       error
}

// fail keeps the first error of the options.
func (r *request) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("dramtest: "+format, args...)
	}
}

// build makes a request of the client.
func (c *Client) build(method, target string, options []Option) *request {
	c.t.Helper()
	r := &request{ctx: c.t.Context(), query: url.Values{}, params: map[string]string{}}
	r.patience = *patience
	address, err := url.Parse(target)
	if strings.HasPrefix(target, "/") { // also "//a" and "/a/../b", as they stand
		address, err = url.Parse(c.server.base + target)
	}
	switch {
	case err != nil:
		c.t.Fatalf("dramtest: %s %s: the target cannot be read: %v", method, target, err)
	case address.Host == "":
		c.t.Fatalf("dramtest: %s %s: the target is neither a path nor a URL: write %q, or all of https://host/path", method, target, "/"+target)
	}
	r.http = &http.Request{Method: method, URL: address, Header: http.Header{}, Host: address.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	for _, option := range append(c.defaults[:len(c.defaults):len(c.defaults)], options...) {
		option(r)
	}
	if r.err != nil {
		c.t.Fatal(r.err)
	}
	for name, values := range r.http.Header {
		if !httpfield.IsToken(name) || !httpfield.IsValue(strings.Join(values, "")) {
			c.t.Fatalf("dramtest: %s %s: no client can send the header %q: %q; write a name of letters and dashes, and a value of one line", method, target, name, values)
		}
	}
	if len(r.query) > 0 {
		r.http.URL.RawQuery = strings.TrimPrefix(r.http.URL.RawQuery+"&"+r.query.Encode(), "&")
	}
	if r.body != nil {
		r.http.Body, r.http.ContentLength = io.NopCloser(bytes.NewReader(r.body)), int64(len(r.body))
	}
	r.browse(method)
	return r
}

// browse adds what a browser sends from a page of the same origin.
func (r *request) browse(method string) {
	site := r.http.Header["Sec-Fetch-Site"] // nil removes it
	if _, said := r.http.Header["Sec-Fetch-Site"]; !said {
		site = []string{"same-origin"}
		r.http.Header["Sec-Fetch-Site"] = site
	}
	_, said := r.http.Header["Origin"]
	if safe := method == http.MethodGet || method == http.MethodHead; !said && !safe && site != nil {
		r.http.Header.Set("Origin", r.http.URL.Scheme+"://"+r.http.Host)
	}
}

// Header sets a header. Host sets the request's host.
func Header(name, value string) Option {
	return func(r *request) {
		if strings.EqualFold(name, "Host") {
			r.http.Host = value
			return
		}
		r.http.Header.Set(name, value)
	}
}

// NoHeader leaves a header out that the client sends by itself, Origin or Sec-Fetch-Site, or that a
// default has set.
func NoHeader(name string) Option {
	return func(r *request) { r.http.Header[textproto.CanonicalMIMEHeaderKey(name)] = nil }
}

// CrossSite sends the request as the page of another origin would, "https://evil.example" say, but with cookies.
func CrossSite(origin string) Option {
	return func(r *request) {
		r.http.Header.Set("Origin", origin)
		r.http.Header.Set("Sec-Fetch-Site", "cross-site")
	}
}

// Bearer sends a bearer token (RFC 6750).
func Bearer(token string) Option { return Header("Authorization", "Bearer "+token) }

// BasicAuth sends a name and a password (RFC 7617).
func BasicAuth(user, password string) Option {
	return func(r *request) { r.http.SetBasicAuth(user, password) }
}

// Cookie sends a cookie, beside those that the client keeps.
func Cookie(name, value string) Option {
	return func(r *request) { r.http.AddCookie(&http.Cookie{Name: name, Value: value}) }
}

// NoCookies sends the request without the cookies that the client keeps, and keeps none of its answer.
func NoCookies() Option { return func(r *request) { r.noCookies = true } }

// Query adds parameters to the query: names and values by turns.
func Query(pairs ...string) Option {
	return func(r *request) { r.addPairs("Query", r.query, pairs) }
}

// From sets the address that the request comes from, "203.0.113.7" or with a port.
func From(address string) Option {
	return func(r *request) {
		if _, _, err := net.SplitHostPort(address); err != nil {
			address = net.JoinHostPort(strings.Trim(address, "[]"), "1234")
		}
		r.peer = address
	}
}

// WithContext sends the request with a context: the client leaves when that ends.
func WithContext(ctx context.Context) Option { return func(r *request) { r.ctx = ctx } }

// Patience sets how long the answer may take, and of a stream or a WebSocket each message, if that is more than 10 seconds or the
// flag -dramtest.patience. In a bubble of testing/synctest it is the bubble's time.
func Patience(d time.Duration) Option {
	return func(r *request) { r.patience = max(d, *patience) }
}

// Streaming says that the answer is a stream, to be read while it comes. Event streams and JSON
// lines are known as such by their type.
func Streaming() Option { return func(r *request) { r.streaming = true } }

// Param sets a param of the pattern, for Client.Visit and Context.
func Param(name, value string) Option { return func(r *request) { r.params[name] = value } }

// Body sends bytes of a type.
func Body(contentType string, body []byte) Option {
	return func(r *request) {
		r.body = body
		r.http.Header.Set("Content-Type", contentType)
	}
}

// Text sends a plain text.
func Text(text string) Option { return Body("text/plain; charset=utf-8", []byte(text)) }

// JSON sends a value as JSON; a string, a []byte and a json.RawMessage are JSON already.
func JSON(value any) Option {
	text, err := asJSON(value)
	return func(r *request) {
		if err != nil {
			r.fail("JSON: %v", err)
		}
		Body("application/json", text)(r)
	}
}

// asJSON returns a value as JSON.
func asJSON(value any) ([]byte, error) {
	switch text := value.(type) {
	case string:
		return []byte(text), nil
	case []byte:
		return text, nil
	case json.RawMessage:
		return text, nil
	}
	return json.Marshal(value)
}

// Form sends a form: names and values by turns.
func Form(pairs ...string) Option {
	return func(r *request) {
		form := url.Values{}
		r.addPairs("Form", form, pairs)
		Body("application/x-www-form-urlencoded", []byte(form.Encode()))(r)
	}
}

func (r *request) addPairs(option string, to url.Values, pairs []string) {
	if len(pairs)%2 != 0 {
		r.fail("%s: %q has no value: write names and values by turns", option, pairs[len(pairs)-1])
		return
	}
	for i := 0; i < len(pairs); i += 2 {
		to.Add(pairs[i], pairs[i+1])
	}
}

// Part is one part of a multipart form: see Field and File.
type Part struct {
	name, file, contentType string
	content                 []byte
}

// Field is a field of a multipart form.
func Field(name, value string) Part { return Part{name: name, content: []byte(value)} }

// File is a file of a multipart form, an upload. Its type is application/octet-stream; see Part.As.
func File(field, filename string, content []byte) Part {
	return Part{name: field, file: filename, contentType: "application/octet-stream", content: content}
}

// As returns the part with a content type.
func (p Part) As(contentType string) Part {
	p.contentType = contentType
	return p
}

// boundary is always the same, so that what a failure prints is.
const boundary = "dramtest-boundary-7MA4YWxkTrZu0gW"

// Multipart sends a multipart form (RFC 7578).
func Multipart(parts ...Part) Option {
	return func(r *request) {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		err := form.SetBoundary(boundary)
		for _, p := range parts {
			err = cmp.Or(err, p.write(form))
		}
		if err = cmp.Or(err, form.Close()); err != nil {
			r.fail("Multipart: %v", err)
		}
		Body(form.FormDataContentType(), body.Bytes())(r)
	}
}

func (p Part) write(form *multipart.Writer) error {
	disposition := `form-data; name="` + inQuotes.Replace(p.name) + `"`
	if p.file != "" {
		disposition += `; filename="` + inQuotes.Replace(p.file) + `"`
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", disposition)
	if p.contentType != "" {
		header.Set("Content-Type", p.contentType)
	}
	w, err := form.CreatePart(header)
	if err == nil {
		_, err = w.Write(p.content)
	}
	return err
}

// inQuotes escapes names as browsers do (HTML standard, "multipart form data").
var inQuotes = strings.NewReplacer("\n", "%0A", "\r", "%0D", `"`, "%22")
