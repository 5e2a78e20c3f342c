package files

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
)

// This file finds files. What is neither a regular file nor a directory does not
// exist: a pipe would hang, a device has no end.

// HTTP is an http.FileSystem as an fs.FS. Its files are handed on as they are,
// so that the kernel can send them.
type HTTP struct{ http.FileSystem }

// Open opens a file by a name of fs.FS.
func (f HTTP) Open(name string) (fs.File, error) {
	file, err := OpenHTTP(f.FileSystem, rooted(name))
	if err != nil { // file would be an interface that holds nil
		return nil, err
	}
	return file, nil
}

func rooted(name string) string {
	if name == "." {
		return "/"
	}
	return "/" + name
}

// OpenHTTP is fsys.Open, which does not wait for a writer if the file is a pipe
// in a directory of the operating system.
func OpenHTTP(fsys http.FileSystem, name string) (http.File, error) {
	if dir, ok := fsys.(http.Dir); ok {
		local, err := filepath.Localize(trimRoot(name))
		if err != nil {
			return fsys.Open(name)
		}
		if info, err := os.Stat(filepath.Join(string(dir), local)); err == nil && !isServable(info) {
			return nil, notFound(name)
		}
	}
	return fsys.Open(name)
}

func trimRoot(name string) string {
	for len(name) > 0 && name[0] == '/' {
		name = name[1:]
	}
	if name == "" {
		return "."
	}
	return name
}

// OS is the operating system's files by their own names, whatever these are.
type OS struct{}

// Open is os.Open.
func (OS) Open(name string) (fs.File, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Stat is os.Stat.
func (OS) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

func isServable(info fs.FileInfo) bool { return info.IsDir() || info.Mode().IsRegular() }

func notFound(name string) error { return &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist} }

// opened is a file, or a directory, which is closed already.
type opened struct {
	fs.File
	info fs.FileInfo
}

// open finds name. A file system that can tell what it is without opening it is
// asked first.
func open(fsys fs.FS, name string) (opened, error) {
	if stater, ok := fsys.(fs.StatFS); ok {
		info, err := stater.Stat(name)
		switch {
		case err != nil:
			return opened{}, err
		case info.IsDir():
			return opened{info: info}, nil
		case !isServable(info):
			return opened{}, notFound(name)
		}
		file, err := fsys.Open(name)
		return opened{file, info}, err
	}
	file, err := fsys.Open(name)
	if err != nil {
		return opened{}, err
	}
	info, err := file.Stat()
	if err == nil && !isServable(info) {
		err = notFound(name)
	}
	if err != nil || info.IsDir() {
		_ = file.Close()
	}
	return opened{file, info}, err
}
