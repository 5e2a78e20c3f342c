// Uploads stored in an os.Root: no name leaves it, and none is stored by half.

package dram_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

func ExampleContext_SaveUploadedFileIn() {
	root, remove := exampleRoot()
	defer remove()

	r := dram.New()
	r.PUT("/files/*name", dram.Try(func(c *dram.Context) error {
		file, err := c.FormFile("file")
		if err != nil {
			return err
		}
		err = c.SaveUploadedFileIn(root, file, strings.TrimPrefix(c.Param("name"), "/"))
		if errors.Is(err, fs.ErrInvalid) {
			return dram.NewProblem(http.StatusBadRequest, "A file cannot have that name.").Because(err)
		}
		return err
	}))
	for _, name := range []string{"2026/report.txt", "../report.txt"} {
		fmt.Println(name, sendFile(r, http.MethodPut, "/files/"+name, "Hello"))
	}
	text, err := root.ReadFile("2026/report.txt")
	fmt.Printf("%s %v\n", text, err)
	// Output:
	// 2026/report.txt 200
	// ../report.txt 400
	// Hello <nil>
}

// A name that is taken is a conflict: what is there stays.
func ExampleContext_SaveNewUploadedFileIn() {
	root, remove := exampleRoot()
	defer remove()

	r := dram.New()
	r.POST("/files/:name", dram.Try(func(c *dram.Context) error {
		file, err := c.FormFile("file")
		if err != nil {
			return err
		}
		switch err = c.SaveNewUploadedFileIn(root, file, c.Param("name")); {
		case errors.Is(err, fs.ErrExist):
			return dram.NewProblem(http.StatusConflict, "There is a file of that name.").Because(err)
		case errors.Is(err, fs.ErrInvalid):
			return dram.NewProblem(http.StatusBadRequest, "A file cannot have that name.").Because(err)
		case err == nil:
			c.Status(http.StatusCreated)
		}
		return err
	}))
	for _, text := range []string{"the first", "the second"} {
		fmt.Println(sendFile(r, http.MethodPost, "/files/report.txt", text))
	}
	text, err := root.ReadFile("report.txt")
	fmt.Printf("%s %v\n", text, err)
	// Output:
	// 201
	// 409
	// the first <nil>
}

// exampleRoot opens a new directory as a root, and returns what closes and removes it.
func exampleRoot() (root *os.Root, remove func()) {
	dir, err := os.MkdirTemp("", "uploads")
	if err != nil {
		panic(err)
	}
	if root, err = os.OpenRoot(dir); err != nil {
		panic(err)
	}
	return root, func() {
		_ = root.Close()
		_ = os.RemoveAll(dir)
	}
}

// sendFile sends a form with a file, and returns the status of the answer.
func sendFile(h http.Handler, method, target, content string) int {
	body := "--b\r\nContent-Disposition: form-data; name=file; filename=a.txt\r\n\r\n" + content + "\r\n--b--\r\n"
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w.Code
}

// saveIn is one of the two methods that store in a root.
type saveIn func(*dram.Context, *os.Root, *multipart.FileHeader, string, ...fs.FileMode) error

var savesIn = map[string]saveIn{
	"SaveUploadedFileIn":    (*dram.Context).SaveUploadedFileIn,
	"SaveNewUploadedFileIn": (*dram.Context).SaveNewUploadedFileIn,
}

// uploaded is a context with a form of one file.
func uploaded(t *testing.T, content string) (*dram.Context, *multipart.FileHeader) {
	t.Helper()
	c := multipartContext(t, map[string]string{"a.txt": content})
	file, err := c.FormFile("file")
	require.NoError(t, err)
	return c, file
}

// rootIn opens the directory "root" of dir as a root.
func rootIn(t *testing.T, dir string) (*os.Root, string) {
	t.Helper()
	name := filepath.Join(dir, "root")
	require.NoError(t, os.MkdirAll(name, 0o755))
	root, err := os.OpenRoot(name)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, root.Close()) })
	return root, name
}

// treeOf lists all that is below dir, files with what they hold.
func treeOf(t *testing.T, dir string) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		rel = filepath.ToSlash(rel)
		if d.Type().IsRegular() {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			rel += "=" + string(text)
		}
		names = append(names, rel)
		return err
	}))
	return names
}

func TestSaveUploadedFileIn(t *testing.T) {
	for way, save := range savesIn {
		t.Run(way, func(t *testing.T) {
			c, file := uploaded(t, "content")
			root, dir := rootIn(t, t.TempDir())
			require.NoError(t, save(c, root, file, "2026/11/a.txt"))
			require.NoError(t, save(c, root, file, "ünï cödé.txt", 0o700))
			assert.Equal(t, []string{"2026", "2026/11", "2026/11/a.txt=content", "ünï cödé.txt=content"}, treeOf(t, dir))
			assert.Equal(t, os.FileMode(0o750), modeOf(t, filepath.Join(dir, "2026")))
			assert.Equal(t, os.FileMode(0o750), modeOf(t, filepath.Join(dir, "2026", "11")))
		})
	}
}

func TestSaveUploadedFileInReplaces(t *testing.T) {
	c, file := uploaded(t, "new")
	root, dir := rootIn(t, t.TempDir())
	old := filepath.Join(dir, "a.txt")
	require.NoError(t, os.WriteFile(old, []byte("old"), 0o600))
	require.NoError(t, os.Chmod(old, 0o640))

	err := c.SaveNewUploadedFileIn(root, file, "a.txt")
	require.ErrorIs(t, err, fs.ErrExist)
	assert.EqualError(t, err, `dram: store the upload "a.txt": save a.txt: file already exists`)
	assert.Equal(t, []string{"a.txt=old"}, treeOf(t, dir), "it is kept")

	require.NoError(t, c.SaveUploadedFileIn(root, file, "a.txt"))
	assert.Equal(t, []string{"a.txt=new"}, treeOf(t, dir))
	assert.Equal(t, os.FileMode(0o640), modeOf(t, old), "with the mode of the one before")
}

// os.Root, GO-2026-4403 (CVE-2025-22873): a name that ends in "../" opened the parent.
func TestNoNameLeavesTheRoot(t *testing.T) {
	outside := t.TempDir()
	names := []string{
		"", ".", "/", "..", "../x", "a/../b", "a/../../x", "./x", "a//b", "a/", "a/.", "/etc/passwd",
		filepath.Join(outside, "x"), "x\x00", "x\n", `..\x`, `a\b`, `C:\x`, "x.", "x ", "\xff",
		strings.Repeat("x", 256), strings.Repeat("ä", 128), strings.Repeat("x", 256) + "/a", "a/" + strings.Repeat("x", 256),
		".upload-", ".upload-x", "a/.upload-x", ".Upload-x/a",
	}
	for way, save := range savesIn {
		for _, name := range names {
			t.Run(fmt.Sprintf("%s %q", way, name), func(t *testing.T) {
				c, file := uploaded(t, "content")
				parent := t.TempDir()
				root, _ := rootIn(t, parent)
				require.NoError(t, root.Mkdir("a", 0o755))
				err := save(c, root, file, name)
				require.ErrorContains(t, err, `dram: store the upload "a.txt": `)
				assert.ErrorContains(t, err, "is not the name of a file in the root (invalid argument): ")
				assert.ErrorIs(t, err, fs.ErrInvalid)
				assert.Equal(t, []string{"root", "root/a"}, treeOf(t, parent))
			})
		}
	}
	assert.Empty(t, treeOf(t, outside))
}

// os.Root, GO-2026-4970 (CVE-2026-39822) and GO-2025-3750 (CVE-2025-0913): links led out of it.
func TestNoLinkLeavesTheRoot(t *testing.T) {
	for way, save := range savesIn {
		t.Run(way, func(t *testing.T) {
			c, file := uploaded(t, "content")
			parent := t.TempDir()
			root, dir := rootIn(t, parent)
			require.NoError(t, os.Mkdir(filepath.Join(parent, "out"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(parent, "out", "secret"), []byte("kept"), 0o600))
			require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
			links := map[string]string{
				"up": "../out", "absolute": filepath.Join(parent, "out"), "nowhere": "../none", "in": "sub",
				"file": "../out/secret", "dangling": "none",
			}
			for name, target := range links {
				if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
					t.Skip("no symbolic links here: ", err)
				}
			}
			for _, name := range []string{"up/x", "up/secret", "up/deep/x", "absolute/x", "nowhere/x"} {
				err := save(c, root, file, name)
				assert.ErrorContains(t, err, "path escapes from parent", name)
			}
			assert.Equal(t, []string{"secret=kept"}, treeOf(t, filepath.Join(parent, "out")))

			require.NoError(t, save(c, root, file, "in/x"), "a link that stays inside is followed")
			assert.Equal(t, []string{"x=content"}, treeOf(t, filepath.Join(dir, "sub")))

			for _, name := range []string{"file", "dangling"} { // at the name itself
				err := save(c, root, file, name)
				if way == "SaveNewUploadedFileIn" {
					require.ErrorIs(t, err, fs.ErrExist, name)
					continue
				}
				require.NoError(t, err, name)
				info, err := root.Lstat(name)
				require.NoError(t, err)
				assert.True(t, info.Mode().IsRegular(), "the link is replaced, not followed")
			}
			assert.Equal(t, []string{"secret=kept"}, treeOf(t, filepath.Join(parent, "out")))
			for _, name := range treeOf(t, dir) {
				assert.NotContains(t, name, ".upload-")
			}
		})
	}
}

func TestSaveUploadedFileInTheWay(t *testing.T) {
	for way, save := range savesIn {
		t.Run(way, func(t *testing.T) {
			c, file := uploaded(t, "content")
			root, dir := rootIn(t, t.TempDir())
			require.NoError(t, root.Mkdir("sub", 0o755))
			require.NoError(t, root.WriteFile("plain", []byte("kept"), 0o600))
			for _, name := range []string{"plain/x", "plain/x/y"} {
				err := save(c, root, file, name)
				assert.EqualError(t, err, `dram: store the upload "a.txt": mkdir plain: not a directory`)
				assert.ErrorIs(t, err, syscall.ENOTDIR)
				assert.NotErrorIs(t, err, fs.ErrExist, "the name is not taken")
			}
			assert.ErrorContains(t, save(c, root, file, "new/x", fs.ModeSetgid|0o755), "unsupported file mode")
			assert.ErrorContains(t, save(c, nil, file, "x"), "os.OpenRoot")
			assert.Equal(t, []string{"plain=kept", "sub"}, treeOf(t, dir))
		})
	}
}

// What is at the name keeps a new file out, whatever it is; nothing but a file is replaced.
func TestSaveUploadedFileInADirectorysName(t *testing.T) {
	c, file := uploaded(t, "content")
	root, dir := rootIn(t, t.TempDir())
	require.NoError(t, root.MkdirAll("sub/deep", 0o755))
	names := []string{"sub", "sub/deep"}
	if root.Symlink("sub", "link") == nil {
		names = append(names, "link")
	}
	before := treeOf(t, dir)
	for _, name := range names {
		assert.ErrorIs(t, c.SaveNewUploadedFileIn(root, file, name), fs.ErrExist, name)
		err := c.SaveUploadedFileIn(root, file, name)
		assert.ErrorContains(t, err, "save "+name+": is a directory: give the path of the file")
		assert.ErrorIs(t, err, syscall.EISDIR)
	}
	assert.Equal(t, before, treeOf(t, dir))
}

func TestSaveUploadedFileInTheLongestName(t *testing.T) {
	c, file := uploaded(t, "content")
	root, dir := rootIn(t, t.TempDir())
	name := strings.Repeat("x", 255)
	require.NoError(t, c.SaveUploadedFileIn(root, file, name+"/"+name))
	assert.Equal(t, []string{name, name + "/" + name + "=content"}, treeOf(t, dir))
	assert.ErrorIs(t, c.SaveUploadedFileIn(root, file, name+"x"), fs.ErrInvalid)
}

// The first of several is kept, or the last one; each is whole.
func TestSaveUploadedFileInAtOnce(t *testing.T) {
	for way, save := range savesIn {
		t.Run(way, func(t *testing.T) {
			root, dir := rootIn(t, t.TempDir())
			var saves sync.WaitGroup
			errs := make([]error, 4)
			for i := range errs {
				c, file := uploaded(t, strings.Repeat(fmt.Sprint(i), 1<<16))
				saves.Go(func() { errs[i] = save(c, root, file, "new/name") })
			}
			saves.Wait()
			tree := treeOf(t, dir)
			require.Len(t, tree, 2, "and nothing beside it")
			content := strings.TrimPrefix(tree[1], "new/name=")
			require.Len(t, content, 1<<16)
			assert.Equal(t, strings.Repeat(content[:1], 1<<16), content)
			stored := 0
			for _, err := range errs {
				if err == nil {
					stored++
				} else {
					assert.ErrorIs(t, err, fs.ErrExist)
				}
			}
			assert.Equal(t, map[string]int{"SaveUploadedFileIn": 4, "SaveNewUploadedFileIn": 1}[way], stored)
		})
	}
}

// What is above MaxMultipartMemory waits in a temporary file, which may be cut or gone.
func TestSaveUploadedFileOfAFormThatBreaks(t *testing.T) {
	breaks := map[string]struct {
		damage func(name string) error
		is     error
	}{
		"cut":  {func(name string) error { return os.Truncate(name, 1000) }, io.ErrUnexpectedEOF},
		"gone": {os.Remove, fs.ErrNotExist},
	}
	for name, broken := range breaks {
		t.Run(name, func(t *testing.T) {
			temp := t.TempDir()
			t.Setenv("TMPDIR", temp)
			t.Setenv("TMP", temp)
			c := multipartContext(t, map[string]string{"a.txt": strings.Repeat("x", 1<<16)})
			require.NoError(t, c.Request.ParseMultipartForm(1))
			file, err := c.FormFile("file")
			require.NoError(t, err)
			forms, err := filepath.Glob(filepath.Join(temp, "multipart-*"))
			require.NoError(t, err)
			require.Len(t, forms, 1)
			require.NoError(t, broken.damage(forms[0]))

			root, dir := rootIn(t, t.TempDir())
			require.NoError(t, root.WriteFile("old", []byte("old"), 0o600))
			for _, save := range savesIn {
				assert.ErrorIs(t, save(c, root, file, "new"), broken.is)
			}
			assert.ErrorIs(t, c.SaveUploadedFileIn(root, file, "old"), broken.is)
			assert.ErrorIs(t, c.SaveUploadedFile(file, filepath.Join(dir, "old")), broken.is)
			assert.Equal(t, []string{"old=old"}, treeOf(t, dir))
		})
	}
}
