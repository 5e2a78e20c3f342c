package typed

import (
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/dram-go/dram"
)

// This file writes the header of a request, of which package net/http and the body have their part.

// unfilled are the fields of a header that a server of package net/http does not leave in it, and
// where a handler has them.
var unfilled = map[string]string{"Host": "Host", "Transfer-Encoding": "TransferEncoding", "Trailer": "Trailer"}

// addHeader adds a value that a field of the input has.
func (w *requestWriter) addHeader(name, text string) error {
	switch name = http.CanonicalHeaderKey(name); name {
	case "Content-Length":
		return errors.New("the header Content-Length is that of the body that is sent: leave the field out")
	case "Connection", "Expect", "Keep-Alive", "Proxy-Connection", "Te", "Upgrade":
		return fmt.Errorf("the header %s is the connection's, and not the request's (RFC 9110, section 7.6.1): leave the field out", name)
	case "User-Agent":
		if text == "" || len(w.header[name]) > 0 {
			return errors.New("one User-Agent is sent, and none that is empty")
		}
	}
	if strings.Trim(text, " \t") != text {
		return errors.New("a header cannot begin or end with a space")
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }) {
		return fmt.Errorf("a header cannot have the control characters of %q", text)
	}
	w.header.Add(name, text)
	return nil
}

// writeHeader writes the header: what the client sends with each request, what the fields of the input
// have in its place, and what the answer and the body are, if no field says that.
func (w *requestWriter) writeHeader(req *http.Request, shared http.Header, accepts, media string) error {
	for name, values := range shared {
		req.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	req.Header.Set("Accept", accepts)
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	maps.Copy(req.Header, w.header)
	if said := req.Header.Get("Content-Type"); media != "" && said != media && !(media == dram.MIMEJSON && saysJSON(said)) {
		return fmt.Errorf("the header Content-Type is %q, and the body %s: leave its field out", said, media)
	}
	for _, cookie := range w.cookies {
		if len(w.header["Cookie"]) > 0 || len(req.CookiesNamed(cookie.Name)) > 0 {
			return fmt.Errorf("the cookie %q is in the header Cookie as well, which has a field, or is the client's: leave it out there", cookie.Name)
		}
	}
	for _, cookie := range w.cookies {
		req.AddCookie(cookie)
	}
	return nil
}

// saysJSON reports whether a Content-Type is one of JSON: application/merge-patch+json too.
func saysJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (isJSON(media) || strings.HasSuffix(media, "+json"))
}
