package httpfield

import "net/http"

// hopByHop are the headers of one connection (RFC 9110 section 7.6.1), and the
// old ones that are treated so.
var hopByHop = [...]string{
	"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Http2-Settings",
}

// HopByHop reports whether a header, named as in http.Header, is of one
// connection only, and so neither passed on nor kept.
func HopByHop(name string) bool {
	for _, hop := range hopByHop {
		if hop == name {
			return true
		}
	}
	return false
}

// DropHopByHop takes the headers of one connection from h, those that its
// Connection names included.
func DropHopByHop(h http.Header) {
	for name := range Items(h["Connection"]) {
		h.Del(name)
	}
	for _, name := range hopByHop {
		delete(h, name)
	}
}

// DropConnectionSpecific takes from the header of an answer what speaks of a connection of
// HTTP/1.1, in another major version of HTTP: with it no client would take the answer (RFC
// 9113 section 8.2.2, RFC 9114 section 4.2). From the final header of HTTP/2 net/http takes
// two of these itself, and ends the connection for "Connection: close".
func DropConnectionSpecific(h http.Header, major, status int) {
	if major < 2 {
		return
	}
	delete(h, "Keep-Alive")
	delete(h, "Proxy-Connection")
	delete(h, "Upgrade")
	if major > 2 || Informational(status) {
		delete(h, "Connection")
		delete(h, "Transfer-Encoding")
	}
}

// Upgrades reports whether the header asks to speak another protocol on its
// connection (RFC 9110 section 7.8).
func Upgrades(h http.Header, protocol string) bool {
	return Has(h["Upgrade"], protocol) && Has(h["Connection"], "upgrade")
}
