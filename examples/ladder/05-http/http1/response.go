package http1

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// This file writes an answer: status line, header, body. Its question is the one of body.go
// from the other side: how does the client know where the body ends? A handler that says
// nothing and writes little gets a Content-Length; if it writes more, or flushes before it
// has returned, the answer is chunked; and an HTTP/1.0 client, which knows no chunks, has
// the end of the connection, which must not come before that of the body.

// maxHeld is how much of a body is held back for the sake of a Content-Length.
const maxHeld = 2 << 10

var (
	errLength   = errors.New("http1: the handler has written more than its Content-Length")
	errNoBody   = errors.New("http1: an answer with this status has no body")
	errOverdue  = errors.New("http1: the handler has returned")
	errTooShort = errors.New("http1: the handler has written less than its Content-Length")
)

// Response is the answer to one request. The header is its handler's; everything else is
// behind the lock, since another goroutine may read the body and send "100 Continue" for it.
type Response struct {
	req    *Request
	header textproto.MIMEHeader

	setLinger func(seconds int) // of the connection

	mu      sync.Mutex
	bw      *bufio.Writer
	status  int
	length  int64  // the handler's Content-Length; -1: none
	written int64  // by the handler
	held    []byte // what of it is not in bw yet
	isSent  bool   // the header is
	chunked bool
	bare    bool // neither chunks nor a length: the end of the connection is that of the body
	close   bool // the connection ends with this answer
	err     error
}

// Header is what will be sent. Once WriteHeader was called, changes have no effect on how the
// body is framed; once the header is sent, none at all.
func (w *Response) Header() textproto.MIMEHeader { return w.header }

// WriteHeader sets the status, once. A status from 100 to 199 is sent at once with the
// header of that moment; the answer is still to come (RFC 9110 section 15.2).
func (w *Response) WriteHeader(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.setStatus(status)
}

func (w *Response) setStatus(status int) {
	switch {
	case status < 100 || status > 999:
		panic(fmt.Sprintf("http1: there is not a status %d", status))
	case w.status != 0:
		return
	case status == 101:
		panic("http1: this server cannot switch protocols")
	case status < 200:
		if w.req.Minor > 0 {
			w.writeHead(status, w.fields())
			w.flush()
		}
		return
	}
	w.status, w.length = status, -1
	if status == 205 { // RFC 9110 section 15.3.6: it has no body, and says so
		w.length = 0
	} else if text := w.header.Get("Content-Length"); text != "" {
		n, err := strconv.ParseUint(text, 10, 63)
		if w.length = int64(n); err != nil {
			w.length = -1
		}
	}
}

// sendContinue asks the client for the body, unless the answer has begun.
func (w *Response) sendContinue() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.isSent {
		w.writeHead(100, nil)
		w.flush()
	}
	return !w.isSent
}

// Write writes a piece of the body. It is held back while it is little; see Flush.
func (w *Response) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin()
	switch {
	case w.err != nil || len(p) == 0:
		return 0, w.err
	case w.status == 204 || w.status == 205 || w.status == 304:
		return 0, errNoBody
	case w.length >= 0 && w.written+int64(len(p)) > w.length:
		return 0, errLength // they would be read as the beginning of the next answer
	}
	w.written += int64(len(p))
	if w.req.Method == "HEAD" {
		return len(p), nil // counted, for the Content-Length, and not sent
	}
	if len(w.held)+len(p) > maxHeld {
		w.writeHeld()
		w.writePiece(p)
	} else {
		w.held = append(w.held, p...)
	}
	return len(p), w.err
}

// Flush sends what was written so far.
func (w *Response) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin()
	w.writeHeld()
	w.flush()
	return w.err
}

// end completes the answer, and reports whether the connection can take another one.
func (w *Response) end() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin()
	if !w.isSent && w.length < 0 && w.status != 304 {
		w.length = w.written
	}
	w.writeHeld()
	if w.err == nil && w.length > w.written && w.req.Method != "HEAD" && w.status != 304 {
		w.err, w.close = errTooShort, true // the client sees the connection end before the body does
	}
	if w.chunked && w.err == nil {
		_, w.err = w.bw.WriteString("0\r\n\r\n")
	}
	w.flush()
	if w.bare && w.err == nil {
		w.setLinger(-1)
	}
	isGood := w.err == nil && !w.close
	w.err = errOverdue
	return isGood
}

// cut sends what was flushed, without the end of the answer, so that it does not look whole.
func (w *Response) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flush()
	w.err = errOverdue
}

// begin is the WriteHeader of a handler that has not called it.
func (w *Response) begin() {
	if w.status == 0 {
		w.setStatus(200)
	}
}

// flush hands everything to the connection.
func (w *Response) flush() {
	if err := w.bw.Flush(); w.err == nil {
		w.err = err
	}
}

// writeHeld sends the header, if that is still to be done, and what is held back.
func (w *Response) writeHeld() {
	if w.err == nil && !w.isSent {
		w.sendHeader()
	}
	w.writePiece(w.held)
	w.held = w.held[:0]
}

// writePiece writes a piece of the body as it looks on the wire; as a chunk, if the body is
// in chunks (section 7.1), where an empty one would be the end.
func (w *Response) writePiece(p []byte) {
	if w.err != nil || len(p) == 0 {
		return
	}
	if w.chunked {
		fmt.Fprintf(w.bw, "%x\r\n", len(p))
	}
	_, w.err = w.bw.Write(p)
	if w.chunked && w.err == nil {
		_, w.err = w.bw.WriteString("\r\n")
	}
}

// fields is the handler's header without what speaks of this connection, of which the handler
// knows nothing.
func (w *Response) fields() textproto.MIMEHeader {
	header := maps.Clone(w.header)
	maps.DeleteFunc(header, func(name string, _ []string) bool {
		switch textproto.CanonicalMIMEHeaderKey(name) { // however the handler has spelled it
		case "Connection", "Content-Length", "Keep-Alive", "Transfer-Encoding", "Upgrade":
			return true
		}
		return false
	})
	return header
}

// sendHeader says how the body ends, which a client finds out by the rules of section 6.3, and
// writes the header.
func (w *Response) sendHeader() {
	w.isSent = true
	w.close = w.close || w.req.Close || hasToken(w.header["Connection"], "close")
	header := w.fields()
	switch {
	case w.status == 204: // neither chunks (section 6.1) nor a length (RFC 9110 section 8.6)
	case w.length >= 0:
		header.Set("Content-Length", strconv.FormatInt(w.length, 10))
	case w.status == 304 || w.req.Method == "HEAD":
	case w.req.Minor > 0:
		w.chunked = true
		header.Set("Transfer-Encoding", "chunked")
	default: // until the body is whole an end of the connection is a reset
		w.bare, w.close = true, true
		w.setLinger(0)
	}
	if w.close {
		header.Set("Connection", "close")
	}
	if header.Get("Date") == "" {
		header.Set("Date", time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	}
	w.writeHead(w.status, header)
}

// writeHead writes a status line and a header. A name or a value that would end its line, and
// so let the handler's data begin another field or another answer, does not pass.
func (w *Response) writeHead(status int, header textproto.MIMEHeader) {
	fmt.Fprintf(w.bw, "HTTP/1.1 %d %s\r\n", status, reasons[status])
	oneLine := strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ")
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			if isToken(name) {
				fmt.Fprintf(w.bw, "%s: %s\r\n", name, oneLine.Replace(value))
			}
		}
	}
	if _, err := w.bw.WriteString("\r\n"); w.err == nil {
		w.err = err
	}
}

// reasons are for people who read along; a client goes by the number, and the phrase may be
// missing, section 4.
var reasons = map[int]string{
	100: "Continue", 103: "Early Hints",
	200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 205: "Reset Content", 206: "Partial Content",
	301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect",
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
	408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
	414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
	422: "Unprocessable Content", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
	500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
	505: "HTTP Version Not Supported",
}
