package dram_test

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// mountSmall makes a directory a disk of 64 KiB, where the process may.
func mountSmall(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("needs the right to mount a tmpfs: ", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
}
