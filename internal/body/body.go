// Package body is the body of a request that ends at a limit. BodyLimit bounds by it what
// a client may send, Decompress what becomes of it, Idempotency what it compares, and a
// Context what the Bind methods read into memory (memory.go). See docs/internals/15-binding.md.
package body

import (
	"io"
	"net/http"
	"sync/atomic"

	"github.com/dram-go/dram/internal/errs"
)

// Limited is a body that ends at a limit with an *http.MaxBytesError.
type Limited struct {
	io.ReadCloser
	// Limit is how many bytes the body may have; if negative, it is not
	// limited. It may be changed until the first read.
	Limit int64
	// Length is the body's Content-Length, if it counts: one beyond the limit is
	// refused before anything is read.
	Length int64

	exceeded atomic.Bool
	inMemory bool // the error says what to set
	read     int64
	err      error // of a body that went beyond the limit
}

// Read reads up to the limit, and one byte more to see whether the body ends there.
func (b *Limited) Read(p []byte) (n int, err error) {
	switch {
	case b.err != nil:
		return 0, b.err
	case b.Limit < 0:
		n, err = b.ReadCloser.Read(p)
		b.read += int64(n)
		return n, err
	case b.Length > b.Limit:
		b.exceeded.Store(true)
		return 0, b.tooLarge(b.Limit)
	}
	left := max(b.Limit-b.read, 0)
	if int64(len(p)) > left {
		p = p[:left+1]
	}
	n, err = b.ReadCloser.Read(p)
	if int64(n) > left {
		b.err = b.tooLarge(b.Limit)
		n, err = int(left), b.err
	}
	b.read += int64(n)
	if err != nil && err != io.EOF && IsTooLarge(err) {
		b.exceeded.Store(true)
	}
	return n, err
}

// Exceeded reports whether a read has failed with an *http.MaxBytesError, be it this
// body's or that of one inside. The read may be another goroutine's: the transport of
// a proxy reads on when the server behind has answered.
func (b *Limited) Exceeded() bool { return b.exceeded.Load() }

// Seen is how many bytes were read.
func (b *Limited) Seen() int64 { return b.read }

// BodyLimit is Limit, for a Context: see dram.BodyLimitKey.
func (b *Limited) BodyLimit() int64 { return b.Limit }

// tooLarge is the error of a body beyond limit.
func (b *Limited) tooLarge(limit int64) error {
	err := &http.MaxBytesError{Limit: limit}
	if b.inMemory {
		return &memoryError{err}
	}
	return err
}

// IsTooLarge reports whether err is that of a body beyond a limit.
func IsTooLarge(err error) bool {
	_, is := errs.As[*http.MaxBytesError](err)
	return is
}
