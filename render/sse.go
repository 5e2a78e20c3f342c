// Server-sent events: a stream of text events over one response, which a browser
// reads with EventSource. The format is that of the HTML standard, section
// "Server-sent events", 9.2.6 "Interpreting an event stream".
// See docs/internals/14-render.md.

package render

import (
	"bytes"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram/codec/json"
)

const (
	headerCacheControl = "Cache-Control"
	headerBuffering    = "X-Accel-Buffering"
)

var (
	eventStreamType = []string{"text/event-stream;charset=utf-8"}
	noCache         = []string{"no-cache"}
	noBuffering     = []string{"no"}
)

// SSEvent is one event of a stream. Rendering writes it; the caller flushes.
//
// No field can forge another: line breaks in ID and Event are written as \n and
// \r, and each line of the data and of the comment becomes a line of its own.
type SSEvent struct {
	// Event is the event's type, to which the client listens; without one the
	// client sees a "message".
	Event string
	// ID is the event's identity, which the client sends back as Last-Event-ID
	// when it reconnects; none if empty. NUL bytes are dropped, since clients
	// ignore an ID with one.
	ID string
	// Retry, if positive, tells the client how long to wait before it
	// reconnects; it is sent in whole milliseconds.
	Retry time.Duration
	// Comment is for people and proxies; clients skip it. With nothing but a
	// Comment, an SSEvent is a heartbeat: no event at all.
	Comment string
	// Data is the event's data. A string and a []byte are text; other slices,
	// arrays, structs and maps are sent as JSON, all else as fmt.Sprint prints
	// it. Pointers are followed.
	Data any
}

// Render writes the event.
func (r SSEvent) Render(w http.ResponseWriter) error {
	text, err := r.text()
	if err != nil {
		return err
	}
	buf := getBuffer()
	defer putBuffer(buf)
	if r.Comment != "" {
		writeLines(buf, ":", r.Comment)
	}
	if r.ID != "" {
		writeField(buf, "id:", strings.ReplaceAll(r.ID, "\x00", ""))
	}
	if r.Event != "" {
		writeField(buf, "event:", r.Event)
	}
	if ms := r.Retry.Milliseconds(); ms > 0 {
		writeField(buf, "retry:", strconv.FormatInt(ms, 10))
	}
	if !r.isHeartbeat() {
		writeLines(buf, "data:", text)
	}
	buf.WriteByte('\n')
	r.WriteContentType(w)
	_, err = w.Write(buf.Bytes())
	return err
}

// WriteContentType sets text/event-stream;charset=utf-8, whatever was set before,
// and, if they are absent, Cache-Control to no-cache and X-Accel-Buffering to no, by which
// nginx does not keep events back until its buffer is full.
func (r SSEvent) WriteContentType(w http.ResponseWriter) {
	h := w.Header()
	h[headerContentType] = eventStreamType
	if len(h[headerCacheControl]) == 0 {
		h[headerCacheControl] = noCache
	}
	if len(h[headerBuffering]) == 0 {
		h[headerBuffering] = noBuffering
	}
}

// isHeartbeat says whether r has only a comment, which clients shall not see as
// an event.
func (r SSEvent) isHeartbeat() bool {
	return r.Comment != "" && r.Event == "" && r.ID == "" && r.Data == nil
}

// text is the data as it is sent, before it is cut into lines.
func (r SSEvent) text() (string, error) {
	switch data := r.Data.(type) {
	case string:
		return data, nil
	case []byte:
		return string(data), nil
	case nil:
		return fmt.Sprint(data), nil
	}
	v := reflect.ValueOf(r.Data)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array, reflect.Pointer:
		body, err := json.API.Marshal(r.Data)
		if err != nil {
			return "", encodeError("JSON", r.Data, err)
		}
		return string(body), nil
	}
	return fmt.Sprint(v.Interface()), nil
}

var lineBreaks = strings.NewReplacer("\n", `\n`, "\r", `\r`)

// writeField writes a field that has to stay on one line.
func writeField(buf *bytes.Buffer, name, value string) {
	buf.WriteString(name)
	writeValue(buf, lineBreaks.Replace(value))
}

// writeLines writes one field for each line of text. A line ends with LF, CR, or
// both.
func writeLines(buf *bytes.Buffer, name, text string) {
	for {
		end := strings.IndexAny(text, "\r\n")
		buf.WriteString(name)
		if end < 0 {
			writeValue(buf, text)
			return
		}
		writeValue(buf, text[:end])
		if strings.HasPrefix(text[end:], "\r\n") {
			end++
		}
		text = text[end+1:]
	}
}

// writeValue writes the rest of a field's line. Clients drop one space after the
// colon, so a value that starts with one gets another.
func writeValue(buf *bytes.Buffer, value string) {
	if strings.HasPrefix(value, " ") {
		buf.WriteByte(' ')
	}
	buf.WriteString(value)
	buf.WriteByte('\n')
}
