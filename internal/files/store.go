package files

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"os"
	"path/filepath"

	"github.com/dram-go/dram/internal/pathspell"
)

// This file stores the files of a form, each whole or not at all.

// Upload is a file of a form, and how it is stored.
type Upload struct {
	*multipart.FileHeader
	// DirMode is the mode of the directories that are made on the way.
	DirMode fs.FileMode
	// Keep says that a file that is there stays: the error is fs.ErrExist.
	Keep bool
}

// Store writes the upload to a file of the operating system; see
// dram.Context.SaveUploadedFile.
func (u Upload) Store(dst string) error {
	if dst == "" || os.IsPathSeparator(dst[len(dst)-1]) {
		return fmt.Errorf("%q is not a file's name: give the path of the file, not of its directory", dst)
	}
	return u.store(OS{}, dst)
}

// StoreIn writes the upload to a file in root; see dram.Context.SaveUploadedFileIn.
func (u Upload) StoreIn(root *os.Root, name string) error {
	if root == nil {
		return errors.New("the root is nil: open one with os.OpenRoot")
	}
	fault := pathspell.Fault(name, "", pathspell.File)
	if fault == "" && (name == "." || !fs.ValidPath(name)) {
		fault = "it is not one of package io/fs"
	}
	if fault != "" {
		return fmt.Errorf(`%q is not the name of a file in the root (%w): %s: give one like "2026/report.pdf"`, name, fs.ErrInvalid, fault)
	}
	return u.store(root, name)
}

// store writes the upload beside dst, and renames it once it is whole.
func (u Upload) store(place Place, dst string) error {
	before, err := place.Stat(dst)
	switch {
	case err != nil:
		before = nil
	case before.IsDir():
		return fmt.Errorf("%s is a directory: give the path of the file", dst)
	case !before.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file, and is not replaced: give another path", dst)
	case u.Keep:
		return &fs.PathError{Op: "save", Path: dst, Err: fs.ErrExist}
	}
	src, err := u.Open()
	if err != nil {
		return err
	}
	defer src.Close()
	dir := filepath.Dir(dst)
	if err := makeDirs(place, dir, u.DirMode); err != nil {
		return err
	}
	temp := filepath.Join(dir, ".upload-"+rand.Text())
	if err := u.writeWhole(place, temp, src, before); err != nil {
		return err
	}
	if u.Keep { // a link fails where anything is, a rename does not
		err = place.Link(temp, dst)
	} else if err = place.Rename(temp, dst); err == nil {
		return nil
	}
	_ = place.Remove(temp)
	return err
}

// writeWhole writes a new file, which is removed if it cannot be written whole.
// It has the permissions of the one that it is to replace, if there is one.
func (u Upload) writeWhole(place Place, name string, src io.Reader, like fs.FileInfo) (err error) {
	out, err := place.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := out.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			_ = place.Remove(name)
		}
	}()
	if like != nil {
		if err = out.Chmod(like.Mode().Perm()); err != nil {
			return err
		}
	}
	switch n, err := io.Copy(out, src); {
	case err != nil:
		return err
	case n != u.Size: // somebody has cut the form's temporary file
		return io.ErrUnexpectedEOF
	}
	return out.Sync() // else a machine that stops may keep the new name of an empty file
}

// makeDirs makes a directory and those above it that do not exist. Only what it
// made itself gets the mode.
func makeDirs(place Place, dir string, mode fs.FileMode) error {
	if info, err := place.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := makeDirs(place, parent, mode); err != nil {
			return err
		}
	}
	err := place.Mkdir(dir, mode)
	if err == nil {
		return place.Chmod(dir, mode)
	}
	if errors.Is(err, fs.ErrExist) {
		info, statErr := place.Stat(dir)
		switch {
		case statErr != nil:
			return statErr // a link that leads out of the root, or nowhere
		case info.IsDir():
			return nil // somebody else was faster
		}
	}
	return err
}
