package config

import (
	"fmt"
	"maps"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/internal/grammar"
	"github.com/dram-go/dram/middleware"
)

// checker looks at what must agree with what, in a file whose values are right by themselves.
type checker struct {
	*report
	file *File
}

func (c *checker) all() {
	f := c.file
	c.address(f.Line, "listen.addr", f.Listen.Addr)
	c.address(f.Line, "admin.addr", f.Admin.Addr)
	if f.Admin.Token == nil && !isLoopback(f.Admin.Addr) {
		c.add(f.Line, "admin.token", "it is missing, and others than this machine reach %s: set a token, or listen at 127.0.0.1", shown(f.Admin.Addr))
	}
	for i, host := range f.Admin.Hosts {
		if err := (middleware.HostAllowlistConfig{Hosts: []string{host}}).Validate(); err != nil {
			c.add(f.Line, fmt.Sprintf("admin.hosts[%d]", i), "%s is not a host: write a name such as gateway.example.com", shown(host))
		}
	}
	for i, network := range f.TrustedProxies {
		if err := dram.New().SetTrustedProxies([]string{network}); err != nil {
			c.add(f.Line, fmt.Sprintf("trusted_proxies[%d]", i), "%s is neither an address nor a network: write 10.0.0.7 or 10.0.0.0/8", shown(network))
		}
	}
	if f.Listen.TLS != nil {
		c.readable(f.Line, "listen.tls.cert", f.Listen.TLS.Cert)
		c.readable(f.Line, "listen.tls.key", f.Listen.TLS.Key)
		c.readable(f.Line, "listen.tls.client_ca", f.Listen.TLS.ClientCA)
	}
	if r := f.Redis; r != nil && r.Addr != "" {
		if _, _, err := net.SplitHostPort(r.Addr); err != nil {
			c.add(r.Line, "redis.addr", "%s is not the address of a Redis: write host:port, such as 10.0.0.7:6379", shown(r.Addr))
		}
	}
	if f.Identity != nil {
		c.header(f.Line, "identity.header", f.Identity.Header)
		c.long(f.Line, "identity.key", &f.Identity.Key)
	}
	if f.Risk != nil {
		c.long(f.Risk.Line, "risk.key", f.Risk.Key)
	}
	if f.Admin.Token != nil && f.Admin.Token.text != "" && len(f.Admin.Token.text) < 16 {
		c.add(f.Line, "admin.token", "the secret is %d bytes: make it 16 or more, with openssl rand -hex 16", len(f.Admin.Token.text))
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

func (c *checker) address(line int, path, addr string) {
	if _, _, err := net.SplitHostPort(addr); err != nil && addr != "" {
		c.add(line, path, "%s is not an address to listen at: write host:port, such as :8080 or 127.0.0.1:8080", shown(addr))
	}
}

// isLoopback reports whether only this machine reaches an address; one that is none is said of
// elsewhere.
func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return err != nil || host == "localhost" || ip != nil && ip.IsLoopback()
}

// long checks that a key to sign with cannot be guessed.
func (c *checker) long(line int, path string, key *Secret) {
	if key != nil && key.text != "" && len(key.text) < 32 {
		c.add(line, path, "the secret is %d bytes: make it 32 or more, with openssl rand -hex 32", len(key.text))
	}
}

// readable checks that a file is there, if one is named.
func (c *checker) readable(line int, path, name string) {
	if name == "" {
		return
	}
	f, err := os.Open(c.file.Name(name))
	if err != nil {
		c.add(line, path, "the file %s cannot be read: put it there, or write where it is", shown(name))
		return
	}
	f.Close()
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
	if a.Keys != nil {
		c.readable(a.Line, a.at("keys.file"), a.Keys.File)
	}
	if a.Keys != nil {
		c.header(a.Line, a.at("keys.header"), a.Keys.Header)
	}
	if a.Forward != nil {
		c.header(a.Line, a.at("forward.user"), a.Forward.User)
		c.header(a.Line, a.at("forward.scopes"), a.Forward.Scopes)
		if !strings.HasPrefix(a.Forward.Path, "/") {
			c.add(a.Line, a.at("forward.path"), "%s is not a path: begin it with /", shown(a.Forward.Path))
		}
		c.known(a.Line, a.at("forward.to"), a.Forward.To, c.file.Upstreams)
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
	for i, name := range u.Metadata {
		c.changed(u.Line, fmt.Sprintf("%s[%d]", u.at("metadata"), i), name, "")
	}
	c.readable(u.Line, u.at("descriptors"), u.Descriptors)
	c.readable(u.Line, u.at("ca"), u.CA)
	c.key(u.Line, u.at("hash_by"), u.HashBy)
	seen := make(map[string]int)
	for _, s := range servers {
		if s == nil || s.URL.URL == nil {
			continue // said before
		}
		if (s.URL.Scheme == "h2c") != (field == "grpc") && s.URL.Scheme != "https" {
			c.add(s.Line, s.at("url"), "%s does not go with %s: write %s", s.URL.Scheme, field, map[string]string{"grpc": "h2c or https", "servers": "http or https"}[field])
		}
		if s.URL.Path != "" {
			c.add(s.Line, s.at("url"), "it has the path %s: leave it out, and write rewrite in the route", shown(s.URL.Path))
		}
		if before := seen[s.URL.String()]; before != 0 {
			c.add(s.Line, s.at("url"), "the server stands on line %d as well: leave one", before)
		}
		seen[s.URL.String()] = s.Line
	}
	if h := u.Health; h != nil && !strings.HasPrefix(h.Path, "/") {
		c.add(u.Line, u.at("health.path"), "%s is not a path: begin it with /", shown(h.Path))
	}
}

// key checks whose requests are counted or kept together.
func (c *checker) key(line int, path, by string) {
	name, isHeader := strings.CutPrefix(by, "header:")
	if by != "address" && by != "user" && !isHeader {
		c.add(line, path, "%s is not known: write address, user or header:NAME", shown(by))
	}
	if isHeader {
		c.header(line, path, name)
	}
}

// header checks the name of a header, or of a cookie, which is a token as well.
func (c *checker) header(line int, path, name string) {
	if !grammar.IsToken(name) {
		c.add(line, path, "%s is not the name of one: write letters, digits and -", shown(name))
	}
}

// known checks that a name has its definition.
func (c *checker) known(line int, path, name string, in any) {
	var names []string
	switch m := in.(type) {
	case map[string]*Upstream:
		names = slices.Sorted(maps.Keys(m))
	case map[string]*Auth:
		names = slices.Sorted(maps.Keys(m))
	case map[string]*Rule:
		names = slices.Sorted(maps.Keys(m))
	}
	switch {
	case slices.Contains(names, name):
	case len(names) == 0:
		c.add(line, path, "%s is not defined, and nothing of its kind is: define it", shown(name))
	default:
		c.add(line, path, "%s is not defined: %s, or define it", shown(name), Meant(name, names))
	}
}

var celName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// name checks that rules can say a name.
func (c *checker) name(line int, path, name string) {
	if !celName.MatchString(name) {
		c.add(line, path, "%s is not a name for rules: write small letters, digits and _", shown(name))
	}
}

func (c *checker) risk(r *Risk) {
	for _, name := range slices.Sorted(maps.Keys(r.Lists)) {
		c.name(r.Line, r.at("lists."+name), name)
		c.readable(r.Line, r.at("lists."+name), r.Lists[name])
	}
	for _, name := range slices.Sorted(maps.Keys(r.Velocity)) {
		v := r.Velocity[name]
		c.name(v.Line, v.Where, name)
		c.key(v.Line, v.at("by"), v.By)
		if v.Per < Duration(time.Second) {
			c.add(v.Line, v.at("per"), "it is shorter than a second: write 1s or more")
		}
	}
	if r.From.Throttle > r.From.Challenge || r.From.Challenge > r.From.Deny {
		c.add(r.Line, r.at("from"), "the scores do not rise: write throttle, challenge and deny in this order")
	}
}
