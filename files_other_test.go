//go:build unix && !linux

package dram_test

import "testing"

func mountSmall(t *testing.T, _ string) { t.Skip("a tmpfs is mounted on Linux only") }
