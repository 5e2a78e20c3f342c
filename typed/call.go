package typed

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/dram-go/dram"
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

// Call sends a request for the route with what in has, and returns the answer. An answer of
// 400 and above is a *dram.Problem, with its members if the server sends problem details. A
// stream is read while it is ranged over, and ends with ctx. The body of a File is read into
// memory.
func (r *Route[In, Out]) Call(ctx context.Context, client *Client, in *In) (out Out, err error) {
	req, err := r.newRequest(ctx, client, reflect.ValueOf(in).Elem())
	if err != nil {
		return out, fmt.Errorf("dram: typed: %s %s: %w", r.method, r.pattern, err)
	}
	resp, err := cmp.Or(client.HTTP, http.DefaultClient).Do(req)
	if err != nil {
		return out, err
	}
	if r.output.stream && resp.StatusCode < http.StatusBadRequest {
		reflect.ValueOf(&out).Elem().Set(streamOf(reflect.TypeFor[Out](), resp))
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
	case resp.StatusCode >= http.StatusBadRequest:
		return out, problemIn(resp, body)
	}
	if known, ok := any(&out).(interface {
		receive(*http.Response, []byte) error
	}); ok {
		return out, known.receive(resp, body)
	}
	return out, json.Unmarshal(body, &out)
}

// problemIn returns the Problem of an answer that is a failure.
func problemIn(resp *http.Response, body []byte) *dram.Problem {
	p := &dram.Problem{}
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); !strings.HasSuffix(media, "json") || json.Unmarshal(body, p) != nil {
		p = &dram.Problem{Title: http.StatusText(resp.StatusCode)}
	}
	p.Status = resp.StatusCode
	return p
}

func (a *Created[T]) receive(resp *http.Response, body []byte) error {
	a.Location = resp.Header.Get("Location")
	return json.Unmarshal(body, &a.Body)
}

func (*NoContent) receive(*http.Response, []byte) error { return nil }

func (a *Redirect) receive(resp *http.Response, _ []byte) error {
	a.Status, a.Location = resp.StatusCode, resp.Header.Get("Location")
	return nil
}

func (a *File) receive(resp *http.Response, body []byte) error {
	a.Content, a.Type, a.ETag = bytes.NewReader(body), resp.Header.Get("Content-Type"), resp.Header.Get("ETag")
	a.ModTime, _ = http.ParseTime(resp.Header.Get("Last-Modified"))
	_, params, _ := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
	a.Name, a.Download = params["filename"], resp.Header.Get("Content-Disposition") != ""
	return nil
}

// newRequest makes the request that in is filled from.
func (rt *route) newRequest(ctx context.Context, client *Client, in reflect.Value) (*http.Request, error) {
	w := &requestWriter{query: url.Values{}, form: url.Values{}, header: http.Header{}, path: rt.pattern, body: map[string]json.RawMessage{}}
	for _, f := range rt.fields {
		value, err := in.FieldByIndexErr(f.Index)
		if err != nil {
			continue // in an embedded pointer that is nil
		}
		if err := w.write(f, rt.in.FieldByIndex(f.Index), value); err != nil {
			return nil, fmt.Errorf("the field %s: %w", f.Field, err)
		}
	}
	target := strings.TrimSuffix(client.Base, "/") + w.path
	if len(w.query) > 0 {
		target += "?" + w.query.Encode()
	}
	body, media, err := w.content()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, rt.method, target, body)
	if err != nil {
		return nil, err
	}
	for _, header := range []http.Header{client.Header, w.header} {
		for name, values := range header {
			req.Header[name] = values
		}
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	req.Header.Set("Accept", "application/json")
	switch {
	case rt.output.stream:
		req.Header.Set("Accept", streamTypes[1])
	case rt.output.file:
		req.Header.Set("Accept", "*/*")
	}
	for _, cookie := range w.cookies {
		req.AddCookie(cookie)
	}
	return req, nil
}
