package config

// Upstream is a service: some servers that answer the same.
type Upstream struct {
	At
	// Servers are those of an HTTP service. A service of gRPC has GRPC in its place.
	Servers []*Server `yaml:"servers"`
	// GRPC are the servers of a gRPC service: h2c://10.0.0.7:9000, or https for TLS.
	GRPC []*Server `yaml:"grpc"`
	// Descriptors is a file with the descriptor set of a gRPC service, with the rules of
	// google.api.http: protoc --include_imports --descriptor_set_out.
	Descriptors string `yaml:"descriptors" is:"file"`
	// Metadata are the headers that a gRPC service gets, and those of its answer that clients
	// get. Without any it gets what traces a request: X-Request-Id, Traceparent, Tracestate. Who the client
	// is (File.Identity) it gets in any case.
	Metadata []string `yaml:"metadata" is:"header"`
	// MaxMessage bounds the messages that a gRPC service gets and sends.
	MaxMessage Bytes `yaml:"max_message" default:"4MiB"`
	// Balance is how a server is chosen: two_choices takes the one with fewer requests in
	// flight of two at random; hash the same for the same key.
	Balance string `yaml:"balance" oneof:"two_choices hash" default:"two_choices"`
	// HashBy is the key of hash.
	HashBy string `yaml:"hash_by" is:"key" default:"address"`
	// Health asks each server how it is.
	Health *Health `yaml:"health"`
	// Eject takes out a server that fails requests.
	Eject *Eject `yaml:"eject"`
	// SlowStart is how long a server that comes back takes to get its full share.
	SlowStart Duration `yaml:"slow_start"`
	// Idle is how long an HTTP server may pause in the middle of an answer: beyond, the answer is cut, and the
	// server has failed it. It is not for streams of events and switched protocols.
	Idle Duration `yaml:"idle" default:"60s"`
	// Breaker bounds what one server gets at a time.
	Breaker Breaker `yaml:"breaker"`
	// CA is a file with those who sign the servers' certificates; without it the system's.
	CA string `yaml:"ca" is:"file"`
}

// Server is one server of an upstream.
type Server struct {
	At
	URL     URL    `yaml:"url,required" scheme:"http https h2c"`
	Version string `yaml:"version"`
	Weight  int    `yaml:"weight" min:"1" max:"1000" default:"1"`
}

// Health is an active check. Its defaults are Envoy's where Envoy has some.
type Health struct {
	Path   string   `yaml:"path" is:"target" default:"/readyz"`
	Every  Duration `yaml:"every" min:"10ms" default:"2s"`
	Within Duration `yaml:"within" default:"1s"`
	Fails  int      `yaml:"fails" min:"1" default:"3"`
	Passes int      `yaml:"passes" min:"1" default:"2"`
}

// Eject is a passive check: a server that fails one request after the other is out for a
// time, that grows with each ejection.
type Eject struct {
	// After is how many failures in a row (5xx, or no answer) it takes.
	After int `yaml:"after" min:"1" default:"5"`
	// For is the time of the first ejection; the n-th is n times as long.
	For Duration `yaml:"for" default:"30s"`
	// MaxFor bounds it.
	MaxFor Duration `yaml:"max_for" default:"300s"`
	// Most is the share of the servers that may be out at one time; one may always be.
	Most Share `yaml:"most" default:"10%"`
	// Panic is the share of servers that have to be well: with fewer, all of them are used. With 0 never.
	Panic Share `yaml:"panic" default:"50%"`
}

// Breaker opens where a server fails too much: requests go to others, or fail at once.
type Breaker struct {
	// Failures in a row open it.
	Failures int `yaml:"failures" min:"1" default:"10"`
	// Open is how long it takes until one request tries again.
	Open Duration `yaml:"open" default:"5s"`
	// MaxInFlight is how many requests one server gets at one time.
	MaxInFlight int `yaml:"max_in_flight" min:"1" default:"1024"`
}
