package config

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/dram-go/dram"
)

// hostPattern is a host as Engine.Host writes it: in small letters, without a dot at the end. A port is not one of
// the gateway's, which clients may reach by another.
func hostPattern(text string) (pattern string, ok bool) {
	if _, _, err := net.SplitHostPort(text); err == nil {
		return "", false
	}
	defer func() { ok = recover() == nil }()
	return dram.New().Host(text).FullHost(), true
}

// hosts writes those of all routes in one way, and checks that the router can tell them and their params apart.
func (c *checker) hosts() {
	known := make(map[string][2]string) // by what it matches, a pattern and its line
	for _, r := range c.file.Routes {
		var own []string
		for i, host := range r.Hosts {
			pattern, ok := hostPattern(host)
			if !ok {
				own = append(own, host)
				continue // said before
			}
			at := fmt.Sprintf("%s[%d]", r.at("hosts"), i)
			if slices.Contains(own, pattern) {
				c.add(r.Line, at, "%s stands there twice: leave one", shown(pattern))
				continue
			}
			own = append(own, pattern)
			var kind []string
			for label := range strings.SplitSeq(pattern, ".") {
				if param, isParam := strings.CutPrefix(label, "{"); isParam {
					label = "{"
					if param = strings.TrimSuffix(param, "}"); slices.Contains(Params(r.Path), param) {
						c.add(r.Line, at, "the path has a param %s as well: give them names of their own", shown(param))
					}
				}
				kind = append(kind, label)
			}
			same := strings.Join(kind, ".")
			if first, there := known[same]; there && first[0] != pattern {
				c.add(r.Line, at, "%s matches the same as %s on line %s: call the params by one name", shown(pattern), shown(first[0]), first[1])
				continue
			}
			known[same] = [2]string{pattern, fmt.Sprint(r.Line)}
		}
		r.Hosts = own
	}
}

// apart warns of a route for hosts of one kind that is not there for some of them, since the router finds them among
// those of another host or kind, which has routes of its own. It asks an Engine with these hosts, and the routes' trees.
func (c *checker) apart(methods []string, routes table) {
	isKind := func(host string) bool { return strings.Contains(host, "{") }
	if len(c.faults) > 0 || !slices.ContainsFunc(c.file.Routes, func(r *Route) bool { return slices.ContainsFunc(r.Hosts, isKind) }) {
		return
	}
	var of string // the host, or kind, that the Engine finds
	e := dram.New()
	e.NoRoute(func(c *dram.Context) { of = c.FullHost() })
	first := make(map[string]*Route) // of each host
	deepest := 0
	for _, r := range c.file.Routes {
		deepest = max(deepest, strings.Count(r.Path, "/"))
		for _, host := range r.Hosts {
			if first[host] == nil {
				first[host] = r
				e.Host(host)
			}
		}
	}
	looked := 0
	for _, r := range c.file.Routes {
		path := strings.ReplaceAll(r.Path, `\:`, ":") // its params stand for themselves
		if strings.Contains(path, "*") {
			path += strings.Repeat("/*", deepest) // which another one finds that ends in * as well
		}
		for _, kind := range r.Hosts {
			if !isKind(kind) {
				continue
			}
			if looked += len(first) * len(methods); looked > maxPlaces {
				return // warnings are not worth more time
			}
			for _, other := range slices.Sorted(maps.Keys(first)) {
				both, meet := meeting(kind, other)
				if !meet || other == kind {
					continue
				}
				e.ServeHTTP(nowhere{}, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/"}, Host: aHostOf(both)})
				if of == other && slices.ContainsFunc(orAll(r.Methods, methods...), func(method string) bool { return routes.find(method, other, path) == nil }) {
					has := "which has routes of its own"
					if both != other {
						has = "which has the routes of " + shown(other)
					}
					c.warn(r.Line, r.at("hosts"), "%s is not there for %s, %s, on line %d: name that host as well", shown(r.Path), shown(both), has, first[other].Line)
					break
				}
			}
		}
	}
}

// meeting is the pattern of the hosts that are of both, if there are any.
func meeting(a, b string) (both string, ok bool) {
	labels, others := strings.Split(a, "."), strings.Split(b, ".")
	if len(labels) != len(others) {
		return "", false
	}
	for i, label := range labels {
		switch other := others[i]; {
		case label[0] == '{':
			labels[i] = other
		case other[0] != '{' && other != label:
			return "", false
		}
	}
	return strings.Join(labels, "."), true
}

// aHostOf is a host that only kinds are about.
func aHostOf(pattern string) string { return anyParam.ReplaceAllString(pattern, "any-other-one") }

var anyParam = regexp.MustCompile(`{\w+}`)

// nowhere is where an Engine answers that is only asked.
type nowhere struct{}

func (nowhere) Header() http.Header         { return make(http.Header) }
func (nowhere) WriteHeader(int)             {}
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
