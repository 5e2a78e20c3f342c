// Package files sends files of a file system over HTTP. Everything in dram that
// turns a path into a file uses it: the Static methods of RouterGroup, the File
// methods of Context, middleware.Static and middleware.SPA. Package internal/pathspell
// says which paths name a file. See docs/internals/13-writer.md.
//
//	open.go    finding a file, and how an http.FileSystem becomes an fs.FS
//	serve.go   a path's answer: the file, a directory's page, or a redirect
//	fault.go   which errors are not the file's
//	answer.go  what net/http may not answer by itself: 412 and 416, coded bodies
//	store.go   the other way: an upload, whole or not at all
//	place.go   where it goes: the operating system's files, or those of an os.Root
package files

import (
	"cmp"
	"io/fs"
	"net/http"
	"os"
)

// This file finds files. What is neither a regular file nor a directory does not
// exist: a pipe would hang, a device has no end. (A pipe of an http.FileSystem that
// can only open files does hang: http.FS of os.DirFS is one, http.Dir is not.)

// Of is an http.FileSystem as an fs.FS. Its files are handed on as they are, so
// that the kernel can send them.
func Of(fsys http.FileSystem) fs.FS {
	if dir, ok := fsys.(http.Dir); ok {
		return os.DirFS(cmp.Or(string(dir), ".")) // which can tell what a file is without opening it
	}
	return httpFS{fsys}
}

// httpFS is an http.FileSystem that knows nothing but to open files.
type httpFS struct{ http.FileSystem }

// Open opens a file by a name of fs.FS.
func (f httpFS) Open(name string) (fs.File, error) {
	if name == "." {
		name = ""
	}
	file, err := f.FileSystem.Open("/" + name)
	if err != nil { // file would be an interface that holds nil
		return nil, err
	}
	return file, nil
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
