package binding

// The first step of every binding that takes a whole body: reading it, for JSON into
// a buffer that is used again.
// See docs/internals/15-binding.md.

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/dram-go/dram/internal/body"
)

// keepBuffer is the size of a body whose buffer goes back to the pool. One large
// upload must not pin its memory for the life of the process.
const keepBuffer = 64 << 10

// errInvalidRequest reports that there is no body to read.
var errInvalidRequest = errors.New("invalid request")

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readBefore returns the error of a body of which nothing was left; nil if the n bytes
// that were read can be all of it.
func readBefore(req *http.Request, n int, format string) error {
	if n > 0 || req.ContentLength <= 0 {
		return nil
	}
	return syntaxErrors(format, body.ErrReadBefore)
}

// readBody reads the whole body into a new slice.
func readBody(req *http.Request, format string) ([]byte, error) {
	if req == nil || req.Body == nil {
		return nil, errInvalidRequest
	}
	text, err := io.ReadAll(req.Body)
	if err == nil {
		err = readBefore(req, len(text), format)
	}
	return text, err
}

// withBody calls use with the body in a pooled buffer. use must not keep it.
func withBody(req *http.Request, format string, use func([]byte) error) error {
	if req == nil || req.Body == nil {
		return errInvalidRequest
	}
	buf := buffers.Get().(*bytes.Buffer)
	if n := req.ContentLength; n > 0 && n <= keepBuffer {
		// ReadFrom wants room for one more read to see the end.
		buf.Grow(int(n) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(req.Body)
	if err == nil {
		err = readBefore(req, buf.Len(), format)
	}
	if err == nil {
		err = use(buf.Bytes())
	}
	// A buffer that grew step by step for a body of keepBuffer has up to twice that.
	if buf.Cap() <= 2*keepBuffer {
		buf.Reset()
		buffers.Put(buf)
	}
	return err
}
