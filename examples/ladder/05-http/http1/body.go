package http1

import (
	"bufio"
	"errors"
	"io"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
)

// This file says where a request's body ends. It is the part of HTTP/1.1 that must not be
// guessed: what one reader takes for the rest of a body, another takes for the next request
// (request smuggling, section 11.2).

// bodyLength decides by section 6.3; -1 is a chunked body. What may be mended there is
// refused here, since whoever stands in front may have mended it in another way.
func bodyLength(minor int, header textproto.MIMEHeader) (int64, error) {
	coding, length := header["Transfer-Encoding"], header["Content-Length"]
	switch {
	case len(coding) > 0 && len(length) > 0: // section 6.1: "ought to be handled as an error"
		return 0, refuse(400, "the header has both Transfer-Encoding and Content-Length")
	case len(coding) > 0 && minor == 0: // section 6.1: "as if the framing is faulty"
		return 0, refuse(400, "HTTP/1.0 has no Transfer-Encoding")
	case len(coding) == 1 && strings.EqualFold(coding[0], "chunked"):
		return -1, nil
	case len(coding) > 0: // section 6.1: an encoding that the server does not know
		return 0, refuse(501, "the only Transfer-Encoding here is chunked, once")
	case len(length) > 1: // the same number twice could be taken; two numbers never
		return 0, refuse(400, "the header has more than one Content-Length")
	case len(length) == 1:
		n, err := strconv.ParseUint(length[0], 10, 63) // digits only: no sign, no space, no list
		if err != nil {
			return 0, refuse(400, "the Content-Length is not a number of bytes")
		}
		return int64(n), nil
	}
	return 0, nil // section 6.3, point 7: a request without either has no body
}

// body reads one request's body, and says what the connection has to know about it.
type body struct {
	mu     sync.Mutex // a handler may have left a goroutine behind that still reads
	r      io.Reader
	err    error  // how it ended; io.EOF if it was read to its end
	onRead func() // before each read: "100 Continue"
	onEnd  func() // once, when the handler has read it to its end
}

func newBody(br *bufio.Reader, length int64) *body {
	switch {
	case length < 0:
		return &body{r: &chunked{br: br}}
	case length == 0:
		return &body{err: io.EOF}
	}
	return &body{r: &counted{br, length}}
}

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	if b.onRead != nil {
		b.onRead()
	}
	n, err := b.r.Read(p)
	if b.err = err; errors.Is(err, io.EOF) && b.onEnd != nil {
		b.onEnd()
	}
	return n, err
}

// errLate is what a body says to a read after the answer.
var errLate = errors.New("http1: the body was read after its handler had returned")

// detach takes the body back from the handler.
func (b *body) detach() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.onRead, b.onEnd = nil, nil
}

// drain reads at most limit bytes that the handler did not want, and reports whether the
// body is at its end: whether the next byte is the next request's. Nobody reads after it.
func (b *body) drain(limit int64) bool {
	_, _ = io.CopyN(io.Discard, b, limit)
	b.mu.Lock()
	defer b.mu.Unlock()
	isWhole := errors.Is(b.err, io.EOF)
	b.err = errLate
	return isWhole
}

// counted is a body with a Content-Length, section 6.2.
type counted struct {
	br   *bufio.Reader
	left int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.br.Read(p[:min(int64(len(p)), c.left)])
	if c.left -= int64(n); c.left == 0 {
		return n, io.EOF
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // a body that breaks off is not a short one
	}
	return n, err
}

// chunked is a body in chunks, section 7.1: each its size in hex, CRLF, its bytes, CRLF; the
// last of size 0, then a trailer and an empty line.
type chunked struct {
	br       *bufio.Reader
	left     int64 // of the chunk
	inside   bool  // a chunk, whose CRLF is still to come
	overhead int   // bytes of chunk extensions so far, which mean nothing here
}

func (c *chunked) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if c.left == 0 {
		if err := c.nextChunk(); err != nil {
			return 0, err
		}
	}
	n, err := c.br.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// nextChunk reads up to the first byte of the next chunk; io.EOF after the last.
func (c *chunked) nextChunk() error {
	if c.inside {
		if line, err := c.readLine(); err != nil || line != "" {
			return badChunk(err, "a chunk is longer than its size")
		}
		c.inside = false
	}
	line, err := c.readLine()
	if err != nil {
		return badChunk(err, "a chunk has no size")
	}
	digits, extension, _ := strings.Cut(line, ";")
	if c.overhead += len(extension); c.overhead > maxLine {
		return refuse(400, "the chunk extensions are over %d bytes", maxLine)
	}
	// Strict: no sign, no 0x, no "_", and no space, not even in "1 ;a=b", which section 7.1.1 has
	// a reader take: of those who do, some have read the size otherwise.
	size, err := strconv.ParseUint(digits, 16, 63)
	if err != nil || len(digits) > 16 || !isFieldValue(extension) {
		return refuse(400, "the size of a chunk is not a hexadecimal number")
	}
	if size > 0 {
		c.left, c.inside = int64(size), true
		return nil
	}
	if _, err := readFields(c.br); err != nil { // section 7.1.2: a trailer may be discarded
		return err
	}
	return io.EOF
}

// readLine reads a line that is not the end of the request.
func (c *chunked) readLine() (string, error) {
	line, err := readLine(c.br)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return line, err
}

// badChunk refuses the body for the reason, unless it was the connection that failed.
func badChunk(err error, reason string) error {
	if err == nil || errors.Is(err, bufio.ErrBufferFull) {
		return refuse(400, "%s", reason)
	}
	return err
}
