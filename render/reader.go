// A body that is copied from a stream, and the one Render that may fail after it
// began to send. What fails in its first read has sent nothing.
// See docs/internals/14-render.md.

package render

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// ErrNoReader is returned by the Render method of a Reader whose Reader is nil.
var ErrNoReader = errors.New("dram: render.Reader has no Reader to copy from; set its Reader field")

// ErrShort is returned by the Render method of a Reader that ended before its
// Content-Length.
var ErrShort = errors.New("dram: render.Reader has ended before its Content-Length")

// Reader is a body that is copied from a stream.
type Reader struct {
	// ContentType is the value of that header. If it is empty, net/http finds
	// one out from the first bytes of the body.
	ContentType string
	// ContentLength is the body's length in bytes, or less than 0 if unknown.
	ContentLength int64
	// Reader is read to its end, and not closed.
	Reader io.Reader
	// Headers are further headers. They never override one that is set, nor
	// ContentType and ContentLength. The map is not changed.
	Headers map[string]string
}

// Render reads a first piece of r.Reader; then it sets the headers and copies all
// of it to w. It returns an error that wraps http.ErrContentLength, and does not
// send the surplus, if there is more than the Content-Length says, and ErrShort if
// there is less.
func (r Reader) Render(w http.ResponseWriter) error {
	if r.Reader == nil {
		return ErrNoReader
	}
	promised := r.promised(w.Header())
	b := begins.Get().(*begin)
	defer b.free()
	n, err := readSome(r.Reader, b.piece[:])
	end := errors.Is(err, io.EOF)
	switch {
	case err != nil && !end:
		return err
	case promised >= 0 && int64(n) > promised:
		return tooLong(promised)
	}
	r.setHeader(w.Header())
	if n > 0 || promised > 0 {
		if _, err = w.Write(b.piece[:n]); err != nil {
			return err
		}
	}
	switch {
	case end && int64(n) < promised:
		return ErrShort
	case end:
		return nil
	case promised >= 0:
		return b.copyRest(w, r.Reader, promised, int64(n))
	}
	_, err = io.Copy(w, r.Reader)
	return err
}

// WriteContentType sets r.ContentType, if it is not empty.
func (r Reader) WriteContentType(w http.ResponseWriter) { setNamedType(w.Header(), r.ContentType) }

// promised is the Content-Length that the response will have, less than 0 without
// one.
func (r Reader) promised(h http.Header) int64 {
	set := h.Get(headerContentLength)
	if set == "" {
		return r.ContentLength
	}
	if n, err := strconv.ParseInt(set, 10, 64); err == nil {
		return n
	}
	return -1
}

func (r Reader) setHeader(h http.Header) {
	setNamedType(h, r.ContentType)
	if r.ContentLength >= 0 && h.Get(headerContentLength) == "" {
		h.Set(headerContentLength, strconv.FormatInt(r.ContentLength, 10))
	}
	for name, value := range r.Headers {
		if h.Get(name) == "" {
			h.Set(name, value)
		}
	}
}

func tooLong(promised int64) error {
	return fmt.Errorf("dram: render.Reader has more than the %d bytes of its Content-Length; set ContentLength to -1 if the length is unknown: %w", promised, http.ErrContentLength)
}

// begin is the memory that a copy needs.
type begin struct {
	piece [512]byte // as many as net/http looks at to find the type
	rest  io.LimitedReader
}

var begins = sync.Pool{New: func() any { return new(begin) }}

func (b *begin) free() {
	b.rest.R = nil
	begins.Put(b)
}

// copyRest copies what src still has to w, up to the promised length: net/http
// hands a reader to the connection as it is, and what stands behind the length is
// the next answer to whoever reads it. A file, or a LimitedReader over one, reaches
// w as a LimitedReader over the file, so the kernel can send it.
func (b *begin) copyRest(w io.Writer, src io.Reader, promised, sent int64) error {
	b.rest = io.LimitedReader{R: src, N: promised - sent}
	limited, nested := src.(*io.LimitedReader)
	if nested {
		b.rest = io.LimitedReader{R: limited.R, N: min(b.rest.N, limited.N)}
	}
	if memory, ok := src.(interface{ Len() int }); ok && int64(memory.Len()) == b.rest.N {
		_, err := io.Copy(w, src) // which needs no buffer
		return err
	}
	if b.rest.N > 0 {
		n, err := io.Copy(w, &b.rest)
		if nested {
			limited.N -= n
		}
		if err != nil {
			return err
		}
		if b.rest.N > 0 {
			return ErrShort
		}
	}
	n, err := readSome(src, b.piece[:1])
	if n > 0 {
		return tooLong(promised)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// readSome reads until there is a byte or an error.
func readSome(src io.Reader, p []byte) (n int, err error) {
	for n == 0 && err == nil {
		n, err = src.Read(p)
	}
	return n, err
}
