// Package pathspell is the rule that a path has one spelling (docs/adr/0012).
//
// The router compares paths as text; what reads a path after it does not. To a
// file system "//a", "/./a" and "/x/../a" are "/a", on Windows "\a", "/a." and
// "/a::$DATA" as well; a server takes "%2F" for a slash, drops ";params", decodes
// twice. What has several spellings has routes that guard it under one of them
// only. So each reader gets the one spelling that the router saw, and Fault is
// what all ask: Static and File, the layers Static, SPA, Proxy and CleanPath, and
// the engine before it redirects. See docs/internals/11-misses.md.
package pathspell

import (
	"net/url"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dram-go/dram/internal/httpfield"
)

// Rules are what the reader of a path asks of it beside what all do.
type Rules uint8

const (
	// File is a file system: a path is a name, with slashes around it or not, in
	// which nothing is escaped needlessly, no segment ends in what Windows, FAT and
	// SMB drop, and on Windows there are no streams ("a::$DATA"), short names
	// ("A~1") and devices ("NUL").
	File Rules = 1 << iota
	// Server is another server: no ";", and nothing is escaped twice.
	Server
	// EscapedSlash allows "%2F", which the reader takes for a letter.
	EscapedSlash
	// MatchedEscaped says that the router has matched the escaped path, to which
	// "/%61" is not "/a": of all escaped forms only net/url's is the one spelling.
	MatchedEscaped
)

// Fault says what is wrong with a path, for the client; "" if nothing is. The path
// is decoded; raw is URL.RawPath, "" if it is escaped as usual or not from a URL.
// Every path without a fault is valid UTF-8 and has no empty segment but the one
// behind its last slash, no ".", no "..", no backslash and no control character.
func Fault(path, raw string, rules Rules) string {
	return fault(path, raw, rules, runtime.GOOS == "windows")
}

func fault(path, raw string, rules Rules, windows bool) string {
	switch {
	case rules&File == 0 && !strings.HasPrefix(path, "/"):
		return `the path does not begin with "/"`
	case strings.Contains(path, "//"):
		return `the path has an empty segment ("//")`
	case strings.Contains(path, `\`):
		return "the path has a backslash"
	case hasControl(path):
		return "the path has a control character"
	case !utf8.ValidString(path):
		return "the path is not UTF-8"
	case rules&EscapedSlash == 0 && hasEscape(raw, isSeparator):
		return `the path has an escaped slash ("%2F")`
	case rules&File != 0 && hasEscape(raw, isUnreserved), rules&MatchedEscaped != 0 && !isUsual(path, raw):
		return "the path escapes what needs no escape, or has lower-case digits in an escape"
	case rules&Server != 0 && strings.Contains(path, ";"):
		return `the path has ";", behind which some servers see no path`
	case rules&Server != 0 && hasEscape(path, func(byte) bool { return true }):
		return `the path is escaped twice ("%25" in front of two hexadecimal digits)`
	}
	for segment := range strings.SplitSeq(path, "/") {
		switch {
		case segment == ".", segment == "..":
			return `the path has "." or ".." for a segment`
		case rules&File == 0:
		case strings.HasSuffix(segment, "."), strings.HasSuffix(segment, " "):
			return "the path has a segment that ends in a dot or a space"
		case windows && segment != "" && (strings.Contains(segment, ":") || !filepath.IsLocal(segment) || isShort(segment)):
			return "the path has a name that Windows takes for another one"
		}
	}
	return ""
}

func hasControl(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return true
		}
	}
	return false
}

// isShort reports whether a segment may be the short name of a longer one, as
// PROGRA~1 is of "Program Files".
func isShort(segment string) bool {
	_, tail, _ := strings.Cut(segment, "~")
	return tail != "" && '0' <= tail[0] && tail[0] <= '9'
}

// isUsual reports whether a path is escaped as net/url does it, but for slashes.
func isUsual(path, raw string) bool {
	return !strings.Contains(raw, "%") || strings.ReplaceAll(raw, "%2F", "/") == Escape(path)
}

func isSeparator(c byte) bool { return c == '/' || c == '\\' }

// isUnreserved reports whether a URL's character never needs an escape (RFC 3986
// section 2.3).
func isUnreserved(c byte) bool {
	return httpfield.IsAlphaNum(c) || strings.IndexByte("-._~", c) >= 0
}

// hasEscape reports whether s has the escape of such a character.
func hasEscape(s string, such func(byte) bool) bool {
	for i := strings.IndexByte(s, '%'); 0 <= i && i < len(s); i++ {
		if c, ok := unescape(s[i:]); ok && such(c) {
			return true
		}
	}
	return false
}

// unescape is the character that s begins with the escape of.
func unescape(s string) (c byte, ok bool) {
	if len(s) < len("%2F") || s[0] != '%' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[1:3], 16, 8)
	return byte(n), err == nil
}

// Plain is an escaped path without the escapes that nothing needs: the same one to a client (RFC 3986
// section 6.2.2.2), though not to all who read it.
func Plain(raw string) string {
	if !hasEscape(raw, isUnreserved) {
		return raw
	}
	var plain strings.Builder
	for i := 0; i < len(raw); i++ {
		if c, ok := unescape(raw[i:]); ok && isUnreserved(c) {
			plain.WriteByte(c)
			i += len("%2F") - 1
		} else {
			plain.WriteByte(raw[i])
		}
	}
	return plain.String()
}

// Escape is a path as a URL has it: escaped where it must be, and nowhere else
// (RFC 3986 section 3.3).
func Escape(path string) string { return (&url.URL{Path: path}).EscapedPath() }

// Spellings are the forms in which a route may have a path: with the escapes that
// it needs, with net/url's, which escapes "!'()*[]" as well, and decoded. An escaped
// slash stays one.
func Spellings(path string, escaped bool) (all [3]string) {
	parts := []string{path}
	if escaped {
		parts = strings.Split(strings.ReplaceAll(path, "%2f", "%2F"), "%2F")
	}
	for i, part := range parts {
		if plain, err := url.PathUnescape(part); escaped && err == nil {
			part = plain
		}
		for j, form := range [...]string{EscapeLeast(part), Escape(part), part} {
			if i > 0 {
				all[j] += "%2F"
			}
			all[j] += form
		}
	}
	return all
}

// IsSame reports whether two paths differ in their escapes only.
func IsSame(a, b string) bool {
	plainA, errA := url.PathUnescape(a)
	plainB, errB := url.PathUnescape(b)
	return errA == nil && errB == nil && plainA == plainB
}

// EscapeLeast is like Escape, without the escapes that net/url takes for needless
// in a path that it reads.
func EscapeLeast(path string) string { return needless.Replace(Escape(path)) }

var needless = strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*", "%5B", "[", "%5D", "]")

// Escaped is a URL's path with the escapes that it came with. Beside
// URL.EscapedPath it keeps them where the client left something unescaped that
// needs it ("/a%2F{b}").
func Escaped(u *url.URL) string {
	if plain, err := url.PathUnescape(u.RawPath); u.RawPath == "" || err != nil || plain != u.Path {
		return u.EscapedPath()
	}
	var b strings.Builder
	for i := range len(u.RawPath) {
		if c := u.RawPath[i : i+1]; c == "%" {
			b.WriteByte('%')
		} else {
			b.WriteString(EscapeLeast(c))
		}
	}
	return b.String()
}

// Normalize undoes the escapes of what needs none (RFC 3986 section 6.2.2.2).
func Normalize(escaped string) string {
	if !hasEscape(escaped, isUnreserved) {
		return escaped
	}
	plain := make([]byte, 0, len(escaped))
	for i := 0; i < len(escaped); i++ {
		c := escaped[i]
		if letter, ok := unescape(escaped[i:]); ok && isUnreserved(letter) {
			c, i = letter, i+2
		}
		plain = append(plain, c)
	}
	return string(plain)
}

// Index is where the n-th byte of a decoded path stands in the escaped one.
func Index(escaped string, n int) (i int) {
	for ; n > 0; n-- {
		if escaped[i] == '%' {
			i += 2
		}
		i++
	}
	return i
}

// IsMadeOf reports whether a file's name may have been made of part, of a path that has a fault:
// by joining them, cleaning, as path.Join does, cutting off what is in front or behind, another
// ending, or in lower case. The name then has the letters that a segment of part begins with,
// whatever takes a backslash for a slash and what does not.
func IsMadeOf(name, part string) bool {
	if part == "" || part == "/" {
		return false
	}
	segments := strings.Split(strings.Trim(strings.ReplaceAll(part, `\`, "/"), "/"), "/")
	name = strings.ToLower("/" + strings.ReplaceAll(name, `\`, "/"))
	for i, segment := range segments {
		letters := segment
		if end := strings.IndexFunc(segment, isNoLetter); end >= 0 {
			letters = segment[:end]
		}
		if part[0] == '/' || i > 0 { // or else "u-" may stand before it
			letters = "/" + letters
		}
		if isLast := i == len(segments)-1; (isLast || segment != "" && letters != "/") && strings.Contains(name, strings.ToLower(letters)) {
			return true // all names have what a last segment without letters begins with
		}
	}
	return false
}

// IsOf reports whether a file's name is that of a path without a fault: it ends in the path, perhaps
// with another ending, or in its last segment.
func IsOf(name, part string) bool {
	name, part = "/"+filepath.ToSlash(name), strings.TrimSuffix(part, "/")
	if !strings.HasPrefix(part, "/") {
		return false
	}
	if path.Base(name) == path.Base(part) {
		return true
	}
	at := strings.LastIndex(name, part)
	if at < 0 {
		return false
	}
	ending := name[at+len(part):]
	return ending == "" || !strings.Contains(ending, "/") && strings.IndexFunc(ending, isNoLetter) == 0
}

// isNoLetter reports whether a program may take a name to end in front of a character.
func isNoLetter(r rune) bool {
	return r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
}
