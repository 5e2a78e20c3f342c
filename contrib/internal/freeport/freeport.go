// Package freeport finds ports for servers that a test starts, and that cannot choose one
// themselves. See docs/contrib.md.
package freeport

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Addr returns an address of the loopback interface where nobody listens. Its port is none
// of those that systems give to whoever asks for port 0, so that nobody else gets it.
func Addr(t testing.TB) string {
	t.Helper()
	for range 100 {
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(10000+rand.IntN(20000))))
		if err == nil {
			require.NoError(t, listener.Close())
			return listener.Addr().String()
		}
	}
	require.Fail(t, "no port is free")
	return ""
}
