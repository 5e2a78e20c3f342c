//go:build unix

package serve_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/serve"
)

func TestFileDescriptorsAreMended(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	defer file.Close()
	noSocket, err := syscall.Dup(int(file.Fd()))
	require.NoError(t, err)
	for _, fd := range []int{-1, 1 << 30, noSocket} {
		_, err := serve.Fd(fd)
		assert.ErrorContains(t, err, "the parent must pass a listening socket on", fd)
	}
}
