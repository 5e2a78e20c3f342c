package middleware

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"

	"github.com/dram-go/dram"
)

// This file records an answer while it goes to the client, for Idempotency to
// repeat it.

// unrepeatable are headers that belong to one answer, or one connection, only.
var unrepeatable = []string{"Connection", "Content-Length", "Date", "Keep-Alive", "Trailer", "Transfer-Encoding", "Upgrade"}

// recorder passes an answer on and keeps a copy of it.
type recorder struct {
	beforeWriter
	before   http.Header // as the layers outside had set it
	header   http.Header // what the handlers set
	body     []byte
	limit    int
	tooLarge bool
	hijacked bool
}

func newRecorder(outer dram.ResponseWriter, limit int) *recorder {
	w := &recorder{before: outer.Header().Clone(), limit: limit}
	w.beforeWriter = beforeWriter{ResponseWriter: outer, before: w.keepHeader}
	return w
}

// keepHeader keeps what the handlers changed in the header, before the layers
// outside (compression) see the body and change more: those will do it again to
// the repetition, and have values of their own for it (a request id).
func (w *recorder) keepHeader() {
	w.header = make(http.Header)
	for name, values := range w.ResponseWriter.Header() {
		if !slices.Equal(values, w.before[name]) && !slices.Contains(unrepeatable, name) {
			w.header[name] = slices.Clone(values)
		}
	}
}

// Write passes p on and keeps a copy while there is room.
func (w *recorder) Write(p []byte) (int, error) {
	if len(w.body)+len(p) > w.limit {
		w.tooLarge, w.body = true, nil
	}
	if !w.tooLarge {
		w.body = append(w.body, p...)
	}
	return w.beforeWriter.Write(p)
}

// WriteString is Write for a string.
func (w *recorder) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// ReadFrom copies through Write, so that nothing goes by unseen.
func (w *recorder) ReadFrom(src io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{w}, src)
}

// Hijack hands the connection over; there is nothing to repeat then.
func (w *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.hijacked = true
	return w.ResponseWriter.Hijack()
}

// replay answers with a kept answer.
func replay(c *dram.Context, record IdempotencyRecord) {
	c.Abort()
	h := c.Writer.Header()
	for name, values := range record.Header {
		h[name] = values
	}
	h.Set("Idempotency-Replayed", "true")
	c.Status(record.Status)
	c.Writer.WriteHeaderNow()
	if len(record.Body) > 0 {
		_, _ = c.Writer.Write(record.Body) // the client may be gone
	}
}
