//go:build unix

// What files have on Unix alone: pipes, devices, permissions, a disk that is full.

package dram_test

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

func TestNoPipeAndNoDeviceIsServed(t *testing.T) {
	dir := guardedSite(t)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Skip("no pipes here: ", err)
	}
	require.NoError(t, os.Symlink("/dev/zero", filepath.Join(dir, "zero")))
	require.NoError(t, os.Symlink("pipe", filepath.Join(dir, "link")))
	r := dram.New()
	r.Static("/static", dir)
	r.StaticFS("/dir", http.Dir(dir))
	r.GET("/fs/:name", func(c *dram.Context) { c.FileFromFS(c.Param("name"), http.Dir(dir)) })
	r.GET("/file/:name", func(c *dram.Context) { c.File(filepath.Join(dir, c.Param("name"))) })
	for _, prefix := range []string{"/static/", "/dir/", "/fs/", "/file/"} {
		assert.Equal(t, 200, serve(r, "GET", prefix+"a.txt").Code)
		for _, name := range []string{"pipe", "zero", "link"} {
			assert.Equal(t, 404, serve(r, "GET", prefix+name).Code, prefix+name) // and does not wait
		}
	}
}

// A disk that is full, or a limit on a file's size, which acts the same: what was
// there before is whole, and nothing is left of what was not.
func TestSaveUploadedFileOnAFullDisk(t *testing.T) {
	c := multipartContext(t, map[string]string{"big": strings.Repeat("x", 8<<20)})
	file, err := c.FormFile("file")
	require.NoError(t, err)
	disks := map[string]func(t *testing.T) string{
		"tmpfs": func(t *testing.T) string {
			dir := t.TempDir()
			mountSmall(t, dir)
			return dir
		},
		"a limit": func(t *testing.T) string {
			signal.Ignore(syscall.SIGXFSZ)
			t.Cleanup(func() { signal.Reset(syscall.SIGXFSZ) })
			var before syscall.Rlimit
			require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
			limited := before
			limited.Cur = 4 << 20 // more than go test writes into a log of its own meanwhile
			require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited))
			t.Cleanup(func() { require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before)) })
			return t.TempDir()
		},
	}
	for name, disk := range disks {
		t.Run(name, func(t *testing.T) {
			dir := disk(t)
			old := filepath.Join(dir, "old")
			require.NoError(t, os.WriteFile(old, []byte("before"), 0o640))
			err := c.SaveUploadedFile(file, old)
			require.ErrorContains(t, err, `dram: store the upload "big"`)
			require.Error(t, c.SaveUploadedFile(file, filepath.Join(dir, "new")))
			root, err := os.OpenRoot(dir)
			require.NoError(t, err)
			defer root.Close()
			require.Error(t, c.SaveUploadedFileIn(root, file, "old"))
			require.Error(t, c.SaveUploadedFileIn(root, file, "new"))
			require.Error(t, c.SaveNewUploadedFileIn(root, file, "new"))
			require.Error(t, c.SaveUploadedFile(file, filepath.Join(dir, "a", "b", "c")))
			require.Error(t, c.SaveUploadedFileIn(root, file, "a/b/c"))
			require.Error(t, c.SaveNewUploadedFileIn(root, file, "a/b/c"))
			got, err := os.ReadFile(old)
			require.NoError(t, err)
			assert.Equal(t, "before", string(got))
			assert.Equal(t, []string{"old"}, namesIn(t, dir), "and no directory that was made")

			require.NoError(t, root.Mkdir("empty", 0o755))
			require.Error(t, c.SaveUploadedFileIn(root, file, "empty/b/c"))
			assert.Equal(t, []string{"empty"}, treeOf(t, dir)[:1], "what was there stays")
			assert.Empty(t, namesIn(t, filepath.Join(dir, "empty")))
		})
	}
}

// A link is replaced by a file with the default mode, not with the one of what it leads to.
func TestALinkGivesAnUploadNoMode(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o027))
	c, file := uploaded(t, "content")
	root, dir := rootIn(t, t.TempDir())
	target := filepath.Join(dir, "target")
	for _, mode := range []os.FileMode{0o600, 0o777} {
		require.NoError(t, os.WriteFile(target, []byte("kept"), 0o600))
		require.NoError(t, os.Chmod(target, mode))
		saves := map[string]func(name string) error{
			"SaveUploadedFile":   func(name string) error { return c.SaveUploadedFile(file, filepath.Join(dir, name)) },
			"SaveUploadedFileIn": func(name string) error { return c.SaveUploadedFileIn(root, file, name) },
		}
		for way, save := range saves {
			require.NoError(t, root.Symlink("target", way))
			require.NoError(t, save(way))
			assert.Equal(t, os.FileMode(0o640), modeOf(t, filepath.Join(dir, way)), way)
			assert.Equal(t, mode, modeOf(t, target))
			require.NoError(t, root.Remove(way))
		}
	}
}

func TestANewUploadIsKeptOutByAPipeToo(t *testing.T) {
	c, file := uploaded(t, "content")
	root, dir := rootIn(t, t.TempDir())
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	assert.ErrorIs(t, c.SaveNewUploadedFileIn(root, file, "pipe"), fs.ErrExist)
	assert.ErrorContains(t, c.SaveUploadedFileIn(root, file, "pipe"), "not a regular file")
}

// namesIn are the names of what is in a directory.
func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestSaveUploadedFileKeepsTheModesOfOthers(t *testing.T) {
	c := multipartContext(t, map[string]string{"a.txt": "content"})
	file, err := c.FormFile("file")
	require.NoError(t, err)
	defer syscall.Umask(syscall.Umask(0o077))
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	require.NoError(t, os.Mkdir(there, 0o700))
	require.NoError(t, os.Chmod(there, 0o705))

	root, err := os.OpenRoot(there)
	require.NoError(t, err)
	defer root.Close()
	require.NoError(t, c.SaveUploadedFileIn(root, file, "in/a.txt", 0o751))
	assert.Equal(t, os.FileMode(0o751), modeOf(t, filepath.Join(there, "in")), "in a root too")
	require.NoError(t, c.SaveNewUploadedFileIn(root, file, "in/b.txt"))
	assert.Equal(t, os.FileMode(0o600), modeOf(t, filepath.Join(there, "in", "b.txt")))

	require.NoError(t, c.SaveUploadedFile(file, filepath.Join(there, "mid", "leaf", "a.txt"), 0o751))
	assert.Equal(t, os.FileMode(0o705), modeOf(t, there), "it was there")
	assert.Equal(t, os.FileMode(0o751), modeOf(t, filepath.Join(there, "mid")), "made on the way, umask or not")
	assert.Equal(t, os.FileMode(0o751), modeOf(t, filepath.Join(there, "mid", "leaf")))
	assert.Equal(t, os.FileMode(0o600), modeOf(t, filepath.Join(there, "mid", "leaf", "a.txt")), "a new file has the process's mode")

	old := filepath.Join(there, "old")
	require.NoError(t, os.WriteFile(old, []byte("old"), 0o600))
	require.NoError(t, os.Chmod(old, 0o664))
	require.NoError(t, c.SaveUploadedFile(file, old))
	assert.Equal(t, os.FileMode(0o664), modeOf(t, old), "what is replaced gives its mode")

	require.NoError(t, os.Symlink("old", filepath.Join(there, "link")))
	require.NoError(t, os.WriteFile(old, []byte("target"), 0o600))
	require.NoError(t, c.SaveUploadedFile(file, filepath.Join(there, "link")))
	got, err := os.ReadFile(old)
	require.NoError(t, err)
	assert.Equal(t, "target", string(got), "a link is replaced, not followed")

	require.NoError(t, os.Symlink("mid", filepath.Join(there, "dirlink")))
	assert.ErrorContains(t, c.SaveUploadedFile(file, filepath.Join(there, "dirlink")), "is a directory")
	require.NoError(t, c.SaveUploadedFile(file, filepath.Join(there, "dirlink", "b.txt")), "directories' links are followed")
	require.NoError(t, syscall.Mkfifo(filepath.Join(there, "pipe"), 0o600))
	assert.ErrorContains(t, c.SaveUploadedFile(file, filepath.Join(there, "pipe")), "not a regular file")
	assert.ErrorContains(t, c.SaveUploadedFile(file, os.DevNull), "not a regular file")
}

// No client learns that a file is there which may not be read, nor where; the log
// does.
func TestAFileThatMayNotBeRead(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything; run the tests as another user")
	}
	dir := guardedSite(t)
	require.NoError(t, os.Chmod(filepath.Join(dir, "a.txt"), 0))
	r := dram.New()
	var errs bytes.Buffer
	r.Use(func(c *dram.Context) { c.Next(); errs.WriteString(c.Errors.String()) })
	r.NoRoute(func(c *dram.Context) { c.String(-1, "ours") })
	r.Static("/static", dir)
	r.GET("/file", func(c *dram.Context) { c.File(filepath.Join(dir, "a.txt")) })
	r.GET("/fs", func(c *dram.Context) { c.FileFromFS("a.txt", http.Dir(dir)) })
	for _, path := range []string{"/static/a.txt", "/file", "/fs"} {
		errs.Reset()
		w := serve(r, "GET", path)
		assert.Equal(t, 404, w.Code)
		assert.Equal(t, "ours", w.Body.String())
		assert.Contains(t, errs.String(), "permission denied")
	}
}
