package auth

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/call"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/middleware"
)

// Forward asks a service who the client is: with a GET that has the headers of the request, as
// middleware.Proxy passes them on, and in X-Original-Method and X-Original-URI what is asked for.
// 200 or 204 with a name is yes, 401 and 403 are no, and anything else is not an answer. transport
// asks the service.
func Forward(name string, cfg *config.Forward, transport http.RoundTripper) *Way {
	ask := middleware.Proxy(middleware.ProxyConfig{
		Target:    "http://upstream", // the transport knows which
		Transport: transport,
		Rewrite: func(c *dram.Context, out *http.Request) {
			call.Rewrite(c, out)
			of := answerOf(c).of
			out.Header.Set("X-Original-Method", of.Method)
			out.Header.Set("X-Original-Uri", of.URL.RequestURI())
		},
		OnError: func(c *dram.Context, p dram.Problem) { answerOf(c).fault = &p },
	})
	know := func(c *dram.Context) (string, []string, error) {
		a := &answer{of: c.Request, header: make(http.Header)}
		q := question(c.Request, cfg.Path)
		if cfg.Timeout > 0 {
			ctx, stop := context.WithTimeoutCause(q.Context(), time.Duration(cfg.Timeout), call.ErrTooSlow)
			defer stop()
			q = q.WithContext(ctx)
		}
		c.Fork()(a, q, func(c *dram.Context) {
			c.Set(answerKey{}, a)
			ask(c)
			a.status = c.Writer.Status()
		})
		return a.client(cfg)
	}
	return &Way{Name: name, know: know}
}

// question is what the service is asked: whose the request is, not what it wants. So it has no
// body, and nothing by which the answer could be another one (a part, 304).
func question(req *http.Request, path string) *http.Request {
	q := req.Clone(req.Context())
	q.Method, q.URL = http.MethodGet, &url.URL{Path: path}
	q.Body, q.ContentLength, q.TransferEncoding, q.Trailer = http.NoBody, 0, nil, nil
	for _, name := range []string{
		"Content-Length", "Content-Type", "Content-Encoding", "Expect", "Upgrade", "Range", "If-Range",
		"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since",
	} {
		q.Header.Del(name)
	}
	return q
}

// answer is the head of what the service says.
type answer struct {
	of     *http.Request
	header http.Header
	status int
	fault  error
}

type answerKey struct{}

// answerOf is where the answer goes to what is asked on another Context.
func answerOf(c *dram.Context) *answer { return c.Value(answerKey{}).(*answer) }

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) Write(p []byte) (int, error) { return len(p), nil }
func (a *answer) WriteHeader(int)             {} // nor is it called for an empty 200

// client reads the answer.
func (a *answer) client(cfg *config.Forward) (string, []string, error) {
	switch {
	case a.fault != nil:
		return "", nil, a.fault
	case a.status == http.StatusUnauthorized:
		return "", nil, &refused{why: cfg.To + " does not know the client", challenge: cmp.Or(strings.Join(a.header.Values("Www-Authenticate"), ", "), "Bearer")}
	case a.status == http.StatusForbidden:
		return "", nil, &refused{why: cfg.To + " does not let the client in", mayNot: true}
	case a.status != http.StatusOK && a.status != http.StatusNoContent:
		return "", nil, fmt.Errorf("%s answers with %d: an auth service says 200 or 204, 401 or 403", cfg.To, a.status)
	}
	user := a.header.Get(cfg.User)
	if user == "" {
		return "", nil, fmt.Errorf("%s does not say who the client is: its answer has to have the header %s", cfg.To, cfg.User)
	}
	return user, strings.Fields(a.header.Get(cfg.Scopes)), nil
}
