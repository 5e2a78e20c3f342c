// Package key says whose a request is: whose requests are counted, kept at one server, or kept
// with one version.
package key

import (
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// Of returns the function for what a file says: address, user or header:NAME. A user who is
// not known, and a header that is not there, count by address.
func Of(by string) func(*dram.Context) string {
	if name, ok := strings.CutPrefix(by, "header:"); ok {
		return func(c *dram.Context) string {
			if value := c.GetHeader(name); value != "" {
				return by + "=" + value
			}
			return middleware.ByClientIP(c)
		}
	}
	if by == "user" {
		return func(c *dram.Context) string {
			if user := middleware.ByUser(c); user != "" {
				return user
			}
			return middleware.ByClientIP(c)
		}
	}
	return middleware.ByClientIP
}
