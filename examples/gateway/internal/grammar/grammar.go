// Package grammar is the grammar that packages of the gateway share: of headers, paths and JSON
// Pointers.
package grammar

import (
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MediaType is the type of a Content-Type, without its parameters; "" if it is not one.
func MediaType(header string) string {
	media, _, err := mime.ParseMediaType(header)
	if err != nil {
		return ""
	}
	return media
}

// BodyType is the media type of a request's body that everybody reads in one way: it is given once,
// and the charset is UTF-8; "" otherwise.
func BodyType(h http.Header) string {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	if err != nil || len(h["Content-Type"]) > 1 || charset != "" && charset != "utf-8" && charset != "us-ascii" {
		return ""
	}
	return media
}

// IsJSON reports whether a media type is one of JSON.
func IsJSON(media string) bool {
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// IsCoded reports whether a body has a Content-Encoding: gzip, say.
func IsCoded(h http.Header) bool {
	return slices.ContainsFunc(h.Values("Content-Encoding"), func(name string) bool { return name != "" && !strings.EqualFold(name, "identity") })
}

// IsToken reports whether a text may be the name of a header or a cookie (RFC 9110 section
// 5.6.2).
func IsToken(name string) bool { return (&http.Cookie{Name: name}).Valid() == nil }

// ofMessage are the headers of one connection, of the message itself, and of proxies.
var ofMessage = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade", "Host", "Content-Length", "Content-Type", "Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip"}

// IsOfMessage reports whether a header is none that an operator may set: servers may take
// X_Forwarded_For for X-Forwarded-For.
func IsOfMessage(name string) bool {
	name = http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-"))
	return slices.Contains(ofMessage, name) || strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, "Grpc-")
}

// Escape is a path as a URL has it.
func Escape(path string) string { return (&url.URL{Path: path}).EscapedPath() }

// Index is where the n-th byte of a decoded path stands in the escaped one.
func Index(escaped string, n int) (i int) {
	for ; n > 0 && i < len(escaped); n-- {
		if escaped[i] == '%' {
			i += 2
		}
		i++
	}
	return min(i, len(escaped))
}

// PathFault says why a path may be read in two ways; "" if it may not.
func PathFault(p string) string {
	switch {
	case !utf8.ValidString(p) || strings.ContainsFunc(p, unicode.IsControl):
		return "the path has a control character, or is not UTF-8"
	case strings.Contains(p, `\`):
		return "the path has a backslash"
	case path.Clean(p) != p && path.Clean(p)+"/" != p || p == "//":
		return `the path has an empty segment, "." or ".."`
	}
	return ""
}

var steps = strings.NewReplacer("~", "~0", "/", "~1")

// Step is a name in a JSON Pointer (RFC 6901).
func Step(name string) string { return steps.Replace(name) }

// Pointer is the JSON Pointer of a field as gRPC's BadRequest has it: items[2].price.
func Pointer(field string) string {
	var out strings.Builder
	for _, name := range strings.FieldsFunc(field, func(r rune) bool { return strings.ContainsRune(".[]", r) }) {
		out.WriteString("/" + Step(name))
	}
	return out.String()
}
