//go:build go1.27

package serve

import "net/http"

// inheritHeaderCount gives inner outer's limit on the values in a header, which net/http
// has since Go 1.27: 500 unless the program sets it. Clients of HTTP/2 may send each cookie
// as a value of its own, so a lower default would refuse some that mean well.
func inheritHeaderCount(inner, outer *http.Server) {
	inner.MaxHeaderValueCount = outer.MaxHeaderValueCount
}
