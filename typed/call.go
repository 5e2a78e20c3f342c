package typed

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/codec"
)

// This file calls a typed route as a client: the types that read a request write it, and those
// that write an answer read it.

// Client is where the routes of an API are, and how to get there. The zero value of the other
// fields is ready.
type Client struct {
	// Base is the URL below which the API is: "https://api.example.com".
	Base string
	// HTTP sends the requests. Default http.DefaultClient.
	HTTP *http.Client
	// Header is sent with each request: Authorization, say.
	Header http.Header
	// MaxBody is how many bytes of an answer are read into memory. Default 32 MiB.
	MaxBody int64
}

const defaultMaxBody = 32 << 20

// base is Base without a slash at its end, and with the escapes that it needs: of a path that lacks
// some, package net/http would send a slash in a parameter as one.
func (client *Client) base() (string, error) {
	u, err := url.Parse(client.Base)
	switch {
	case err != nil:
		return "", fmt.Errorf("Client.Base: %w", err)
	case u.Scheme == "" || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return "", fmt.Errorf("Client.Base is %q: write a scheme, a host and perhaps a path, such as https://api.example.com/v1", client.Base)
	}
	path := u.EscapedPath()
	u.Path, u.RawPath = "", ""
	return u.String() + strings.TrimSuffix(path, "/"), nil
}

// Call sends a request for the route with what in has, and returns the answer. One that is not the
// route's own is a *dram.Problem with its status and, if the server sends problem details, its
// members: a failure, but also a layer's 204, or a 304 for a File that the client has. A Tagged that it
// has is one without a body.
//
// The zero value of a query parameter, a header, a cookie or a form's field is not sent, so that the
// handler has the field's default; a pointer to it, or an Optional of it, is. A "/" in a parameter
// of the path is sent as %2F, for which the Engine needs UseRawPath, unless the parameter takes the
// rest of the path (*name).
//
// A stream is read while it is ranged over, once; its connection is in use until that is done, or
// ctx has ended. One of Events ends, whole, with the server as well: call again with the last ID. An
// iter.Seq, which has no place for an error, panics with it: use iter.Seq2. A Redirect is not
// followed. The body of a File is read into memory. A route of HEAD returns what the header has of
// its answer.
//
// A time whose layout has no zone is read in the server's, as binding says: give such a field
// time_utc or time_location where the client may be in another one.
func (r *Route[In, Out]) Call(ctx context.Context, client *Client, in *In) (out Out, err error) {
	if client == nil || in == nil {
		return out, fmt.Errorf("dram: typed: Call of %s %s: the client or the input is nil: pass a &typed.Client{Base: …} and a &%s{…}", r.method, r.pattern, r.in)
	}
	req, err := r.newRequest(ctx, client, reflect.ValueOf(in).Elem())
	if err != nil {
		return out, fmt.Errorf("dram: typed: %s %s: %w", r.method, r.pattern, err)
	}
	sender := *cmp.Or(client.HTTP, http.DefaultClient)
	if r.output.leads {
		sender.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	resp, err := sender.Do(req)
	if err != nil {
		return out, err
	}
	if r.output.stream && resp.StatusCode == http.StatusOK {
		reflect.ValueOf(&out).Elem().Set(r.streamOf(reflect.TypeFor[Out](), resp))
		return out, nil
	}
	defer resp.Body.Close()
	limit := cmp.Or(client.MaxBody, defaultMaxBody)
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return out, err
	case int64(len(body)) > limit:
		return out, fmt.Errorf("dram: typed: the answer is larger than %d bytes: set Client.MaxBody", limit)
	case !r.isAnswer(resp.StatusCode, body):
		return out, problemIn(resp, body)
	}
	if known, ok := any(&out).(interface {
		receive(*route, *http.Response, []byte) error
	}); ok {
		return out, known.receive(r.route, resp, body)
	}
	return out, r.decode(resp, body, &out)
}

// isAnswer reports whether an answer is what the route answers with, and not a failure or a layer's.
func (rt *route) isAnswer(status int, body []byte) bool {
	switch {
	case status == http.StatusNotModified:
		return rt.output.tagged
	case status >= http.StatusMultipleChoices:
		return rt.output.leads && status < http.StatusBadRequest
	}
	return rt.output.body == nil || len(body) > 0 || rt.method == http.MethodHead
}

// decode reads the value in an answer, by its media type.
func (rt *route) decode(resp *http.Response, body []byte, v any) error {
	if rt.method == http.MethodHead {
		return nil // there is none
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	known, ok := codec.ByMIME(media)
	switch {
	case isXML(media):
		return xml.Unmarshal(body, v)
	case ok && !isJSON(media):
		return known.Unmarshal(body, v)
	}
	return rt.schemas.Unmarshal(body, v)
}

// problemIn returns the Problem of an answer that is not the route's.
func problemIn(resp *http.Response, body []byte) *dram.Problem {
	p := &dram.Problem{}
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); !strings.HasSuffix(media, "json") || json.Unmarshal(body, p) != nil {
		p = &dram.Problem{Title: http.StatusText(resp.StatusCode)}
	}
	p.Status = resp.StatusCode
	return p
}

func (a *Created[T]) receive(rt *route, resp *http.Response, body []byte) error {
	a.Location = resp.Header.Get("Location")
	return rt.decode(resp, body, &a.Body)
}

func (*NoContent) receive(*route, *http.Response, []byte) error { return nil }

func (a *Redirect) receive(_ *route, resp *http.Response, _ []byte) error {
	a.Status, a.Location = resp.StatusCode, resp.Header.Get("Location")
	return nil
}

func (a *File) receive(_ *route, resp *http.Response, body []byte) error {
	a.Content, a.Type, a.ETag = bytes.NewReader(body), resp.Header.Get("Content-Type"), resp.Header.Get("ETag")
	a.ModTime, _ = http.ParseTime(resp.Header.Get("Last-Modified"))
	_, params, _ := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
	a.Name, a.Download = params["filename"], resp.Header.Get("Content-Disposition") != ""
	return nil
}

// accepts is the header Accept of a request: what Call can read.
func (rt *route) accepts() string {
	switch {
	case rt.output.events:
		return streamTypes[0]
	case rt.output.stream:
		return streamTypes[1]
	case rt.output.file:
		return "*/*"
	case len(rt.offers) == 0 || slices.ContainsFunc(rt.offers, isJSON):
		return dram.MIMEJSON
	}
	return strings.Join(rt.offers, ", ")
}
