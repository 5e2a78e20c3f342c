package middleware

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/files"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/pathspell"
)

// This file has what Static and SPA share: the names that paths stand for,
// caching, and the compressed files beside the plain ones. internal/files sends
// a file, and internal/pathspell decides which paths name one.

// fileSource is what Static and SPA serve from.
type fileSource struct {
	files.Sender
	prefix        string // in front of the names in request paths, with a slash behind
	dotfiles      bool
	precompressed bool
	immutable     func(name string) bool
}

// precompressions are the codings of compressed files beside the plain ones, in
// order of preference.
var precompressions = [...]struct{ coding, suffix string }{{"br", ".br"}, {"zstd", ".zst"}, {"gzip", ".gz"}}

// immutableValue is a year, the longest that makes sense (RFC 9111 section 1.2.2
// lets caches cut it).
var immutableValue = CacheDirectives{Public: true, MaxAge: 365 * 24 * time.Hour, Immutable: true}.String()

// openFiles returns the source of files. A Root stays open for the life of the
// program.
func openFiles(layer, root string, fsys fs.FS, prefix string) *fileSource {
	if root != "" {
		opened, err := os.OpenRoot(root)
		if err != nil {
			panic(misconfigured(layer, "Root", "%v", err))
		}
		fsys = opened.FS()
	} else if _, err := fs.Stat(fsys, "."); errors.Is(err, fs.ErrNotExist) && slices.Contains([]string{"*fs.subFS", "os.dirFS"}, fmt.Sprintf("%T", fsys)) {
		// Neither looks whether its folder is there; other file systems may have files without a root.
		panic(misconfigured(layer, "FS", "has no root: %v; write the name of a folder that is there for fs.Sub, or os.DirFS", err))
	}
	source := &fileSource{prefix: strings.TrimSuffix(prefix, "/") + "/"}
	source.Sender = files.Sender{FS: fsys, Tags: true, Prepare: source.prepare}
	return source
}

// name returns the name in a path after the prefix, "" for the root, and
// whether the path ends in a slash. The path is refused (ok is false) unless it
// is the only spelling of a name that may be served.
func (s *fileSource) name(c *dram.Context) (name string, slash, ok bool) {
	path := c.Request.URL.Path
	if spellingFault(c, pathspell.File) != "" {
		return "", false, false
	}
	if name, ok = strings.CutPrefix(path, s.prefix); !ok {
		return "", false, path+"/" == s.prefix // the root without its slash
	}
	name, slash = strings.CutSuffix(name, "/")
	return name, slash || name == "", s.dotfiles || !strings.HasPrefix(name, ".") && !strings.Contains(name, "/.")
}

// refused answers a request whose conditions or ranges do not fit the file that it asks for, or
// whose file cannot be read for now, and reports whether err says so.
func (s *fileSource) refused(c *dram.Context, onError ErrorHandler, err error) bool {
	var refused *files.RefusedError
	switch {
	case errors.As(err, &refused):
		refuse(c, onError, refused.Status, refused.Error())
	case files.IsFault(err):
		onError.Fail(c, http.StatusInternalServerError, "the file cannot be read for now", err)
	default:
		return false
	}
	return true
}

// prepare sets the caching headers of a file, and chooses the variant that the
// client prefers. A variant that is older than the plain file is out of date.
func (s *fileSource) prepare(h http.Header, req *http.Request, name string, plain fs.FileInfo) (suffix, coding string) {
	if len(h["Cache-Control"]) == 0 {
		h.Set("Cache-Control", "no-cache")
		if s.immutable != nil && s.immutable(name) {
			h.Set("Cache-Control", immutableValue)
		}
		if len(h["Set-Cookie"]) > 0 { // of a layer outside
			httpfield.MakePrivate(h)
		}
	}
	if !s.precompressed {
		return "", ""
	}
	httpfield.AddVary(h, "Accept-Encoding")
	accept := req.Header["Accept-Encoding"]
	best := 0
	for _, p := range precompressions {
		q, _ := httpfield.CodingWeight(accept, p.coding)
		if q <= best {
			continue
		}
		if info, err := s.Stat(name + p.suffix); err == nil && !info.IsDir() && !info.ModTime().Before(plain.ModTime()) {
			suffix, coding, best = p.suffix, p.coding, q
		}
	}
	if q, listed := httpfield.CodingWeight(accept, "identity"); listed && q > best {
		return "", ""
	}
	return suffix, coding
}

// validateFiles has the checks that Static and SPA share.
func validateFiles(layer, root string, fsys fs.FS, prefix, index string) error {
	if (root == "") == (fsys == nil) {
		return misconfigured(layer, "Root", `set it to a directory, or else FS to a file system; "." is the current directory`)
	}
	if root != "" {
		if info, err := os.Stat(root); err != nil || !info.IsDir() {
			return misconfigured(layer, "Root", "%q is not a directory that can be read", root)
		}
	}
	if prefix != "" && (pathspell.Fault(prefix, "", 0) != "" || strings.ContainsAny(prefix, ":*")) {
		return misconfigured(layer, "Prefix", `%q is not a path; write one such as "/assets"`, prefix)
	}
	if index != "" && index != "-" && (!fs.ValidPath(index) || strings.Contains(index, "/")) {
		return misconfigured(layer, "Index", `%q is not a file's name; write "index.html", or "-" for none`, index)
	}
	return nil
}
