package article

import (
	"crypto/rand"
	"iter"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxSlug is the length at which a slug is cut, in bytes; the suffix of a taken one comes on top.
const maxSlug = 100

// reserved slugs would be hidden by a route: /articles/feed is the feed.
var reserved = map[string]bool{"feed": true}

// Slugify turns a title into the part of a URL that names its article: "Crème brûlée, twice"
// becomes "creme-brulee-twice". Letters of all scripts stay; a title without any letter
// or digit becomes "article".
func Slugify(title string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(strings.ToLower(title)) {
		switch {
		case unicode.Is(unicode.Mn, r): // an accent, parted from its letter by NFKD
		case r == '\'' || r == '’': // "don't" is one word
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			if b.Len()+len(string(r)) > maxSlug {
				return strings.TrimSuffix(b.String(), "-")
			}
			b.WriteRune(r)
		default:
			gap = true
		}
	}
	if b.Len() == 0 {
		return "article"
	}
	return b.String()
}

// candidates yields the slugs to try for a title: its own, then its own with a random end.
// The database decides whether one is taken, so two authors at once never share one.
func candidates(title string) iter.Seq[string] {
	base := Slugify(title)
	return func(yield func(string) bool) {
		if !reserved[base] && !yield(base) {
			return
		}
		for range 8 {
			if !yield(base + "-" + strings.ToLower(rand.Text()[:6])) {
				return
			}
		}
	}
}
