package seen

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/trace"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/call"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/risk"
	"github.com/dram-go/dram/middleware"
)

// request is what is seen of one request on its way.
type request struct {
	name string // of its route; "" without one

	mu       sync.Mutex // hedged tries run at the same time
	upstream string
	last     call.Try
	tries    int
}

type requestKey struct{}

func of(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}

// Begin is the layer outside all others that see a request: it finds the name of its route.
func Begin(file *config.File) dram.HandlerFunc {
	names := namesOf(file)
	return func(c *dram.Context) {
		method, at := c.Request.Method, c.FullHost()+c.FullPath()
		if method == http.MethodHead && names[place{method, at}] == "" {
			method = http.MethodGet
		}
		name := names[place{method, at}]
		if name == "" {
			name = names[place{"", at}]
		}
		c.NextWith(nil, c.Request.WithContext(context.WithValue(c.Request.Context(), requestKey{}, &request{name: name})))
	}
}

// place is where a route is; method "" is any.
type place struct{ method, path string }

func namesOf(file *config.File) map[place]string {
	names := make(map[place]string)
	for _, r := range file.Routes {
		hosts, methods := slices.Clone(r.Hosts), slices.Clone(r.Methods)
		if len(hosts) == 0 {
			hosts = append(hosts, "")
			for _, other := range file.Routes { // a route without a host stands in each of them
				hosts = append(hosts, other.Hosts...)
			}
		}
		if len(methods) == 0 {
			methods = []string{""}
		}
		for _, host := range hosts {
			for _, method := range methods {
				names[place{method, host + r.Path}] = Name(r)
			}
		}
	}
	return names
}

// Name is what a route is called.
func Name(r *config.Route) string {
	if r.Name != "" {
		return r.Name
	}
	return r.Path
}

// Try notes a try of the request, for the log and for its trace.
func Try(upstream string, t call.Try) {
	ctx := t.Request.Context()
	note(ctx, t)
	if r := of(ctx); r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.upstream, r.last, r.tries = upstream, t, r.tries+1
	}
}

// Attrs are what the access log says beyond dram's own attributes.
func Attrs(c *dram.Context) (attrs []slog.Attr) {
	add := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	add("user", middleware.ByUser(c))
	if r := of(c.Request.Context()); r != nil {
		add("name", r.name)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.tries > 0 {
			add("upstream", r.upstream)
			add("server", r.last.Server.Addr)
			add("version", r.last.Server.Version)
			attrs = append(attrs, slog.Int("tries", r.tries))
		}
	}
	if d, ok := risk.Of(c); ok && d.Score > 0 {
		attrs = append(attrs, slog.Int("risk_score", d.Score))
		add("risk", string(d.Action))
	}
	if span := trace.SpanContextFromContext(c.Request.Context()); span.IsValid() {
		add("trace_id", span.TraceID().String())
	}
	return attrs
}
