package config

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/dram-go/dram/examples/gateway/internal/grammar"
)

// merge checks the upstreams that are put together, which are asked by GET.
func (c *checker) merge(r *Route) {
	if len(r.Merge) == 0 {
		return
	}
	names := make(map[string]int)
	for _, part := range r.Merge {
		c.http(part.Line, part.at("to"), part.To)
		c.template(part.Line, part.at("path"), part.Path, r)
		if before := names[part.As]; before != 0 {
			c.add(part.Line, part.at("as"), "%s is the name of the one on line %d: write another", shown(part.As), before)
		}
		names[part.As] = part.Line
	}
	if len(r.Methods) != 1 || r.Methods[0] != http.MethodGet {
		c.add(r.Line, r.at("methods"), "only answers to GET can be merged: write methods: [GET]")
	}
	if r.Mirror != nil || r.Split != nil || r.StripPrefix != "" || r.Rewrite != "" {
		c.add(r.Line, r.at("merge"), "it has paths and upstreams of its own: leave mirror, split, strip_prefix and rewrite out")
	}
}

// http checks that an upstream is defined, and speaks HTTP.
func (c *checker) http(line int, path, name string) {
	c.known(line, path, name, c.file.Upstreams)
	if u := c.file.Upstreams[name]; u != nil && len(u.GRPC) > 0 {
		c.add(line, path, "%s speaks gRPC: write one with servers", shown(name))
	}
}

// change checks the names and values of headers, and the pointers into bodies.
func (c *checker) change(line int, path string, change *Change) {
	if change == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(change.Set)) {
		c.changed(line, join(path, "set."+name), name, change.Set[name])
	}
	for i, name := range change.Remove {
		c.changed(line, fmt.Sprintf("%s.remove[%d]", path, i), name, "")
	}
	if body := change.Body; body != nil {
		pointers := slices.Concat(slices.Sorted(maps.Keys(body.Rename)), slices.Sorted(maps.Values(body.Rename)), slices.Sorted(maps.Keys(body.Set)), body.Remove)
		for _, pointer := range pointers {
			c.pointer(line, join(path, "body"), pointer)
		}
	}
}

// changed checks a header that an operator may set, remove, or pass on.
func (c *checker) changed(line int, path, name, value string) {
	switch {
	case !grammar.IsToken(name):
		c.add(line, path, "%s is not the name of a header: write letters, digits and -", shown(name))
	case grammar.IsOfMessage(name):
		c.add(line, path, "%s belongs to the message itself: leave it out", shown(name))
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		c.add(line, path, "the value has a control character, which no header has: remove it")
	}
}

// pointer checks a JSON Pointer (RFC 6901) to a member.
func (c *checker) pointer(line int, path, pointer string) {
	escapes := strings.NewReplacer("~0", "", "~1", "").Replace(pointer)
	if !strings.HasPrefix(pointer, "/") || strings.Contains(escapes, "~") {
		c.add(line, path, "%s is not a JSON Pointer to a member: write /name or /name/inner, with ~1 for / and ~0 for ~", shown(pointer))
	}
}
