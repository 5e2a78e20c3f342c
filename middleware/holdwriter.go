package middleware

import (
	"bufio"
	"io"
	"net"
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file is the writer of layers that must see the beginning of a body
// before they can say what becomes of it: Compress asks whether it is worth
// the work, ETag whether it is short enough for a digest.

// holdWriter holds back up to limit bytes, and the header with them, until its
// policy settles where the body goes. A body that the policy does not care for
// passes from the first byte on; files go by sendfile then.
//
// To the layers inside it looks like the Context's own writer: the status is
// fixed by the first Write, Size counts what they wrote.
type holdWriter struct {
	dram.ResponseWriter // the outer writer
	policy              holdPolicy

	held    []byte
	limit   int
	size    int       // bytes written by the layers inside; -1 before the header
	settled bool      // the policy has spoken
	sink    io.Writer // where the body goes then; nil is the outer writer
}

// holdPolicy is what a layer knows.
type holdPolicy interface {
	// passes tells, from the status and the header alone, whether the body is
	// none of the layer's business: so is, always, that of a status which has
	// none. It is asked once, before the first byte.
	passes() bool
	// settle is called once, before the header goes out: with the whole body, or
	// with as much as there is when more is to follow. It may change the header
	// and the status, and returns where the body goes; nil is the outer writer.
	settle(begin []byte, whole bool) io.Writer
}

// hold makes the writer ready for a request; the memory of held is kept.
func (w *holdWriter) hold(outer dram.ResponseWriter, policy holdPolicy, limit int) {
	*w = holdWriter{ResponseWriter: outer, policy: policy, held: w.held[:0], limit: limit, size: -1}
}

// maxKept is the largest memory of held bytes that waits for another request.
const maxKept = 64 << 10

// letGo forgets the request, before the writer goes into a pool.
func (w *holdWriter) letGo() {
	if cap(w.held) > maxKept {
		w.held = nil
	}
	w.ResponseWriter, w.sink = nil, nil
}

// release settles, with the bytes that are about to be written if none are
// held, and writes what is held.
func (w *holdWriter) release(next []byte, whole bool) error {
	begin := w.held
	if len(begin) == 0 {
		begin = next
	}
	w.settled = true
	w.sink = w.policy.settle(begin, whole)
	if len(w.held) == 0 {
		if len(next) == 0 && w.size >= 0 && w.sink == nil {
			w.ResponseWriter.WriteHeaderNow()
		}
		return nil
	}
	_, err := w.body().Write(w.held)
	return err
}

// body is where the body goes.
func (w *holdWriter) body() io.Writer {
	if w.sink != nil {
		return w.sink
	}
	return w.ResponseWriter
}

// begin is called before each byte: the first one fixes the status, and may
// show that the body passes.
func (w *holdWriter) begin() {
	if w.size >= 0 {
		return
	}
	w.size = 0
	if !w.settled && w.policy.passes() {
		w.settled = true
	}
}

// finish ends the response after the chain has returned.
func (w *holdWriter) finish() {
	if w.settled {
		return
	}
	if w.size < 0 && w.policy.passes() {
		w.settled = true
		return
	}
	_ = w.release(nil, true) // the client may be gone
}

// WriteHeader records the status until the first byte. Later the outer writer
// is told only if it warns by itself.
func (w *holdWriter) WriteHeader(code int) {
	if w.size < 0 || httpfield.Informational(code) || w.ResponseWriter.Written() {
		w.ResponseWriter.WriteHeader(code)
	}
}

// WriteHeaderNow fixes the status. The header itself waits for the policy.
func (w *holdWriter) WriteHeaderNow() {
	w.begin()
	if w.settled && w.sink == nil {
		w.ResponseWriter.WriteHeaderNow()
	}
}

// Write holds p back or passes it on.
func (w *holdWriter) Write(p []byte) (int, error) {
	w.begin()
	if !w.settled {
		if len(w.held)+len(p) <= w.limit {
			w.held = append(w.held, p...)
			w.size += len(p)
			return len(p), nil
		}
		if err := w.release(p, false); err != nil {
			return 0, err
		}
	}
	n, err := w.body().Write(p)
	w.size += n
	return n, err
}

// WriteString is Write for a string.
func (w *holdWriter) WriteString(s string) (int, error) {
	w.begin()
	if !w.settled && len(w.held)+len(s) <= w.limit {
		w.held = append(w.held, s...)
		w.size += len(s)
		return len(s), nil
	}
	if w.settled && w.sink == nil {
		n, err := w.ResponseWriter.WriteString(s)
		w.size += n
		return n, err
	}
	return w.Write([]byte(s))
}

// ReadFrom copies src: by the outer writer if the body passes.
func (w *holdWriter) ReadFrom(src io.Reader) (int64, error) {
	w.begin()
	if !w.settled || w.sink != nil {
		return io.Copy(struct{ io.Writer }{w}, src)
	}
	n, err := io.Copy(w.ResponseWriter, src)
	w.size += int(n)
	return n, err
}

// Flush sends what there is: who flushes streams, so nothing is held any more.
func (w *holdWriter) Flush() {
	w.begin()
	if !w.settled {
		_ = w.release(nil, false) // the next Write tells
	}
	if sink, ok := w.sink.(interface{ Flush() error }); ok {
		_ = sink.Flush()
	}
	w.ResponseWriter.Flush()
}

// Hijack hands the connection over, if no byte was written.
func (w *holdWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !w.settled && len(w.held) > 0 {
		w.settled = true
		// With these bytes out, the outer writer gives the error that it should.
		if _, err := w.ResponseWriter.Write(w.held); err != nil {
			return nil, nil, err
		}
	}
	w.settled = true
	conn, rw, err := w.ResponseWriter.Hijack()
	if err == nil && w.size < 0 {
		w.size = 0
	}
	return conn, rw, err
}

// Size is the number of bytes that the layers inside wrote; -1 before the header.
func (w *holdWriter) Size() int {
	if w.size < 0 {
		return w.ResponseWriter.Size()
	}
	return w.size
}

// Written tells whether the status is fixed.
func (w *holdWriter) Written() bool { return w.size >= 0 || w.ResponseWriter.Written() }

// Unwrap is the outer writer, for http.ResponseController.
func (w *holdWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
