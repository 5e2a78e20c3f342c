package h1

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file makes an http.Request of a head: what its target and its host are, and how long its
// body is. What two servers could read in two ways is refused, see docs/h1.md.

// newResponse makes the request of a head and what answers it. Both are new for each request,
// with all that a handler can get hold of.
func (c *conn) newResponse(text string) (*response, error) {
	h, err := parseHead(text, c.server.maxLines())
	if err != nil {
		return nil, err
	}
	w := &response{conn: c, length: -1}
	w.ctx = requestContext{parent: c.ctx, w: w}
	made := http.Request{
		Method: h.method, RequestURI: h.target, Proto: h.proto, ProtoMajor: 1, ProtoMinor: h.minor,
		Header: h.header, Body: http.NoBody, RemoteAddr: c.remote, TLS: c.tls, URL: &w.url,
	}
	if err := parseTarget(&w.url, h.method, h.target); err != nil {
		return nil, err
	}
	if made.Host, err = h.hostOf(&w.url); err != nil {
		return nil, err
	}
	if err := h.frameBody(&made, c.server.maxLines()); err != nil {
		return nil, err
	}
	connection := h.header["Connection"]
	asks := len(connection) > 0
	made.Close = asks && httpfield.Has(connection, "close")
	if h.minor == 0 {
		w.keep10 = asks && httpfield.Has(connection[:1], "keep-alive")
		made.Close = made.Close || !asks || !httpfield.Has(connection, "keep-alive")
	}
	if pragma := h.header["Pragma"]; len(pragma) > 0 && pragma[0] == "no-cache" {
		if _, ok := h.header["Cache-Control"]; !ok {
			h.header["Cache-Control"] = []string{"no-cache"}
		}
	}
	if w.hasBody = made.ContentLength != 0; w.hasBody {
		w.body = body{w: w, chunked: made.ContentLength < 0, left: max(0, made.ContentLength), last: made.Close}
		made.Body = &w.body
	} else {
		w.ctx.bodyRead = true
	}
	w.req = made.WithContext(&w.ctx)
	w.body.req = w.req
	w.proto11, w.isHead, w.isConnect = h.minor > 0, h.method == http.MethodHead, h.method == http.MethodConnect
	w.wantsClose = made.Close || asks && hasWord(connection[0], "close")
	return w, nil
}

// hasWord reports whether a word stands in a line, between commas or only spaces: the first line of
// Connection asks for the end too if it is not a list.
func hasWord(line, word string) bool {
	for part := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if httpfield.EqualFold(part, word) {
			return true
		}
	}
	return false
}

// parseTarget reads the target of a request (RFC 9112 section 3.2).
func parseTarget(u *url.URL, method, target string) error {
	if plain := plainPath(target); plain > 0 {
		u.Path = target[:plain]
		if plain < len(target) {
			u.RawQuery = target[plain+1:]
			u.ForceQuery = u.RawQuery == ""
		}
		return nil
	}
	authority := method == http.MethodConnect && !strings.HasPrefix(target, "/")
	if authority {
		target = "http://" + target
	}
	parsed, err := url.ParseRequestURI(target)
	if err != nil {
		return errMalformed
	}
	if *u = *parsed; authority {
		u.Scheme = ""
	}
	return nil
}

// plainPath returns the length of the path if the target is one of bytes that no URL escapes,
// with a query or without; 0 if it has to be looked at more closely.
func plainPath(target string) int {
	if target == "" || target[0] != '/' {
		return 0
	}
	for i := range len(target) {
		switch b := target[i]; {
		case pathBytes[b]:
		case b == '?':
			return plainQuery(target, i)
		default:
			return 0
		}
	}
	return len(target)
}

// plainQuery is plainPath for a path that ends at the '?' at i.
func plainQuery(target string, i int) int {
	for k := i + 1; k < len(target); k++ {
		if b := target[k]; b <= ' ' || b >= 0x7f {
			return 0
		}
	}
	return i
}

var pathBytes = func() (table [256]bool) {
	for _, b := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~$&+,/:;=@" {
		table[b] = true
	}
	return table
}()

// hostOf returns the host of the request. A target with a host of its own has to agree with the
// header: servers differ in which of them they believe.
func (h *head) hostOf(u *url.URL) (string, error) {
	switch {
	case h.hosts > 1:
		return "", errMalformed
	case h.hosts == 0 && h.minor > 0 && h.method != http.MethodConnect:
		return "", malformed("missing required Host header")
	case !httpfield.OfHostBytes(h.host):
		return "", malformed("malformed Host header")
	case u.Host == "":
		return h.host, nil
	case h.hosts == 1 && !httpfield.EqualFold(u.Host, h.host) && h.method != http.MethodConnect:
		return "", malformed("the Host header and the request target name different hosts")
	}
	return u.Host, nil
}

var errCoding = &refusal{status: http.StatusNotImplemented, said: "Unsupported transfer encoding"}

// frameBody finds how long the body is (RFC 9112 section 6.3).
func (h *head) frameBody(req *http.Request, maxLines int) error {
	switch {
	case h.codings > 0 && h.minor == 0:
		return malformed("a Transfer-Encoding in HTTP/1.0")
	case h.codings > 1:
		return errCoding
	case h.codings == 1 && !httpfield.EqualFold(h.coding, "chunked"):
		return errCoding
	case h.codings == 1 && h.lengths > 0:
		return malformed("a Transfer-Encoding and a Content-Length")
	case h.codings == 1:
		req.ContentLength, req.TransferEncoding = -1, []string{"chunked"}
		return h.announced(req, maxLines)
	case h.lengths > 1:
		return malformed("too many Content-Length headers")
	case h.lengths == 1:
		for i := range len(h.length) {
			if !isDigit(h.length[i]) {
				return errMalformed
			}
		}
		n, err := strconv.ParseInt(h.length, 10, 64)
		if err != nil {
			return errMalformed
		}
		req.ContentLength = n
	}
	return nil
}

// announced moves the names of the trailers that are to come to Request.Trailer. There may be as
// many as lines of header.
func (h *head) announced(req *http.Request, most int) error {
	values, ok := h.header["Trailer"]
	if !ok {
		return nil
	}
	delete(h.header, "Trailer")
	for _, value := range values {
		if most -= strings.Count(value, ",") + 1; most < 0 {
			return errManyLines
		}
		for _, name := range strings.Split(value, ",") {
			if name = http.CanonicalHeaderKey(trimSpace(name)); name == "" {
				continue
			}
			switch name {
			case "Transfer-Encoding", "Trailer", "Content-Length":
				return errMalformed
			}
			if req.Trailer == nil {
				req.Trailer = make(http.Header)
			}
			req.Trailer[name] = nil
		}
	}
	return nil
}
