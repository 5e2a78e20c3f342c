package dram

import (
	"io"
	"io/fs"
	"net/http"
	"os"

	"github.com/dram-go/dram/internal/files"
)

// This file opens directories for the Static methods: without a list of what
// they hold, unless the program wants one.
// See docs/internals/13-writer.md.

// OnlyFilesFS is a file system whose files can be opened, but whose
// directories show none of their entries.
type OnlyFilesFS struct {
	FileSystem http.FileSystem
}

// Dir returns the file system below the directory root. With listDirectory false
// its directories cannot be listed.
func Dir(root string, listDirectory bool) http.FileSystem {
	if listDirectory {
		return http.Dir(root)
	}
	return &OnlyFilesFS{FileSystem: http.Dir(root)}
}

// Open opens a file as it is, so that the kernel may send it, or a directory,
// which reads as an empty one.
func (o OnlyFilesFS) Open(name string) (http.File, error) {
	file, err := o.FileSystem.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		return file, nil
	}
	return unlistedFile{file}, nil
}

// unlistedFile is a directory without Readdir. Since it has no further methods
// than http.File's, ReadDir is hidden as well.
type unlistedFile struct {
	http.File
}

// Readdir finds nothing, as in a directory that is empty.
func (unlistedFile) Readdir(count int) ([]os.FileInfo, error) {
	if count > 0 {
		return nil, io.EOF
	}
	return nil, nil
}

// filesOf is what fsys has of files: what OnlyFilesFS hides is not among them.
func filesOf(fsys http.FileSystem) fs.FS {
	switch only := fsys.(type) {
	case *OnlyFilesFS:
		return files.Of(only.FileSystem)
	case OnlyFilesFS:
		return files.Of(only.FileSystem)
	}
	return files.Of(fsys)
}
