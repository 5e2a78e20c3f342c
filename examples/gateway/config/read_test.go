package config_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/config"
)

// A file that never ends, or is none, is a mistake of the field that names it: a reload would wait for it.
func TestFilesThatHaveNoEndAreNotRead(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	require.NoError(t, os.Truncate(touch(t, filepath.Join(dir, "large")), 64<<20+1))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "good"), []byte("text"), 0o600))
	file, err := config.Parse(filepath.Join(dir, "gateway.yaml"), []byte("upstreams: {a: {servers: [{url: http://a}]}}\nroutes:\n  - {path: /, to: a}\n"))
	require.NoError(t, err)
	at := file.Routes[0].At
	for name, why := range map[string]string{
		"pipe": "it is a pipe or a device", "/dev/zero": "it is a pipe or a device", dir: "it is a directory",
		"large": "it has more than 64 MiB", "none": "no such file or directory", "good/x": "not a directory",
	} {
		_, err := file.Read(at, "openapi", name)
		assert.ErrorContains(t, err, "gateway.yaml:3: routes[0].openapi: ", name)
		assert.ErrorContains(t, err, " is not a file that can be read ("+why+"): put it there, or write where it is", name)
	}
	text, err := file.Read(at, "openapi", "good")
	assert.NoError(t, err)
	assert.Equal(t, "text", string(text))
}

func touch(t *testing.T, name string) string {
	require.NoError(t, os.WriteFile(name, nil, 0o600))
	return name
}
