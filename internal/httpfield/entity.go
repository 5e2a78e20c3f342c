package httpfield

import (
	"net/http"
	"strings"
)

// DropBytes removes what a header says of the bytes of a body that become others: how many
// there are, that parts of them can be had, and their digests (RFC 9530, and older ones).
func DropBytes(h http.Header) {
	for name := range h {
		switch name {
		case "Accept-Ranges", "Content-Digest", "Content-Length", "Content-Md5", "Digest", "Repr-Digest":
			delete(h, name)
		}
	}
}

// DropBody removes what a header says of a body that is not sent.
func DropBody(h http.Header) {
	for name := range h { // there are fewer than the names that count
		switch name {
		case "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Location", "Content-Type", "Etag", "Last-Modified":
			delete(h, name)
		}
	}
	DropBytes(h)
}

// DropEntity removes what a header says of a body, or of a place, that an error takes
// the place of: a Content-Length that is not kept would break the connection, and an
// error must not be cached, a cookie that it sets least of all: of Cache-Control only no-store
// stays, and of what is like it for one kind of cache (RFC 9213). So are the files that a proxy in
// front would send in the error's place.
func DropEntity(h http.Header) {
	DropBody(h)
	for name := range h {
		if strings.HasSuffix(name, "Cache-Control") || name == "Surrogate-Control" {
			if saysNoStore(h[name]) {
				h[name] = []string{"no-store"}
			} else {
				delete(h, name)
			}
			continue
		}
		switch name {
		case "Age", "Expires", "Location", "X-Accel-Expires", "X-Accel-Redirect", "X-Sendfile":
			delete(h, name)
		}
	}
	if ranges := h["Content-Range"]; len(ranges) > 0 && !strings.HasPrefix(ranges[0], "bytes */") { // that one speaks of a 416
		delete(h, "Content-Range")
	}
	if len(h["Set-Cookie"]) > 0 {
		MakePrivate(h)
	}
}
