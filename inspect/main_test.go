package inspect_test

import (
	"os"
	"testing"

	"github.com/dram-go/dram"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}
