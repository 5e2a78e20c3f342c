package h1

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// This file reads the chunked coding (RFC 9112 section 7.1), and the trailers behind it. What it
// does not take ends the body with an error, and with it the connection.

// chunks is where the reading of chunks stands.
type chunks struct {
	begun  bool // the CRLF behind a chunk's data comes before the next size
	excess int  // bytes that were neither data nor the least that frames them
}

const (
	maxChunkLine = 4096     // of a size with its extensions, in bytes
	maxTrailers  = 4096     // of all trailers together
	maxExcess    = 16 << 10 // of all of them, beyond what data of this length needs
)

var (
	errChunk     = errors.New("dram: h1: malformed chunked encoding")
	errBareLF    = errors.New("dram: h1: malformed chunked encoding: a line does not end in CRLF")
	errExtension = errors.New("dram: h1: malformed chunked encoding: a control byte in an extension")
	errHuge      = errors.New("dram: h1: malformed chunked encoding: a chunk of 2^63 bytes or more")
	errExcess    = errors.New("dram: h1: chunked encoding contains too much that is not data")
	errTrailer   = errors.New("dram: h1: malformed trailer")
)

// readChunk reads of the chunk that is next.
func (b *body) readChunk(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	for b.left == 0 {
		if err := b.nextChunk(); err != nil {
			return 0, err
		}
	}
	n, err = b.readSome(p)
	if err == nil && b.left == 0 && b.w.conn.in.r < b.w.conn.in.w {
		err = b.endWithData() // so that the last Read of a short body says io.EOF
	}
	return n, err
}

// endWithData looks whether the last chunk was read with the data before it.
func (b *body) endWithData() error {
	if !bytes.HasPrefix(b.w.conn.in.data(), []byte("\r\n0\r\n\r\n")) {
		return nil
	}
	return b.nextChunk()
}

// nextChunk reads the size of the next chunk; io.EOF is the end of all.
func (b *body) nextChunk() error {
	if b.chunks.begun {
		if err := b.crlf(); err != nil {
			return err
		}
	}
	line, err := b.line(maxChunkLine)
	if err != nil {
		return err
	}
	size, err := chunkSize(line)
	if err != nil {
		return err
	}
	// A chunk of n bytes is granted 16 bytes and as many again as it holds.
	b.chunks.excess = max(0, b.chunks.excess+len(line)+2-16-int(min(2*size, 1<<20)))
	if b.chunks.excess > maxExcess {
		return errExcess
	}
	if size == 0 {
		return b.trailers()
	}
	b.left, b.chunks.begun = size, true
	return nil
}

// chunkSize reads "1a" or "1a;name=value".
func chunkSize(line []byte) (size int64, err error) {
	digits := 0
	for digits < len(line) {
		d := hexDigit(line[digits])
		if d < 0 {
			break
		}
		if digits == 16 {
			return 0, errChunk
		}
		if size>>59 != 0 {
			return 0, errHuge
		}
		size = size<<4 | int64(d)
		digits++
	}
	extension := bytes.TrimRight(line[digits:], " \t")
	if digits == 0 || len(extension) > 0 && extension[0] != ';' {
		return 0, errChunk
	}
	for _, c := range extension {
		if c < ' ' && c != '\t' || c == 0x7f {
			return 0, errExtension
		}
	}
	return size, nil
}

func hexDigit(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// line reads a line that ends in CRLF, and returns it without. It is valid until the next read.
func (b *body) line(most int) ([]byte, error) {
	in := &b.w.conn.in
	for seen := 0; ; {
		if end := bytes.IndexByte(in.data()[seen:], '\n'); end >= 0 {
			end += seen
			line := in.data()[:end]
			switch {
			case end > most:
				return nil, errChunk
			case !bytes.HasSuffix(line, []byte("\r")):
				return nil, errBareLF
			}
			in.r += end + 1
			return line[:end-1], nil
		}
		if seen = in.w - in.r; seen > most {
			return nil, errChunk
		}
		if err := b.fill(); err != nil {
			return nil, b.failed(err)
		}
	}
}

// crlf reads the end of a chunk's data.
func (b *body) crlf() error {
	in := &b.w.conn.in
	for in.w-in.r < 2 {
		if in.r < in.w && in.buf[in.r] != '\r' {
			return errChunk
		}
		if err := b.fill(); err != nil {
			return b.failed(err)
		}
	}
	if in.buf[in.r] != '\r' || in.buf[in.r+1] != '\n' {
		return errChunk
	}
	in.r += 2
	b.chunks.begun = false
	return nil
}

// trailers reads what is behind the last chunk into Request.Trailer, and returns io.EOF.
func (b *body) trailers() error {
	most := maxTrailers
	var found http.Header
	for lines := 0; ; lines++ {
		line, err := b.line(most)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			break
		}
		if most -= len(line); most <= 0 || lines == b.w.conn.server.maxLines() {
			return errTrailer
		}
		name, value, err := headerLine(string(line))
		if err != nil {
			return errTrailer
		}
		if found == nil {
			found = make(http.Header)
		}
		found[name] = append(found[name], value)
	}
	for name, values := range found {
		if b.req.Trailer == nil {
			b.req.Trailer = make(http.Header)
		}
		b.req.Trailer[name] = values
	}
	return io.EOF
}
