package h1

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// This file is how a request is refused that no handler sees, and how a connection is ended
// whose client may still be sending.

// refusal is an error that a client is told, and that ends the connection.
type refusal struct {
	status int
	why    string // for the client; may be ""
	said   string // the body of the answer; "" is the status and why
}

func (r *refusal) Error() string { return "dram: h1: " + r.text() }

func (r *refusal) text() string {
	text := statusLine(r.status)[len("HTTP/1.1 "):]
	text = strings.TrimSuffix(text, "\r\n")
	if r.why != "" {
		text += ": " + r.why
	}
	return text
}

func malformed(why string) error { return &refusal{status: http.StatusBadRequest, why: why} }

var (
	errMalformed = malformed("") // as net/http has it
	errFolded    = malformed("a header line that begins with a space")
	errVersion   = &refusal{status: http.StatusHTTPVersionNotSupported, why: "unsupported protocol version"}
	errTooLarge  = &refusal{status: http.StatusRequestHeaderFieldsTooLarge}
	errManyLines = &refusal{status: http.StatusRequestHeaderFieldsTooLarge, why: "too many header lines"}
)

// refuse tells the client why its request is not served, if that is an answer.
func (c *conn) refuse(err error) {
	var r *refusal
	if !errors.As(err, &r) {
		return
	}
	text := r.text()
	_ = c.rwc.SetWriteDeadline(time.Now().Add(refuseWithin))
	_, _ = io.WriteString(c.rwc, "HTTP/1.1 "+text+"\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"+cmp.Or(r.said, text))
	if r.status == http.StatusRequestHeaderFieldsTooLarge {
		c.linger(much)
	} else {
		c.linger(some)
	}
}

const (
	refuseWithin = 5 * time.Second
	// lingering is how long a client that still sends is listened to, so that it reads
	// the answer before the reset of its connection.
	lingering = 500 * time.Millisecond
)

// linger ends the sending side and drops what the client sends, until it has closed the connection, or
// for a while, or does not read it if that is much. A connection whose sides end together only waits, and
// only if much is to come, as net/http has it. A client that has asked whether to send its body, and sends it
// without waiting, is listened to while it does: net/http reads that body.
func (c *conn) linger(rest rest) {
	if rest == nothing {
		return
	}
	until := time.Now().Add(lingering)
	end := until
	if rest == offered {
		end = until.Add(refuseWithin - lingering)
	}
	half, ok := c.rwc.(interface{ CloseWrite() error })
	ok = ok && half.CloseWrite() == nil || rest == offered
	if ok && c.rwc.SetReadDeadline(until) == nil {
		for dropped := 0; dropped < lingerMost; {
			n, err := c.rwc.Read(c.in.buf)
			if dropped += n; err != nil {
				return
			}
			if more := time.Now().Add(lingering); more.Before(end) {
				until = more
				_ = c.rwc.SetReadDeadline(until)
			}
		}
	} else if rest != much {
		return
	}
	time.Sleep(time.Until(until))
}

// lingerMost bounds what is dropped.
const lingerMost = 1 << 20
