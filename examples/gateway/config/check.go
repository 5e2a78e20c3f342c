package config

import (
	"maps"
	"net"
	"slices"
	"strings"
)

// checker looks at what must agree with what, in a file whose values are right by themselves.
type checker struct {
	*report
	file *File
}

func (c *checker) all() {
	f := c.file
	if f.Admin.Token == nil && !isLoopback(f.Admin.Addr) {
		c.add(f.Line, "admin.token", "it is missing, and others than this machine reach %s: set a token, or listen at 127.0.0.1", shown(f.Admin.Addr))
	}
	if len(Params(f.Listen.Ready)) > 0 {
		c.add(f.Line, "listen.ready", "%s has params, and a load balancer asks one path: write it without", shown(f.Listen.Ready))
	}
	for _, name := range slices.Sorted(maps.Keys(f.Auth)) {
		c.auth(f.Auth[name])
	}
	for _, name := range slices.Sorted(maps.Keys(f.Upstreams)) {
		c.upstream(f.Upstreams[name])
	}
	if f.Risk != nil {
		c.risk(f.Risk)
	}
	for _, route := range f.Routes {
		c.route(route)
	}
	c.conflicts()
}

// isLoopback reports whether only this machine reaches an address; one that is none is said of
// elsewhere.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return err != nil || host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *checker) auth(a *Auth) {
	ways := 0
	for _, set := range []bool{a.JWT != nil, a.Keys != nil, a.MTLS != nil, a.Forward != nil} {
		if set {
			ways++
		}
	}
	if ways != 1 {
		c.add(a.Line, a.Where, "it has %d ways to know a client: write one of jwt, keys, mtls or forward, and a name for each", ways)
	}
	if a.Forward != nil {
		known(c, a.Line, a.at("forward.to"), a.Forward.To, c.file.Upstreams)
	}
	if a.Keys != nil && c.file.Identity != nil && strings.EqualFold(a.Keys.Header, c.file.Identity.Header) {
		c.add(a.Line, a.at("keys.header"), "%s is the header of identity, which clients cannot send: write another", shown(a.Keys.Header))
	}
	if a.MTLS != nil && (c.file.Listen.TLS == nil || c.file.Listen.TLS.ClientCA == "") {
		c.add(a.Line, a.at("mtls"), "no client shows a certificate: set listen.tls.client_ca")
	}
}

func (c *checker) upstream(u *Upstream) {
	servers, field := u.Servers, "servers"
	if len(u.GRPC) > 0 {
		servers, field = u.GRPC, "grpc"
	}
	switch {
	case len(u.Servers) > 0 && len(u.GRPC) > 0:
		c.add(u.Line, u.Where, "it has both servers and grpc: write two upstreams")
	case len(servers) == 0:
		c.add(u.Line, u.Where, "it has no servers: write servers, or grpc for a gRPC service")
	case len(u.GRPC) > 0 && u.Descriptors == "":
		c.add(u.Line, u.at("descriptors"), "it is missing: write the file that protoc --include_imports --descriptor_set_out makes")
	case len(u.GRPC) == 0 && u.Descriptors != "":
		c.add(u.Line, u.at("descriptors"), "only a gRPC service has some: write grpc in place of servers, or leave it out")
	}
	if len(u.GRPC) == 0 && len(u.Metadata) > 0 {
		c.add(u.Line, u.at("metadata"), "only a gRPC service gets some: leave it out, headers are passed on as they are")
	}
	seen := make(map[string]int)
	for _, s := range servers {
		if s.URL.URL == nil {
			continue // said before
		}
		if (s.URL.Scheme == "h2c") != (field == "grpc") && s.URL.Scheme != "https" {
			c.add(s.Line, s.at("url"), "%s does not go with %s: write %s", s.URL.Scheme, field, map[string]string{"grpc": "h2c or https", "servers": "http or https"}[field])
		}
		if s.URL.Path != "" {
			c.add(s.Line, s.at("url"), "it has the path %s: leave it out, and write rewrite in the route", shown(s.URL.Path))
		}
		address := strings.ToLower(s.URL.Host)
		if s.URL.Port() == "" {
			address += map[string]string{"http": ":80", "https": ":443"}[s.URL.Scheme]
		}
		if before := seen[address]; before != 0 {
			c.add(s.Line, s.at("url"), "the server stands on line %d as well: leave one", before)
		}
		seen[address] = s.Line
	}
}

// known checks that a name has its definition.
func known[T any](c *checker, line int, path, name string, in map[string]T) {
	if _, ok := in[name]; ok {
		return
	}
	if len(in) == 0 {
		c.add(line, path, "%s is not defined, and nothing of its kind is: define it", shown(name))
		return
	}
	c.add(line, path, "%s is not defined: %s, or define it", shown(name), Meant(name, slices.Sorted(maps.Keys(in))))
}

func (c *checker) risk(r *Risk) {
	for _, name := range slices.Sorted(maps.Keys(r.Lists)) {
		c.kind("name", r.Line, r.at("lists."+name), name)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Velocity)) {
		c.kind("name", r.Velocity[name].Line, r.Velocity[name].Where, name)
	}
	if r.From.Throttle > r.From.Challenge || r.From.Challenge > r.From.Deny {
		c.add(r.Line, r.at("from"), "the scores do not rise: write throttle, challenge and deny in this order")
	}
}
