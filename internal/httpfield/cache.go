package httpfield

import (
	"net/http"
	"strings"
)

// MakePrivate has Cache-Control say that the answer is for one client only, since
// it sets a cookie, say: what shared caches are told goes (RFC 9111 section
// 5.2.2), and "private" comes, unless nobody may keep the answer. An answer that
// says nothing becomes "private, no-cache".
func MakePrivate(h http.Header) {
	if len(h["Cache-Control"]) == 0 {
		h["Cache-Control"] = []string{"private, no-cache"}
		return
	}
	var kept []string
	for item := range Items(h["Cache-Control"]) {
		name, _, _ := strings.Cut(item, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "no-store":
			return
		case "", "public", "private", "s-maxage", "proxy-revalidate":
		default:
			kept = append(kept, item)
		}
	}
	h["Cache-Control"] = []string{strings.Join(append(kept, "private"), ", ")}
}

// saysNoStore reports whether nobody may keep the answer.
func saysNoStore(values []string) bool {
	for item := range Items(values) {
		if strings.EqualFold(strings.TrimSpace(item), "no-store") {
			return true
		}
	}
	return false
}
