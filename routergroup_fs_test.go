package dram_test

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// siteDir is a directory with a page, and directories with and without one.
func siteDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"a.txt": "A", "with/index.html": "index", "without/b.txt": "B"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	return dir
}

func TestDir(t *testing.T) {
	dir := siteDir(t)
	listed := serve(http.FileServer(dram.Dir(dir, true)), "GET", "/without/")
	assert.Contains(t, listed.Body.String(), "b.txt")

	hidden := http.FileServer(dram.Dir(dir, false))
	assert.NotContains(t, serve(hidden, "GET", "/without/").Body.String(), "b.txt")
	assert.Equal(t, "B", serve(hidden, "GET", "/without/b.txt").Body.String())
	assert.Equal(t, "index", serve(hidden, "GET", "/with/").Body.String())
	assert.Equal(t, 404, serve(hidden, "GET", "/nothing").Code)
}

func TestOnlyFilesFS(t *testing.T) {
	files := dram.OnlyFilesFS{FileSystem: http.Dir(siteDir(t))}
	_, err := files.Open("/nothing")
	require.ErrorIs(t, err, fs.ErrNotExist)

	dir, err := files.Open("/without")
	require.NoError(t, err)
	defer dir.Close()
	entries, err := dir.Readdir(-1)
	assert.NoError(t, err)
	assert.Empty(t, entries)
	_, err = dir.Readdir(1)
	assert.ErrorIs(t, err, io.EOF, "as in an empty directory")
	_, canRead := dir.(fs.ReadDirFile)
	assert.False(t, canRead, "there is no other way to read the directory")
}

func TestStaticDoesNotList(t *testing.T) {
	engine := dram.New()
	dir := siteDir(t)
	engine.Static("/hidden", dir)
	engine.StaticFS("/listed", dram.Dir(dir, true))
	engine.NoRoute(func(c *dram.Context) { c.String(404, "ours") })
	get := func(path string) *httptest.ResponseRecorder { return serve(engine, "GET", path) }
	assert.Equal(t, "A", get("/hidden/a.txt").Body.String())
	assert.Equal(t, "index", get("/hidden/with/").Body.String())
	assert.Equal(t, 404, get("/hidden/without/").Code)
	assert.Equal(t, "ours", get("/hidden/nothing").Body.String())
	assert.Contains(t, get("/listed/without/").Body.String(), "b.txt")
}
