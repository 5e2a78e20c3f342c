package middleware

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/whose"
)

// This file has the handlers answer, and keeps what they say.

// cacheFill is one run of the handlers.
type cacheFill struct {
	l       *cache
	c       *dram.Context
	ask     cacheAsk
	stale   *CacheRecord // what is kept, and is asked about; nil if nothing is
	flight  *flight      // of those who wait for it; nil if nobody does
	outside outsideHeader
	changes uint32 // of the URI, at the beginning
	asked   time.Time
	watch   whose.Watch // of what the layers inside say of whose the answer is

	answer   dram.Answer  // the handlers', while it is recorded
	record   *CacheRecord // what is to be kept; nil if nothing is
	measured bool         // it has said how long it is
	shared   bool         // those who wait have it
	length   int          // what its Content-Length says
	reserved int64        // of what the layer may record at once
	crowded  bool         // there was no room for it
	spoilt   bool         // what is kept is so no longer
}

// fill has the handlers answer. What they panic with passes.
func (l *cache) fill(c *dram.Context, ask cacheAsk, stale *CacheRecord, leads *flight) {
	f := &cacheFill{
		l: l, c: c, ask: ask, stale: stale, flight: leads,
		outside: newOutsideHeader(c.Writer.Header()), changes: l.changed(ask.uri).Load(), asked: time.Now(),
	}
	defer func() {
		l.flights.end(leads, landing{again: f.isLeft()})
		f.discard()
	}()
	whole := c.NextAnswer(f.request(), f.look)
	if f.record != nil && whole && f.stillShared() {
		f.keep()
	} else if f.spoilt && !ask.storeFails {
		f.note(l.Store.Delete(ask.req.Context(), ask.uri))
	}
}

// isLeft reports whether the client has left for whom the handlers run: what they make of
// that is nobody else's answer.
func (f *cacheFill) isLeft() bool { return f.c.Request.Context().Err() != nil }

// request is the request that the handlers see: a question about what is kept, if that has
// a validator (RFC 9111 section 4.3.1).
func (f *cacheFill) request() *http.Request {
	req := f.ask.req.WithContext(context.WithValue(f.watch.Within(f.c.Request.Context()), cacheMark{f.l}, true))
	if !f.asks() {
		return req
	}
	req.Header = req.Header.Clone()
	for name, validator := range map[string]string{"If-None-Match": "Etag", "If-Modified-Since": "Last-Modified"} {
		if value := f.stale.Header.Get(validator); value != "" {
			req.Header[name] = []string{value}
		} else {
			delete(req.Header, name)
		}
	}
	return req
}

// asks reports whether the handlers are asked about what is kept.
func (f *cacheFill) asks() bool { return f.stale != nil && f.stale.hasValidator() }

// look decides what becomes of the handlers' answer. It is called again if another one
// takes its place.
func (f *cacheFill) look(a dram.Answer) {
	f.discard()
	f.measured, f.spoilt, f.crowded = false, false, false
	now, status := time.Now(), a.Status()
	switch {
	case f.asks() && status == http.StatusNotModified:
		f.freshen(a, now)
		return
	case f.stale.replacesError(status, now):
		f.replace(a, f.stale, statusStale, nil)
		f.l.flights.land(f.flight, landing{record: f.stale, vary: f.ask.vary, variant: f.ask.variant, instead: true})
		return
	}
	cc := readCacheControl(a.Header()["Cache-Control"])
	f.record = f.recordOf(a, &cc, now)
	if f.record == nil {
		f.l.tell(a.Header(), f.why())
		f.giveUp(status, now)
		return
	}
	f.answer = a
	f.l.tell(a.Header(), f.why()+f.stored())
	a.Tee(f)
	a.OnStream(f.abandon)
}

// stored is what Cache-Status says of an answer that is recorded, as far as it is known when its
// header is sent.
func (f *cacheFill) stored() string {
	if f.ask.storeFails || f.l.refused.Load() || !f.stillShared() {
		return ""
	}
	return statusStored
}

// speaksOfTheURI reports whether a status says what holds of the resource from now on: that it has
// other content or none, has moved for good, or is gone. Others speak of the moment (302, 307) or
// refuse this request (406, 429), or are failures, which say nothing of what others get. Of all but
// the 2xx these are those that RFC 9110 section 15.1 defines as cacheable without a time.
func speaksOfTheURI(status int) bool {
	switch status {
	case http.StatusMultipleChoices, http.StatusMovedPermanently, http.StatusPermanentRedirect,
		http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusRequestURITooLong:
		return true
	}
	return status < http.StatusMultipleChoices
}

// isStale reports whether there is something kept that is no longer fresh: what is, stays, also if
// a client who wants a new answer gets one that is not kept.
func (f *cacheFill) isStale(now time.Time) bool {
	return f.stale != nil && f.stale.judge(new(cacheControl), now) != isFresh
}

// why is what Cache-Status says of why the handlers were asked.
func (f *cacheFill) why() string {
	switch {
	case f.ask.wants.isNew():
		return "; fwd=request"
	case f.stale != nil:
		return "; fwd=stale"
	case len(f.ask.vary) > 0:
		return "; fwd=vary-miss"
	}
	return "; fwd=uri-miss"
}

// recordOf is the record of an answer whose body is to come; nil if it is not kept.
func (f *cacheFill) recordOf(a dram.Answer, cc *cacheControl, now time.Time) *CacheRecord {
	h := a.Header()
	length, err := strconv.Atoi(h.Get("Content-Length"))
	f.measured = err == nil && length >= 0 || !httpfield.BodyAllowed(a.Status())
	if !a.Given() || length > f.l.MaxAnswer || !f.mayBeKept(a.Status(), h, cc) {
		return nil
	}
	record, useful := newRecord(a.Status(), kept(h, f.outside), cc, f.asked, now)
	if !useful || !f.reserve(max(length, 0)) {
		return nil
	}
	if length > 0 {
		record.Body = make([]byte, 0, length)
	}
	f.length = length
	return record
}

// mayBeKept is that of the directives, and what the layer's configuration says.
func (f *cacheFill) mayBeKept(status int, h http.Header, cc *cacheControl) bool {
	users := f.isUsers()
	switch {
	case users && !f.l.Authorized, f.isPrivate():
		return false
	case len(h["Set-Cookie"]) > 0 && (!f.l.SetCookie || len(f.outside.values["Set-Cookie"]) > 0):
		return false
	}
	_, ok := varyNames(h)
	return ok && cc.mayBeKept(status, h, users)
}

// isUsers reports whether the answer is that of a user: of one whom a layer has found, or of those
// whom one inside has let pass. What is kept is sent without that layer.
func (f *cacheFill) isUsers() bool { return f.l.isUsers(f.c) || f.watch.IsUsers() }

// isPrivate reports whether it is for this client only, whatever its header says.
func (f *cacheFill) isPrivate() bool { return whose.IsPrivate(f.c) || f.watch.IsPrivate() }

// release lets go of those who wait, since there is nothing for them; if it is so because the
// client has left, only when the handlers have returned. What one request is refused says nothing of
// the others.
func (f *cacheFill) release(status int) {
	if f.isLeft() {
		return
	}
	refused := status >= http.StatusBadRequest && status < http.StatusInternalServerError && !speaksOfTheURI(status)
	if !refused && !f.crowded && f.flight != nil {
		f.l.setAlone(f.ask.uri, true)
	}
	f.l.flights.land(f.flight, landing{refused: refused})
}

// freshen answers with what is kept, whose header a 304 brings up to date.
func (f *cacheFill) freshen(a dram.Answer, now time.Time) {
	by := kept(a.Header(), f.outside)
	var cookies []string // for this client only
	if !f.l.SetCookie {
		cookies = by["Set-Cookie"]
		delete(by, "Set-Cookie")
	}
	h, same := f.stale.updated(by)
	if !same {
		f.replace(a, f.stale, statusRevalidated, cookies)
		f.spoilt = true
		return
	}
	lines, own := h["Cache-Control"]
	if !own {
		lines = f.outside.values["Cache-Control"] // which stands on the answer, as before
	}
	cc := readCacheControl(lines)
	record, useful := newRecord(f.stale.Status, h, &cc, f.asked, now)
	record.Body, f.measured = f.stale.Body, true
	f.replace(a, record, statusRevalidated, cookies)
	if f.spoilt = !useful || !f.mayBeKept(record.Status, h, &cc); !f.spoilt {
		f.record = record
	}
}

// replace answers with a record in place of the handlers, whose header goes.
func (f *cacheFill) replace(a dram.Answer, record *CacheRecord, status string, cookies []string) {
	a.Replace(func(c *dram.Context) {
		h := c.Writer.Header()
		f.outside.restore(h)
		f.l.answer(c, f.ask.req, record.with(cookies), time.Now(), status)
	})
}

// with is the record for the one client whose cookies they are.
func (r *CacheRecord) with(cookies []string) *CacheRecord {
	if len(cookies) == 0 {
		return r
	}
	private := *r
	private.Header = r.Header.Clone()
	private.Header["Set-Cookie"] = cookies
	httpfield.MakePrivate(private.Header)
	return &private
}

// stillShared reports whether an answer that is whole may be given to others: nothing has
// changed meanwhile, and no layer inside has found out that it is a user's. If it has not said
// how long it is, its client must have been there to the end: a handler that notices that it
// has left may have stopped half-way.
func (f *cacheFill) stillShared() bool {
	return (f.measured || !f.isLeft()) && !f.isChanged() && (f.l.Authorized || !f.isUsers()) &&
		!f.isPrivate() && !hasTrailers(f.c.Writer.Header())
}

// isChanged reports whether the URI was changed meanwhile.
func (f *cacheFill) isChanged() bool { return f.l.changed(f.ask.uri).Load() != f.changes }

// share gives the record to those who wait.
func (f *cacheFill) share() (vary []string, variant CacheKey) {
	f.shared = true
	vary, _ = varyNames(f.record.Header)
	vary = mergeVary(f.ask.vary, vary)
	variant = f.ask.variantBy(vary)
	f.l.flights.land(f.flight, landing{record: f.record, vary: vary, variant: variant})
	f.l.setAlone(f.ask.uri, false)
	return vary, variant
}

// keep stores the record, for those who wait first.
func (f *cacheFill) keep() {
	vary, variant := f.share()
	if f.ask.storeFails {
		return
	}
	storing := f.l.storingAt(f.ask.uri)
	storing.Add(1)
	defer storing.Add(-1)
	if f.isChanged() { // after stillShared was asked
		return
	}
	ctx, ttl := context.WithoutCancel(f.ask.req.Context()), f.record.left(time.Now(), f.l.Keep)
	if len(vary) > 0 && !slices.Equal(vary, f.ask.vary) {
		f.note(f.l.Store.Put(ctx, f.ask.uri, f.ask.base, &CacheRecord{Vary: vary}, ttl))
	}
	err := f.l.Store.Put(ctx, f.ask.uri, variant, f.record, ttl)
	f.note(err)
	f.l.refused.Store(err != nil)
	if f.isChanged() {
		f.note(f.l.Store.Delete(ctx, f.ask.uri))
	}
}

// note records an error of the store, without which the request goes on.
func (f *cacheFill) note(err error) {
	if err != nil {
		_ = f.c.Error(err)
	}
}
