package auth

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/config"
)

// Issuer is who has signed an identity, in its claim iss.
const Issuer = "gateway"

// defaultHeader is stripped even where the file has no identity: an upstream may still read it.
const defaultHeader = "X-Identity"

// Identity hands on who the client is. It is a JSON Web Token (HS256) in a header: sub is the name,
// way the name of the way that knows it, scope what the client may do, and aud the upstream that
// it is for, so that one service cannot show it to another.
type Identity struct {
	header string
	key    []byte
	life   time.Duration
}

// NewIdentity returns the Identity of a file, which may have none: then it only strips.
func NewIdentity(cfg *config.Identity) *Identity {
	if cfg == nil {
		return &Identity{header: defaultHeader}
	}
	return &Identity{header: cfg.Header, key: []byte(cfg.Key.Reveal()), life: time.Duration(cfg.Life)}
}

// Strip takes away the header that only the gateway may set. It is the first layer of all
// requests.
func (i *Identity) Strip(c *dram.Context) {
	i.Drop(c.Request.Header)
	i.Drop(c.Request.Trailer)
}

// Drop takes it away from a header, or from trailers.
func (i *Identity) Drop(h http.Header) {
	h.Del(i.header)
	h.Del(defaultHeader)
}

// Set sets the header of a request to an upstream, if the client is known; ctx is the request's. It
// comes after all other changes: what the client says in Connection must not take it away again.
func (i *Identity) Set(ctx context.Context, out http.Header, upstream string) {
	out.Del(i.header)
	client, ok := ClientOf(ctx)
	if !ok || i.key == nil {
		return
	}
	now := time.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": Issuer, "aud": upstream, "sub": client.Name, "way": client.Way, "scope": strings.Join(client.Scopes, " "),
		"iat": now.Unix(), "exp": now.Add(i.life).Unix(),
	}).SignedString(i.key)
	if err == nil {
		out.Set(i.header, token)
	}
}
