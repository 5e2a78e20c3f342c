// Sending the client somewhere else.

package render

import (
	"fmt"
	"net/http"
)

// describing are the headers that describe a body: a redirect's own page, not the one that
// a layer outside has set a Content-Type for, with which net/http would write no page.
var describing = []string{"Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition"}

// Redirect sends the client to another address.
type Redirect struct {
	// Code is the status: 201 (Created), or 300 to 308.
	Code int
	// Request is the request that is answered: a relative Location is relative
	// to its path.
	Request *http.Request
	// Location is where to go. A handler that takes it from a client has to
	// check it, or the site becomes an open redirector.
	Location string
}

// Render writes the Location header, the status, and, to a GET, a short page
// with the link. It panics if r.Code is not the status of a redirect, which is a
// mistake in the program.
func (r Redirect) Render(w http.ResponseWriter) error {
	if r.Code != http.StatusCreated && (r.Code < http.StatusMultipleChoices || r.Code > http.StatusPermanentRedirect) {
		panic(fmt.Sprintf("Cannot redirect with status code %d", r.Code))
	}
	for _, name := range describing {
		if h := w.Header(); len(h[name]) > 0 {
			delete(h, name)
		}
	}
	http.Redirect(w, r.Request, r.Location, r.Code)
	return nil
}

// WriteContentType does nothing: net/http sets the type of the short page.
func (r Redirect) WriteContentType(http.ResponseWriter) {}
