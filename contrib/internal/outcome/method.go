package outcome

import (
	"net/http"

	"github.com/dram-go/dram"
)

// OtherMethod stands for methods that neither HTTP nor the program defines.
const OtherMethod = "_OTHER"

// Method returns the method of a request if HTTP defines it (RFC 9110 section 9,
// RFC 5789, RFC 10008) or the program has registered the route for it, and else
// OtherMethod: a client cannot make names up.
func Method(c *dram.Context) string {
	switch method := c.Request.Method; method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace, dram.MethodQuery:
		return method
	default:
		if c.FullPath() != "" {
			return method
		}
	}
	return OtherMethod
}
