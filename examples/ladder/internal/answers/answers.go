// Package answers is what the rungs from 06 on answer with and none of them is about: the
// ladder's requests as http.HandlerFuncs.
package answers

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"
)

// maxEcho is how much of a body is kept in memory.
const maxEcho = 1 << 20

// Text answers with a status and a text.
func Text(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// Root answers GET /.
func Root(w http.ResponseWriter, _ *http.Request) { Text(w, http.StatusOK, "dram\n") }

// Hello answers GET /hello/:name.
func Hello(w http.ResponseWriter, name string) { Text(w, http.StatusOK, "hello, "+name+"\n") }

// NotFound answers everything else.
func NotFound(w http.ResponseWriter, _ *http.Request) {
	Text(w, http.StatusNotFound, "404 not found\n")
}

// Echo answers POST /echo.
func Echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEcho))
	_, isLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case isLarge:
		Text(w, http.StatusRequestEntityTooLarge, "413 content too large\n")
	case errors.Is(err, os.ErrDeadlineExceeded):
		Text(w, http.StatusRequestTimeout, "408 request timeout\n")
	case err != nil:
		Text(w, http.StatusBadRequest, "400 bad request\n")
	default:
		Text(w, http.StatusOK, string(body))
	}
}

// Slow answers GET /slow.
func Slow(w http.ResponseWriter, r *http.Request) {
	pause(r, 300*time.Millisecond)
	Text(w, http.StatusOK, "slow\n")
}

// Stream answers GET /stream.
func Stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for i := 1; i <= 3; i++ {
		if i > 1 {
			pause(r, 100*time.Millisecond)
		}
		fmt.Fprintln(w, i)
		_ = http.NewResponseController(w).Flush() // if the client is gone, pause notices
	}
}

// pause waits, and breaks the answer off if the client is gone before. To return instead would
// say that the answer ends here: half a stream would look like a whole one.
func pause(r *http.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}
