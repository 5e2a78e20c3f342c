package dram

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file says where a request comes from, and how. Every header about that is
// a claim of whoever sent it, so it is read only when the peer of the connection
// is a proxy that the program trusts. There is one list of these, which all ask:
// ClientIP, Scheme, the prefix in redirects, and the layers through them.

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

// trustedProxies are the networks whose word is taken. The zero value trusts none.
type trustedProxies []netip.Prefix

// SetTrustedProxies names the proxies whose word about the client is believed,
// by ClientIP (RemoteIPHeaders), by Scheme (X-Forwarded-Proto) and by redirects
// (X-Forwarded-Prefix): IP addresses or networks in CIDR notation. It replaces
// the former list; nil trusts nobody, as a new Engine does, but a peer that can reach a
// unix socket that the Engine listens on is always trusted. On error, which
// unwraps to a *net.ParseError that names the wrong entry, nothing changes. Call
// it before the Engine serves.
func (engine *Engine) SetTrustedProxies(trustedProxies []string) error {
	proxies := make([]netip.Prefix, 0, len(trustedProxies))
	for _, text := range trustedProxies {
		prefix, err := parseProxy(text)
		if err != nil {
			return fmt.Errorf("dram: SetTrustedProxies: %w: write an address such as 10.0.0.7 or a network such as 10.0.0.0/8", err)
		}
		proxies = append(proxies, prefix)
	}
	engine.proxies = proxies
	return nil
}

// parseProxy reads an address or a network. IPv4 inside IPv6 becomes IPv4, as
// it does with the addresses that are compared.
func parseProxy(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, &net.ParseError{Type: "IP address", Text: text}
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, &net.ParseError{Type: "CIDR address", Text: text}
	}
	if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked(), nil
}

func (proxies trustedProxies) contain(addr netip.Addr) bool {
	for _, prefix := range proxies {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// isTrustedPeer reports whether the other end of the connection is a trusted
// proxy. Who can reach a unix socket is, always: the file's permissions guard it.
func (engine *Engine) isTrustedPeer(req *http.Request) bool {
	if isUnixSocket(req) {
		return true
	}
	if len(engine.proxies) == 0 {
		return false
	}
	addr, ok := parseIP(remoteHost(req))
	return ok && engine.proxies.contain(addr)
}

func isUnixSocket(req *http.Request) bool {
	local, ok := req.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return ok && strings.HasPrefix(local.Network(), "unix")
}

// RemoteIP returns the host of the request's RemoteAddr: the other end of the
// connection, be it the client or a proxy. It is "" where there is none, as
// with a unix socket.
func (c *Context) RemoteIP() string {
	c.live()
	return remoteHost(c.Request)
}

func remoteHost(req *http.Request) string {
	host, _, err := net.SplitHostPort(strings.TrimSpace(req.RemoteAddr))
	if err != nil {
		return ""
	}
	return host
}

// ClientIP returns the address of the client as far as it can be known: what
// Engine.TrustedPlatform's header says, if it is an address; else, if the peer
// is a trusted proxy, the last address of the first usable one of
// Engine.RemoteIPHeaders that is not itself a trusted proxy's; else the peer's
// own. IPv4 is written as IPv4, a zone is left out. It is "" if the peer has no
// address.
func (c *Context) ClientIP() string {
	c.live()
	engine := c.engine
	if client, ok := engine.platformIP(c.Request.Header); ok {
		return client
	}
	if engine.ForwardedByClientIP && len(engine.RemoteIPHeaders) > 0 && engine.isTrustedPeer(c.Request) {
		for _, name := range engine.RemoteIPHeaders {
			if client, ok := engine.proxies.client(c.Request.Header.Values(name)); ok {
				return client
			}
		}
	}
	host := remoteHost(c.Request)
	addr, ok := parseIP(host)
	if !ok {
		return ""
	}
	return addrText(addr, host)
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
	if lines := c.Request.Header["X-Forwarded-Proto"]; len(lines) > 0 && c.engine.isTrustedPeer(c.Request) {
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
	text := strings.TrimSpace(header.Get(name))
	addr, ok := parseIP(text)
	if !ok {
		return "", false
	}
	return addrText(addr, text), true
}

// client walks a list header from its right end, where the nearest proxy wrote,
// to the left. Each item was written by the one right of it, so the first that
// is not a trusted proxy is the client, and what is left of it is only its
// word. An item that is not an address fails the header. Nothing is split or copied
// in advance: a list of any length costs no more than the items that are read.
func (proxies trustedProxies) client(lines []string) (string, bool) {
	leftmost, addr := "", netip.Addr{}
	for i := len(lines) - 1; i >= 0; i-- {
		for line, more := lines[i], true; more; {
			item := line
			if comma := strings.LastIndexByte(line, ','); comma >= 0 {
				line, item = line[:comma], line[comma+1:]
			} else {
				more = false
			}
			var ok bool
			leftmost = strings.TrimSpace(item)
			if addr, ok = parseIP(leftmost); !ok {
				return "", false
			}
			if !proxies.contain(addr) {
				return addrText(addr, leftmost), true
			}
		}
	}
	return addrText(addr, leftmost), addr.IsValid()
}

// parseIP reads an address and leaves its zone out. The zone is cut before it
// is parsed, since netip keeps each one that it sees, and this one is a
// client's. What is too long for an address is not looked at.
func parseIP(text string) (netip.Addr, bool) {
	const longest = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")
	host, zone, hasZone := strings.Cut(text, "%")
	if len(host) > longest || (hasZone && zone == "") {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || (hasZone && addr.Unmap().Is4()) {
		return netip.Addr{}, false
	}
	return addr.Unmap(), true
}

// addrText is the address as text; a piece of text itself if it says the same,
// so that the usual case allocates nothing.
func addrText(addr netip.Addr, text string) string {
	var buffer [64]byte
	canonical := addr.AppendTo(buffer[:0])
	if string(canonical) == text {
		return text
	}
	return string(canonical)
}
