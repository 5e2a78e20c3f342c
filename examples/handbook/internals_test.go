//go:build unix

package handbook_test

import (
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/docs/internals"
)

// generated matches what the guide shows of the running program: what no command has written.
var generated = regexp.MustCompile(`(?s)<!-- generated: [^\n]* -->\n.*?<!-- end -->`)

// What a page of the guide says to try is tried, in a checkout. The Chinese pages have the
// same commands.
func TestInternalsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the programs of the guide")
	}
	t.Parallel() // it waits for the go command most of the time
	for _, command := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(command); err != nil {
			t.Skip(err)
		}
	}
	pages, err := fs.Glob(internals.Files, "*.md")
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	for _, page := range pages {
		t.Run(page, func(t *testing.T) {
			text, err := fs.ReadFile(internals.Files, page)
			require.NoError(t, err)
			s := newShell(t)
			s.dir, s.env = root, []string{"GOWORK=", flags(""), "TMPDIR=" + t.TempDir()}
			// As many lines as there were, so that a fault names the right one.
			do(t, s, page, generated.ReplaceAllStringFunc(string(text), func(made string) string {
				return strings.Repeat("\n", strings.Count(made, "\n"))
			}))
		})
	}
}
