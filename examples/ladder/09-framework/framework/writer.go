package framework

import "net/http"

// ResponseWriter is net/http's, and can be asked what was sent. dram: writer.go#ResponseWriter.
type ResponseWriter interface {
	http.ResponseWriter
	Status() int
	Size() int // bytes of the body; -1: the header is not sent either
	Written() bool
	WriteHeaderNow()
}

const noWritten = -1

// responseWriter only notes the status: the first byte of the body sends it, and until then
// each layer may change its mind. dram: writer.go#responseWriter.
type responseWriter struct {
	http.ResponseWriter
	status, size int
}

func (w *responseWriter) Status() int   { return w.status }
func (w *responseWriter) Size() int     { return w.size }
func (w *responseWriter) Written() bool { return w.size != noWritten }

// WriteHeader notes the status, as long as it can be changed. dram: writer.go#responseWriter.WriteHeader.
func (w *responseWriter) WriteHeader(code int) {
	if !w.Written() {
		w.status = code
	}
}

// WriteHeaderNow sends it. dram: writer.go#responseWriter.WriteHeaderNow.
func (w *responseWriter) WriteHeaderNow() {
	if !w.Written() {
		w.size = 0
		w.ResponseWriter.WriteHeader(w.status)
	}
}

// Write sends the header, if that is to be done, and p. dram: writer.go#responseWriter.Write.
func (w *responseWriter) Write(p []byte) (int, error) {
	w.WriteHeaderNow()
	n, err := w.ResponseWriter.Write(p)
	w.size += n
	return n, err
}

// FlushError is what http.ResponseController looks for. dram: writer.go#responseWriter.Flush.
func (w *responseWriter) FlushError() error {
	w.WriteHeaderNow()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap leads it to all else that the server can do. dram: writer.go#responseWriter.Unwrap.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
