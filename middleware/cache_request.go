package middleware

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/pathspell"
	"github.com/dram-go/dram/internal/whose"
)

// This file reads the request for Cache: whether it is concerned, and what identifies
// what it asks for. A key is made of what the handlers may answer by and the client cannot
// leave out: what is not in it, and not named in Vary, must not change an answer that is kept.

// CacheKey identifies a URI, or one of its answers: a digest, without any text of the
// client's.
type CacheKey [sha256.Size]byte

// String returns the key as 64 hexadecimal digits.
func (k CacheKey) String() string { return hex.EncodeToString(k[:]) }

// cacheAsk is a request, as the cache sees it.
type cacheAsk struct {
	uri     CacheKey
	base    CacheKey // of its answers, if they have no Vary; zero but for a QUERY
	variant CacheKey // the same, by the headers that are known to matter
	vary    []string // these headers

	wants      cacheControl
	req        *http.Request
	body       []byte // of a QUERY
	storeFails bool
}

// cachePassed are headers of requests that pass: those that want a part, or that guard a
// change, which only the origin can decide.
var cachePassed = [...]string{"Range", "If-Range", "If-Match", "If-Unmodified-Since", "Upgrade"}

// cacheMark is the key under which the context of a request says that this layer has
// asked the handlers: Rewrite inside may bring it here again, where it would wait for itself.
type cacheMark struct{ layer *cache }

// concerns reports whether a request may be answered with a kept answer.
func (l *cache) concerns(c *dram.Context) bool {
	req := c.Request
	if (req.ContentLength != 0 || len(req.TransferEncoding) > 0) && req.Method != dram.MethodQuery {
		return false // handlers may answer by a body that is in no key
	}
	if raw := req.URL.RawPath; pathspell.Plain(raw) != raw {
		return false // a second spelling, to which handlers may answer otherwise
	}
	if isUnusualTarget(c) {
		return false
	}
	for _, name := range cachePassed {
		if len(req.Header[name]) > 0 {
			return false
		}
	}
	if len(req.Header["Cookie"]) > 0 && !l.Cookies || l.isUsers(c) && !l.Authorized {
		return false
	}
	return req.Context().Value(cacheMark{l}) == nil
}

// isUnusualTarget reports whether a handler can tell a request from another one with its key: the
// host has a dot at its end, or the target names a user, or another scheme than the connection's.
func isUnusualTarget(c *dram.Context) bool {
	name, _, _ := strings.Cut(c.Request.Host, ":")
	u := c.Request.URL
	return strings.HasSuffix(name, ".") || u.User != nil || u.Scheme != "" && u.Scheme != c.Scheme()
}

// isUsers reports whether a request is that of a user, also one of a proxy, or who has shown a
// certificate.
func (l *cache) isUsers(c *dram.Context) bool {
	req := c.Request
	return len(req.Header["Authorization"]) > 0 || len(req.Header["Proxy-Authorization"]) > 0 ||
		req.TLS != nil && len(req.TLS.PeerCertificates) > 0 || has(c, dram.AuthUserKey) || has(c, dram.AuthProxyUserKey)
}

// has reports whether a layer has stored a user under a key.
func has(c *dram.Context, key string) bool {
	user, _ := c.Get(key)
	return whose.IsSomebody(user)
}

// ask reads a request that may be answered so; it is not one if ok is false, and goes on as ask.req.
func (l *cache) ask(c *dram.Context) (ask cacheAsk, ok bool) {
	ask.req = c.Request
	if ask.wants = readCacheControl(ask.req.Header["Cache-Control"]); ask.wants.noStore {
		return ask, false
	}
	if ask.uri, ok = uriKey(c, ask.req.URL); !ok {
		return ask, false
	}
	if ask.req.Method == dram.MethodQuery {
		ok = l.readQuery(c, &ask)
	}
	return ask, ok
}

// uriKey is the key of a URI, every part of it as it was sent, but for the case of the
// host and a port that is the scheme's own, with the prefix below which the client sees it:
// handlers put that into addresses. It is false for what is not a host.
func uriKey(c *dram.Context, u *url.URL) (key CacheKey, ok bool) {
	if _, ok = httpfield.HostOf(c.Request); !ok {
		return key, false
	}
	scheme := c.Scheme()
	h, _ := originHost(scheme, c.Request.Host)
	var room [512]byte
	text := binary.BigEndian.AppendUint16(room[:0], h.Port)
	if u.ForceQuery || u.RawQuery != "" {
		text = append(text, '?')
	}
	for _, part := range [...]string{scheme, h.Name, c.BasePath(), u.Path, u.RawPath, u.RawQuery} {
		text = appendPart(text, part)
	}
	return sha256.Sum256(text), true
}

// originHost is the host of an origin, without a port that is the scheme's own.
func originHost(scheme, host string) (h httpfield.Host, ok bool) {
	h, ok = httpfield.ParseHost(host)
	if h.Port == 443 && scheme == "https" || h.Port == 80 && scheme == "http" {
		h.Port = 0
	}
	return h, ok
}

// appendPart appends a part of a key, so that no two lists of parts are the same text.
func appendPart(text []byte, part string) []byte {
	return append(binary.AppendUvarint(text, uint64(len(part))), part...)
}

// readQuery reads the body of a QUERY, which belongs to the key of its answers with all
// that says how to read it. One that is too long goes on as it was.
func (l *cache) readQuery(c *dram.Context, ask *cacheAsk) bool {
	if ask.req.Body == nil {
		ask.req.Body = http.NoBody
	}
	if ask.req.ContentLength > int64(l.MaxQuery) {
		return false
	}
	read, err := io.ReadAll(io.LimitReader(ask.req.Body, int64(l.MaxQuery)+1))
	if err != nil || len(read) > l.MaxQuery {
		rest := io.Reader(failedBody{err})
		if err == nil {
			rest = ask.req.Body
		}
		ask.req = withBody(ask.req, struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(read), rest), ask.req.Body})
		return false
	}
	content, ok := contentOf(c, read)
	if !ok || len(content) == 0 && ask.req.ContentLength != 0 { // which a layer outside may have read
		return false
	}
	text := appendPart(nil, dram.MethodQuery)
	for _, name := range [...]string{"Content-Type", "Content-Encoding", "Content-Language"} {
		text = appendPart(text, strings.Join(ask.req.Header[name], ", "))
	}
	ask.base = sha256.Sum256(appendPart(text, string(content)))
	ask.body, ask.req = read, withRead(ask.req, read)
	return true
}

// failedBody is what is left of a body that broke off.
type failedBody struct{ error }

func (b failedBody) Read([]byte) (int, error) { return 0, b.error }

// lookup finds what is kept for a request: under its base, or, if what is there says that
// the answers differ by headers, under those of the request.
func (l *cache) lookup(ctx context.Context, ask *cacheAsk) (*CacheRecord, error) {
	ask.variant = ask.base
	found, err := l.Store.Get(ctx, ask.uri, ask.base)
	if err == nil && found != nil && found.Status == 0 {
		ask.vary = found.Vary
		ask.variant = ask.variantBy(ask.vary)
		found, err = l.Store.Get(ctx, ask.uri, ask.variant)
	}
	if found != nil && l.isOutlived(ask.uri, found) {
		return nil, err
	}
	return found, err
}

// isOutlived reports whether a record may be from before a change that could not be dropped. One that is said to come
// from the future was stored by a clock that was ahead, and nothing that is as old by that clock is used later.
func (l *cache) isOutlived(uri CacheKey, record *CacheRecord) bool {
	outlived := l.outlived(uri)
	until := outlived.Load()
	if until == nil || !record.Came.After(*until) {
		return until != nil
	}
	if !record.Came.After(time.Now()) {
		return false
	}
	came := record.Came // alone: the record may be large
	outlived.CompareAndSwap(until, &came)
	return true
}
