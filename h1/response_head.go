package h1

import (
	"fmt"
	"net/http"
	"path"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is the head of an answer. WriteHeader writes the lines that are the handler's as
// they are at that moment; those that say how the body is framed and what becomes of the
// connection follow when the first of the body is sent, since more is known then: an answer
// that is whole by then has a length.

// lines is what was in the handler's header, and is decided later.
type lines struct {
	length, coding string
	lengthSet      bool // Content-Length is in the header, if only as nil: then none is added
	connectionSet  bool
	connection     []string
	date, typed    bool
	upgrade        bool
	encoded        bool // Content-Encoding: the bytes say nothing of the type
	trailers       []string
	later          bool // there are trailers, perhaps
}

// WriteHeader sends a status with the header of this moment: an informational one (100 to 199,
// but for 101) at once and as often as wanted, another one once.
func (w *response) WriteHeader(status int) {
	if w.returned.Load() {
		w.conn.server.logf("http: response.WriteHeader after the handler has returned, from %s", caller())
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.returned.Load(): // since then
	case w.hijacked:
		w.conn.server.logf("http: response.WriteHeader on hijacked connection from %s", caller())
	case w.status != 0:
		w.conn.server.logf("http: superfluous response.WriteHeader call from %s", caller())
	case status < 100 || status > 999:
		panic(fmt.Sprintf("invalid WriteHeader code %v", status)) // as net/http says it
	case httpfield.Informational(status):
		w.inform(status)
	default:
		w.writeHeader(status)
	}
}

// caller is the function, and its place, that has called into this package.
func caller() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, pkg) || !more {
			return fmt.Sprintf("%s (%s:%d)", frame.Function, path.Base(frame.File), frame.Line)
		}
	}
}

// pkg is how the names of this package's functions begin.
var pkg = reflect.TypeFor[response]().PkgPath() + "."

// inform sends an informational answer (RFC 9110 section 15.2).
func (w *response) inform(status int) {
	w.contMu.Lock()
	defer w.contMu.Unlock()
	if status == http.StatusContinue {
		w.waits = false
	}
	if !w.proto11 {
		return // has none
	}
	b := w.take()
	b.out = append(b.out, statusLine(status)...)
	for _, name := range sortedKeys(w.header, nil) {
		if name != "Content-Length" && name != "Transfer-Encoding" && httpfield.IsToken(name) {
			b.out = appendLines(b.out, name, w.header[name])
		}
	}
	b.out = append(b.out, "\r\n"...)
	w.send()
}

func (w *response) take() *buffers {
	if w.buffers == nil {
		w.buffers = pool.Get().(*buffers)
	}
	return w.buffers
}

// writeHeader writes the status and the lines of the handler.
func (w *response) writeHeader(status int) {
	w.contMu.Lock()
	w.waits, w.waited = false, w.waits
	w.contMu.Unlock()
	w.status = status
	b := w.take()
	out := append(b.out, "HTTP/1."...)
	if w.proto11 {
		out = append(out, statusLine(status)[len("HTTP/1."):]...)
	} else {
		out = append(append(out, '0'), statusLine(status)[len("HTTP/1.1"):]...)
	}
	var room [16]string
	for _, name := range sortedKeys(w.header, room[:0]) {
		if values := w.header[name]; !w.keep(name, values) {
			out = appendLines(out, name, values)
		}
	}
	b.out = out
	if w.lines.length != "" {
		if n, err := strconv.ParseInt(w.lines.length, 10, 64); err == nil && n >= 0 && isDigit(w.lines.length[0]) {
			w.length = n
		} else {
			w.conn.server.logf("http: invalid Content-Length of %q", w.lines.length)
			delete(w.header, "Content-Length")
			w.lines.length = ""
		}
	}
}

// keep notes the lines that are decided later, and those that are not to be sent, and reports
// whether a line is one.
func (w *response) keep(name string, values []string) bool {
	l := &w.lines
	switch name {
	case "Content-Length":
		l.lengthSet = true
		if len(values) > 0 {
			l.length = values[0]
		}
	case "Transfer-Encoding":
		if len(values) > 0 {
			l.coding = values[0]
		}
	case "Connection":
		l.connection, l.connectionSet = slices.Clone(values), true
	case "Content-Type":
		l.typed = true
		return w.status == http.StatusNotModified
	case "Upgrade":
		l.upgrade = true
		return false
	case "Content-Encoding":
		l.encoded = len(values) > 0 && values[0] != ""
		return false
	case "Date":
		l.date = true
		return false
	case "Trailer":
		l.later = true
		for _, value := range values {
			for _, item := range strings.Split(value, ",") {
				if item = http.CanonicalHeaderKey(trimSpace(item)); item != "" && !slices.Contains(l.trailers, item) && mayTrail(item) {
					l.trailers = append(l.trailers, item)
				}
			}
		}
		return false
	default:
		if strings.HasPrefix(name, http.TrailerPrefix) {
			l.later = true
			return true
		}
		return !httpfield.IsToken(name)
	}
	return true
}

// notTrailers are the fields that net/http takes for no trailers either (RFC 9110 section 6.5.1).
var notTrailers = [...]string{
	"Authorization", "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Range", "Content-Type", "Expect", "Host", "Keep-Alive",
	"Max-Forwards", "Pragma", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Range", "Realm", "Te", "Trailer", "Transfer-Encoding",
	"Www-Authenticate",
}

// mayTrail reports whether a field, in its canonical form, may be a trailer.
func mayTrail(name string) bool {
	return httpfield.IsToken(name) && !strings.HasPrefix(name, "If-") && !slices.Contains(notTrailers[:], name)
}

// commit writes the rest of the head, for the body that is held.
func (w *response) commit() {
	if w.committed {
		return
	}
	w.committed = true
	s := w.conn.server
	l, b := &w.lines, w.buffers
	keeps := s.keepsAlive()
	allowed := httpfield.BodyAllowed(w.status)
	hasCoding := l.coding != ""
	if w.returned.Load() && !l.lengthSet && !l.later && !hasCoding && allowed && (!w.isHead || len(b.held) > 0) {
		w.length = int64(len(b.held))
	}
	hasLength := w.length >= 0
	w.closeAfter = w.closeAfter || !keeps || len(l.connection) > 0 && l.connection[0] == "close"
	keep10 := w.keep10 && (w.isHead || hasLength || !allowed)
	if (w.wantsClose || !w.proto11) && !keep10 || w.isConnect {
		w.closeAfter = true // what follows a CONNECT may be meant for its tunnel
	}
	w.leaveBody()
	if hasCoding && hasLength && l.coding != "identity" {
		s.logf("http: WriteHeader called with both Transfer-Encoding of %q and a Content-Length of %d", l.coding, w.length)
		hasLength, w.length = false, -1
	}
	switch {
	case w.tunnels():
		hasLength = false
	case w.isHead || !allowed:
		hasLength = hasLength && allowed
	case hasLength:
	case w.proto11 && l.coding != "identity":
		w.chunking = true
	default:
		w.closeAfter = true
	}
	out := b.out
	if !l.date {
		out = append(out, dateLine()...)
	}
	if hasLength {
		out = append(out, "Content-Length: "...)
		out = strconv.AppendInt(out, w.length, 10)
		out = append(out, "\r\n"...)
	}
	if allowed && !l.typed && !l.encoded && !hasCoding && len(b.held) > 0 {
		out = append(out, "Content-Type: "...)
		out = append(out, http.DetectContentType(b.held)...)
		out = append(out, "\r\n"...)
	}
	out = w.appendConnection(out, keep10)
	if w.chunking {
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	}
	b.out = append(out, "\r\n"...)
}

// tunnels reports whether the answer begins a tunnel, and so has neither framing nor a Connection
// (RFC 9110 section 9.3.6). A handler that does not hijack the connection has closed it.
func (w *response) tunnels() bool { return w.isConnect && w.status >= 200 && w.status < 300 }

// leaveBody reads what is left of the request's body, so that a client that first sends and then
// reads can do so.
func (w *response) leaveBody() {
	if !w.hasBody || w.closeAfter {
		return
	}
	if w.fullDuplex {
		w.closeAfter = w.awaited() // the client may send its body now, or not
		return
	}
	if whole, rest := w.body.leave(); !whole {
		w.closeAfter, w.rest = true, rest
	}
}

// appendConnection writes what becomes of the connection.
func (w *response) appendConnection(out []byte, keep10 bool) []byte {
	l := &w.lines
	switches := w.status == http.StatusSwitchingProtocols && l.upgrade && httpfield.Has(l.connection, "upgrade")
	switch {
	case w.closeAfter && !switches && (!w.conn.server.keepsAlive() || !httpfield.Has(l.connection[:min(1, len(l.connection))], "close")):
		if w.proto11 && !w.tunnels() {
			return append(out, "Connection: close\r\n"...)
		}
		return out
	case len(l.connection) > 0:
		return appendLines(out, "Connection", l.connection)
	case keep10 && !l.connectionSet:
		return append(out, "Connection: keep-alive\r\n"...)
	}
	return out
}

// appendTrailers writes the trailers that the handler has announced, or named with
// http.TrailerPrefix.
func (w *response) appendTrailers(out []byte) []byte {
	for _, name := range w.lines.trailers {
		out = appendLines(out, name, w.header[name])
	}
	for name, values := range w.header {
		if trailer, ok := strings.CutPrefix(name, http.TrailerPrefix); ok && mayTrail(http.CanonicalHeaderKey(trailer)) {
			out = appendLines(out, trailer, values)
		}
	}
	return out
}
