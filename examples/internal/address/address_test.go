package address_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/examples/internal/address"
)

// What is printed can be pasted: every address is one of this machine.
func TestReachable(t *testing.T) {
	for addr, want := range map[string]string{
		"0.0.0.0:80":     "127.0.0.1:80",
		"[::]:80":        "127.0.0.1:80",
		"[::1]:80":       "[::1]:80",
		"127.0.0.2:80":   "127.0.0.2:80",
		"/run/dram.sock": "/run/dram.sock",
	} {
		assert.Equal(t, want, address.Reachable(addr))
	}
}

func TestWrong(t *testing.T) {
	cause := errors.New("missing port in address")
	err := address.Wrong("8080", cause)
	assert.ErrorIs(t, err, cause)
	assert.EqualError(t, err, `-addr "8080": missing port in address (it takes HOST:PORT, as in 127.0.0.1:8080; port 0 is any free one)`)

	taken := fmt.Errorf("listen: %w", syscall.EADDRINUSE)
	assert.ErrorContains(t, address.Wrong("127.0.0.1:80", taken), "(another program listens there")
}
