package dram

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/router"
)

// This file routes by host, before the path: each host that the program names has trees of
// its own, and a request is looked up in those of its host (enterHost), or in the Engine's
// if it has none. An Engine without hosts has two comparisons to do.
//
// Hosts are found label by label from the right, as DNS reads them. At each step a label
// beats a param, and a param is tried when the label leads nowhere:
//
//	com ─ example ┬ www          www.example.com → this one, never the next
//	              ├ {tenant}     shop.example.com
//	              └ {tenant} ─ {user}
//
// See docs/internals/08-handlehttprequest.md.

// hostRoutes are the routes of one host.
type hostRoutes struct {
	pattern string // in the one form in which hosts are compared
	source  string
	labels  []string // of the pattern, from the left: "{tenant}", "example", "com"
	params  int
	trees   methodTrees
}

// hostTree finds the routes of a host: a node for each label, the last label first.
type hostTree struct {
	labels map[string]*hostTree
	param  *hostTree
	isRoot bool
	ports  map[uint16]*hostRoutes // those that end here; 0 is any port
}

// Host returns the group of a host, which has its own trees: its routes match only
// requests for that host, and requests for that host match only them. What has no
// such group, or no Host header, goes to the Engine's own routes. The group takes a copy of
// the Engine's middleware, as Group does, and a miss is answered by NoRoute as everywhere.
//
// The pattern is a name, "api.example.com", or has params for whole labels,
// "{tenant}.example.com", which Context.Param returns beside those of the path. A name
// beats a pattern with params, whichever was registered first; of two of these, the one
// that has a label where the other has a param, from the right. Case and a dot at
// the end do not matter. With a port, "example.com:8443", it is for that port alone, where the
// port of http is 80 and that of https is 443 if the client has left it out; otherwise it is
// for every port that has no group of its own. A name in another script is written, as it
// comes, in its ASCII form, "xn--…". X-Forwarded-Host is not read: have the proxy pass Host on.
//
// A Host header that is not a host is answered with 400 (RFC 9110 section 7.2) before any
// layer runs, as soon as the Engine has a group of a host. A param does not match a part of
// an address, in any spelling that browsers take for one ("0x7f.1"). Host panics on a pattern
// that is none, and on one that matches the same hosts as another one with other names for
// its params.
func (engine *Engine) Host(pattern string, handlers ...HandlerFunc) *RouterGroup {
	source := engine.source.Of()
	host, port, err := parseHostPattern(pattern)
	if err != "" {
		panic(fmt.Sprintf("dram: Host '%s' (%s): %s", pattern, source, err))
	}
	host.source = source
	engine.noteLate("Host", pattern)
	if engine.hosts == nil {
		engine.hosts = &hostTree{isRoot: true}
	}
	routes := engine.hosts.add(host, port)
	if !slices.Equal(routes.labels, host.labels) {
		panic(fmt.Sprintf("dram: Host '%s' (%s) matches the same hosts as '%s' (%s): call the params by one name",
			host.pattern, source, routes.pattern, routes.source))
	}
	if routes == host {
		engine.hostList = append(engine.hostList, host)
	}
	engine.hostPorts = engine.hostPorts || port != 0
	engine.mustHandle("Host", pattern, handlers)
	group := engine.Group("", handlers...)
	group.host = routes
	return group
}

// parseHostPattern reads the pattern of Host; err says what is wrong with it.
func parseHostPattern(pattern string) (host *hostRoutes, port uint16, err string) {
	const mend = `write a name, "example.com", with a port, "example.com:8443", with params for whole labels, "{tenant}.example.com", or an address, "[::1]"`
	name, end := pattern, ""
	if colon := strings.LastIndexByte(pattern, ':'); colon > strings.LastIndexByte(pattern, ']') {
		name, end = pattern[:colon], pattern[colon:]
	}
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	params := map[int]string{}
	for i, label := range labels {
		if param, ok := strings.CutPrefix(label, "{"); ok {
			param, ok = strings.CutSuffix(param, "}")
			if !ok || param == "" || strings.ContainsFunc(param, func(r rune) bool { return r != '_' && (r > 'z' || !httpfield.IsAlphaNum(byte(r))) }) {
				return nil, 0, fmt.Sprintf("%q is not a param: write letters, digits and _ in braces, for a whole label", label)
			}
			for _, other := range params {
				if other == param {
					return nil, 0, fmt.Sprintf("two params are called %q: give them names of their own", param)
				}
			}
			params[i], labels[i] = param, "x"
		}
	}
	h, ok := httpfield.ParseHost(strings.Join(labels, ".") + end)
	if !ok {
		if strings.ContainsFunc(name, func(r rune) bool { return r > 127 }) {
			return nil, 0, "it has letters outside ASCII: write its ASCII form, xn--…, which is what clients send"
		}
		if strings.HasPrefix(name, "*.") {
			return nil, 0, "it is not a host: for any first label write {name}" + name[1:]
		}
		return nil, 0, "it is not a host: " + mend
	}
	host = &hostRoutes{labels: strings.Split(h.Name, "."), params: len(params)}
	for i, param := range params {
		host.labels[i] = "{" + param + "}"
	}
	if last := host.labels[len(host.labels)-1]; len(params) > 0 && isNumber(last) {
		return nil, 0, fmt.Sprintf("a host whose last label is %q is an IPv4 address, of which a param matches no part: write the whole address", last)
	}
	host.pattern = httpfield.Host{Name: strings.Join(host.labels, "."), Port: h.Port}.String()
	return host, h.Port, ""
}

// add returns the routes of a host, which are new if there were none.
func (t *hostTree) add(host *hostRoutes, port uint16) *hostRoutes {
	for _, label := range slices.Backward(host.labels) {
		next := t.param
		if label[0] != '{' {
			next = t.labels[label]
		}
		if next == nil {
			next = new(hostTree)
			if label[0] == '{' {
				t.param = next
			} else {
				if t.labels == nil {
					t.labels = make(map[string]*hostTree)
				}
				t.labels[label] = next
			}
		}
		t = next
	}
	if t.ports == nil {
		t.ports = make(map[uint16]*hostRoutes)
	}
	if t.ports[port] == nil {
		t.ports[port] = host
	}
	return t.ports[port]
}

// find returns the routes of a host, nil if it has none.
func (t *hostTree) find(name string, port uint16) *hostRoutes {
	if name == "" {
		if host := t.ports[port]; host != nil {
			return host
		}
		return t.ports[0]
	}
	rest, label := "", name
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		rest, label = name[:dot], name[dot+1:]
	}
	if next := t.labels[label]; next != nil {
		if host := next.find(rest, port); host != nil {
			return host
		}
	}
	if t.param == nil || t.isRoot && (isNumber(label) || label[len(label)-1] == ']') {
		return nil
	}
	return t.param.find(rest, port)
}

// isNumber reports whether a host whose last label this is can only be an IPv4 address: browsers
// read "127.1", "0177.0.0.1", "0x7f.0x1" and "2130706433" as one (WHATWG URL, "ends in a
// number").
func isNumber(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// enterHost makes the Context that of the request's host. It is false if the Host header is
// not a host, or contradicts the :authority of HTTP/2 (RFC 9113 section 8.3.1). That is answered then
// as net/http answers the requests that it refuses: no layer may take it for a request.
func (engine *Engine) enterHost(c *Context) bool {
	c.host, c.hostName = nil, ""
	if c.Request.Host == "" { // which HTTP/1.0 allows
		return true
	}
	asked, ok := httpfield.HostOf(c.Request)
	if !ok {
		c.refuse(notHost)
		return false
	}
	if asked.Port == 0 && engine.hostPorts {
		asked.Port = defaultPorts[c.Scheme()]
	}
	c.host, c.hostName = engine.hosts.find(asked.Name, asked.Port), asked.Name
	return true
}

var (
	notHost      = []byte("400 the Host header is not a host")
	defaultPorts = map[string]uint16{"http": 80, "https": 443}
)

// addHostParams appends the params of the request's host to those of its path.
func (c *Context) addHostParams() {
	if c.host == nil || c.host.params == 0 {
		return
	}
	name := c.hostName
	for _, label := range c.host.labels {
		value, rest, _ := strings.Cut(name, ".")
		if label[0] == '{' {
			c.Params = append(c.Params, Param{Key: label[1 : len(label)-1], Value: value})
		}
		name = rest
	}
}

// FullHost returns the pattern of Engine.Host that matched, "{tenant}.example.com"; "" for the
// routes of the Engine itself. With FullPath it names a route: a guard or a metric that goes by
// FullPath alone takes routes of several hosts for one.
func (c *Context) FullHost() string {
	c.live()
	if c.host == nil {
		return ""
	}
	return c.host.pattern
}

// FullHost returns the pattern of Engine.Host that the group's routes are for; "" for any host.
func (group *RouterGroup) FullHost() string { return group.host.hostPattern() }

// trees returns the trees that a request is looked up in.
func (c *Context) trees() *methodTrees {
	if c.host != nil {
		return &c.host.trees
	}
	return &c.engine.trees
}

// trees returns the trees that the group's routes go into.
func (group *RouterGroup) trees() *methodTrees {
	if group.host != nil {
		return &group.host.trees
	}
	return &group.engine.trees
}

// hostPattern returns the pattern of a host, "" for the Engine's own routes.
func (host *hostRoutes) hostPattern() string {
	if host == nil {
		return ""
	}
	return host.pattern
}

// eachRoute calls visit for each route, the Engine's own first, until it returns false.
func (engine *Engine) eachRoute(visit func(host *hostRoutes, method string, route *router.Route[HandlersChain]) bool) {
	goOn := true
	walk := func(host *hostRoutes, trees *methodTrees) {
		for _, entry := range trees.list {
			if goOn {
				entry.tree.Walk(func(route *router.Route[HandlersChain]) bool {
					goOn = visit(host, entry.method, route)
					return goOn
				})
			}
		}
	}
	walk(nil, &engine.trees)
	for _, host := range engine.hostList {
		walk(host, &host.trees)
	}
}

// maxParams returns how many params a route has at most, with those of its host.
func (engine *Engine) maxParams() int {
	most := engine.trees.maxParams
	for _, host := range engine.hostList {
		most = max(most, host.trees.maxParams+host.params)
	}
	return most
}
