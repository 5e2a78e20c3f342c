package middleware

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/dram-go/dram"
)

// Rewrite serves a path by the route of another one, without the client's
// knowledge. For what the client should know, redirect.

// RewriteRule changes paths. Exactly one of Path and Pattern must be set.
type RewriteRule struct {
	// Path is the whole path ("/old"), or its beginning if it ends in "*"
	// ("/v1/*"): To may then take the rest by ending in "*" as well ("/api/*").
	Path string
	// Pattern matches the whole path; To may use its groups: "$1", "${name}".
	Pattern *regexp.Regexp
	// To is the new path. It starts with "/"; a "?" begins a query that replaces
	// the request's, and may use the groups of Pattern as well.
	To string
}

// RewriteConfig sets up Rewrite. Engine and Rules must be set.
type RewriteConfig struct {
	// Engine is the engine that wears the layer; it finds the route anew.
	Engine *dram.Engine
	// Rules are tried in order; the first that matches is applied, once.
	Rules []RewriteRule
}

// Validate tells what is wrong with the configuration.
func (cfg RewriteConfig) Validate() error {
	if cfg.Engine == nil {
		return misconfigured("Rewrite", "Engine", "is nil; write the engine that wears the layer")
	}
	if len(cfg.Rules) == 0 {
		return misconfigured("Rewrite", "Rules", `is empty; write one such as {Path: "/v1/*", To: "/api/*"}`)
	}
	for _, rule := range cfg.Rules {
		switch {
		case (rule.Path == "") == (rule.Pattern == nil):
			return misconfigured("Rewrite", "Rules", "the rule to %q needs either Path or Pattern", rule.To)
		case rule.Pattern == nil && !strings.HasPrefix(rule.Path, "/"), !strings.HasPrefix(rule.To, "/"):
			return misconfigured("Rewrite", "Rules", `%q to %q: both start with "/"`, rule.Path, rule.To)
		case rule.Pattern == nil && strings.Contains(rule.To, "*") && !strings.HasSuffix(rule.Path, "*"):
			return misconfigured("Rewrite", "Rules", `%q to %q: there is no rest to take; write "*" at the end of Path too`, rule.Path, rule.To)
		}
		_, query, _ := strings.Cut(rule.To, "?")
		if _, err := url.ParseQuery(query); err != nil {
			return misconfigured("Rewrite", "Rules", "the query of %q cannot be read: %v", rule.To, err)
		}
	}
	return nil
}

// Rewrite changes the path of requests by rules, which see the decoded path. The
// router has chosen a route by then, so the request is given to it again
// (Engine.HandleContext): the route of the new path runs with all its layers,
// guards included, and the former chain ends. A request is rewritten at most
// once. Layers outside of this one would run twice: make it the first that
// Engine.Use gets.
func Rewrite(cfg RewriteConfig) dram.HandlerFunc {
	must(cfg.Validate())
	layer := &cfg
	rules := make([]rewriter, len(cfg.Rules))
	for i, rule := range cfg.Rules {
		rules[i] = newRewriter(rule)
	}
	return func(c *dram.Context) {
		for i := range rules {
			path, query, ok := rules[i].apply(c.Request.URL)
			if !ok {
				continue
			}
			if rerouted(c, layer) {
				return
			}
			reroute(c, cfg.Engine, layer, func(req *http.Request) {
				rewritten := *req.URL
				rewritten.Path, rewritten.RawPath, rewritten.RawQuery = path, "", query
				req.URL = &rewritten
			})
			return
		}
	}
}

// rewriter is a rule, taken apart. The query is parsed before anything of the
// request comes into it, so that a "?" or "&" in a path (as %3F, %26) adds none.
type rewriter struct {
	RewriteRule
	path  string // of To, "*" taken off
	takes bool   // the rest of the path comes after it
	query url.Values
}

func newRewriter(rule RewriteRule) rewriter {
	path, query, hasQuery := strings.Cut(rule.To, "?")
	r := rewriter{RewriteRule: rule, path: path}
	if hasQuery {
		r.query, _ = url.ParseQuery(query) // Validate has parsed it
	}
	if rule.Pattern != nil {
		r.Pattern = regexp.MustCompile(`^(?:` + rule.Pattern.String() + `)\z`)
	} else if strings.HasSuffix(rule.Path, "*") {
		r.path, r.takes = strings.CutSuffix(path, "*")
	}
	return r
}

// apply is what the rule makes of a URL's path and query.
func (r *rewriter) apply(from *url.URL) (path, query string, ok bool) {
	if r.Pattern != nil {
		return r.expand(from)
	}
	path = r.path
	if prefix, isPrefix := strings.CutSuffix(r.Path, "*"); isPrefix {
		var rest string
		if rest, ok = strings.CutPrefix(from.Path, prefix); ok && r.takes {
			path += rest
		}
	} else {
		ok = from.Path == r.Path
	}
	if !ok || r.query == nil {
		return path, from.RawQuery, ok
	}
	return path, r.query.Encode(), true
}

// expand is apply for a pattern.
func (r *rewriter) expand(from *url.URL) (path, query string, ok bool) {
	match := r.Pattern.FindStringSubmatchIndex(from.Path)
	if match == nil {
		return "", "", false
	}
	fill := func(template string) string {
		return string(r.Pattern.ExpandString(nil, template, from.Path, match))
	}
	path = fill(r.path)
	if r.query == nil {
		return path, from.RawQuery, true
	}
	filled := make(url.Values, len(r.query))
	for name, values := range r.query {
		for _, value := range values {
			filled.Add(name, fill(value))
		}
	}
	return path, filled.Encode(), true
}
