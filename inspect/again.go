package inspect

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/mask"
)

// This file sends a recorded request once more, through the engine as if it had come from a client.
// Secrets were not kept: the cookies are those of the browser that asks for it, but the one of the pages.

// againKey is the key of a request's context under which its *again is.
type againKey struct{}

// again learns how a request that is sent again was recorded.
type again struct{ id uint64 }

// againTime is how long such a request may take, a stream say.
const againTime = 10 * time.Second

// maxAgainBody is how long the body may be that a form gives it.
const maxAgainBody = 1 << 20

// whyNotAgain says why a request cannot be sent again; "" if it can.
func (rec *request) whyNotAgain() string {
	path, query, _ := strings.Cut(rec.target(rec.hider()), "?")
	switch {
	case path != rec.path || query != rec.query:
		return "Its address holds a secret, or characters that cannot be shown, and so it is not sent again."
	case slices.ContainsFunc(rec.header, func(h keyValue) bool { return h.Name == "Upgrade" }):
		return "It has asked for another protocol, and so it is not sent again."
	}
	return ""
}

// needsConsent reports whether sending the request may change something: anybody may have sent it, and in vain, but now it
// has the cookies of who looks at it. Without the body that was not kept it may do something else.
func (rec *request) needsConsent() bool {
	switch rec.method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, dram.MethodQuery:
		return rec.received != 0
	}
	return true
}

// hasBody reports whether a form is to ask for a body.
func (rec *request) hasBody() bool { return rec.received != 0 || rec.method == http.MethodPost }

// sendAgain sends the request that a page shows.
func (m *inspector) sendAgain(c *dram.Context, rec *request) {
	switch why := rec.whyNotAgain(); {
	case !m.guard.isOwnForm(c):
		m.sorry(c, http.StatusForbidden, "The form is not one of these pages: go back, load the page again and press the button there.")
		return
	case why != "":
		m.sorry(c, http.StatusConflict, why)
		return
	case rec.needsConsent() && c.PostForm("sure") == "":
		m.sorry(c, http.StatusConflict, mask.OneLine(rec.method)+" may change something, with the cookies of your browser: go back, and check the box beside the button if you want it to be sent.")
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), againTime)
	defer cancel()
	sent := new(again)
	req, err := http.NewRequestWithContext(context.WithValue(ctx, againKey{}, sent), rec.method, "/", strings.NewReader(rec.bodyOf(c.PostForm("body"))))
	if err == nil {
		req.URL, err = url.ParseRequestURI(rec.path) // as it is: "//a" is not a host, and ".." stays
	}
	if err != nil {
		m.sorry(c, http.StatusConflict, fmt.Sprintf("The request cannot be made again: %v", err))
		return
	}
	req.URL.RawQuery = rec.query
	req.RequestURI = req.URL.RequestURI()
	req.Host, req.RemoteAddr, req.TLS = rec.host, c.Request.RemoteAddr, c.Request.TLS
	req.Header = rec.headerAgain(c.Request)
	m.serve(req)
	if sent.id == 0 {
		lead(c, "../../requests")
		return
	}
	lead(c, "../"+fmt.Sprint(sent.id))
}

// bodyOf is the body that somebody has written into the form, which browsers end lines in by "\r\n", as only a form of
// several parts has them.
func (rec *request) bodyOf(text string) string {
	isParts := func(h keyValue) bool { return h.Name == "Content-Type" && strings.HasPrefix(h.Value, "multipart/") }
	if slices.ContainsFunc(rec.header, isParts) {
		return text
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}

// headerAgain is the header without secrets, with the cookies of who asks.
func (rec *request) headerAgain(asks *http.Request) http.Header {
	h := http.Header{}
	for _, sent := range rec.header {
		h.Add(sent.Name, sent.Value)
	}
	for _, sent := range rec.header {
		if mask.Header(sent.Name, sent.Value) != sent.Value {
			h.Del(sent.Name)
		}
	}
	h.Del("Content-Length")
	h.Del("Content-Encoding") // the body of the form is plain
	again := &http.Request{Header: h}
	for _, cookie := range asks.Cookies() {
		if !strings.Contains(cookie.Name, cookieName) {
			again.AddCookie(cookie)
		}
	}
	return h
}

// serve has the engine answer a request to nobody.
func (m *inspector) serve(req *http.Request) {
	defer func() { _ = recover() }() // a panic that nobody has recovered from is in the record
	m.engine.ServeHTTP(nobody{http.Header{}}, req)
}

// nobody takes an answer.
type nobody struct{ header http.Header }

func (n nobody) Header() http.Header       { return n.header }
func (nobody) Write(p []byte) (int, error) { return len(p), nil }
func (nobody) WriteHeader(int)             {}
func (nobody) Flush()                      {}
