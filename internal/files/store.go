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
	"slices"
	"strings"
	"syscall"

	"github.com/dram-go/dram/internal/pathspell"
)

// This file stores the files of a form, each whole or not at all. A file is written
// under a name of its own beside the one that it is to have, and renamed at the end.

const (
	// tempPrefix begins the names of files that are not whole yet.
	tempPrefix = ".upload-"
	// maxName is how many bytes of a name between two slashes all usual file systems take.
	maxName = 255
)

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
	if fault := faultOf(name); fault != "" {
		return fmt.Errorf(`%q is not the name of a file in the root (%w): %s: give one like "2026/report.pdf"`, name, fs.ErrInvalid, fault)
	}
	return u.store(root, name)
}

// faultOf says what is wrong with the name of a file in a root; "" if nothing is.
func faultOf(name string) string {
	if fault := pathspell.Fault(name, "", pathspell.File); fault != "" {
		return fault
	}
	if name == "." || !fs.ValidPath(name) {
		return "it is not one of package io/fs"
	}
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case len(part) > maxName:
			return fmt.Sprintf("it has a part of %d bytes, which may have %d", len(part), maxName)
		case strings.HasPrefix(strings.ToLower(part), tempPrefix): // some file systems do not tell the cases apart
			return "what begins with " + tempPrefix + " is a file that is not whole yet"
		}
	}
	return ""
}

// saving is an upload on its way to dst.
type saving struct {
	Upload
	place Place
	dst   string
	made  []string    // the directories that were made for it, the outermost first
	like  fs.FileInfo // the file that it replaces, nil if there is none
}

func (u Upload) store(place Place, dst string) error {
	src, err := u.Open()
	if err != nil {
		return err
	}
	defer src.Close()
	s := saving{Upload: u, place: place, dst: dst}
	if err = s.save(src); err != nil {
		for _, dir := range slices.Backward(s.made) {
			_ = place.Remove(dir) // which fails, as it should, if somebody else has put something there
		}
	}
	if errors.Is(err, syscall.ENAMETOOLONG) { // some file systems take less than maxName
		err = fmt.Errorf("%w: %w", fs.ErrInvalid, err)
	}
	return err
}

// save writes the upload beside dst, and renames it once it is whole.
func (s *saving) save(src io.Reader) error {
	temp := filepath.Join(filepath.Dir(s.dst), tempPrefix+rand.Text())
	out, err := s.create(temp)
	if err != nil {
		return err
	}
	err = s.writeWhole(out, src)
	switch {
	case err != nil:
	case s.Keep: // a link fails where anything is, a rename does not
		err = s.place.Link(temp, s.dst)
	default:
		if err = s.place.Rename(temp, s.dst); err == nil {
			return nil
		}
	}
	_ = s.place.Remove(temp)
	return err
}

// create makes the directories of dst, and in them the file temp. Another save that
// failed meanwhile may have removed those that it had made; then they are made anew.
func (s *saving) create(temp string) (out *os.File, err error) {
	for range 3 {
		if err = s.makeDirs(filepath.Dir(s.dst)); err == nil {
			err = s.look()
		}
		if err == nil {
			out, err = s.place.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return out, err
}

// look finds what is at dst, before anything is written: the file to replace, or
// what is not to be replaced. A link is replaced, and what it leads to is nothing to
// be like; one to a directory is taken for that.
func (s *saving) look() error {
	there, err := s.place.Lstat(s.dst)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case s.Keep:
		return &fs.PathError{Op: "save", Path: s.dst, Err: fs.ErrExist}
	}
	target, err := s.place.Stat(s.dst)
	switch {
	case err != nil: // a link that leads nowhere, or out of the root
	case target.IsDir():
		return fmt.Errorf("%w: give the path of the file", &fs.PathError{Op: "save", Path: s.dst, Err: syscall.EISDIR})
	case !target.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file, and is not replaced: give another path", s.dst)
	case there.Mode().IsRegular():
		s.like = there
	}
	return nil
}

// writeWhole writes the new file, or says that it is not whole. It has the
// permissions of the one that it is to replace, if there is one.
func (s *saving) writeWhole(out *os.File, src io.Reader) (err error) {
	defer func() {
		if closeErr := out.Close(); err == nil {
			err = closeErr
		}
	}()
	if s.like != nil {
		if err = out.Chmod(s.like.Mode().Perm()); err != nil {
			return err
		}
	}
	switch n, err := io.Copy(out, src); {
	case err != nil:
		return err
	case n != s.Size: // somebody has cut the form's temporary file
		return io.ErrUnexpectedEOF
	}
	return out.Sync() // else a machine that stops may keep the new name of an empty file
}

// makeDirs makes a directory and those above it that do not exist. Only what it
// made itself gets the mode.
func (s *saving) makeDirs(dir string) error {
	switch info, err := s.place.Stat(dir); {
	case err == nil:
		return needDir(dir, info)
	case errors.Is(err, syscall.ENAMETOOLONG):
		return err
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := s.makeDirs(parent); err != nil {
			return err
		}
	}
	err := s.place.Mkdir(dir, s.DirMode)
	switch {
	case err == nil:
		s.made = append(s.made, dir)
		return s.place.Chmod(dir, s.DirMode)
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	info, err := s.place.Stat(dir)
	if err != nil {
		return err // a link that leads out of the root, or nowhere
	}
	return needDir(dir, info) // somebody else was faster
}

// needDir is an error for what is there in place of a directory.
func needDir(dir string, info fs.FileInfo) error {
	if info.IsDir() {
		return nil
	}
	return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
}
