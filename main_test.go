package dram_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/dram-go/dram"
)

// printModeEnv has the test program print the mode that it started with, and end.
const printModeEnv = "DRAM_TEST_PRINT_MODE"

// TestMain has the tests run in test mode, which is silent and poisons
// released Contexts.
func TestMain(m *testing.M) {
	if os.Getenv(printModeEnv) != "" {
		fmt.Print(dram.Mode())
		return
	}
	dram.SetMode(dram.TestMode)
	if os.Getenv(inheritEnv) != "" {
		if err := inherits(); err != nil {
			fmt.Print(err)
			os.Exit(1)
		}
		return
	}
	// A recorder, unlike a server, does not remove the files of a form.
	dir, err := os.MkdirTemp("", "dram-test")
	if err == nil {
		err = os.Setenv("TMPDIR", dir)
	}
	if err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(dir) // at worst a folder is left
	os.Exit(status)
}

// inMode sets a mode for the rest of a test.
func inMode(t *testing.T, mode string) {
	t.Helper()
	before := dram.Mode()
	dram.SetMode(mode)
	t.Cleanup(func() { dram.SetMode(before) })
}
