// Sending the client somewhere else.
// See docs/internals/14-render.md.

package render

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/dram-go/dram/internal/pathspell"
)

// describing are the headers that describe a body: a redirect's own page, not another one that
// a layer outside has set them for.
var describing = []string{"Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition"}

// Redirect sends the client to another address.
type Redirect struct {
	// Code is the status: 201 (Created), or 300 to 308.
	Code int
	// Request is the request that is answered: a relative Location is relative
	// to its path.
	Request *http.Request
	// Location is where to go: a URL with a scheme, or a path, which leads to this host
	// ("//host/x" too) and no further up than its root, however a browser reads it. A handler
	// that takes a URL from a client has to check it, or the site becomes an open redirector.
	Location string
}

// Render writes the Location header, the status, and, to a GET, a short page
// with the link. It panics if r.Code is not the status of a redirect, which is a
// mistake in the program.
func (r Redirect) Render(w http.ResponseWriter) error {
	if r.Code != http.StatusCreated && (r.Code < http.StatusMultipleChoices || r.Code > http.StatusPermanentRedirect) {
		panic(fmt.Sprintf("Cannot redirect with status code %d", r.Code))
	}
	h := w.Header()
	for _, name := range describing {
		if len(h[name]) > 0 {
			delete(h, name)
		}
	}
	location := escapeNonASCII(pathspell.Locate("", r.Request.URL, r.Location))
	h.Set("Location", location)
	method := r.Request.Method
	if method == http.MethodGet || method == http.MethodHead {
		h.Set("Content-Type", "text/html; charset=utf-8")
	}
	w.WriteHeader(r.Code)
	if method != http.MethodGet {
		return nil
	}
	_, err := fmt.Fprintf(w, "<a href=\"%s\">%s</a>.\n\n", html.EscapeString(location), http.StatusText(r.Code))
	return err
}

// escapeNonASCII escapes what cannot stand in a header.
func escapeNonASCII(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] < utf8.RuneSelf {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02x", s[i])
		}
	}
	return b.String()
}

// WriteContentType does nothing: Render sets the type of the short page.
func (r Redirect) WriteContentType(http.ResponseWriter) {}
