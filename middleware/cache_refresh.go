package middleware

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/dram-go/dram"
)

// This file asks the handlers anew when the client has been answered already
// (stale-while-revalidate, RFC 5861 section 3; docs/adr/0020).

const (
	maxRefreshes = 64          // at once, of one layer: more wait for the next request
	refreshTime  = time.Minute // that the handlers have, who have no client to leave them
)

// answerAndRefresh sends what is kept, and has a job renew it, unless one is at it.
func (l *cache) answerAndRefresh(c *dram.Context, ask cacheAsk, stale *CacheRecord, now time.Time) {
	if refresh := l.refresh(c, ask, stale); refresh != nil {
		defer c.Go(refresh) // whatever becomes of the answer
	}
	l.answer(c, c.Request, stale, now, statusStale)
}

// refresh returns the job that renews a record; nil if there is none to begin. A HEAD has
// none: its answer would have no body.
func (l *cache) refresh(c *dram.Context, ask cacheAsk, stale *CacheRecord) func(context.Context) {
	if c.Request.Method == http.MethodHead {
		return nil
	}
	if l.refreshing.Add(1) > maxRefreshes {
		l.refreshing.Add(-1)
		return nil
	}
	f, flies := l.flights.join(cacheSlot{ask.uri, ask.variant}, l.changed(ask.uri).Load(), true, nil)
	if !flies {
		l.refreshing.Add(-1)
		return nil
	}
	header := c.Writer.Header().Clone() // as the layers outside have set it
	delete(header, "Set-Cookie")        // which is for this client
	run, req := c.Fork(), ask.req.Clone(context.WithoutCancel(c.Request.Context()))
	req.Body = http.NoBody
	if ask.body != nil {
		req.Body = io.NopCloser(bytes.NewReader(ask.body))
	}
	delete(req.Header, "If-None-Match")
	delete(req.Header, "If-Modified-Since")
	return func(ctx context.Context) {
		defer l.refreshing.Add(-1)
		ctx, cancel := context.WithTimeout(ctx, refreshTime)
		defer cancel()
		ask.req = req.WithContext(ctx)
		run(nobody{header}, ask.req, func(c *dram.Context) { l.fill(c, ask, stale, f) })
	}
}

// nobody is the client of a refresh.
type nobody struct{ header http.Header }

func (n nobody) Header() http.Header       { return n.header }
func (nobody) Write(p []byte) (int, error) { return len(p), nil }
func (nobody) WriteHeader(int)             {}
