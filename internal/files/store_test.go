package files

import (
	"bytes"
	"errors"
	"io/fs"
	"mime/multipart"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What only a place that fails at the right moment shows; the rest is tested through
// dram.Context.SaveUploadedFile and its kin.

// place is the operating system's, with something that happens before.
type place struct {
	OS
	opening  func(name string) error
	renaming func(to string) error
}

func (p place) OpenFile(name string, flag int, mode fs.FileMode) (*os.File, error) {
	if err := p.opening(name); err != nil {
		return nil, err
	}
	return p.OS.OpenFile(name, flag, mode)
}

func (p place) Rename(from, to string) error {
	if err := p.renaming(to); err != nil {
		return err
	}
	return p.OS.Rename(from, to)
}

func nothing(string) error { return nil }

// upload is a file of a form.
func upload(t *testing.T) Upload {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", "a.txt")
	require.NoError(t, err)
	_, err = part.Write([]byte("content"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	form, err := multipart.NewReader(&body, w.Boundary()).ReadForm(1 << 10)
	require.NoError(t, err)
	return Upload{FileHeader: form.File["file"][0], DirMode: 0o750}
}

// Two saves into a directory that one of them made and, as it failed, took away.
func TestADirectoryThatAnotherSaveRemovesIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	removed := 0
	p := place{renaming: nothing, opening: func(name string) error {
		if removed++; removed > 2 {
			return nil
		}
		return os.RemoveAll(filepath.Join(dir, "a"))
	}}
	dst := filepath.Join(dir, "a", "b", "c")
	require.NoError(t, upload(t).store(p, dst))
	text, err := os.ReadFile(dst)
	require.NoError(t, err)
	assert.Equal(t, "content", string(text))

	p.opening = func(string) error { return os.RemoveAll(filepath.Join(dir, "a")) }
	assert.ErrorIs(t, upload(t).store(p, dst), fs.ErrNotExist, "but not for ever")
}

func TestADirectoryThatASaveMadeStaysIfItIsNotEmpty(t *testing.T) {
	dir := t.TempDir()
	failed := errors.New("no more")
	p := place{opening: nothing, renaming: func(to string) error {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "a", "theirs"), []byte("kept"), 0o600))
		return failed
	}}
	require.ErrorIs(t, upload(t).store(p, filepath.Join(dir, "a", "b", "c")), failed)
	entries, err := os.ReadDir(filepath.Join(dir, "a"))
	require.NoError(t, err)
	require.Len(t, entries, 1, "b is gone")
	assert.Equal(t, "theirs", entries[0].Name())
}

// What the file system does not take is said before the file is written.
func TestANameThatIsTooLongIsNotWritten(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has other limits, and other errors for them")
	}
	dir := t.TempDir()
	p := place{renaming: nothing, opening: func(name string) error {
		t.Error("opened", name)
		return nil
	}}
	for _, name := range []string{strings.Repeat("x", 256), strings.Repeat("x/", 4096) + "x"} {
		assert.ErrorIs(t, upload(t).store(p, filepath.Join(dir, "new", name)), fs.ErrInvalid)
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Empty(t, entries)
	}
}
