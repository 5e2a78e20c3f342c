package middleware

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/dram-go/dram"
)

// This file tells whether a request came over HTTPS, also when a proxy took the
// TLS off: Secure and CSRF ask it.

// IsTLS tells whether the connection to this server is TLS. It is the default
// of each IsHTTPS field: right unless a proxy ends TLS in front of the server.
func IsTLS(c *dram.Context) bool { return c.Request.TLS != nil }

// ForwardedHTTPS makes a test for servers behind a proxy that ends TLS: it
// believes X-Forwarded-Proto, but only from peers in proxies (addresses such as
// "10.0.0.7", networks such as "10.0.0.0/8", "unix" for a unix socket), since
// any client can send that header. It panics when an entry is none of these, or
// when there is no entry.
func ForwardedHTTPS(proxies ...string) func(*dram.Context) bool {
	var trusted []netip.Prefix
	unix := slices.Contains(proxies, "unix")
	for _, proxy := range proxies {
		if proxy == "unix" {
			continue
		}
		prefix, err := parsePrefix(proxy)
		if err != nil {
			panic(misconfigured("ForwardedHTTPS", "proxies", "%q is no address; write one like 10.0.0.7 or 10.0.0.0/8", proxy))
		}
		trusted = append(trusted, prefix)
	}
	if len(proxies) == 0 {
		panic(misconfigured("ForwardedHTTPS", "proxies", "name the proxies whose X-Forwarded-Proto is true, such as 10.0.0.0/8"))
	}
	return func(c *dram.Context) bool {
		if c.Request.TLS != nil {
			return true
		}
		peer := c.RemoteIP() // a unix socket's peer has none
		return forwardedProto(c) == "https" && (unix && peer == "" || inPrefixes(trusted, peer))
	}
}

// forwardedProto is the scheme that the nearest proxy saw: the last entry.
func forwardedProto(c *dram.Context) string {
	lines := c.Request.Header["X-Forwarded-Proto"]
	if len(lines) == 0 {
		return ""
	}
	last := lines[len(lines)-1]
	return strings.ToLower(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]))
}

// parsePrefix reads an address or a network in CIDR notation.
func parsePrefix(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		return netip.ParsePrefix(s)
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
}

// inPrefixes tells whether ip is an address of one of the networks.
func inPrefixes(prefixes []netip.Prefix, ip string) bool {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	addr = addr.Unmap().WithZone("")
	for _, prefix := range prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
