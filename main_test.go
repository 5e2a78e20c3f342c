package dram_test

import (
	"os"
	"testing"

	"github.com/dram-go/dram"
)

// The tests run in test mode: quiet, and with released Contexts poisoned.
func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// releaseMode sets release mode for one test.
func releaseMode(t testing.TB) {
	t.Helper()
	before := dram.Mode()
	dram.SetMode(dram.ReleaseMode)
	t.Cleanup(func() { dram.SetMode(before) })
}
