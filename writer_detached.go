package dram

import (
	"errors"
	"net/http"
)

// This file is what is under a writer that reaches no client.
// See docs/internals/12-context.md.

// releasedWriter is under the writer of a Context in the pool: nobody is answered.
type releasedWriter struct{}

func (releasedWriter) Header() http.Header       { return http.Header{} }
func (releasedWriter) Write([]byte) (int, error) { return 0, ErrReleased }
func (releasedWriter) WriteHeader(int)           {}

// ErrDetached is what the Writer of a Context's Copy returns.
var ErrDetached = errors.New("dram: the copy of a Context cannot write a response: answer in the handler")

// detachedWriter is under the Writer of a copy: it shows the headers as they
// were, and takes nothing.
type detachedWriter struct{ header http.Header }

func newDetachedWriter(w http.ResponseWriter) detachedWriter {
	if w == nil {
		return detachedWriter{http.Header{}}
	}
	return detachedWriter{w.Header().Clone()}
}

func (w detachedWriter) Header() http.Header       { return w.header }
func (w detachedWriter) Write([]byte) (int, error) { return 0, ErrDetached }
func (w detachedWriter) WriteHeader(int)           {}
