package dramtest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program does not carry what tests it, shows it at work, or describes typed routes if it has none:
// the linker's own list of symbols says so.
func TestDramtestInspectAndTypedAreLinkedOnlyWhenUsed(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds four programs")
	}
	dir := t.TempDir()
	symbols := func(name, imports, use string) string {
		source, program := filepath.Join(dir, name+".go"), filepath.Join(dir, name)
		text := "package main\n\nimport (\n\t\"github.com/dram-go/dram\"\n" + imports + ")\n\nfunc main() {\n\tr := dram.New()\n\t" + use + "\n\tpanic(r.Run())\n}\n"
		require.NoError(t, os.WriteFile(source, []byte(text), 0o600))
		out, err := exec.Command("go", "build", "-o", program, source).CombinedOutput()
		require.NoError(t, err, "%s", out)
		out, err = exec.Command("go", "tool", "nm", program).Output()
		require.NoError(t, err)
		return string(out)
	}
	testers := []string{"github.com/dram-go/dram/dramtest.", "net/http/httptest.", " testing."}
	hello := symbols("hello", "", `r.GET("/", func(c *dram.Context) { c.JSON(200, dram.H{"hello": "world"}) })`)
	tested := symbols("tested", "\t\"github.com/dram-go/dram/dramtest\"\n", `dramtest.New(nil, r)`)
	describers := []string{"github.com/dram-go/dram/typed.", "github.com/dram-go/dram/internal/schema."}
	typed := symbols("typed", "\t\"github.com/dram-go/dram/typed\"\n",
		`typed.New(&r.RouterGroup, typed.Info{Title: "t", Version: "1"}).Spec("/openapi.json")`)
	inspectors := []string{"github.com/dram-go/dram/inspect.", "github.com/dram-go/dram/internal/layername.", "go/parser.", "runtime/trace.(*FlightRecorder)"}
	inspected := symbols("inspected", "\t\"github.com/dram-go/dram/inspect\"\n", `panic(inspect.Mount(r, inspect.Config{}))`)
	for program, names := range map[string][]string{tested: testers, inspected: inspectors, typed: describers} {
		for _, name := range names {
			assert.False(t, strings.Contains(hello, name), "%s is linked", name)
			assert.True(t, strings.Contains(program, name), "this test would not see %s", name)
		}
	}
}
