package httpfield

import (
	"errors"
	"iter"
	"net/http"
	"strings"
)

// CookieNames yields the names in Cookie headers (RFC 6265 section 4.2.1), those of cookies
// too that net/http leaves out because of their value or their number.
func CookieNames(lines []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range lines {
			for line != "" {
				var pair string
				pair, line, _ = strings.Cut(line, ";")
				name, _, _ := strings.Cut(pair, "=")
				if name = strings.Trim(name, " \t"); name != "" && !yield(name) {
					return
				}
			}
		}
	}
}

// ErrCookie is that of a cookie which net/http leaves out.
var ErrCookie = errors.New("net/http does not read the cookie: its value has bytes that RFC 6265 section 4.1.1 does not allow, or there are too many cookies")

// LeavesOut reports whether net/http leaves out one of the request's cookies of a name, of
// which it has read n.
func LeavesOut(req *http.Request, name string, n int) bool {
	for other := range CookieNames(req.Header["Cookie"]) {
		if other == name {
			n--
		}
	}
	return n < 0
}
