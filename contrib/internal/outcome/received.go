package outcome

import (
	"io"
	"net/http"
	"sync/atomic"
)

// This file counts what was received of a request's body: a client may claim any
// Content-Length, and with one request spoil a sum for ever.

// drained is how much of a body net/http reads that the handlers have left.
const drained = 256 << 10

// received is a body that counts what is read. A nil one is that of a request without a
// body.
type received struct {
	io.ReadCloser
	read atomic.Int64
}

// counting returns a request whose body is counted, and that body.
func counting(req *http.Request) (*http.Request, *received) {
	if req.Body == nil || req.Body == http.NoBody {
		return req, nil
	}
	body := &received{ReadCloser: req.Body}
	req = req.WithContext(req.Context()) // a copy: net/http looks at the body of its own
	req.Body = body
	return req, body
}

// Read counts what it reads; it may be another goroutine's, as that of a proxy.
func (b *received) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Add(int64(n))
	return n, err
}

// size is what was read, or what the client claims to have sent, its Content-Length, as
// far as net/http reads that in place of the handlers.
func (b *received) size(claimed int64) int64 {
	read := int64(0)
	if b != nil {
		read = b.read.Load()
	}
	return max(read, min(claimed, drained))
}
