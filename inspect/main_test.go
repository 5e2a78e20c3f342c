package inspect_test

import (
	"io"
	"log"
	"os"
	"testing"

	"github.com/dram-go/dram"
)

// quiet is where servers say that a handler has panicked, which it is meant to.
var quiet = log.New(io.Discard, "", 0)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}
