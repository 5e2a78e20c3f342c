package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/dram-go/dram/router"
)

// route checks one route.
func (c *checker) route(r *Route) {
	if (r.To == "") == (len(r.Merge) == 0) {
		c.add(r.Line, r.Where, "it has to go somewhere: write either to or merge")
	}
	if r.To != "" {
		known(c, r.Line, r.at("to"), r.To, c.file.Upstreams)
	}
	if r.To == "" && r.Split != nil {
		c.add(r.Split.Line, r.Split.Where, "it is between versions of one upstream: write to, or leave it out")
	}
	if part, mend := router.Foreign(r.Path, false); part != "" {
		c.warn(r.Line, r.at("path"), "%s matches only itself: %s", shown(part), mend)
	}
	for _, other := range c.file.Routes {
		if other == r {
			break
		}
		if r.Name != "" && r.Name == other.Name {
			c.warn(r.Line, r.at("name"), "%s is the name of the route on line %d as well, and their figures are one: give it another", shown(r.Name), other.Line)
			break
		}
	}
	params := Params(r.Path)
	for i, name := range params {
		if slices.Contains(params[:i], name) {
			c.add(r.Line, r.at("path"), "it has the param %s twice: give them names of their own", shown(name))
		}
	}
	if r.Path == c.file.Listen.Ready {
		c.add(r.Line, r.at("path"), "the gateway answers %s itself (listen.ready): write another path, here or there", shown(r.Path))
	}
	c.merge(r)
	c.change(r.Line, r.at("request"), r.Request)
	c.change(r.Line, r.at("response"), r.Response)
	if r.Rewrite != "" {
		c.template(r.Line, r.at("rewrite"), r.Rewrite, r)
	}
	if r.StripPrefix != "" && !strings.HasPrefix(strings.ReplaceAll(r.Path, `\:`, ":"), strings.TrimSuffix(r.StripPrefix, "/")+"/") {
		c.add(r.Line, r.at("strip_prefix"), "%s does not begin with it: write the beginning of the path, up to a /", shown(r.Path))
	}
	c.where(r)
	c.who(r)
	if r.Retry != nil && r.Timeout > 0 && r.Retry.PerTry > r.Timeout {
		c.add(r.Line, r.at("retry.per_try"), "a try may take longer than the request (timeout): write less")
	}
	if r.CheckAnswers == "log" && r.OpenAPI == "" {
		c.add(r.Line, r.at("check_answers"), "there is nothing to check them by: set openapi")
	}
}

// where checks what depends on the upstream.
func (c *checker) where(r *Route) {
	u := c.file.Upstreams[r.To]
	if u == nil {
		return
	}
	if r.Transcode != (len(u.GRPC) > 0) {
		c.add(r.Line, r.at("transcode"), "%s", map[bool]string{
			true:  "the upstream does not speak gRPC: write grpc there, or leave transcode out",
			false: "the upstream speaks gRPC, which clients of HTTP do not: write transcode: true",
		}[r.Transcode])
	}
	last := r.Path[strings.LastIndexByte(r.Path, '/')+1:]
	if i := router.Wildcard(last); r.Transcode && i > 0 && last[i] == ':' {
		c.warn(r.Line, r.at("path"), "%s is every path that begins with %s, whatever its verb: write \\: for a colon", shown(r.Path), shown(strings.TrimSuffix(r.Path, last[i:])))
	}
	if r.Split != nil {
		c.split(r.Split, u)
	}
	if r.Mirror != nil {
		c.http(r.Mirror.Line, r.Mirror.at("to"), r.Mirror.To)
	}
	if r.Transcode && (r.Mirror != nil || r.Hedge != nil) {
		c.add(r.Line, r.at("transcode"), "calls of gRPC are neither copied nor hedged: leave mirror and hedge out")
	}
}

func (c *checker) split(s *Split, u *Upstream) {
	var versions []string
	for _, server := range slices.Concat(u.Servers, u.GRPC) {
		if server.Version != "" && !slices.Contains(versions, server.Version) {
			versions = append(versions, server.Version)
		}
	}
	var sum float64
	for _, version := range slices.Sorted(maps.Keys(s.Shares)) {
		sum += float64(s.Shares[version])
		if !slices.Contains(versions, version) {
			c.add(s.Line, s.at("shares.")+version, "no server of the upstream has this version: %s", Meant(version, append(versions, "a version at a server")))
		}
	}
	if math.Abs(sum-1) > 1e-9 {
		c.add(s.Line, s.at("shares"), "they are %g%% together: make them 100%%", math.Round(sum*1e4)/100)
	}
	if ramp := s.Ramp; ramp != nil {
		if _, ok := s.Shares[ramp.Version]; !ok {
			c.add(ramp.Line, ramp.at("version"), "%s has no share: %s", shown(ramp.Version), Meant(ramp.Version, slices.Sorted(maps.Keys(s.Shares))))
		}
		if len(s.Shares) != 2 {
			c.add(ramp.Line, ramp.Where, "a ramp is from one version to another, and there are %d: leave two in shares", len(s.Shares))
		}
		if slices.Contains(ramp.Steps, 0) {
			c.add(ramp.Line, ramp.at("steps"), "a step of 0 is none: write shares above it")
		}
		if !slices.IsSorted(ramp.Steps) {
			c.add(ramp.Line, ramp.at("steps"), "they do not rise: write them from small to large")
		}
	}
}

// who checks auth, limits and risk.
func (c *checker) who(r *Route) {
	if r.Auth != nil {
		for i, name := range r.Auth.By {
			known(c, r.Auth.Line, fmt.Sprintf("%s.by[%d]", r.Auth.Where, i), name, c.file.Auth)
		}
	}
	if r.Auth != nil && r.Cache != nil {
		c.warn(r.Line, r.at("cache"), "nothing is kept of what known clients get: leave it out, or auth")
	}
	if l := r.Limit; l != nil {
		if l.By == "user" && r.Auth == nil {
			c.add(l.Line, l.at("by"), "nobody is known here: set auth, or count by address")
		}
		if float64(l.Burst)/float64(l.Rate.Count)*l.Rate.Window.Hours() > 8760 {
			c.add(l.Line, l.at("burst"), "%d come back in more than a year, at %v: write less", l.Burst, l.Rate)
		}
		if l.Store == "redis" && c.file.Redis == nil {
			c.add(l.Line, l.at("store"), "there is no Redis: set redis.addr at the top of the file")
		}
	}
	var rules map[string]*Rule
	if c.file.Risk != nil {
		rules = c.file.Risk.Rules
	}
	for i, name := range r.Risk {
		known(c, r.Line, fmt.Sprintf("%s[%d]", r.at("risk"), i), name, rules)
	}
}

// template checks that the params of a path for the upstream are those of the route.
func (c *checker) template(line int, path, template string, r *Route) {
	params := Params(r.Path)
	for _, name := range Params(template) {
		if !slices.Contains(params, name) {
			c.add(line, path, "the route has no param %s: %s", shown(name), Meant(name, append(params, "a param of its path")))
		} else if strings.HasSuffix(r.Path, "/*"+name) && !strings.HasSuffix(template, "/*"+name) {
			c.add(line, path, "%s is the rest of a path, and not one segment: write *%s, at the end", shown(name), name)
		}
	}
}

// Params are the names of a pattern's params.
func Params(pattern string) (names []string) {
	for segment := range strings.SplitSeq(pattern, "/") {
		if i := router.Wildcard(segment); i >= 0 {
			names = append(names, segment[i+1:])
		}
	}
	return names
}

// table has the routes by method and host: "" for those of all hosts, and anyHost for those without auth of all that
// are named.
type table map[[2]string]*router.Tree[*Route]

const anyHost = "*"

func (t table) add(method, host string, r *Route) error {
	at := [2]string{method, host}
	if t[at] == nil {
		t[at] = new(router.Tree[*Route])
	}
	return t[at].Add(r.Path, r, fmt.Sprint(r.Line))
}

// lookup is the route that answers, as the gateway finds it: the more specific one of those for the host and those
// for all.
func (t table) lookup(method, host, path string) *Route {
	best, all := t.find(method, host, path), t.find(method, "", path)
	if best == nil || all != nil && all.Precedes(best) {
		best = all
	}
	if best == nil {
		return nil
	}
	return best.Value
}

// find is the route of a host, or of those for all; one of GET answers HEAD as well.
func (t table) find(method, host, path string) (found *router.Route[*Route]) {
	if tree := t[[2]string{method, host}]; tree != nil {
		found = tree.Lookup(path, new(router.Params))
	}
	if found == nil && method == http.MethodHead {
		return t.find(http.MethodGet, host, path)
	}
	return found
}

// orAll is a list, or if that has none what stands for all.
func orAll(list []string, all ...string) []string {
	if len(list) == 0 {
		return all
	}
	return list
}

// maxPlaces bounds the routes, one for each of their hosts and methods.
const maxPlaces = 200_000

// conflicts finds routes of which the router could not tell which is meant.
func (c *checker) conflicts() {
	methods := []string{""} // all others
	places := 0
	for _, r := range c.file.Routes {
		methods = append(methods, r.Methods...)
		if places += max(len(r.Hosts), 1) * cmp.Or(len(r.Methods), 8); places > maxPlaces {
			c.add(r.Line, r.at("hosts"), "the routes up to here are more than %d, if each of their hosts and methods counts: write {tenant}.example.com for hosts of one kind", maxPlaces)
			return
		}
	}
	slices.Sort(methods)
	methods = slices.Compact(methods)
	c.hosts()
	routes := make(table)
	ofAll := make(map[[2]string]*Route) // those for all hosts, by method and what they match
	for _, r := range c.file.Routes {
		var first error
		for _, method := range orAll(r.Methods, methods...) {
			for _, host := range orAll(r.Hosts, "") {
				first = cmp.Or(first, routes.add(method, host, r))
			}
			if len(r.Hosts) == 0 {
				ofAll[[2]string{method, shape(r.Path)}] = r
			} else if r.Auth == nil {
				_ = routes.add(method, anyHost, r) // if no other one matches the same
			}
		}
		if first != nil {
			c.pattern(r, first)
		}
	}
	for _, r := range c.file.Routes {
		if len(r.Hosts) > 0 {
			c.twin(r, methods, ofAll)
		}
		if r.Auth != nil {
			c.beside(r, methods, routes)
		}
	}
	c.apart(methods, routes)
}

// shape is equal for patterns that match the same paths.
func shape(pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		if w := router.Wildcard(segment); w >= 0 {
			segments[i] = segment[:w+1]
		}
	}
	return strings.Join(segments, "/")
}

// twin finds the route for all hosts that matches the same as one for some.
func (c *checker) twin(r *Route, methods []string, ofAll map[[2]string]*Route) {
	for _, method := range orAll(r.Methods, methods...) {
		if other := ofAll[[2]string{method, shape(r.Path)}]; other != nil {
			if other.Line > r.Line {
				r, other = other, r
			}
			var both router.Tree[*Route]
			if both.Add(other.Path, other, fmt.Sprint(other.Line)) == nil {
				c.pattern(r, both.Add(r.Path, r, ""))
			}
			return
		}
	}
}

// beside warns of a route with auth if another one, without, answers the same path but for the slash at its
// end, which many upstreams do not tell apart.
func (c *checker) beside(r *Route, methods []string, routes table) {
	path, isShort := strings.CutSuffix(r.Path, "/")
	if !isShort {
		path += "/"
	}
	for _, host := range orAll(r.Hosts, anyHost) {
		for _, method := range orAll(r.Methods, methods...) {
			if other := routes.lookup(method, host, path); other != nil && other.Auth == nil {
				c.warn(r.Line, r.at("path"), "%s needs auth, and %s is answered by the route on line %d, which does not: write a route for it, too", shown(r.Path), shown(path), other.Line)
				return
			}
		}
	}
}

// pattern says why a path was refused.
func (c *checker) pattern(r *Route, err error) {
	var conflict *router.ConflictError
	var bad *router.PatternError
	switch {
	case errors.As(err, &conflict):
		c.add(r.Line, r.at("path"), "%s matches the same as %s on line %s (%s, say): change or remove one", shown(r.Path), shown(conflict.Existing), conflict.Previous, shown(conflict.Path))
	case errors.As(err, &bad):
		c.add(r.Line, r.at("path"), "%s is not a pattern: %s; %s", shown(r.Path), bad.Reason, bad.Fix)
	default:
		c.add(r.Line, r.at("path"), "%v", err)
	}
}
