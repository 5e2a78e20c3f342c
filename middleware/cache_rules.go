package middleware

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file reads Cache-Control and the times of an answer, for Cache (RFC 9111 sections 4.2
// and 5). What cannot be read counts as what keeps least: an answer whose time of freshness is wrong is stale.

// cacheControl are the directives that a shared cache heeds, those of requests (RFC 9111
// section 5.2.1) and of answers (section 5.2.2, RFC 5861).
type cacheControl struct {
	noStore, noCache, onlyIfCached                                   bool
	public, private, mustRevalidate, proxyRevalidate, mustUnderstand bool

	maxAge, sMaxAge, whileRevalidate, ifError, maxStale, minFresh cacheTime
}

// cacheTime is the time of a directive; the zero value is that of one which is not there.
type cacheTime struct {
	time.Duration
	set bool
}

// add sets the time from the value of a directive. One that is not a number, or
// contradicts another one, is 0 (RFC 9111 section 4.2.1).
func (t *cacheTime) add(value string) {
	d, ok := deltaSeconds(value)
	if !ok || t.set && t.Duration != d {
		d = 0
	}
	*t = cacheTime{d, true}
}

// readCacheControl reads the lines of the header.
func readCacheControl(lines []string) (cc cacheControl) {
	for item := range httpfield.Items(lines) {
		name, value, valued := strings.Cut(item, "=")
		switch strings.ToLower(name) {
		case "no-store":
			cc.noStore = true
		case "no-cache": // also if it names headers
			cc.noCache = true
		case "only-if-cached":
			cc.onlyIfCached = true
		case "public":
			cc.public = true
		case "private":
			cc.private = true
		case "must-revalidate":
			cc.mustRevalidate = true
		case "proxy-revalidate":
			cc.proxyRevalidate = true
		case "must-understand":
			cc.mustUnderstand = true
		case "max-age":
			cc.maxAge.add(value)
		case "s-maxage":
			cc.sMaxAge.add(value)
		case "stale-while-revalidate":
			cc.whileRevalidate.add(value)
		case "stale-if-error":
			cc.ifError.add(value)
		case "min-fresh":
			cc.minFresh.add(value)
		case "max-stale":
			if cc.maxStale.add(value); !valued {
				cc.maxStale.Duration = math.MaxInt64 // however old it is
			}
		}
	}
	return cc
}

// isNew reports whether a request wants an answer that was made after it came.
func (cc *cacheControl) isNew() bool { return cc.noCache || cc.maxAge.set && cc.maxAge.Duration == 0 }

// deltaSeconds reads a number of seconds (RFC 9111 section 1.2.2), also one in quotes. What
// is more than a clock can show is very long.
func deltaSeconds(s string) (time.Duration, bool) {
	const most = 1 << 31
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		n = most
	}
	return time.Duration(n) * time.Second, s != ""
}

// lifetime is how long an answer is fresh from the time at which it was made; ok is false
// if it does not say (RFC 9111 section 4.2.1).
func (cc *cacheControl) lifetime(h http.Header, date time.Time) (d time.Duration, ok bool) {
	switch expires := h["Expires"]; {
	case cc.sMaxAge.set:
		return cc.sMaxAge.Duration, true
	case cc.maxAge.set:
		return cc.maxAge.Duration, true
	case len(expires) == 0:
		return 0, false
	default:
		for _, other := range expires[1:] {
			if other != expires[0] {
				return 0, true
			}
		}
		t, err := http.ParseTime(expires[0])
		if err != nil {
			return 0, true
		}
		return max(t.Sub(date), 0), true
	}
}

// initialAge is how old an answer is when it has come, by what it says and by how long it
// took to come (RFC 9111 section 4.2.3). One that says nothing of it was made here, as it came.
func initialAge(h http.Header, date, asked, came time.Time) time.Duration {
	lines := h["Age"]
	if len(lines) == 0 && len(h["Date"]) == 0 {
		return 0
	}
	said := time.Duration(0)
	if len(lines) > 0 {
		first, _ := httpfield.CutItem(lines[0])
		said, _ = deltaSeconds(first)
	}
	return max(came.Sub(date), said+came.Sub(asked))
}

// dateOf is when an answer was made: when it came, if it does not say.
func dateOf(h http.Header, came time.Time) time.Time {
	if date, ok := timeIn(h, "Date"); ok {
		return date
	}
	return came
}

// mayBeKept reports whether an answer may be kept by a shared cache, by its status and
// header; users reports whether the request is that of a user (RFC 9111 sections 3 and 3.5).
func (cc *cacheControl) mayBeKept(status int, h http.Header, users bool) bool {
	understood := http.StatusText(status) != ""
	switch {
	case status < 200 || cc.private:
		return false
	case cc.mustUnderstand && !understood || cc.noStore && !cc.mustUnderstand:
		return false
	case users && !cc.public && !cc.sMaxAge.set && !cc.mustRevalidate:
		return false
	case len(h["Content-Range"]) > 0 || len(h["Trailer"]) > 0 || httpfield.MediaType(h.Get("Content-Type")) == "text/event-stream":
		return false
	}
	switch status {
	case http.StatusPartialContent, http.StatusNotModified,
		http.StatusPreconditionRequired, http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge, // RFC 6585
		http.StatusNetworkAuthenticationRequired:
		return false
	}
	return true
}
