package httpfield

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// This file reads the Host header, :authority of HTTP/2 and later (RFC 9110
// section 7.2, RFC 3986 section 3.2), for those who compare it. It takes
// names of DNS and addresses; of what the grammar allows besides it takes nothing:
// no user, no percent escapes, no zones. Other software reads these in its own ways.

// Host is a host and its port, in the one form in which they are compared.
type Host struct {
	Name string // in lower case, without a dot at its end; an IPv6 address in brackets
	Port uint16 // 0 if there is none
}

// String is the host as a URL has it.
func (h Host) String() string {
	if h.Port == 0 {
		return h.Name
	}
	return h.Name + ":" + strconv.Itoa(int(h.Port))
}

// The lengths that a name of DNS and a label may have (RFC 1035 section 2.3.4).
const (
	maxHostName = 253
	maxLabel    = 63
)

// ParseHost reads a host with or without a port. It is false for what is not one.
func ParseHost(s string) (h Host, ok bool) {
	end := strings.IndexByte(s, ':')
	if strings.HasPrefix(s, "[") {
		end = strings.IndexByte(s, ']') + 1
	}
	if end < 0 {
		end = len(s)
	}
	if rest := s[end:]; rest != "" {
		if h.Port, ok = parsePort(rest); !ok {
			return Host{}, false
		}
	}
	if strings.HasPrefix(s, "[") {
		h.Name, ok = parseAddress(s[:end])
	} else {
		h.Name, ok = parseName(s[:end])
	}
	return h, ok
}

// HostOf reads the host that a request is for. It is false for what is not one, and if a field
// Host contradicts the :authority of HTTP/2 or another such field (RFC 9113 section 8.3.1):
// net/http hands those of HTTP/2 on.
func HostOf(req *http.Request) (h Host, ok bool) {
	for _, own := range req.Header["Host"] {
		if !EqualFold(own, req.Host) {
			return Host{}, false
		}
	}
	return ParseHost(req.Host)
}

// parsePort reads ":443". A colon alone is not a port (RFC 3986 section 3.2.3).
func parsePort(s string) (port uint16, ok bool) {
	if s == ":" {
		return 0, true
	}
	for _, c := range []byte(s[1:]) {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(s[1:], 10, 16)
	return uint16(n), s[0] == ':' && err == nil && n > 0
}

// parseAddress reads "[::1]" in any of its spellings.
func parseAddress(s string) (name string, ok bool) {
	if len(s) < len("[::]") {
		return "", false
	}
	addr, err := netip.ParseAddr(s[1 : len(s)-1])
	if err != nil || !addr.Is6() || addr.Zone() != "" {
		return "", false
	}
	return "[" + addr.String() + "]", true
}

// parseName reads a name of DNS, or an IPv4 address, which looks like one.
// Underscores are taken, as names inside of clusters have them.
func parseName(s string) (name string, ok bool) {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > maxHostName {
		return "", false
	}
	label := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.' && label > 0:
			label = 0
		case IsAlphaNum(c), c == '-', c == '_':
			if label++; label > maxLabel {
				return "", false
			}
		default:
			return "", false
		}
	}
	return strings.ToLower(s), label > 0
}
