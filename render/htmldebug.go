// HTML while it is being written: templates are parsed again for each page, so
// that a change shows with the next reload of the browser.
// See docs/internals/14-render.md.

package render

import (
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
)

// HTMLDebug renders templates that it parses anew for each page. It takes them
// from Files, or else from Glob, or else from FileSystem and Patterns.
type HTMLDebug struct {
	// Files are the paths of the templates' files.
	Files []string
	// Glob is a pattern of such paths, as in path/filepath.Match.
	Glob string
	// FileSystem holds the templates, http.FS(an embed.FS) for example.
	FileSystem http.FileSystem
	// Patterns are patterns of names in FileSystem, as in path.Match, without a
	// slash at the start.
	Patterns []string
	// Delims are the delimiters of actions; the zero value is {{ and }}.
	Delims Delims
	// FuncMap are the functions that the templates may call.
	FuncMap template.FuncMap
}

// Instance parses the templates and returns the Render of one of them. If they
// cannot be parsed, it is the Render method that returns the error.
func (r HTMLDebug) Instance(name string, data any) Render {
	t, err := r.Parse()
	if err != nil {
		return brokenHTML{err}
	}
	return HTML{Template: t, Name: name, Data: data}
}

// Parse parses the templates into a set whose own name is empty. It fails with
// ErrNoTemplate if r names no source, and with html/template's error if a
// pattern matches nothing or a template does not parse.
func (r HTMLDebug) Parse() (*template.Template, error) {
	t := template.New("").Delims(r.Delims.Left, r.Delims.Right).Funcs(r.FuncMap)
	switch {
	case len(r.Files) > 0:
		return t.ParseFiles(r.Files...)
	case r.Glob != "":
		return t.ParseGlob(r.Glob)
	case r.FileSystem != nil && len(r.Patterns) > 0:
		return t.ParseFS(ioFS{r.FileSystem}, r.Patterns...)
	}
	return nil, ErrNoTemplate
}

// brokenHTML is a page whose templates do not parse.
type brokenHTML struct{ err error }

func (r brokenHTML) Render(http.ResponseWriter) error {
	return fmt.Errorf("dram: cannot load the HTML templates: %w", r.err)
}

func (r brokenHTML) WriteContentType(w http.ResponseWriter) { setContentType(w.Header(), htmlType) }

// ioFS is an http.FileSystem as an fs.FS: the way back from http.FS.
type ioFS struct{ fs http.FileSystem }

func (f ioFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	file, err := f.fs.Open(path.Join("/", name))
	if err != nil {
		return nil, err
	}
	return ioFile{file}, nil
}

// ioFile gives an http.File the ReadDir that a pattern is matched with.
type ioFile struct{ http.File }

func (f ioFile) ReadDir(n int) ([]fs.DirEntry, error) {
	infos, err := f.Readdir(n)
	entries := make([]fs.DirEntry, len(infos))
	for i, info := range infos {
		entries[i] = fs.FileInfoToDirEntry(info)
	}
	return entries, err
}
