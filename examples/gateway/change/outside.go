package change

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"

	"github.com/dram-go/dram/examples/gateway/config"
)

// This file changes what stands outside the header of an answer: the 1xx in front of it, the 101 in its place, and the
// trailers behind it, which clients may take for headers.

// Transport is a transport whose 1xx, 101 and trailers have no header that a route removes from its answers.
func Transport(cfg *config.Change, next http.RoundTripper) http.RoundTripper {
	if cfg == nil || len(cfg.Set)+len(cfg.Remove) == 0 {
		return next
	}
	return &outside{cfg, next}
}

type outside struct {
	*config.Change
	next http.RoundTripper
}

func (t *outside) RoundTrip(req *http.Request) (*http.Response, error) {
	req = Informed(req, func(h http.Header) { drop(h, t.Remove) })
	res, err := t.next.RoundTrip(req)
	switch {
	case err != nil:
	case res.StatusCode == http.StatusSwitchingProtocols: // its header goes out as it is, beside what Response has set
		drop(res.Header, t.Remove)
		drop(res.Header, slices.Collect(maps.Keys(t.Set)))
	default:
		drop(res.Trailer, t.Remove)
		res.Body = &trailed{res.Body, res, t.Remove}
	}
	return res, err
}

// Informed is a request with whose 1xx edit is called, before whoever waits for them gets them.
func Informed(req *http.Request, edit func(http.Header)) *http.Request {
	trace := &httptrace.ClientTrace{Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
		edit(http.Header(h))
		return nil
	}}
	return req.WithContext(httptrace.WithClientTrace(req.Context(), trace))
}

// trailed is the body of an answer, behind which the trailers are there, with those that were not announced.
type trailed struct {
	io.ReadCloser
	res   *http.Response
	names []string
}

// Close closes the body.
func (b *trailed) Close() error {
	err := b.ReadCloser.Close()
	drop(b.res.Trailer, b.names)
	return err
}

func drop(h http.Header, names []string) {
	for _, name := range names {
		h.Del(name)
	}
}
