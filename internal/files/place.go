package files

import (
	"io/fs"
	"os"
)

// This file is what storing asks of a directory tree.

// Place is where files are stored: an *os.Root, out of which no name leads, or OS.
type Place interface {
	Stat(name string) (fs.FileInfo, error)
	Lstat(name string) (fs.FileInfo, error)
	Mkdir(name string, mode fs.FileMode) error
	Chmod(name string, mode fs.FileMode) error
	OpenFile(name string, flag int, mode fs.FileMode) (*os.File, error)
	Rename(from, to string) error
	Link(from, to string) error
	Remove(name string) error
}

// Lstat is os.Lstat.
func (OS) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(name) }

// Mkdir is os.Mkdir.
func (OS) Mkdir(name string, mode fs.FileMode) error { return os.Mkdir(name, mode) }

// Chmod is os.Chmod.
func (OS) Chmod(name string, mode fs.FileMode) error { return os.Chmod(name, mode) }

// OpenFile is os.OpenFile.
func (OS) OpenFile(name string, flag int, mode fs.FileMode) (*os.File, error) {
	return os.OpenFile(name, flag, mode)
}

// Rename is os.Rename.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Link is os.Link.
func (OS) Link(from, to string) error { return os.Link(from, to) }

// Remove is os.Remove.
func (OS) Remove(name string) error { return os.Remove(name) }
