// Package address is what the examples that have a flag -addr say of it.
package address

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// Wrong is the error of listening on addr, and what to write.
func Wrong(addr string, err error) error {
	mend := "it takes HOST:PORT, as in 127.0.0.1:8080; port 0 is any free one"
	if errors.Is(err, syscall.EADDRINUSE) {
		mend = "another program listens there: end it, or write another port; 0 is any free one"
	}
	return fmt.Errorf("-addr %q: %w (%s)", addr, err, mend)
}

// Reachable is an address that a client can connect to: every one, as 0.0.0.0 or [::], is not.
func Reachable(addr string) string {
	at, err := netip.ParseAddrPort(addr)
	if err == nil && at.Addr().IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", at.Port())
	}
	return addr
}
