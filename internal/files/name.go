// Package files sends files of a file system over HTTP, and says which paths
// name one. Everything of dram that makes a file of a path stands on it:
// RouterGroup.Static and its kin, Context.File and its kin, middleware.Static
// and middleware.SPA.
//
//	name.go    the clean-name rule: the one spelling of a path that names a file
//	open.go    finding a file, and how an http.FileSystem becomes an fs.FS
//	serve.go   a path's answer: the file, a directory's page, or a redirect
//	answer.go  what net/http may not answer by itself: 412 and 416, coded bodies
//	store.go   the other way: an upload, whole or not at all
package files

import (
	"io/fs"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is the clean-name rule. The router compares paths as text; file
// systems do not: to them "//a", "/./a" and "/x/../a" are "/a", on Windows "\a",
// "/a." and "/a::$DATA" as well. A file that has several spellings has routes
// that guard it under one of them only. So each has one:
//
//   - no empty segment, no "." and no ".." (fs.ValidPath);
//   - valid UTF-8, no control bytes, no backslash;
//   - no dot or space at the end of a segment, which Windows, FAT and SMB drop;
//   - on Windows no ":" (streams), no "~1" (short names), no device (NUL, COM1);
//   - no escape of a separator (%2F, %5C), which the router takes for a letter
//     when it matches escaped paths, and none of a character that needs none
//     (RFC 3986 section 2.3), since "/%61dmin" is "/admin" to some only.
//
// Every other spelling names no file.

// IsClean reports whether path, a decoded one, is the one spelling of itself. It
// may begin and end with a slash.
func IsClean(path string) bool {
	name := strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	return name == "" && path != "//" || isName(name, runtime.GOOS == "windows")
}

// isName is the rule for a name without slashes around it.
func isName(name string, windows bool) bool {
	if !fs.ValidPath(name) || strings.ContainsFunc(name, isForbidden) {
		return false
	}
	if windows && (strings.Contains(name, ":") || !filepath.IsLocal(name)) {
		return false
	}
	for segment := range strings.SplitSeq(name, "/") {
		if strings.HasSuffix(segment, ".") || strings.HasSuffix(segment, " ") || windows && isShort(segment) {
			return false
		}
	}
	return true
}

func isForbidden(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }

// isShort reports whether a segment may be the short name of a longer one, as
// PROGRA~1 is of "Program Files".
func isShort(segment string) bool {
	_, tail, _ := strings.Cut(segment, "~")
	return tail != "" && '0' <= tail[0] && tail[0] <= '9'
}

// IsDisguised reports whether an escaped path can be read in two ways.
func IsDisguised(raw string) bool {
	for i := 0; i+2 < len(raw); i++ {
		if raw[i] != '%' {
			continue
		}
		char, err := strconv.ParseUint(raw[i+1:i+3], 16, 8)
		if err != nil || char == '/' || char == '\\' || IsUnreserved(byte(char)) {
			return true
		}
	}
	return false
}

// IsUnreserved reports whether a URL's character never needs an escape (RFC 3986
// section 2.3).
func IsUnreserved(c byte) bool {
	return httpfield.IsAlphaNum(c) || strings.IndexByte("-._~", c) >= 0
}

// IsMadeOf reports whether name may have been made of part, of a path that is not
// clean, by joining or cleaning them, as path.Join does.
func IsMadeOf(name, part string) bool {
	if part == "" || part == "/" {
		return false
	}
	clean := path.Clean("/" + strings.ReplaceAll(part, `\`, "/"))
	if part[0] != '/' {
		clean = clean[1:] // "u-" may stand before it
	}
	return strings.Contains(path.Clean("/"+filepath.ToSlash(name)), clean)
}
