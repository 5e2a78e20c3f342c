// The promise of lookup.go that no node is entered twice, verified on getValue
// itself: this package is compiled once more, with a hook at the beginning of getValue and behind
// each assignment to n in it, and testdata/entered/entered_test.go runs in it.

package router_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/hook"
)

func TestNoNodeIsEnteredTwice(t *testing.T) {
	gocmd, err := exec.LookPath("go")
	if err != nil {
		t.Skip("needs the go command")
	}
	dir := t.TempDir()
	hooked := filepath.Join(dir, "lookup.go")
	require.NoError(t, os.WriteFile(hooked, hookedLookup(t), 0o600))
	here, err := os.Getwd()
	require.NoError(t, err)
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
		filepath.Join(here, "lookup.go"):      hooked,
		filepath.Join(here, "inside_test.go"): filepath.Join(here, "testdata", "entered", "entered_test.go"),
	}})
	require.NoError(t, err)
	file := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(file, overlay, 0o600))
	out, err := exec.CommandContext(t.Context(), gocmd, "test", "-overlay", file, "-count=1", "-v", "-run=^TestEachNodeOnce$", ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), "--- PASS: TestEachNodeOnce (")
}

// hookedLookup returns lookup.go with enter(n) wherever n is another node in getValue.
func hookedLookup(t *testing.T) []byte {
	t.Helper()
	source, err := os.ReadFile("lookup.go")
	require.NoError(t, err)
	hooked, count, err := hook.Behind(source, "getValue", "n", "enter(n)")
	require.NoError(t, err)
	require.Equal(t, 2, count, "an edge, and a param")
	hooked, found, err := hook.Begin(hooked, "getValue", "enter(n)") // the root, and where backtrack goes on
	require.NoError(t, err)
	require.True(t, found)
	return append(hooked, "\nvar enter = func(any) {}\n"...)
}
