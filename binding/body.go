package binding

// The first step of every binding that takes a whole body: reading it, for JSON into
// a buffer that is used again.

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
)

// keepBuffer is the size of a body whose buffer goes back to the pool. One large
// upload must not pin its memory for the life of the process.
const keepBuffer = 64 << 10

// errInvalidRequest reports that there is no body to read.
var errInvalidRequest = errors.New("invalid request")

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readBody reads the whole body into a new slice.
func readBody(req *http.Request) ([]byte, error) {
	if req == nil || req.Body == nil {
		return nil, errInvalidRequest
	}
	return io.ReadAll(req.Body)
}

// withBody calls use with the body in a pooled buffer. use must not keep it.
func withBody(req *http.Request, use func([]byte) error) error {
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
		err = use(buf.Bytes())
	}
	// A buffer that grew step by step for a body of keepBuffer has up to twice that.
	if buf.Cap() <= 2*keepBuffer {
		buf.Reset()
		buffers.Put(buf)
	}
	return err
}
