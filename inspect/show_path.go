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
	path := rec.path
	if slices.ContainsFunc(rec.params, isSecretParam) {
		path = "*"
		for _, slashes := range []*strings.Replacer{strings.NewReplacer(), strings.NewReplacer("%2F", "/", "%2f", "/")} {
			if shown, ok := maskSegments(slashes.Replace(rec.path), rec.pattern, rec.params); ok {
				path = shown
				break
			}
		}
	}
	if rec.isAny() {
		return rec.maskPath(path, false)
	}
	return maskCredentials(path)
}

// isAny reports whether the request has come where other routes do not match: its path may be meant for one of
// them, with a secret, in another case, with another method.
func (rec *request) isAny() bool { return rec.pattern == "" || strings.Contains(rec.pattern, "*") }

// shownParam is the value of a param, "*" for a secret.
func (rec *request) shownParam(p dram.Param) string {
	if strings.HasPrefix(p.Value, "/") && rec.isAny() {
		p.Value = rec.maskPath(p.Value, true)
	}
	return mask.Header(p.Key, p.Value)
}

// shownHeader is the header without secrets, by name. A value may be an address, as of Referer and X-Forwarded-Uri.
func (rec *request) shownHeader() []keyValue {
	list := slices.Clone(rec.header)
	for i, h := range list {
		origin, address := "", h.Value
		if scheme, rest, ok := strings.Cut(h.Value, "://"); ok {
			host := rest[:max(strings.IndexByte(rest, '/'), 0)]
			origin, address = scheme+"://"+host, rest[len(host):]
		}
		if strings.HasPrefix(address, "/") {
			end := len(address)
			if mark := strings.IndexAny(address, "?#, ;"); mark >= 0 {
				end = mark
			}
			h.Value = origin + rec.maskPath(address[:end], true) + address[end:]
		}
		list[i].Value = mask.Header(h.Name, h.Value)
	}
	slices.SortStableFunc(list, func(a, b keyValue) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// maskPath masks what would be a secret in a path if it came to a route, in whatever spelling and with whatever method; below a
// prefix too, that a proxy has put in front.
func (rec *request) maskPath(path string, below bool) string {
	segments := strings.Split(strings.NewReplacer("%2F", "/", "%2f", "/").Replace(path), "/")
	all, clean := make([]int, 0, len(segments)), make([]int, 0, len(segments)) // the places of those that are not empty
	for i, segment := range segments {
		switch decoded, _ := url.PathUnescape(segment); decoded {
		case "", ".":
			continue
		case "..":
			clean = clean[:max(0, len(clean)-1)]
		default:
			clean = append(clean, i)
		}
		all = append(all, i)
	}
	shown := slices.Clone(segments)
	for _, pattern := range rec.secrets() {
		parts := strings.FieldsFunc(pattern, func(c rune) bool { return c == '/' })
		for _, places := range [][]int{all, clean} {
			for from := range places {
				if from > 0 && (!below || router.Wildcard(parts[0]) == 0) {
					break
				}
				maskPlaces(shown, segments, places[from:], parts)
			}
		}
	}
	if !slices.Equal(shown, segments) {
		path = strings.Join(shown, "/")
	}
	return maskCredentials(path)
}

// maskPlaces masks the secrets among the segments at some places if they begin as a pattern does.
func maskPlaces(shown, segments []string, places []int, parts []string) {
	if len(places) < len(parts) {
		return
	}
	for i, part := range parts {
		segment, err := url.PathUnescape(segments[places[i]])
		at := router.Wildcard(part)
		if err != nil || at < 0 && !strings.EqualFold(segment, part) || at >= 0 && (len(segment) < at || !strings.EqualFold(segment[:at], part[:at])) {
			return
		}
	}
	for i, part := range parts {
		at := router.Wildcard(part)
		if at < 0 || !mask.IsSecret(part[at+1:]) {
			continue
		}
		last := i
		if part[at] == '*' {
			last = len(places) - 1
		}
		for _, place := range places[i : last+1] {
			shown[place] = part[:at] + "*"
		}
	}
}

// maskCredentials masks the segments of a path that show that they are secrets, as a JWT does, or have one, "x;token=…".
func maskCredentials(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		decoded, err := url.PathUnescape(segment)
		if shown := mask.Header("", segment); shown != segment {
			segments[i] = shown
		} else if err == nil && mask.Header("", decoded) != decoded {
			segments[i] = "*"
		}
	}
	return strings.Join(segments, "/")
}

// secretPatterns are the patterns of an engine's routes with params that are secrets, by their names.
func secretPatterns(r *dram.Engine) (patterns []string) {
	for _, route := range r.Routes() {
		isSecret := func(part string) bool {
			at := router.Wildcard(part)
			return at >= 0 && mask.IsSecret(part[at+1:])
		}
		if slices.ContainsFunc(strings.Split(route.Path, "/"), isSecret) && !slices.Contains(patterns, route.Path) {
			patterns = append(patterns, route.Path)
		}
	}
	return patterns
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
