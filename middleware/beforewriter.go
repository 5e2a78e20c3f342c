package middleware

import (
	"io"
	"net/http"

	"github.com/dram-go/dram"
)

// beforeWriter calls a function once, just before the header goes out: the last
// moment for a layer to change it. Nothing is buffered. The layer that puts it
// in calls done after the chain, for answers without a body.
type beforeWriter struct {
	dram.ResponseWriter
	before func()
}

// done calls before if that has not happened yet and still makes sense.
func (w *beforeWriter) done() {
	if before := w.before; before != nil {
		w.before = nil
		if !w.ResponseWriter.Written() {
			before()
		}
	}
}

// WriteHeaderNow sends the header, after before.
func (w *beforeWriter) WriteHeaderNow() {
	w.done()
	w.ResponseWriter.WriteHeaderNow()
}

// Write writes to the body, after before.
func (w *beforeWriter) Write(p []byte) (int, error) {
	w.done()
	return w.ResponseWriter.Write(p)
}

// WriteString writes to the body, after before.
func (w *beforeWriter) WriteString(s string) (int, error) {
	w.done()
	return w.ResponseWriter.WriteString(s)
}

// ReadFrom copies to the body, after before; a file goes by sendfile as without
// this writer.
func (w *beforeWriter) ReadFrom(src io.Reader) (int64, error) {
	w.done()
	return io.Copy(w.ResponseWriter, src)
}

// Flush sends what is there, after before.
func (w *beforeWriter) Flush() {
	w.done()
	w.ResponseWriter.Flush()
}

// Unwrap is the outer writer, for http.ResponseController.
func (w *beforeWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
