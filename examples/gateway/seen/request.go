package seen

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/call"
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

// Names are the names of routes, by method, host and path.
type Names map[[3]string]string

func (n Names) of(c *dram.Context) string {
	host, path := c.FullHost(), c.FullPath()
	name := n[[3]string{c.Request.Method, host, path}]
	if name == "" && c.Request.Method == http.MethodHead {
		name = n[[3]string{http.MethodGet, host, path}]
	}
	return name
}

// Begin is the layer outside all others that see a request: it finds the name of its route.
func (m *Metrics) Begin(names Names) dram.HandlerFunc {
	return func(c *dram.Context) {
		name, began, whole := names.of(c), time.Now(), false
		ctx := c.Request.Context()
		defer func() {
			if status := c.Writer.Status(); name != "" && status != http.StatusSwitchingProtocols {
				m.rate(subject{"route", name, ""}).add(time.Since(began), status >= http.StatusInternalServerError || !whole && ctx.Err() == nil)
			}
		}()
		c.NextWith(nil, c.Request.WithContext(context.WithValue(ctx, requestKey{}, &request{name: name})))
		whole = true
	}
}

// Try notes a try of the request, for the log and for its trace.
func Try(upstream string, t call.Try) {
	ctx := t.Request.Context()
	note(ctx, t)
	if r := of(ctx); r != nil && !t.Lost {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.upstream, r.last, r.tries = upstream, t, r.tries+1
	}
}

// Attrs are what the access log says beyond dram's own attributes.
func Attrs(c *dram.Context) []slog.Attr {
	attrs := make([]slog.Attr, 0, 8) // in all
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
