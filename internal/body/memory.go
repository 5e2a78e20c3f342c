package body

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"sync"
	"sync/atomic"

	"github.com/dram-go/dram/internal/errs"
)

// InMemory is a body that is read into memory; package binding knows it. The files of a
// multipart form are not concerned: such a body has no Limit, and its values have Max.
type InMemory struct {
	Limited
	// Max is how many bytes may be kept.
	Max int64
	// Files is how many of those may be files of a multipart form; the others are
	// written to disk.
	Files int64

	pooled bool
}

var pool = sync.Pool{New: func() any { return new(InMemory) }}

// Bound has the request's body end at limit, until Release. If the reader may keep the
// body for longer, it is one of its own.
func Bound(req *http.Request, limit int64, kept bool) *InMemory {
	var b *InMemory
	if kept {
		b = new(InMemory)
	} else {
		b = pool.Get().(*InMemory)
	}
	*b = InMemory{Limited: Limited{ReadCloser: req.Body, Limit: limit, inMemory: true}, Max: limit, pooled: !kept}
	req.Body = b
	return b
}

// Read reads as Limited does, and marks what the client, or its connection, is to blame for.
func (b *InMemory) Read(p []byte) (int, error) {
	n, err := b.Limited.Read(p)
	return n, blame(err)
}

// Blamed is a body whose errors IsBroken and IsLate know, for layers that read it by
// themselves.
type Blamed struct {
	io.ReadCloser
	waiting atomic.Bool
	failed  atomic.Pointer[error]
}

// Blame returns a Blamed.
func Blame(body io.ReadCloser) *Blamed { return &Blamed{ReadCloser: body} }

// Read marks as InMemory does.
func (b *Blamed) Read(p []byte) (int, error) {
	b.waiting.Store(true)
	n, err := b.ReadCloser.Read(p)
	if err = blame(err); err != nil && err != io.EOF {
		b.failed.Store(&err)
	}
	b.waiting.Store(false)
	return n, err
}

// Waits reports whether a read is going on: of two that may be late, the client is. Of nil it
// is false.
func (b *Blamed) Waits() bool { return b != nil && b.waiting.Load() }

// Err is the error that a read has ended with, which whoever reads may tell in words of its
// own. Of nil it is nil.
func (b *Blamed) Err() error {
	if b == nil || b.failed.Load() == nil {
		return nil
	}
	return *b.failed.Load()
}

func blame(err error) error {
	if err == nil || err == io.EOF || IsTooLarge(err) || IsBroken(err) {
		return err
	}
	return &brokenError{err}
}

// IsBroken reports whether err is that of a body which ended before its end, or is not in
// the coding that it says: of the reader, not of what was read.
func IsBroken(err error) bool {
	_, is := errs.As[*brokenError](err)
	return is
}

// IsLate reports whether err is that of a body which has not arrived in time.
func IsLate(err error) bool { return IsBroken(err) && errors.Is(err, os.ErrDeadlineExceeded) }

// brokenError is the error of a read.
type brokenError struct{ error }

func (e *brokenError) Unwrap() error { return e.error }

// Release puts the body back that was there before Bound. Of nil it does nothing.
func (b *InMemory) Release(req *http.Request) {
	if b == nil || req.Body != b {
		return // somebody has put a body of their own around it
	}
	req.Body = b.ReadCloser
	if b.pooled {
		*b = InMemory{}
		pool.Put(b)
	}
}

// TooLarge is the error of a body beyond Max.
func (b *InMemory) TooLarge() error { return b.tooLarge(b.Max) }

// ParseMultipart is req.ParseMultipartForm for values of at most Max bytes.
func (b *InMemory) ParseMultipart(req *http.Request) error {
	err := ParseMultipart(req, b.Files)
	if errors.Is(err, multipart.ErrMessageTooLarge) {
		if b.read < b.Max {
			return &formError{&http.MaxBytesError{Limit: b.Max}}
		}
		return b.TooLarge()
	}
	if err != nil || req.MultipartForm == nil {
		return err
	}
	size := int64(0)
	for key, values := range req.MultipartForm.Value {
		for _, value := range values {
			size += int64(len(key) + len(value))
		}
	}
	if size > b.Max {
		return b.TooLarge()
	}
	return nil
}

// memoryError is an *http.MaxBytesError that says what to set.
type memoryError struct{ *http.MaxBytesError }

func (e *memoryError) Error() string {
	return fmt.Sprintf("dram: the body has more than the %d bytes that may be read into memory; "+
		"raise Engine.MaxBodyMemory, or put middleware.BodyLimit before this route", e.Limit)
}

func (e *memoryError) Unwrap() error { return e.MaxBytesError }

// formError is an *http.MaxBytesError of a form within the limit, which has too many of something
// else.
type formError struct{ *http.MaxBytesError }

func (e *formError) Error() string {
	return "dram: the multipart form has more than mime/multipart takes: 1,000 parts, 10,000 lines of header in them, or " +
		"10 MB of values beside Engine.MaxMultipartMemory; GODEBUG=multipartmaxparts=N,multipartmaxheaders=N sets the first two"
}

func (e *formError) Unwrap() error { return e.MaxBytesError }

// IsTooMany reports whether err is that of a multipart form which has too many of something, and
// not too many bytes.
func IsTooMany(err error) bool {
	_, is := errs.As[*formError](err)
	return is
}
