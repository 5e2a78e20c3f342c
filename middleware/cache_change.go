package middleware

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/pathspell"
)

// This file has requests that change something drop what Cache has kept (RFC 9111 section 4.4).

// change lets a request pass that may change something. If it succeeds, what is kept of
// its URI is dropped, and of those that its answer names: before the client has that answer, so
// that it reads what it has written, and after, for what a handler changes behind its answer.
func (l *cache) change(c *dram.Context) {
	u := *c.Request.URL // which handlers may change in place
	uri, ok := uriKey(c, plainly(&u))
	drop := func(status int, h http.Header) {
		if status < 200 || status >= 400 {
			return
		}
		if ok {
			l.drop(c, uri)
		}
		l.dropNamed(c, &u, h)
	}
	c.NextAnswer(nil, func(a dram.Answer) { drop(a.Status(), a.Header()) })
	drop(c.Writer.Status(), c.Writer.Header())
}

// dropNamed drops what is kept of the URIs that an answer names, if they are of the same origin:
// another's answers are not its to drop (RFC 9111 section 4.4).
func (l *cache) dropNamed(c *dram.Context, base *url.URL, h http.Header) {
	for _, name := range [...]string{"Location", "Content-Location"} {
		for _, value := range h[name] {
			target, err := base.Parse(value)
			if err != nil || !isSameOrigin(c, target) {
				continue
			}
			target = plainly(target)
			for _, u := range [...]*url.URL{target, inside(c, target)} {
				if uri, ok := uriKey(c, u); ok {
					l.drop(c, uri)
				}
			}
		}
	}
}

// plainly returns a URL in the one spelling that is kept.
func plainly(u *url.URL) *url.URL {
	plain := pathspell.Plain(u.RawPath)
	if plain == u.RawPath {
		return u
	}
	own := *u
	if own.RawPath = plain; plain == pathspell.Escape(u.Path) {
		own.RawPath = ""
	}
	return &own
}

// inside returns a URL as the service is asked for it: without the prefix that its proxy
// takes away.
func inside(c *dram.Context, u *url.URL) *url.URL {
	base := c.BasePath()
	path, ok := strings.CutPrefix(u.Path, base)
	if !ok || base == "" || path != "" && path[0] != '/' {
		return u
	}
	own := *u
	own.Path, own.RawPath = cmp.Or(path, "/"), strings.TrimPrefix(u.RawPath, base)
	return &own
}

// isSameOrigin reports whether a URL is one of the origin that the request is for.
func isSameOrigin(c *dram.Context, u *url.URL) bool {
	if u.Host == "" {
		return u.Scheme == "" && u.Opaque == ""
	}
	scheme := c.Scheme()
	theirs, ok := originHost(scheme, u.Host)
	ours, _ := originHost(scheme, c.Request.Host)
	return ok && theirs == ours && (u.Scheme == "" || u.Scheme == scheme)
}

// drop drops what is kept of a URI. What is being fetched meanwhile may be from before the
// change: it is neither kept nor waited for. What cannot be dropped, as the store fails or is just being
// given it, is outlived: whoever has changed something finds nothing older.
func (l *cache) drop(c *dram.Context, uri CacheKey) {
	l.changed(uri).Add(1)
	storing := l.storingAt(uri).Load() > 0
	err := l.Store.Delete(c.Request.Context(), uri)
	if err != nil {
		_ = c.Error(err)
	}
	if err != nil || storing {
		now := time.Now()
		l.outlived(uri).Store(&now)
	}
}

// outlived is until when what came of a URI is not used; it is nil as long as all that was
// changed could be dropped.
func (l *cache) outlived(uri CacheKey) *atomic.Pointer[time.Time] {
	place, _ := l.place(uri)
	return &l.outlives[place]
}

// storingAt is how many answers are just being stored, of this URI and others.
func (l *cache) storingAt(uri CacheKey) *atomic.Int32 {
	place, _ := l.place(uri)
	return &l.storing[place%len(l.storing)]
}
