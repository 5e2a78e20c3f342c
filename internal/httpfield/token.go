package httpfield

import (
	"net/textproto"
	"strings"
)

// IsToken reports whether s is a token (RFC 9110 section 5.6.2): the name of a
// header, a method, a coding.
func IsToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; !IsAlphaNum(c) && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// EqualFold reports whether s and t are equal but for the case of ASCII letters. Names of a
// protocol are ASCII: strings.EqualFold takes the Kelvin sign for a k, and a long s for an s.
func EqualFold(s, t string) bool {
	if len(s) != len(t) {
		return false
	}
	for i := range len(s) {
		if lower(s[i]) != lower(t[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// IsAlphaNum reports whether c is an ASCII letter or digit.
func IsAlphaNum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// IsValue reports whether s may be the value of a header (RFC 9110 section 5.5): one without
// control characters but tabs. net/http drops a header with another one over HTTP/2, and sends it
// changed over HTTP/1.
func IsValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// IsQuotable reports whether s may stand between double quotes in a header as it
// is (RFC 9110 section 5.6.4): printable ASCII without a quote or a backslash.
func IsQuotable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// Name is a header's name in the form of http.Header, with "-" for each "_".
// Servers that turn headers into variables (CGI, WSGI, RFC 3875 section 4.1.18)
// cannot tell X_User from X-User, so code that compares names compares these.
func Name(name string) string {
	return textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-"))
}
