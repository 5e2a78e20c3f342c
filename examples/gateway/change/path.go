package change

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/internal/grammar"
	"github.com/dram-go/dram/router"
)

// Template is a path for an upstream, with the params of a route: /v2/users/:id, /files/*rest. A colon of its own is \:.
type Template string

// Fill returns the path for a request, escaped as a URL has it. The colons of a param's value are escaped as well: it
// is not a verb of a method.
func (t Template) Fill(c *dram.Context) string {
	var out strings.Builder
	for segment := range strings.SplitSeq(strings.TrimPrefix(string(t), "/"), "/") {
		out.WriteByte('/')
		i := router.Wildcard(segment)
		if i < 0 {
			out.WriteString(grammar.Escape(colons.Replace(segment)))
			continue
		}
		out.WriteString(grammar.Escape(colons.Replace(segment[:i])))
		value := c.Param(segment[i+1:])
		if segment[i] == '*' {
			out.WriteString(grammar.Escape(strings.TrimPrefix(value, "/")))
		} else {
			out.WriteString(strings.ReplaceAll(url.PathEscape(value), ":", "%3A"))
		}
	}
	return out.String()
}

var colons = strings.NewReplacer(`\:`, ":")

// Decoded is the path of Fill without escapes.
func (t Template) Decoded(c *dram.Context) string {
	decoded, _ := url.PathUnescape(t.Fill(c)) // which has escaped it
	return decoded
}

// Plain is the layer that refuses a request with 400 if its path for an upstream may be read in two ways. That of
// the client need not be: of /v../docs the route /v:version/docs has the param "..".
func Plain(t Template) dram.HandlerFunc {
	return dram.Try(func(c *dram.Context) error {
		if fault := grammar.PathFault(t.Decoded(c)); fault != "" {
			return dram.NewProblem(http.StatusBadRequest, "for the service, "+fault)
		}
		return nil
	})
}

// Path returns the path that the upstream of a route gets for a request, escaped.
func Path(c *dram.Context, r *config.Route) string {
	if r.Rewrite != "" {
		return Template(r.Rewrite).Fill(c)
	}
	escaped := c.Request.URL.EscapedPath()
	rest, found := strings.CutPrefix(c.Request.URL.Path, strings.TrimSuffix(r.StripPrefix, "/"))
	switch {
	case r.StripPrefix == "" || !found:
		return escaped
	case rest == "":
		return "/"
	}
	return escaped[grammar.Index(escaped, len(c.Request.URL.Path)-len(rest)):]
}

// Out makes the last changes to a request that Proxy sends for a route: what is set here is not
// subject to the client's Connection header.
func Out(r *config.Route) func(*dram.Context, *http.Request) {
	return func(c *dram.Context, out *http.Request) {
		if r.Rewrite != "" {
			out.URL.Path, out.URL.RawPath = Template(r.Rewrite).Decoded(c), "" // no segment has a slash: Proxy refuses them
		}
		Header(out.Header, r.Request)
		if r.Request != nil {
			drop(out.Trailer, r.Request.Remove)
		}
	}
}
