// Package config reads the file of a gateway: what there may be in it (file.go, route.go,
// upstream.go, auth.go, risk.go), how it is decoded with every mistake at once (decode.go,
// value.go, kind.go), and what must agree with what (check.go). It starts nothing and asks nobody: a
// file that it accepts can be compiled.
package config

// File is what one YAML file says of a gateway. Names at its top that begin with x- are the author's, for
// what is repeated (&name, *name, <<: *name).
type File struct {
	At
	// Listen is where clients are served.
	Listen Listen `yaml:"listen"`
	// Admin is where operators are.
	Admin Admin `yaml:"admin"`
	// TrustedProxies are the addresses of proxies in front, whose X-Forwarded headers count:
	// 10.0.0.0/8. Without them those of the connection do.
	TrustedProxies []string `yaml:"trusted_proxies" is:"network"`
	// Redis is where gateways of a fleet share their limits.
	Redis *Redis `yaml:"redis"`
	// Identity hands on to upstreams who the client is.
	Identity *Identity `yaml:"identity"`
	// Auth are the ways to say who a client is, by names that routes use.
	Auth map[string]*Auth `yaml:"auth"`
	// Risk are the rules of risk control, by names that routes use.
	Risk *Risk `yaml:"risk"`
	// Upstreams are the services behind, by names that routes use.
	Upstreams map[string]*Upstream `yaml:"upstreams,required" least:"1"`
	// Routes are what clients may ask for.
	Routes []*Route `yaml:"routes,required" least:"1"`
	// Trace sends traces to an OpenTelemetry collector.
	Trace *Trace `yaml:"trace"`

	dir string // that relative names of files begin at
	// Files are those that it names, with the Stamps that they had when they were read.
	Files map[string]string `yaml:"-"`
	// Warnings are what is right, and may not be what is meant.
	Warnings Faults `yaml:"-"`
}

// Listen is where clients are served.
type Listen struct {
	// Addr is host:port.
	Addr string `yaml:"addr" is:"address" default:":8080"`
	// TLS, if set, serves HTTPS.
	TLS *TLS `yaml:"tls"`
	// MaxConnections bounds the connections at one time.
	MaxConnections int `yaml:"max_connections" min:"1" default:"10000"`
	// Idle is how long a client may make no room for more of its answer: beyond, the answer is cut. It is not for WebSockets.
	Idle Duration `yaml:"idle" default:"60s"`
	// Ready is a path that the gateway answers itself, for a load balancer in front: 200, and 503 when
	// it is to end.
	Ready string `yaml:"ready" is:"path"`
	// Drain is how long it serves on then, so that the load balancer sees it.
	Drain Duration `yaml:"drain"`
}

// TLS is a certificate, which is read again when the file changes.
type TLS struct {
	At
	Cert string `yaml:"cert,required" is:"file"`
	Key  string `yaml:"key,required" is:"file"`
	// ClientCA is who signs the certificates of clients, for auth with mtls.
	ClientCA string `yaml:"client_ca" is:"file"`
}

// Admin is the listener of operators, on loopback unless said.
type Admin struct {
	Addr string `yaml:"addr" is:"address" default:"127.0.0.1:8081"`
	// Token is what operators show; without one a token is made and printed at each start.
	Token *Secret `yaml:"token" bytes:"16"`
	// Hosts are further names that operators reach it by, behind a proxy, say.
	Hosts []string `yaml:"hosts" is:"host"`
}

// Redis is a Redis or Valkey server.
type Redis struct {
	At
	Addr     string  `yaml:"addr,required" is:"address"`
	Password *Secret `yaml:"password"`
	Prefix   string  `yaml:"prefix" default:"gateway:"`
	// Timeout is how long a request waits for Redis to count it.
	Timeout Duration `yaml:"timeout" default:"250ms"`
}

// Trace is an OpenTelemetry collector that takes OTLP over HTTP.
type Trace struct {
	Endpoint URL   `yaml:"endpoint,required" scheme:"http https"`
	Sample   Share `yaml:"sample" default:"10%"`
}
