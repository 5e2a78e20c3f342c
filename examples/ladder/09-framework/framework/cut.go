package framework

import (
	"context"
	"net"
	"net/http"
)

// This file keeps half an answer from looking whole over HTTP/1.0, where the end of the connection is
// that of a body without a length. As rung 05 does, it has every end be a reset until the body
// is whole: also that of the program. dram: writer_cut.go#Context.cutAnswer, when an answer fails.

// ConnContext is for the field of http.Server of that name; without it a connection ends as usual.
func ConnContext(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

type connKey struct{}

// maxHeld is how much of a body net/http holds back for the sake of a Content-Length.
const maxHeld = 2 << 10

// bare marks an answer of which only the end of the connection will say where it ends. It is called
// when some of the body goes out.
func (w *responseWriter) bare() {
	if w.isBare || w.request.ProtoAtLeast(1, 1) || w.Header().Get("Content-Length") != "" ||
		w.request.Method == http.MethodHead || w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return
	}
	w.isBare = true
	w.setLinger(0)
}

// whole ends an answer that its handler has completed.
func (w *responseWriter) whole() {
	w.WriteHeaderNow() // of an answer without a body
	if w.isBare && w.FlushError() == nil {
		w.setLinger(-1)
	}
}

func (w *responseWriter) setLinger(seconds int) {
	if conn, ok := w.request.Context().Value(connKey{}).(*net.TCPConn); ok {
		_ = conn.SetLinger(seconds) // fails on a connection that has ended
	}
}
