package config

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/router"
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

// apart warns of a route for hosts of one kind that is not there for one of them which has routes of its own.
func (c *checker) apart(methods []string, routes table) {
	first := make(map[string]*Route) // of each host
	for _, r := range c.file.Routes {
		for _, host := range r.Hosts {
			if first[host] == nil {
				first[host] = r
			}
		}
	}
	own := slices.Sorted(maps.Keys(first))
	looked := 0
	for _, r := range c.file.Routes {
		for _, kind := range r.Hosts {
			if !strings.Contains(kind, "{") {
				continue
			}
			if looked += len(own); looked > maxPlaces {
				return // warnings are not worth more time
			}
			i := slices.IndexFunc(own, func(host string) bool {
				return host != kind && isOfKind(host, kind) && slices.ContainsFunc(orAll(r.Methods, methods...), func(method string) bool {
					tree := routes[[2]string{method, host}]
					return tree == nil || tree.Lookup(r.Path, new(router.Params)) == nil
				})
			})
			if i >= 0 {
				c.warn(r.Line, r.at("hosts"), "%s is not there for %s, which has routes of its own, on line %d: name that host as well", shown(r.Path), shown(own[i]), first[own[i]].Line)
			}
		}
	}
}

// isOfKind reports whether a host, or all hosts of a kind, are of another kind.
func isOfKind(host, kind string) bool {
	return slices.EqualFunc(strings.Split(host, "."), strings.Split(kind, "."), func(label, of string) bool { return label == of || of[0] == '{' })
}
