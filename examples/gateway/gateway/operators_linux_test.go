package gateway_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A file that is mounted alone cannot be replaced at once: it stays whole.
func TestAMountedFileIsNotWrittenInto(t *testing.T) {
	g, file := start(t, watched, answer("1"), answer("2"))
	if err := syscall.Mount(file, file, "", syscall.MS_BIND, ""); err != nil {
		t.Skip("this user may not mount: ", err)
	}
	defer syscall.Unmount(file, 0) //nolint:errcheck // it was mounted
	o := operate(t, g)
	o.ask("GET", o.url, "")
	text := string(g.Text()) + "# more"
	tag := g.Tag()
	resp, problem := o.ask("PUT", "/file", text, "If-Match: *")
	assert.Equal(t, 500, resp.StatusCode)
	assert.Contains(t, problem, "mount its directory")
	assert.Equal(t, tag, g.Tag())
	stored, _ := os.ReadFile(file)
	assert.NotContains(t, string(stored), "# more")
	entries, _ := os.ReadDir(filepath.Dir(file))
	assert.Len(t, entries, 1)
}
