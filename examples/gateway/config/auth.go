package config

// Auth is one way to say who a client is: one of the fields is set.
type Auth struct {
	At
	JWT     *JWT     `yaml:"jwt"`
	Keys    *Keys    `yaml:"keys"`
	MTLS    *MTLS    `yaml:"mtls"`
	Forward *Forward `yaml:"forward"`
}

// JWT is a bearer token of an issuer.
type JWT struct {
	Issuer    string `yaml:"issuer,required"`
	Audience  string `yaml:"audience,required"`
	Algorithm string `yaml:"algorithm" oneof:"RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA" default:"RS256"`
	JWKS      URL    `yaml:"jwks,required" scheme:"http https"`
	// Scopes is the claim that has the scopes: a text with spaces, or a list.
	Scopes string `yaml:"scopes" default:"scope"`
}

// Keys are API keys: a file with lines "user sha256-of-the-key scope,scope".
type Keys struct {
	File   string `yaml:"file,required" is:"file"`
	Header string `yaml:"header" is:"header" default:"X-Api-Key"`
}

// MTLS takes the name of a client's certificate.
type MTLS struct {
	// Names are the common or DNS names that are let in; without any all that the CA signed.
	Names []string `yaml:"names"`
}

// Forward asks a service about each request, as nginx's auth_request does.
type Forward struct {
	To   string `yaml:"to,required"` // an upstream
	Path string `yaml:"path" is:"path" default:"/auth"`
	// Timeout bounds the question.
	Timeout Duration `yaml:"timeout" default:"5s"`
	// User and Scopes are the headers of its answer that say who the client is, and what
	// that client may do: a text with spaces.
	User   string `yaml:"user" is:"sent header" default:"X-User"`
	Scopes string `yaml:"scopes" is:"sent header" default:"X-Scopes"`
}

// Identity hands on who the client is: a header with a token that this gateway signs, which
// the client cannot send.
type Identity struct {
	Header string   `yaml:"header" is:"own header" default:"X-Identity"`
	Key    Secret   `yaml:"key,required" bytes:"32"` // of HMAC-SHA256, 32 bytes or more
	Life   Duration `yaml:"life" min:"1s" default:"60s"`
}
