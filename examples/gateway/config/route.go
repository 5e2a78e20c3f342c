package config

// Route is what clients may ask for, who may, and where it goes. Its layers run in the order
// of the fields.
type Route struct {
	At
	// Name is what logs, metrics and the admin page call it; without one it is the path.
	Name string `yaml:"name"`
	// Hosts are the hosts that it is for, as Engine.Host takes them; without any all. Of a route for some hosts
	// and one for all the more specific path counts.
	Hosts []string `yaml:"hosts" is:"host pattern"`
	// Methods are GET, POST …; without any all of them.
	Methods []string `yaml:"methods" oneof:"GET HEAD POST PUT PATCH DELETE OPTIONS QUERY"`
	// Path is a pattern of dram's router: /api/books/*rest, /users/:id. A colon that begins no param is \:, as in
	// /v1/books\:search.
	Path string `yaml:"path,required" is:"pattern"`
	// To is the upstream.
	To string `yaml:"to"`
	// Merge asks several upstreams and puts their JSON answers into one object.
	Merge []*Part `yaml:"merge"`

	// Timeout bounds the request with all its tries, until an answer begins, and with it the body that
	// response.body changes. What follows takes its time, with pauses up to Upstream.Idle.
	Timeout Duration `yaml:"timeout" default:"30s"`
	// MaxBody bounds its body.
	MaxBody Bytes `yaml:"max_body" default:"1MiB"`
	// Risk are the names of the rules that judge it.
	Risk []string `yaml:"risk"`
	// Auth says who may.
	Auth *Need `yaml:"auth"`
	// Limit bounds how often one client may.
	Limit *Limit `yaml:"limit"`
	// OpenAPI is a file that parameters and bodies have to agree with.
	OpenAPI string `yaml:"openapi" is:"file"`
	// CheckAnswers looks at the answers as well: log only says so, off does not look.
	CheckAnswers string `yaml:"check_answers" oneof:"off log" default:"off"`
	// Split says which version of the upstream gets a request.
	Split *Split `yaml:"split"`
	// Cache keeps answers that may be kept, those of each version apart.
	Cache *Cache `yaml:"cache"`
	// Request and Response are changes of headers and of JSON bodies, Rewrite of the path.
	Request  *Change `yaml:"request"`
	Response *Change `yaml:"response"`
	// StripPrefix is removed from the front of the path.
	StripPrefix string `yaml:"strip_prefix"`
	// Rewrite is the path for the upstream, with the params of Path: /v2/users/:id. The value of one is no more than
	// that: its colon begins no verb of a method of gRPC, as one in the rest of a path (*rest) does.
	Rewrite string `yaml:"rewrite" is:"pattern"`
	// Transcode turns JSON into calls of the upstream's gRPC methods, by their rules.
	Transcode bool `yaml:"transcode"`
	// Mirror sends copies of requests to another upstream, and forgets its answers.
	Mirror *Mirror `yaml:"mirror"`
	// Retry tries again where it is safe.
	Retry *Retry `yaml:"retry"`
	// Hedge asks a second server when the first is slow.
	Hedge *Hedge `yaml:"hedge"`
}

// Part is one of the upstreams that are merged.
type Part struct {
	At
	As   string `yaml:"as,required"` // the name of its answer in the object
	To   string `yaml:"to,required"`
	Path string `yaml:"path,required" is:"pattern"` // with the params of the route
	// Optional leaves the name out when this one fails; otherwise the request fails.
	Optional bool `yaml:"optional"`
	// Timeout bounds it. Without one an optional one has half of the route's, so that the others
	// are answered.
	Timeout Duration `yaml:"timeout"`
}

// Need is who may use a route.
type Need struct {
	At
	// By are names of File.Auth: one of them has to know the client.
	By []string `yaml:"by,required" least:"1"`
	// Scopes has to have them all.
	Scopes []string `yaml:"scopes" is:"scope"`
}

// Limit is how often.
type Limit struct {
	At
	Rate  Rate `yaml:"rate,required"`
	Burst int  `yaml:"burst" min:"1"`
	// By is whose requests are counted: address, user, or header:NAME.
	By string `yaml:"by" is:"key" default:"address"`
	// Store is memory, of this gateway alone, or redis, of the fleet.
	Store string `yaml:"store" oneof:"memory redis" default:"memory"`
	// WithoutStore is what happens while Redis is gone: open lets all pass, closed none, and
	// memory counts for this gateway alone.
	WithoutStore string `yaml:"without_store" oneof:"memory open closed" default:"memory"`
}

// Cache keeps answers.
type Cache struct {
	// For is how long an answer without Cache-Control is fresh.
	For Duration `yaml:"for" min:"1s"`
	// Stale is how long it may be used beyond, while a new one is asked for or cannot be had.
	Stale Duration `yaml:"stale" min:"1s"`
}

// Change is a change of headers and JSON bodies.
type Change struct {
	// Set are headers. A value that is a credential is not here: env:NAME or file:PATH is where all of it is.
	Set    map[string]Text `yaml:"set"`
	Remove []string        `yaml:"remove" is:"header"`
	// Body moves, sets and removes members of a JSON object, by JSON Pointers.
	Body *Body `yaml:"body"`
}

// Body is a change of a JSON body. Each is done in this order.
type Body struct {
	Rename map[string]string `yaml:"rename" is:"pointer"`
	Set    map[string]JSON   `yaml:"set"`
	Remove []string          `yaml:"remove" is:"pointer"`
}

// Mirror is where copies go: without what the client is let in by (Authorization, Cookie, API keys), and
// with an identity of their own.
type Mirror struct {
	At
	To    string `yaml:"to,required"`
	Share Share  `yaml:"share" default:"100%"`
	// Queue is how many copies wait at most; beyond it they are dropped and counted.
	Queue int `yaml:"queue" min:"1" max:"10000" default:"100"`
}

// Split is which version gets how much.
type Split struct {
	At
	// Shares are versions of the upstream's servers, with weights.
	Shares map[string]Share `yaml:"shares,required"`
	// Header and Cookie name a header or cookie whose value chooses a version by its name, and no other
	// one in its place. Whoever has not chosen gets another version if none of its servers can answer.
	Header string `yaml:"header" is:"sent header"`
	Cookie string `yaml:"cookie" is:"token"`
	// Sticky keeps a client with one version: by user, address, or none.
	Sticky string `yaml:"sticky" oneof:"user address none" default:"user"`
	// Ramp raises a version's share by itself.
	Ramp *Ramp `yaml:"ramp"`
}

// Ramp raises the share of a version in steps, and takes it back when it is worse than it may be.
// It begins with the version's share in Shares, or if that is 0 with the first step.
type Ramp struct {
	At
	Version string `yaml:"version,required"`
	// Steps are the shares, one after the other; those that are not above it are passed over.
	Steps []Share `yaml:"steps,required" least:"1"`
	// Every is how long a step takes at least.
	Every Duration `yaml:"every" default:"5m"`
	// Abort is when it goes back, to 0: only who chooses the version gets it then.
	Abort Abort `yaml:"abort"`
}

// Abort is what a new version may not exceed.
type Abort struct {
	Errors Share    `yaml:"errors" default:"1%"`
	P99    Duration `yaml:"p99"`
	// Least is how many requests it takes to judge: with fewer, the ramp does not rise, and
	// what fails is counted as if there had been so many.
	Least int `yaml:"least" min:"1" max:"100000" default:"100"`
}

// Retry tries a request again, at another server, if that is safe: the method is idempotent,
// or the request has an Idempotency-Key, and its body can be sent again.
type Retry struct {
	Times  int      `yaml:"times" min:"1" max:"10" default:"2"`
	PerTry Duration `yaml:"per_try"`
	// Budget is the share of requests of the last seconds that may be retries; ten at a time may in any
	// case, and those that no server has got are not counted.
	Budget Share `yaml:"budget" default:"20%"`
	// On are the statuses that are tried again, all 5xx without it; no answer is in any case. What counts as a
	// failure of the server does not depend on it.
	On []int `yaml:"on" min:"500" max:"599"`
}

// Hedge asks a second server if the first has not answered after a time. The first good answer counts; the other
// server is waited for until its answer begins, in the time of a try or of the route, to know how slow it is.
type Hedge struct {
	After Duration `yaml:"after,required"`
	Most  int      `yaml:"most" min:"1" max:"3" default:"1"`
}
