package middleware

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// The functions of this file return whose request it is, for RateLimit to count
// by and Idempotency to remember by.

// ByClientIP returns the client's address (Context.ClientIP, so no header of an
// untrusted peer counts). For an IPv6 address it returns the /64 network, since
// one subscriber usually has all of it; but for one that a translator has made of
// an IPv4 address (64:ff9b::/96, 64:ff9b:1::/48) all of it.
func ByClientIP(c *dram.Context) string {
	ip := c.ClientIP()
	if strings.IndexByte(ip, ':') >= 0 {
		return networkOf(ip)
	}
	return ip
}

// translated are the networks in which an address stands for one of IPv4 (RFC 6052, RFC 8215):
// everybody who comes by IPv4 is in one /64 of it, and could lock all others out.
var translated = [...]netip.Prefix{netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48")}

// networkOf returns the /64 network of an IPv6 address that is a subscriber's.
func networkOf(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	addr = addr.WithZone("")
	for _, prefix := range translated {
		if prefix.Contains(addr) {
			return addr.String()
		}
	}
	network, err := addr.Prefix(64)
	if err != nil {
		return ip
	}
	return network.String()
}

// ByUser returns the name that BasicAuth, or another layer, stored under
// dram.AuthUserKey; "" if no user is logged in, and where the program stores something other
// than a string there: the key is "user", so keep a struct under a key of your own.
func ByUser(c *dram.Context) string { return c.GetString(dram.AuthUserKey) }

// ByHeader returns a function that returns the value of a header, such as the
// one with the client's API key. It panics if no header can have the name.
func ByHeader(name string) func(*dram.Context) string {
	mustBeHeader("ByHeader", name)
	return func(c *dram.Context) string { return c.GetHeader(name) }
}

// mustBeHeader panics if a name is not one that a request's header can have: all clients would be the
// same, or none would be let in.
func mustBeHeader(function, name string) {
	switch {
	case !httpfield.IsToken(name):
		panic(misconfigured(function, "name", "%q is not a header name; write one such as X-Api-Key", name))
	case strings.EqualFold(name, "Host"):
		panic(misconfigured(function, "name", "net/http keeps Host apart from the header; write a function that returns c.Request.Host"))
	}
}

// maxPlainKey is the longest key that is stored as it is.
const maxPlainKey = 64

// boundedKey returns key, or its digest if it is so long that clients could
// exhaust the memory.
func boundedKey(key string) string {
	if len(key) <= maxPlainKey {
		return key
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(key)))
}
