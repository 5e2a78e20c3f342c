// Package peer knows the other end of a connection, and whom to believe about the
// client behind it: the networks of Engine.SetTrustedProxies, and the list headers
// that their proxies write. See docs/internals/17-differences.md.
package peer

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Networks are those whose word is taken. The zero value trusts none.
type Networks []netip.Prefix

// ParseNetworks reads addresses and networks in CIDR notation. The error is a
// *net.ParseError that names the wrong entry.
func ParseNetworks(texts []string) (Networks, error) {
	networks := make(Networks, 0, len(texts))
	for _, text := range texts {
		prefix, err := parseProxy(text)
		if err != nil {
			return nil, err
		}
		networks = append(networks, prefix)
	}
	return networks, nil
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

func (n Networks) contain(addr netip.Addr) bool {
	for _, prefix := range n {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// Trust reports whether the other end of the connection is in one of the networks.
// Who can reach a unix socket is, always: the file's permissions guard it. An abstract
// socket has no file, and everybody on the machine can reach it.
func (n Networks) Trust(req *http.Request) bool {
	if isUnixSocket(req) {
		return true
	}
	if len(n) == 0 {
		return false
	}
	addr, ok := parseIP(Host(req))
	return ok && n.contain(addr)
}

// isUnixSocket reports whether the connection came by a unix socket that has a file.
func isUnixSocket(req *http.Request) bool {
	local, ok := req.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return ok && strings.HasPrefix(local.Network(), "unix") && !strings.HasPrefix(local.String(), "@")
}

// Host is the host of the request's RemoteAddr, "" without one.
func Host(req *http.Request) string {
	host, _, err := net.SplitHostPort(strings.TrimSpace(req.RemoteAddr))
	if err != nil {
		return ""
	}
	return host
}

// Address is an IP address as text, without a zone, and IPv4 as IPv4; false if text
// is not one.
func Address(text string) (string, bool) {
	addr, ok := parseIP(text)
	if !ok {
		return "", false
	}
	return addrText(addr, text), true
}

// Client walks a list header from its right end, where the nearest proxy wrote,
// to the left. Each item was written by the one right of it, so the first that
// is not a trusted proxy is the client, and what is left of it is only its
// word. An item that is not an address fails the header. Nothing is split or copied
// in advance: a list of any length costs no more than the items that are read.
func (n Networks) Client(lines []string) (string, bool) {
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
			if !n.contain(addr) {
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
