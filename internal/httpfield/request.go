package httpfield

import (
	"net/http"
	"strings"
)

// This file asks whether the parts of a request could stand in a request line and a Host header of
// HTTP/1.1 (RFC 9112 section 3). In HTTP/2 and HTTP/3 they are values of their own: a
// method "GET /a HTTP/1.1" arrives, and says another thing as soon as it is written into a line, that
// of a log or of the next server. RFC 9113 section 8.3.1 and RFC 9114 section 4.3.1 forbid it.

// FitsALine reports whether the method is a token, the target one word that is a path, "*" or the
// authority of CONNECT, the host one of the bytes of a host, and no field Host another one.
func FitsALine(req *http.Request) bool {
	target := req.RequestURI
	if !IsToken(req.Method) || !OfHostBytes(req.Host) || strings.IndexByte(target, ' ') >= 0 {
		return false
	}
	for _, own := range req.Header["Host"] {
		if !EqualFold(own, req.Host) {
			return false
		}
	}
	return target == "" || target[0] == '/' || target == "*" || req.Method == http.MethodConnect
}

// OfHostBytes reports whether a host has only bytes that the grammar allows in one (RFC 3986
// section 3.2.2), wherever they stand.
func OfHostBytes(host string) bool {
	for i := range len(host) {
		if !hostBytes[host[i]] {
			return false
		}
	}
	return true
}

var hostBytes = func() (table [256]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:[]%" {
		table[c] = true
	}
	return table
}()
