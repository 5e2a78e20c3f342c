package render_test

import (
	"go/build"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program pays for HTML and XML only if it renders them: html/template costs
// megabytes, because its reflection keeps the linker from dropping any exported
// method in the whole program.
func TestTemplatesAreLinkedOnlyByHTML(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program; run without -short")
	}
	if !slices.Contains(build.Default.ReleaseTags, "go1.26") {
		t.Skip("Go 1.25 links encoding/xml's methods into every program")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("needs the go command on the PATH")
	}
	binary := filepath.Join(t.TempDir(), "plain")
	out, err := exec.Command(goTool, "build", "-o", binary, "./testdata/plain").CombinedOutput()
	require.NoError(t, err, "%s", out)
	symbols, err := exec.Command(goTool, "tool", "nm", binary).Output()
	require.NoError(t, err)

	linked := map[string]bool{}
	for line := range strings.Lines(string(symbols)) {
		fields := strings.Fields(line)
		linked[fields[len(fields)-1]] = true
	}
	require.True(t, linked["github.com/dram-go/dram/render.writeJSON"], "the list holds what is linked")
	for name := range linked {
		assert.NotRegexp(t, engines, name)
	}
}

// engines are the methods that execute templates and write XML.
var engines = regexp.MustCompile(`^(text/template\.\(\*state\)|html/template\.\(\*escaper\)|encoding/xml\.\(\*printer\))`)
