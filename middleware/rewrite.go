package middleware

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/pathspell"
)

// Rewrite serves a path by the route of another one, unknown to the client. To
// let the client know, redirect.

// RewriteRule is a rule that changes paths. Exactly one of Path and Pattern
// must be set.
type RewriteRule struct {
	// Path is the whole path ("/old"), or its beginning if it ends in "*"
	// ("/v1/*"). To may then end in "*" as well, which stands for the rest
	// ("/api/*").
	Path string
	// Pattern must match the whole path; To may use its groups: "$1", "${name}".
	Pattern *regexp.Regexp
	// To is the new path. It starts with "/"; a "?" in it starts a query that
	// replaces that of the request and may use the groups of Pattern as well.
	To string
}

// RewriteConfig sets up Rewrite. Engine and Rules must be set.
type RewriteConfig struct {
	// Engine is the engine that uses the layer; it routes the request again.
	Engine *dram.Engine
	// Rules are tried in order; only the first that matches is applied.
	Rules []RewriteRule
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg RewriteConfig) Validate() error {
	if cfg.Engine == nil {
		return misconfigured("Rewrite", "Engine", "is nil; write the engine that uses the layer")
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

// Rewrite changes the paths of requests by rules, which match the decoded path.
// The parts that a rule keeps also keep their escapes: for engines that match
// escaped paths, a %2F does not become a separator.
//
// When the layer runs, the router has already chosen a route, so the request is
// routed again (Engine.HandleContext): the route of the new path runs with all
// its layers, guards included, and the former chain ends. A request is
// rewritten at most once. Layers outside this one would run twice: make it the
// first that Engine.Use gets.
func Rewrite(cfg RewriteConfig) dram.HandlerFunc {
	must(cfg.Validate())
	layer := &cfg
	rules := make([]rewriter, len(cfg.Rules))
	for i, rule := range cfg.Rules {
		rules[i] = newRewriter(rule)
	}
	return func(c *dram.Context) {
		for i := range rules {
			to, ok := rules[i].apply(c.Request.URL)
			if !ok {
				continue
			}
			rewritten := to // to itself need not be on the heap for those that do not match
			reroute(c, cfg.Engine, layer, func(req *http.Request) { req.URL = &rewritten })
			return
		}
	}
}

// rerouting is the key under which the context of a rerouted request holds the
// layer that did it, so that no layer does it twice.
type rerouting struct{ layer any }

// reroute serves a request that a layer has changed by the route that it now
// has, with all layers of that route, and ends the chain of the former one. A
// layer runs after the route is chosen: changing the request alone would run
// the handler of the former route, without the layers that guard the new one.
func reroute(c *dram.Context, engine *dram.Engine, layer any, change func(*http.Request)) {
	ctx, key := c.Request.Context(), rerouting{layer}
	if ctx.Value(key) != nil {
		return
	}
	req := c.Request.WithContext(context.WithValue(ctx, key, true))
	change(req)
	c.Writer.Header().Del("Allow") // of a 405 that no longer applies
	c.Status(http.StatusOK)        // or a 404
	engine.HandleContextWith(c, req)
	c.Writer.WriteHeaderNow() // a status is an answer: a 404's default text must not follow it
	c.Abort()
}

// rewriter is a compiled rule. The query is parsed before anything of the
// request is inserted, so that a "?" or "&" in a path (as %3F, %26) cannot add
// parameters.
type rewriter struct {
	RewriteRule
	path    string // of To, "*" taken off
	escaped string // the same, escaped but for the braces of groups
	takes   bool   // the rest of the path comes after it
	query   url.Values
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
	r.escaped = unescapeBraces.Replace(pathspell.Escape(r.path))
	return r
}

var (
	escapeBraces   = strings.NewReplacer("{", "%7B", "}", "%7D")
	unescapeBraces = strings.NewReplacer("%7B", "{", "%7D", "}")
)

// apply applies the rule to a URL.
func (r *rewriter) apply(from *url.URL) (to url.URL, ok bool) {
	if r.Pattern != nil {
		return r.expand(from)
	}
	prefix, isPrefix := strings.CutSuffix(r.Path, "*")
	if isPrefix && !strings.HasPrefix(from.Path, prefix) || !isPrefix && from.Path != r.Path {
		return to, false
	}
	to = *from
	path, raw := r.path, r.escaped
	if r.takes {
		path += from.Path[len(prefix):]
		escaped := pathspell.Escaped(from)
		raw += escaped[pathspell.Index(escaped, len(prefix)):]
	}
	setPath(&to, path, raw)
	if r.query != nil {
		to.RawQuery = r.query.Encode()
	}
	return to, true
}

// expand is apply for a pattern.
func (r *rewriter) expand(from *url.URL) (to url.URL, ok bool) {
	match := r.Pattern.FindStringSubmatchIndex(from.Path)
	if match == nil {
		return to, false
	}
	fill := func(template string) string {
		return string(r.Pattern.ExpandString(nil, template, from.Path, match))
	}
	to = *from
	path := fill(r.path)
	if r.query != nil {
		filled := make(url.Values, len(r.query))
		for name, values := range r.query {
			for _, value := range values {
				filled.Add(name, fill(value))
			}
		}
		to.RawQuery = filled.Encode()
	}
	escaped := pathspell.Escaped(from)
	for i, index := range match {
		if index >= 0 {
			match[i] = pathspell.Index(escaped, index)
		}
	}
	raw := string(r.Pattern.ExpandString(nil, r.escaped, escaped, match))
	setPath(&to, path, escapeBraces.Replace(raw)) // the braces that were not a group's
	return to, true
}

// setPath sets the path of a URL, and its escaped form if that differs from the
// usual one. Needless escapes are removed (RFC 3986 section 6.2.2.2).
func setPath(u *url.URL, path, escaped string) {
	escaped = pathspell.Normalize(escaped)
	u.Path, u.RawPath = path, ""
	if decoded, err := url.PathUnescape(escaped); err == nil && decoded == path && escaped != pathspell.Escape(path) {
		u.RawPath = escaped
	}
}
