package gateway_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A file that is mounted alone can be written to, not replaced.
func TestAMountedFileIsPut(t *testing.T) {
	g, file := start(t, watched, answer("1"), answer("2"))
	if err := syscall.Mount(file, file, "", syscall.MS_BIND, ""); err != nil {
		t.Skip("this user may not mount: ", err)
	}
	defer syscall.Unmount(file, 0) //nolint:errcheck // it was mounted
	o := operate(t, g)
	o.ask("GET", o.url, "")
	text := string(g.Text()) + "# more"
	require.Equal(t, 204, o.status("PUT", "/file", text, "If-Match: *"))
	stored, _ := os.ReadFile(file)
	assert.Equal(t, text, string(stored))
	entries, _ := os.ReadDir(filepath.Dir(file))
	assert.Len(t, entries, 1)
}
