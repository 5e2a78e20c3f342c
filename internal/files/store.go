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
)

// This file stores the files of a form, each whole or not at all.

// Store writes an uploaded file to dst, beside it first; see
// dram.Context.SaveUploadedFile. Directories that it makes have dirMode.
func Store(file *multipart.FileHeader, dst string, dirMode fs.FileMode) error {
	if dst == "" || os.IsPathSeparator(dst[len(dst)-1]) {
		return fmt.Errorf("%q is not a file's name: give the path of the file, not of its directory", dst)
	}
	before, err := os.Stat(dst)
	switch {
	case err != nil:
		before = nil
	case before.IsDir():
		return fmt.Errorf("%s is a directory: give the path of the file", dst)
	case !before.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file, and is not replaced: give another path", dst)
	}
	src, err := file.Open()
	if err != nil {
		return err
	}
	defer src.Close()
	dir := filepath.Dir(dst)
	if err := makeDirs(dir, dirMode); err != nil {
		return err
	}
	temp := filepath.Join(dir, ".upload-"+rand.Text())
	if err := writeWhole(temp, src, before); err != nil {
		return err
	}
	if err := os.Rename(temp, dst); err != nil {
		_ = os.Remove(temp)
		return err
	}
	return nil
}

// writeWhole writes a new file, which is removed if it cannot be written whole.
// It has the permissions of the one that it is to replace, if there is one.
func writeWhole(name string, src io.Reader, like fs.FileInfo) (err error) {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := out.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			_ = os.Remove(name)
		}
	}()
	if like != nil {
		if err = out.Chmod(like.Mode().Perm()); err != nil {
			return err
		}
	}
	_, err = io.Copy(out, src)
	return err
}

// makeDirs makes a directory and those above it that do not exist. Only what it
// made itself gets the mode.
func makeDirs(dir string, mode fs.FileMode) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := makeDirs(parent, mode); err != nil {
			return err
		}
	}
	switch err := os.Mkdir(dir, mode); {
	case err == nil:
		return os.Chmod(dir, mode)
	case errors.Is(err, fs.ErrExist):
		info, statErr := os.Stat(dir)
		if statErr == nil && info.IsDir() {
			return nil // somebody else was faster
		}
		return err
	default:
		return err
	}
}
