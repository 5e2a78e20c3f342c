package inspect

import (
	"net/url"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/mask"
	"github.com/dram-go/dram/router"
)

// This file takes what params hold of secrets out of a path. The path is as the client has sent it, in which a value may
// be spelled in many ways, so that it is found by its place in the pattern.

// isSecretParam reports whether no page may show the value of a param.
func isSecretParam(p dram.Param) bool { return p.Value != "" && mask.Header(p.Key, p.Value) != p.Value }

// shownPath is the path with "*" in place of secrets; "*" alone if their places are not known, of a path that was cleaned, say.
func (rec *request) shownPath() string {
	if !slices.ContainsFunc(rec.params, isSecretParam) {
		return rec.path
	}
	for _, slashes := range []*strings.Replacer{strings.NewReplacer(), strings.NewReplacer("%2F", "/", "%2f", "/")} {
		if shown, ok := maskSegments(slashes.Replace(rec.path), rec.pattern, rec.params); ok {
			return shown
		}
	}
	return "*"
}

// maskSegments masks the secrets among the params of a path, segment by segment. It is false if the path is not
// that of the pattern and the params.
func maskSegments(path, pattern string, params dram.Params) (string, bool) {
	segments := strings.Split(path, "/")
	for i, part := range strings.Split(pattern, "/") {
		at := router.Wildcard(part)
		switch {
		case i >= len(segments) || at >= 0 && len(params) == 0:
			return "", false
		case at < 0 && !isSpelled(segments[i], part):
			return "", false
		case at < 0:
			continue
		}
		p, value := params[0], part[:at]+params[0].Value
		params = params[1:]
		isLast := part[at] == '*'
		if isLast { // the value begins with the slash before it
			segments[i] = "/" + strings.Join(segments[i:], "/")
			segments = segments[:i+1]
		}
		if !isSpelled(segments[i], value) {
			return "", false
		}
		if segments[i] = strings.TrimPrefix(segments[i], "/"); isSecretParam(p) {
			segments[i] = part[:at] + "*"
		}
		if isLast {
			return strings.Join(segments, "/"), true
		}
	}
	return strings.Join(segments, "/"), len(segments) == strings.Count(pattern, "/")+1
}

// isSpelled reports whether a text, with escapes or without, is a value.
func isSpelled(text, value string) bool {
	decoded, err := url.PathUnescape(text)
	return text == value || err == nil && decoded == value
}
