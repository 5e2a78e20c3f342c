package httpfield

import (
	"net/http"
	"strings"
)

// DropEntity removes what a header says of a body, or of a place, that an error takes
// the place of: a Content-Length that is not kept would break the connection, and an
// error must not be cached, a cookie that it sets least of all.
func DropEntity(h http.Header) {
	for _, name := range [...]string{
		"Accept-Ranges", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Length",
		"Etag", "Expires", "Last-Modified", "Location",
	} {
		delete(h, name)
	}
	if ranges := h["Content-Range"]; len(ranges) > 0 && !strings.HasPrefix(ranges[0], "bytes */") { // that one speaks of a 416
		delete(h, "Content-Range")
	}
	if len(h["Set-Cookie"]) > 0 {
		MakePrivate(h)
	}
}
