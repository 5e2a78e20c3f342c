package middleware

import (
	"strconv"
	"strings"
	"time"
)

// This file writes Cache-Control (RFC 9111 section 5.2.2, RFC 5861, RFC 8246).

// CacheDirectives are the directives of a Cache-Control response header. Times
// are sent as whole seconds; 0 leaves the directive out, and a negative time
// sends 0.
type CacheDirectives struct {
	Public          bool // shared caches may keep the answer, even to a request with Authorization
	Private         bool // only the client's own cache may keep the answer
	NoCache         bool // caches may keep the answer, but revalidate it before each use
	NoStore         bool // no cache may keep the answer; excludes all other directives
	NoTransform     bool // proxies must not change the body, and Compress does not
	MustRevalidate  bool // a stale answer must be revalidated before it is used
	ProxyRevalidate bool // the same, for shared caches only
	MustUnderstand  bool // only caches that understand the status code may keep the answer
	Immutable       bool // a fresh answer is not revalidated, even on reload

	MaxAge               time.Duration // how long the answer is fresh
	SMaxAge              time.Duration // the same, for shared caches only
	StaleWhileRevalidate time.Duration // how long a stale answer may be used while it is revalidated
	StaleIfError         time.Duration // how long a stale answer may be used if the server fails
}

// String returns the value of the header; "" if there are no directives.
func (d CacheDirectives) String() string {
	var parts []string
	for _, flag := range [...]struct {
		set  bool
		name string
	}{
		{d.Public, "public"}, {d.Private, "private"}, {d.NoCache, "no-cache"}, {d.NoStore, "no-store"},
		{d.NoTransform, "no-transform"}, {d.MustRevalidate, "must-revalidate"},
		{d.ProxyRevalidate, "proxy-revalidate"}, {d.MustUnderstand, "must-understand"},
	} {
		if flag.set {
			parts = append(parts, flag.name)
		}
	}
	for _, age := range d.ages() {
		if age.of != 0 {
			parts = append(parts, age.name+"="+strconv.FormatInt(int64(max(age.of, 0)/time.Second), 10))
		}
	}
	if d.Immutable {
		parts = append(parts, "immutable")
	}
	return strings.Join(parts, ", ")
}

type cacheAge struct {
	of          time.Duration
	name, field string
}

func (d CacheDirectives) ages() [4]cacheAge {
	return [4]cacheAge{
		{d.MaxAge, "max-age", "MaxAge"}, {d.SMaxAge, "s-maxage", "SMaxAge"},
		{d.StaleWhileRevalidate, "stale-while-revalidate", "StaleWhileRevalidate"},
		{d.StaleIfError, "stale-if-error", "StaleIfError"},
	}
}

// shared reports whether the directives let shared caches keep an answer: they keep what nobody
// forbids them, an answer with MaxAge alone as well (RFC 9111 section 3).
func (d CacheDirectives) shared() bool { return !d.Private && (!d.NoStore || d.MustUnderstand) }

// Validate reports which directives contradict each other, as a *ConfigError.
func (d CacheDirectives) Validate() error {
	for _, age := range d.ages() {
		if age.of%time.Second != 0 && age.of > 0 {
			return misconfigured("CacheControl", age.field, "%v is not a whole number of seconds; write 10*time.Second", age.of)
		}
	}
	rest := d
	rest.NoStore, rest.NoTransform, rest.MustUnderstand, rest.Private, rest.NoCache = false, false, false, false, false
	switch {
	case d.Public && d.Private:
		return misconfigured("CacheControl", "Public", "contradicts Private; choose one")
	case d.Private && d.SMaxAge != 0:
		return misconfigured("CacheControl", "SMaxAge", "is for shared caches, which Private excludes; use MaxAge")
	case d.NoStore && !d.MustUnderstand && rest != (CacheDirectives{}):
		return misconfigured("CacheControl", "NoStore", "forbids keeping what the other directives are about; set it alone")
	case d.Immutable && d.MaxAge <= 0:
		return misconfigured("CacheControl", "Immutable", "lasts while the answer is fresh; set MaxAge too, such as 365*24*time.Hour")
	}
	return nil
}
