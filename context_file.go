package dram

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/dram-go/dram/internal/files"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/pathspell"
)

// This file moves files: out to the client, and in from a form. How each is done
// is in internal/files.
// See docs/internals/13-writer.md.

// File answers with a file of the operating system, or with a directory's
// index.html; directories are not listed. A path that does not exist, may not be
// read or is not a file (a pipe, a device) goes to the NoRoute handlers; a fault of the
// system, such as too many open files, is answered by Fail. The path is the program's:
// never build it from what a client sent (Static and http.Dir
// stay inside a directory). One that was made of a request's path or params all the
// same is served only if the request's path is its own canonical spelling
// (docs/adr/0012).
func (c *Context) File(filepath string) {
	c.live()
	err := c.sendFile(files.OS{}, filepath, false)
	if c.first != nil && errors.Is(err, fs.ErrNotExist) {
		c.warnFailure("File", fmt.Errorf("%s is not there%s", filepath, relativeTo()))
	}
	c.answerFile(err)
}

// FileFromFS answers with a file of fs, or with a directory's index page, as
// File does. The name is one of package io/fs, perhaps with a slash before it and,
// for a directory, one after it: another spelling ("//a", "../a", `a\b`) does not
// name a file.
func (c *Context) FileFromFS(filepath string, fs http.FileSystem) {
	c.live()
	if pathspell.Fault(filepath, "", pathspell.File) != "" {
		c.serveNotFound()
		return
	}
	name, slash := strings.CutSuffix(strings.TrimPrefix(filepath, "/"), "/")
	name = cmp.Or(name, ".")
	c.answerFile(c.sendFile(filesOf(fs), name, slash))
}

// FileAttachment answers with a file that the client is to store under
// filename (RFC 6266).
func (c *Context) FileAttachment(filepath, filename string) {
	c.live()
	h := c.Writer.Header()
	before, had := h["Content-Disposition"]
	h["Content-Disposition"] = []string{httpfield.Attachment(filename)}
	err := c.sendFile(files.OS{}, filepath, false)
	if err != nil { // the answer is not the file
		delete(h, "Content-Disposition")
		if had {
			h["Content-Disposition"] = before
		}
	}
	c.answerFile(err)
}

// sendFile sends a file, or only a directory's page if a slash was behind the
// name, which need not have to do with the request's path. If it was made of that,
// the path has to be the clean one of what is there: a slash stands behind it for
// a directory only, and for each one where such a path has a route, perhaps
// another one, with a guard.
func (c *Context) sendFile(fsys fs.FS, name string, slash bool) error {
	c.watchWhole(http.StatusOK)
	matched, clean := c.matchedPath()
	behind := c.hasFreeSlash()
	if !clean && c.isOfPath(name, matched, pathspell.IsMadeOf) {
		return fs.ErrNotExist
	}
	if method := c.Request.Method; method != http.MethodGet && method != http.MethodHead && c.isGuardedForGet(matched) && c.isOfPath(name, matched, pathspell.IsOf) {
		return fs.ErrNotExist
	}
	slash = slash || behind && c.isOfPath(name, matched, pathspell.IsOf)
	sender := files.Sender{FS: fsys}
	if !slash {
		if err := sender.Send(c.Writer, c.Request, name); !errors.Is(err, files.ErrDirectory) {
			return err
		}
		slash = strings.HasSuffix(matched, "/") || !c.hasRouteOfDirectory(matched) || !c.isOfPath(name, matched, pathspell.IsOf)
	}
	sender.Index = indexPage
	return sender.Serve(c.Writer, c.Request, name, slash)
}

// hasRouteOfDirectory reports whether a path has a route with a slash behind it.
func (c *Context) hasRouteOfDirectory(matched string) bool {
	return slices.ContainsFunc(c.spellings(matched), func(spelling spelling) bool {
		return c.trees().routeOf(http.MethodGet, spelling.path+"/") != nil
	})
}

// hasFreeSlash reports whether the path ends in a slash that the route's pattern
// does not ask for.
func (c *Context) hasFreeSlash() bool {
	if c.fullPath == "" {
		return strings.HasSuffix(c.Request.URL.Path, "/")
	}
	for _, param := range c.Params {
		if len(param.Value) > 1 && strings.HasSuffix(param.Value, "/") {
			return true
		}
	}
	return false
}

// isGuardedForGet reports whether GET has a more specific route for a path than the method of the request:
// its layers may guard the file.
func (c *Context) isGuardedForGet(matched string) bool {
	own, forGet := c.trees().routeOf(c.Request.Method, matched), c.trees().routeOf(http.MethodGet, matched)
	return forGet != nil && (own == nil || forGet.Precedes(own))
}

// isOfPath reports whether a file's name is one of the request's path or of a param, to is.
func (c *Context) isOfPath(name, matched string, is func(name, part string) bool) bool {
	return is(name, c.decoded(matched)) || is(name, c.Request.URL.Path) || slices.ContainsFunc(c.Params, func(param Param) bool {
		return is(name, param.Value) || is(name, c.decoded(param.Value))
	})
}

// answerFile answers when a file could not be sent. The client does not learn
// why a file that is there may not be read; the Context's errors do.
func (c *Context) answerFile(err error) {
	var refused *files.RefusedError
	switch {
	case err == nil:
	case errors.As(err, &refused) && c.errorFunc() != nil:
		c.Fail(NewProblem(refused.Status, refused.Error()))
	case errors.As(err, &refused):
		c.String(refused.Status, "%d %s", refused.Status, refused)
	case files.IsFault(err):
		c.Fail(err)
	default:
		if errors.Is(err, fs.ErrPermission) {
			_ = c.Error(err) // the recorded error comes back; nothing is to be added to it
		}
		c.serveNotFound()
	}
}

// SaveUploadedFile stores an uploaded file at dst. The name that the client gave
// (file.Filename) is not a path to trust: choose dst yourself, or let no name leave
// a directory, with SaveUploadedFileIn.
//
// The file is written beside dst and renamed when it is complete and on the disk: on an
// error, such as a full disk, dst stays as it was, and of several saves to one dst the last
// one wins. The new file has the permissions of the one that it replaces, or else the
// process's default (0666 before the umask). A symbolic link to a file, or to nothing, is
// replaced by a file with that default, and what it leads to is left alone. Anything but a
// regular file is not replaced: for a directory, or a link to one, the error is syscall.EISDIR.
//
// Directories of dst that do not exist are created with the mode perm, 0750 if there
// is none, whatever the umask, and removed again on an error; those that do exist stay as they
// are. Where a file stands in place of one, the error is syscall.ENOTDIR.
func (c *Context) SaveUploadedFile(file *multipart.FileHeader, dst string, perm ...fs.FileMode) error {
	return saved(file, uploadOf(file, perm).Store(dst))
}

// SaveUploadedFileIn stores an uploaded file in root, as SaveUploadedFile does, under a name
// that cannot leave it: no "..", no absolute path and no symbolic link does. The name is one of
// package io/fs ("2026/report.pdf") in its one spelling (docs/adr/0012), under which Static
// serves it. For another one the error is fs.ErrInvalid, before anything is written:
//
//   - on every system "", ".", what begins or ends with a slash, an empty part ("a//b"), a part
//     "." or "..", one that ends in a dot or a space, one of more than 255 bytes or that begins
//     with ".upload-" (a file that is not whole yet), a backslash, a control character, what
//     is not UTF-8;
//   - on Windows also what it takes for another name: "a:b", devices ("NUL", "aux.txt") and short
//     names ("PROGRA~1"). Elsewhere these are names like others.
//
// Which of the other names a client may choose is the program's decision: ".htaccess" and
// ".env" are stored, and so is "index.html".
func (c *Context) SaveUploadedFileIn(root *os.Root, file *multipart.FileHeader, name string, perm ...fs.FileMode) error {
	return saved(file, uploadOf(file, perm).StoreIn(root, name))
}

// SaveNewUploadedFileIn is SaveUploadedFileIn for a name that must be new: what is there, be
// it a file, a directory or a link, stays, and the error is fs.ErrExist (409 Conflict, say).
// Of several saves to one name the first one wins. The file system needs hard links, which FAT
// does not have.
func (c *Context) SaveNewUploadedFileIn(root *os.Root, file *multipart.FileHeader, name string, perm ...fs.FileMode) error {
	upload := uploadOf(file, perm)
	upload.Keep = true
	return saved(file, upload.StoreIn(root, name))
}

// uploadOf is a file to store, and the mode of the directories that are made for it.
func uploadOf(file *multipart.FileHeader, perm []fs.FileMode) files.Upload {
	upload := files.Upload{FileHeader: file, DirMode: 0o750}
	if len(perm) > 0 {
		upload.DirMode = perm[0]
	}
	return upload
}

// saved adds the name of the upload to an error.
func saved(file *multipart.FileHeader, err error) error {
	if err != nil {
		return fmt.Errorf("dram: store the upload %q: %w", file.Filename, err)
	}
	return nil
}
