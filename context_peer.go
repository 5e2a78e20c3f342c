package dram

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/peer"
)

// This file says where a request comes from, and how. Every header about that is
// a claim of whoever sent it, so it is read only when the peer of the connection
// is a proxy that the program trusts. There is one list of these, which all ask:
// ClientIP, Scheme, BasePath (context_base.go), and the layers through them.
// See docs/internals/17-differences.md.

// Values of Engine.TrustedPlatform: the header in which a platform sends the
// client's address. Set one only if every request comes through the platform,
// since anyone else can send the header too.
const (
	// PlatformGoogleAppEngine is the header of Google App Engine.
	PlatformGoogleAppEngine = "X-Appengine-Remote-Addr"
	// PlatformCloudflare is the header of Cloudflare.
	PlatformCloudflare = "CF-Connecting-IP"
	// PlatformFlyIO is the header of Fly.io.
	PlatformFlyIO = "Fly-Client-IP"
)

// SetTrustedProxies names the proxies whose word about the client is believed,
// by ClientIP (RemoteIPHeaders), by Scheme (X-Forwarded-Proto) and by BasePath
// (X-Forwarded-Prefix): IP addresses or networks in CIDR notation. It replaces
// the former list; nil trusts nobody, as a new Engine does, but a peer that can reach a
// unix socket that the Engine listens on is always trusted, unless it is an abstract
// one (Linux), which no file guards. On error, which unwraps to a *net.ParseError that
// names the wrong entry, nothing changes. Call it before the Engine serves.
func (engine *Engine) SetTrustedProxies(trustedProxies []string) error {
	proxies, err := peer.ParseNetworks(trustedProxies)
	if err != nil {
		return fmt.Errorf("dram: SetTrustedProxies: %w: write an address such as 10.0.0.7 or a network such as 10.0.0.0/8", err)
	}
	engine.noteLate("SetTrustedProxies of", "/")
	engine.proxies, engine.proxiesAt = proxies, engine.source.Of()
	return nil
}

// RemoteIP returns the host of the request's RemoteAddr: the other end of the
// connection, be it the client or a proxy. It is "" where there is none, as
// with a unix socket.
func (c *Context) RemoteIP() string {
	c.live()
	return peer.Host(c.Request)
}

// ClientIP returns the address of the client as far as it can be known: what
// Engine.TrustedPlatform's header says, if it is an address; else, if the peer
// is a trusted proxy, the last address of the first usable one of
// Engine.RemoteIPHeaders that is not itself a trusted proxy's; else the peer's
// own. IPv4 is written as IPv4, a zone is left out. It is "" if the peer has no
// address.
//
// Leave only headers in RemoteIPHeaders that the proxies write themselves: one that they
// pass on is the client's, and counts where those before it are missing or have something
// else than addresses, such as ports.
func (c *Context) ClientIP() string {
	c.live()
	engine := c.engine
	if client, ok := engine.platformIP(c.Request.Header); ok {
		return client
	}
	if engine.ForwardedByClientIP && len(engine.RemoteIPHeaders) > 0 && engine.proxies.Trust(c.Request) {
		for _, name := range engine.RemoteIPHeaders {
			if client, ok := engine.proxies.Client(c.Request.Header.Values(name)); ok {
				return client
			}
		}
	}
	client, _ := peer.Address(peer.Host(c.Request))
	return client
}

// Scheme returns the scheme by which the client reaches the service: "https" or
// "http". If the peer is a trusted proxy, it is what the last entry of
// X-Forwarded-Proto says (a WebSocket's "wss" is "https"), since the connection to
// the proxy says nothing about the one to the client. Without a usable entry it is
// "https" if this connection uses TLS, and "http" otherwise.
//
// Forwarded (RFC 7239) is not read: a proxy that sets X-Forwarded-Proto passes a
// client's Forwarded on as it came, and a program that reads both believes the client.
func (c *Context) Scheme() string {
	c.live()
	if lines := c.Request.Header["X-Forwarded-Proto"]; len(lines) > 0 && c.engine.proxies.Trust(c.Request) {
		switch last := httpfield.Last(lines); {
		case strings.EqualFold(last, "https"), strings.EqualFold(last, "wss"):
			return "https"
		case strings.EqualFold(last, "http"), strings.EqualFold(last, "ws"):
			return "http"
		}
	}
	if c.Request.TLS != nil {
		return "https"
	}
	return "http"
}

// platformIP is what the platform in front of the program says, if there is one.
func (engine *Engine) platformIP(header http.Header) (string, bool) {
	name := engine.TrustedPlatform
	if name == "" && engine.AppEngine {
		name = PlatformGoogleAppEngine
	}
	if name == "" {
		return "", false
	}
	return peer.Address(strings.TrimSpace(header.Get(name)))
}
