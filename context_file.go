package dram

import (
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// This file moves files: out to the client, and in from a form.

// File answers with a file of the operating system. The path is the program's:
// never build it from what a client sent (Static and http.Dir keep inside of a
// directory).
func (c *Context) File(filepath string) {
	c.live()
	http.ServeFile(c.Writer, c.Request, filepath)
}

// FileFromFS answers with a file of fs, or with a directory's index page.
func (c *Context) FileFromFS(filepath string, fs http.FileSystem) {
	c.live()
	if !strings.HasPrefix(filepath, "/") {
		filepath = "/" + filepath
	}
	if strings.HasSuffix(filepath, "/") || !serveFile(c, fs, filepath) {
		serveByNetHTTP(c, fs, filepath)
	}
}

// FileAttachment answers with a file that the client is to store under
// filename (RFC 6266).
func (c *Context) FileAttachment(filepath, filename string) {
	c.Writer.Header().Set("Content-Disposition", attachment(filename))
	c.File(filepath)
}

// attachment is the Content-Disposition for a name: quoted for one in ASCII,
// else a plain fallback and the name itself by RFC 8187.
func attachment(filename string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '_'
		}
		return r
	}, filename)
	value := `attachment; filename="` + quoteEscaper.Replace(ascii) + `"`
	if ascii != filename {
		value += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(filename), "+", "%20")
	}
	return value
}

var quoteEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// SaveUploadedFile stores an uploaded file at dst. It makes dst's directory if
// there is none, with the mode 0750 or the one given. The name that the client
// gave (file.Filename) is no path to trust: choose dst yourself. A file that
// cannot be stored whole is removed.
func (c *Context) SaveUploadedFile(file *multipart.FileHeader, dst string, perm ...fs.FileMode) (err error) {
	src, err := file.Open()
	if err != nil {
		return fmt.Errorf("dram: open the upload %q: %w", file.Filename, err)
	}
	defer src.Close()
	if err := makeDir(filepath.Dir(dst), perm...); err != nil {
		return err
	}
	out, err := os.Create(dst)
	if err != nil {
		return fmt.Errorf("dram: store the upload %q: %w", file.Filename, err)
	}
	_, err = io.Copy(out, src)
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = os.Remove(dst)
		return fmt.Errorf("dram: store the upload %q: %w", file.Filename, err)
	}
	return nil
}

// makeDir makes a directory that does not exist; only then its mode is set, the
// process's umask notwithstanding.
func makeDir(dir string, perm ...fs.FileMode) error {
	mode := fs.FileMode(0o750)
	if len(perm) > 0 {
		mode = perm[0]
	}
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return fmt.Errorf("dram: make the directory of an upload: %w", err)
	}
	if err := os.Chmod(dir, mode); err != nil {
		return fmt.Errorf("dram: set the mode of the directory of an upload: %w", err)
	}
	return nil
}
