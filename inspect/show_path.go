package inspect

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/mask"
	"github.com/dram-go/dram/router"
)

// This file takes secrets out of what is shown of a request. There is one rule for all texts, paths, queries, headers, keys
// and errors: what stands where a route has a secret param is masked, whatever route has taken the request, and so is what
// equals it. Other spellings, prefixes, and methods do not matter; more may be masked than there are secrets.

// hider hides the secrets of one request.
type hider struct {
	places []place
	hosts  *regexp.Regexp // the part of a host that is one; nil without
	values []string       // that are not shown anywhere, the longest first
	all    bool           // there are too many of them
	public []string       // the segments of the path as it came that the route has in its pattern; "" for others
}

// hider returns that of the request. What its own path has at a secret's place no other text shows either.
func (rec *request) hider() *hider {
	secrets := rec.secrets()
	h := &hider{places: secrets.places, hosts: secrets.hosts}
	for _, p := range rec.params {
		if mask.IsSecret(p.Key) {
			h.hide(strings.Split(p.Value, "/")...)
			h.hide(p.Value)
		}
	}
	segments := strings.Split(rec.path, "/")
	for i, part := range strings.Split(rec.pattern, "/") {
		if router.Wildcard(part) < 0 && i < len(segments) && isSpelled(segments[i], part) {
			part = segments[i]
		} else {
			part = ""
		}
		h.public = append(h.public, part)
	}
	_, masked := h.inPath(rec.path, h.public)
	h.hide(masked...)
	return h
}

// maxValues is how many values are looked for; a request with more of them shows no texts.
const maxValues = 64

// hide adds values.
func (h *hider) hide(values ...string) {
	if len(values) > maxValues {
		values, h.all = nil, true
	}
	for _, value := range values {
		for _, form := range []string{value, url.PathEscape(value), url.QueryEscape(value)} {
			if form != "" && !slices.Contains(h.values, form) {
				h.values = append(h.values, form)
			}
		}
	}
	slices.SortStableFunc(h.values, func(a, b string) int { return len(b) - len(a) })
}

// path is that of the request with "*" in place of secrets.
func (h *hider) path(path string) string {
	shown, _ := h.inPath(path, h.public)
	return mask.Path(shown)
}

// param is the value of a param.
func (h *hider) param(p dram.Param) string {
	value := p.Value
	if strings.Contains(value, "/") {
		value, _ = h.inPath(value, nil)
	}
	return mask.Header(p.Key, h.text(value))
}

// query is a query. A value that would not be shown as it is, is not shown.
func (h *hider) query(query string) string {
	pairs := strings.Split(mask.Query(query), "&")
	for i, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		if plain := plain(value); h.text(plain) != plain {
			value = "*"
		}
		if plain := plain(name); h.text(plain) != plain {
			name = "*"
		}
		if pairs[i] = name; found {
			pairs[i] += "=" + value
		}
	}
	return strings.Join(pairs, "&")
}

// header is the value of a header, or of a key.
func (h *hider) header(name, value string) string { return mask.Header(name, h.text(value)) }

// text is any other text.
func (h *hider) text(text string) string {
	if h.all && text != "" {
		return "*"
	}
	text = mask.Text(addresses.ReplaceAllStringFunc(text, func(address string) string {
		shown, _ := h.inPath(address, nil)
		return mask.Path(shown)
	}))
	if h.hosts != nil {
		text = h.hosts.ReplaceAllString(text, "*$1")
	}
	for _, value := range h.values {
		text = replaceWord(text, value)
	}
	return text
}

// addresses are the words of a text that may be paths or URLs.
var addresses = regexp.MustCompile("[^\\s\"<>`?#&]*(?:/|%(?:25)*2[Ff])[^\\s\"<>`?#&]*")

// replaceWord puts "*" in place of a value that is not a part of a word.
func replaceWord(text, value string) string {
	var out strings.Builder
	for kept, from := 0, 0; ; {
		at := strings.Index(text[from:], value)
		if at < 0 {
			return out.String() + text[kept:]
		}
		begin, end := from+at, from+at+len(value)
		from = end
		if begin > 0 && isWord(text[begin-1]) && isWord(value[0]) || end < len(text) && isWord(text[end]) && isWord(value[len(value)-1]) {
			continue
		}
		out.WriteString(text[kept:begin] + "*")
		kept = end
	}
}

func isWord(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c >= 0x80
}

// escapedSlash is one that was escaped, perhaps several times.
var escapedSlash = regexp.MustCompile(`%(?:25)*2[Ff]`)

// inPath masks what stands at the places of secrets in a path or URL, and returns what that was. A segment that is public
// at its place is not.
func (h *hider) inPath(path string, public []string) (shown string, masked []string) {
	segments := strings.Split(escapedSlash.ReplaceAllString(path, "/"), "/")
	plains := make([]string, len(segments))
	all, clean := make([]int, 0, len(segments)), make([]int, 0, len(segments)) // the places of those that are not empty
	for i, segment := range segments {
		switch plains[i] = plain(segment); plains[i] {
		case "", ".":
			continue
		case "..":
			clean = clean[:max(0, len(clean)-1)]
		default:
			clean = append(clean, i)
		}
		all = append(all, i)
	}
	isMasked := make([]bool, len(segments))
	hide := func(i int, with string) {
		if !isMasked[i] && (i >= len(public) || public[i] != segments[i]) {
			masked, isMasked[i] = append(masked, plains[i]), true
			segments[i] = with
		}
	}
	for _, p := range h.places {
		for _, among := range [][]int{all, clean} {
			for from := range among {
				if p.begins(plains, among, from) {
					p.mask(plains, among[from:], hide)
				}
			}
		}
	}
	for i, segment := range plains {
		if slices.Contains(h.values, segment) {
			hide(i, "*")
		}
	}
	if masked == nil {
		return path, nil
	}
	return strings.Join(segments, "/"), masked
}

// plain undoes escapes, those of escapes too.
func plain(text string) string {
	for range 4 {
		decoded, err := url.PathUnescape(text)
		if err != nil || decoded == text {
			break
		}
		text = decoded
	}
	return text
}

// isSpelled reports whether a text, with escapes or without, is a value.
func isSpelled(text, value string) bool {
	decoded, err := url.PathUnescape(text)
	return text == value || err == nil && decoded == value
}
