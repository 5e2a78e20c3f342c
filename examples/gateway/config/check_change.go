package config

import (
	"maps"
	"net/http"
	"slices"
	"strings"
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
	known(c, line, path, name, c.file.Upstreams)
	if u := c.file.Upstreams[name]; u != nil && len(u.GRPC) > 0 {
		c.add(line, path, "%s speaks gRPC: write one with servers", shown(name))
	}
}

// change checks the names of headers with their values, and the pointers into bodies.
func (c *checker) change(line int, path string, change *Change) {
	if change == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(change.Set)) {
		at := join(path, "set."+name)
		c.kind("header", line, at, name)
		if strings.ContainsFunc(change.Set[name].Reveal(), func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			c.add(line, at, "the value has a control character, which no header has: remove it")
		}
	}
	if body := change.Body; body != nil {
		for _, pointer := range slices.Concat(slices.Sorted(maps.Keys(body.Rename)), slices.Sorted(maps.Keys(body.Set))) {
			c.kind("pointer", line, join(path, "body"), pointer)
		}
	}
}
