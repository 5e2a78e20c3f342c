package middleware

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file decides what becomes of an answer that Cache has kept (RFC 9111 section 4.2).

// CacheRecord is what a CacheStore holds: an answer and how long it may be used, or, with
// Status 0, the headers by which the answers of its URI differ. All of it is plain data,
// suitable for encoding/json, and not changed once it is stored.
type CacheRecord struct {
	// Status is the answer's status.
	Status int
	// Header has the headers that the handlers set; those without a value are those that
	// they removed.
	Header http.Header
	// Body is the answer's body.
	Body []byte
	// Vary are the names of the headers by which the answers differ, if Status is 0.
	Vary []string

	// Came is when the answer came from the handlers.
	Came time.Time
	// Age is how old it was then.
	Age time.Duration
	// Fresh is at which age it stops being fresh.
	Fresh time.Duration
	// NoCache has it used only after the handlers were asked about it.
	NoCache bool
	// NoStale keeps it from being used when it is stale because a client takes that.
	NoStale bool
	// WhileRevalidate is how long a stale answer is used while the handlers are asked.
	WhileRevalidate time.Duration
	// IfError is how long it is used in place of an error.
	IfError time.Duration
}

// newRecord is the record of an answer that came at a time to a request that was asked at
// another. It is of no use if the answer does not say how long it may be used, or if it
// could never be.
func newRecord(status int, h http.Header, cc *cacheControl, asked, came time.Time) (r *CacheRecord, useful bool) {
	date := dateOf(h, came)
	fresh, said := cc.lifetime(h, date)
	r = &CacheRecord{
		Status: status, Header: h, Came: came, Age: initialAge(h, date, asked, came), Fresh: fresh,
		NoCache: cc.noCache, NoStale: cc.mustRevalidate || cc.proxyRevalidate || cc.sMaxAge.set,
	}
	if !cc.mustRevalidate && !cc.proxyRevalidate {
		r.WhileRevalidate, r.IfError = cc.whileRevalidate.Duration, cc.ifError.Duration
	}
	if len(h["Date"]) == 0 {
		h["Date"] = []string{date.UTC().Format(http.TimeFormat)}
	}
	if r.hasValidator() {
		return r, said || cc.noCache
	}
	mayGetStale := !r.NoStale || r.WhileRevalidate > 0 || r.IfError > 0
	return r, said && !r.NoCache && (r.Age < r.Fresh || mayGetStale && r.Fresh > 0)
}

// hasValidator reports whether the handlers can be asked about the answer.
func (r *CacheRecord) hasValidator() bool {
	return r.Header.Get("Etag") != "" || r.Header.Get("Last-Modified") != ""
}

// age is how old the answer is.
func (r *CacheRecord) age(now time.Time) time.Duration { return r.Age + max(now.Sub(r.Came), 0) }

// verdict is what becomes of a kept answer.
type verdict int

const (
	isMissing        verdict = iota // the handlers are to be asked, about it if it is there
	isFresh                         // it is used
	isStaleMeanwhile                // it is used, and the handlers are asked
)

// judge decides by what the answer says and what the request wants. The latter may make
// the rules stricter, or allow a stale answer, where the answer does not forbid it.
func (r *CacheRecord) judge(wants *cacheControl, now time.Time) verdict {
	if r == nil || r.NoCache || wants.noCache {
		return isMissing
	}
	age := r.age(now)
	switch stale := age - r.Fresh; {
	case wants.maxAge.set && age > wants.maxAge.Duration, wants.minFresh.set && -stale < wants.minFresh.Duration:
		return isMissing
	case stale < 0, wants.maxStale.set && stale <= wants.maxStale.Duration && !r.NoStale:
		return isFresh
	case stale <= r.WhileRevalidate && r.WhileRevalidate > 0:
		return isStaleMeanwhile
	}
	return isMissing
}

// replacesError reports whether the answer is used in place of a status (RFC 5861 section 4).
func (r *CacheRecord) replacesError(status int, now time.Time) bool {
	return r != nil && !r.NoCache && r.IfError > 0 && status >= http.StatusInternalServerError && r.age(now)-r.Fresh <= r.IfError
}

// left is how long the record is of use: while it is fresh, and then while it may be used
// stale, or for the time keep.
func (r *CacheRecord) left(now time.Time, keep time.Duration) time.Duration {
	return max(r.Fresh-r.age(now), 0) + max(keep, r.WhileRevalidate, r.IfError)
}

// notUpdated are headers of a 304 that say nothing of the body that is kept (RFC 9111
// section 3.2).
var notUpdated = map[string]bool{"Content-Encoding": true, "Content-Length": true, "Content-Md5": true, "Content-Range": true, "Etag": true}

// updated is the record with the header of a 304 (RFC 9111 section 4.3.4). It is false if
// the 304 speaks of another version.
func (r *CacheRecord) updated(by http.Header) (h http.Header, ok bool) {
	if tag := by.Get("Etag"); tag != "" && strings.TrimPrefix(tag, "W/") != strings.TrimPrefix(r.Header.Get("Etag"), "W/") {
		return nil, false
	}
	h = r.Header.Clone()
	delete(h, "Age") // of the answer before
	delete(h, "Date")
	for name, values := range by {
		switch {
		case name == "Vary": // it still depends on what it did
			httpfield.ShareVary(h, values)
		case len(values) > 0 && !notUpdated[name]:
			h[name] = values
		}
	}
	return h, true
}

// outsideHeader is the header as the layers outside had set it, who will do so again.
type outsideHeader struct {
	values http.Header // a copy
	lines  http.Header // the slices themselves: who sets a header anew makes another one
}

func newOutsideHeader(h http.Header) outsideHeader {
	return outsideHeader{h.Clone(), maps.Clone(h)}
}

// has reports whether these lines of a header are those of the layers outside, and not what a
// handler has set anew to the same value, which is its own.
func (o outsideHeader) has(name string, lines []string) bool {
	same := o.lines[name]
	return slices.Equal(lines, o.values[name]) && (len(lines) == 0 || &lines[0] == &same[0])
}

// restore has a header be what it was before the handlers ran.
func (o outsideHeader) restore(h http.Header) {
	clear(h)
	for name, lines := range o.values {
		if same := o.lines[name]; slices.Equal(same, lines) {
			lines = same // for the outsideHeader of a cache outside
		}
		h[name] = lines
	}
}

// kept is what of an answer's header is kept: what the handlers changed, but for what
// belongs to a connection (RFC 9111 section 3.1), and all of Vary: a handler that answers by
// what a layer outside has named already need not say so again.
func kept(h http.Header, outside outsideHeader) http.Header {
	own := make(http.Header, len(h))
	for name, lines := range h {
		if name == "Vary" || !outside.has(name, lines) {
			own[name] = slices.Clip(slices.Clone(lines)) // who appends copies
		}
	}
	if lines := h["Connection"]; len(lines) > 0 {
		own["Connection"] = lines
	}
	httpfield.DropHopByHop(own)
	delete(own, "Proxy-Authentication-Info")
	delete(own, "Content-Length")
	for name := range outside.values {
		if _, there := h[name]; !there {
			own[name] = nil // the handlers have removed it
		}
	}
	return own
}
