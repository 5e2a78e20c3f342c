package middleware

import (
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file finds files for Static and SPA, and sends them.

// fileSource is what Static and SPA serve from.
type fileSource struct {
	fsys          fs.FS
	prefix        string // in front of the names in request paths, with a slash behind
	dotfiles      bool
	precompressed []precompression
	immutable     func(name string) bool
}

// precompression is a coding of which files lie beside the plain ones.
type precompression struct{ coding, suffix string }

// precompressions are in the order of preference.
var precompressions = []precompression{{"br", ".br"}, {"zstd", ".zst"}, {"gzip", ".gz"}}

// immutableValue is a year, the longest that makes sense (RFC 9111 section 1.2.2
// lets caches cut it).
var immutableValue = CacheDirectives{Public: true, MaxAge: 365 * 24 * time.Hour, Immutable: true}.String()

// name is the name of the file that a request asks for, "." for the root. It is
// refused (ok is false) unless the path is written in the one way that names it:
// no "..", no "//", no backslash, and no escapes that a guard of paths may have
// read in another way than the file system does.
func (s *fileSource) name(c *dram.Context) (name string, dir, ok bool) {
	if raw := c.Request.URL.RawPath; raw != "" && isDisguised(raw) {
		return "", false, false
	}
	name, ok = strings.CutPrefix(c.Request.URL.Path, s.prefix)
	if !ok {
		return "", false, c.Request.URL.Path+"/" == s.prefix // the root without its slash
	}
	name, dir = strings.CutSuffix(name, "/")
	if name == "" {
		return ".", true, !dir // "//" is no name
	}
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") {
		return "", false, false
	}
	return name, dir, s.dotfiles || name[0] != '.' && !strings.Contains(name, "/.")
}

// isDisguised tells whether an escaped path can be read in two ways: it has a
// slash or backslash that separates nothing in the eyes of whoever compares
// escaped paths (Engine.UseRawPath), or escapes what nobody needs to escape
// (RFC 3986 section 2.3), so that "/%70rivate" is not "/private" to them.
func isDisguised(raw string) bool {
	for i := 0; i+2 < len(raw); i++ {
		if raw[i] != '%' {
			continue
		}
		char, err := strconv.ParseUint(raw[i+1:i+3], 16, 8)
		if err != nil || strings.IndexByte(`/\-._~`, byte(char)) >= 0 || httpfield.IsAlphaNum(byte(char)) {
			return true
		}
	}
	return false
}

// regular is the file's information if it is a regular one: a pipe would hang,
// a directory has no bytes.
func (s *fileSource) regular(name string) (fs.FileInfo, bool) {
	info, err := fs.Stat(s.fsys, name)
	return info, err == nil && info.Mode().IsRegular()
}

// serve answers with a file, or with its variant in a coding that the client
// wants. It is false, and nothing is written, when there is no such file.
func (s *fileSource) serve(c *dram.Context, name string) bool {
	info, ok := s.regular(name)
	if !ok {
		return false
	}
	h := c.Writer.Header()
	if len(h["Cache-Control"]) == 0 {
		h.Set("Cache-Control", "no-cache")
		if s.immutable != nil && s.immutable(name) {
			h.Set("Cache-Control", immutableValue)
		}
	}
	if len(s.precompressed) > 0 {
		httpfield.AddVary(h, "Accept-Encoding")
	}
	if variant, coding, ok := s.variant(c, name, info); ok {
		if len(h["Content-Type"]) == 0 {
			h.Set("Content-Type", s.typeOf(name))
		}
		h.Set("Content-Encoding", coding)
		if c.GetHeader("Range") == "" {
			// net/http leaves it out where there is a Content-Encoding.
			h.Set("Content-Length", strconv.FormatInt(variant.Size(), 10))
		}
		if s.send(c, name+suffixOf(coding), variant, coding) {
			return true
		}
		h.Del("Content-Encoding")
		h.Del("Content-Length")
	}
	return s.send(c, name, info, "")
}

// variant finds the compressed file beside a plain one that the client wants
// most. One that is older than the plain file is out of date.
func (s *fileSource) variant(c *dram.Context, name string, plain fs.FileInfo) (info fs.FileInfo, coding string, ok bool) {
	accept := c.Request.Header["Accept-Encoding"]
	best := 0
	for _, p := range s.precompressed {
		q, _ := httpfield.CodingWeight(accept, p.coding)
		if q <= best {
			continue
		}
		if found, exists := s.regular(name + p.suffix); exists && !found.ModTime().Before(plain.ModTime()) {
			info, coding, ok, best = found, p.coding, true, q
		}
	}
	if q, listed := httpfield.CodingWeight(accept, "identity"); listed && q > best {
		return nil, "", false
	}
	return info, coding, ok
}

func suffixOf(coding string) string {
	for _, p := range precompressions {
		if p.coding == coding {
			return p.suffix
		}
	}
	return ""
}

// typeOf is the media type of a file by its name, or else by its first bytes,
// which of a compressed variant would tell the wrong thing.
func (s *fileSource) typeOf(name string) string {
	if byName := mime.TypeByExtension(path.Ext(name)); byName != "" {
		return byName
	}
	file, err := s.fsys.Open(name)
	if err != nil {
		return "application/octet-stream"
	}
	defer file.Close()
	var head [512]byte
	n, _ := io.ReadFull(file, head[:]) // a short file is no fault
	return http.DetectContentType(head[:n])
}

// send answers with one file. Conditions and ranges are net/http's work, where
// the file can seek.
func (s *fileSource) send(c *dram.Context, name string, info fs.FileInfo, coding string) bool {
	file, err := s.fsys.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	h := c.Writer.Header()
	if tag := fileTag(info, coding); tag != "" && len(h["Etag"]) == 0 {
		h.Set("Etag", tag)
	}
	if seeker, ok := file.(io.ReadSeeker); ok {
		c.Status(http.StatusOK) // NoRoute handlers start with 404
		http.ServeContent(c.Writer, c.Request, name, info.ModTime(), seeker)
		c.Writer.WriteHeaderNow()
		return true
	}
	s.stream(c, name, info, file)
	return true
}

// stream sends a file that cannot seek, as those of a zip archive: no ranges.
func (s *fileSource) stream(c *dram.Context, name string, info fs.FileInfo, file fs.File) {
	h := c.Writer.Header()
	if !Preconditions(c, h.Get("Etag"), info.ModTime()) {
		return
	}
	if len(h["Content-Type"]) == 0 {
		h.Set("Content-Type", s.typeOf(name))
	}
	h.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	if !info.ModTime().IsZero() {
		h.Set("Last-Modified", info.ModTime().UTC().Format(http.TimeFormat))
	}
	c.Status(http.StatusOK)
	c.Writer.WriteHeaderNow()
	if c.Request.Method != http.MethodHead {
		_, _ = io.Copy(c.Writer, file) // the client may be gone
	}
}

// fileTag is the entity tag of a file, by its time and size; each variant has
// its own. Files without a time (of embed.FS) have none: layer ETag makes one
// from their bytes.
func fileTag(info fs.FileInfo, coding string) string {
	if info.ModTime().IsZero() {
		return ""
	}
	tag := `"` + strconv.FormatInt(info.ModTime().UnixNano(), 36) + "-" + strconv.FormatInt(info.Size(), 36)
	if coding != "" {
		tag += "-" + coding
	}
	return tag + `"`
}
