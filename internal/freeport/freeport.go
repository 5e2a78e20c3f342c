// Package freeport finds ports for servers that a test starts, and that cannot be given a listener.
// See CONTRIBUTING.md.
package freeport

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Addr returns an address of the loopback interface where nobody listens. Its port is none
// of those that systems give to whoever asks for port 0, or dials, so that nobody else gets it.
func Addr(t testing.TB) string {
	t.Helper()
	for range 100 {
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(10000+rand.IntN(20000))))
		if err == nil {
			_ = listener.Close()
			return listener.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}
