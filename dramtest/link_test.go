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

// A program does not carry what tests it: the linker's own list of symbols says so.
func TestDramtestIsLinkedOnlyWhenUsed(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds two programs")
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
	for _, tester := range testers {
		assert.False(t, strings.Contains(hello, tester), "%s is linked", tester)
		assert.True(t, strings.Contains(tested, tester), "this test would not see %s", tester)
	}
}
