// Package merge asks some upstreams at the same time and puts their JSON answers into one
// object. It is a transport of middleware.Proxy, which makes the request that each of them gets.
package merge

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/call"
	"github.com/dram-go/dram/examples/gateway/change"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/upstream"
	"github.com/dram-go/dram/middleware"
)

// MaxPart is how long the answer of one upstream may be.
const MaxPart = 1 << 20

// Part is one of the upstreams.
type Part struct {
	*config.Part
	Transport http.RoundTripper
	// Key is whose a request is, for upstreams that choose by a hash.
	Key func(*dram.Context) string
	// Edit changes the header of the request to this upstream, when all that is the client's alone is gone.
	Edit func(ctx context.Context, h http.Header)
	// Timeout bounds it; 0 leaves that to the request's context.
	Timeout time.Duration
}

// Handler answers with the object: the answer of each part under its name, in the order of the
// file. A part that fails is left out if it is optional; otherwise the request fails, with the
// status of the part if that is 4xx, or 502 or 504. The others are given up then.
func Handler(parts []Part) dram.HandlerFunc {
	proxy := middleware.Proxy(middleware.ProxyConfig{
		Target:    "http://merge",
		Transport: merger(parts),
		Rewrite:   call.Rewrite,
		OnError:   call.OnError,
	})
	return func(c *dram.Context) {
		one := make([]asked, len(parts))
		for i, part := range parts {
			one[i] = asked{change.Template(part.Path).Decoded(c), upstream.Wish{Key: part.Key(c)}}
		}
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), askedKey{}, one))
		proxy(c)
	}
}

// asked is what one part is asked for one request.
type asked struct {
	path string
	wish upstream.Wish
}

type askedKey struct{}

type merger []Part

// answer is that of one part.
type answer struct {
	header http.Header
	body   json.RawMessage
}

// RoundTrip asks all parts. Its error is a *dram.Problem, or that of a transport.
func (m merger) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	defer cancel(nil)
	answers := make([]*answer, len(m))
	var all sync.WaitGroup
	for i, one := range req.Context().Value(askedKey{}).([]asked) {
		all.Go(func() {
			ctx := call.With(ctx, one.wish)
			if m[i].Timeout > 0 {
				var stop context.CancelFunc
				ctx, stop = context.WithTimeoutCause(ctx, m[i].Timeout, call.ErrTooSlow)
				defer stop()
			}
			got, err := m[i].ask(ctx, req, one.path)
			if err == nil {
				answers[i] = got
			} else if !m[i].Optional {
				cancel(fmt.Errorf("%s: %w", m[i].As, err))
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	body := m.join(answers)
	h := shared(answers)
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Header: h, Request: req,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

// ask asks one part.
func (p Part) ask(ctx context.Context, req *http.Request, path string) (*answer, error) {
	out := change.Informed(req.Clone(ctx), func(h http.Header) { clear(h) }) // a 1xx of one part says nothing of the whole
	out.Method, out.Body, out.ContentLength = http.MethodGet, nil, 0
	out.URL.Path, out.URL.RawPath = path, ""
	for name := range out.Header { // what would be of its answer alone
		if strings.HasPrefix(name, "If-") || strings.HasPrefix(name, "Accept") || strings.HasPrefix(name, "Content-") || name == "Range" || name == "Upgrade" || name == "Connection" {
			delete(out.Header, name)
		}
	}
	out.Header.Set("Accept", "application/json")
	p.Edit(ctx, out.Header)
	resp, err := p.Transport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if status := resp.StatusCode; status >= 400 && status < 500 {
		return nil, dram.NewProblem(status, p.As+" is answered with this status.")
	} else if status != http.StatusOK {
		return nil, p.bad("is answered with %d, where 200 is wanted.", status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxPart+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > MaxPart:
		return nil, p.bad("is answered with more than %d bytes.", MaxPart)
	case !json.Valid(body):
		return nil, p.bad("is not answered with JSON.")
	}
	return &answer{resp.Header, bytes.TrimSpace(body)}, nil
}

// bad is what the client is told of an answer that is none.
func (p Part) bad(format string, args ...any) error {
	return dram.NewProblem(http.StatusBadGateway, p.As+" "+fmt.Sprintf(format, args...))
}

// join makes the object.
func (m merger) join(answers []*answer) []byte {
	out := []byte{'{'}
	for i, a := range answers {
		if a == nil {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		name, _ := json.Marshal(m[i].As) // a text
		out = append(append(append(out, name...), ':'), a.body...)
	}
	return append(out, '}')
}

// shared is what the headers of the answers say of all of them: how long they may be kept, if
// they say the same, and what they depend on. A part that is missing is not to be kept.
func shared(answers []*answer) http.Header {
	h := make(http.Header)
	for i, a := range answers {
		if a == nil {
			h.Set("Cache-Control", "no-store")
			break
		}
		control := strings.Join(a.header.Values("Cache-Control"), ", ")
		if i > 0 && control != h.Get("Cache-Control") {
			h.Set("Cache-Control", "no-store")
			break
		}
		if control != "" {
			h.Set("Cache-Control", control)
		}
	}
	for _, a := range answers {
		if a != nil {
			for _, names := range a.header["Vary"] {
				if !slices.Contains(h["Vary"], names) {
					h.Add("Vary", names)
				}
			}
			if len(a.header["Set-Cookie"]) > 0 { // which is not passed on
				h.Set("Cache-Control", "no-store")
			}
		}
	}
	return h
}
