// Package least is the least of HTTP that rungs 1 to 4 of the ladder need, so that
// each of them shows its model of a server and nothing else: the text of a request
// goes in ([Request.Add]), the parts of an answer come out ([Part]). A connection
// carries one request and is closed.
//
// What it leaves out (keep-alive, chunked bodies, Host, HTTP/1.0, percent-decoding)
// is what rung 5 is about.
package least

import (
	"bytes"
	"strconv"
	"strings"
)

// What one request may be long, in bytes: nothing here grows with the client's will.
const (
	MaxHead = 8 << 10
	MaxBody = 64 << 10
)

// A Request is the text of one request as it arrives. The zero value has seen nothing.
type Request struct {
	text         []byte
	method, path string
	body, end    int // where the body begins and ends in text; 0 as long as the head is not whole
}

var emptyLine = []byte("\r\n\r\n")

// Add takes the bytes that have come, which the caller may reuse, and returns the
// answer once the request is whole or wrong; nil means that more has to come. What
// follows the request is ignored, and Add must not be called again.
//
// Each byte is looked at once: a client that sends one at a time costs no more.
func (r *Request) Add(some []byte) []Part {
	seen := max(0, len(r.text)-len(emptyLine)+1)
	r.text = append(r.text, some...)
	if r.end == 0 {
		at := bytes.Index(r.text[seen:], emptyLine)
		head := seen + at
		switch {
		case at < 0 && len(r.text) <= MaxHead:
			return nil
		case at < 0 || head+len(emptyLine) > MaxHead:
			return r.refuse(headTooLarge)
		}
		length, wrong := r.readHead(string(r.text[:head]))
		if wrong != "" {
			return r.refuse(wrong)
		}
		r.body = head + len(emptyLine)
		r.end = r.body + length
	}
	if len(r.text) < r.end {
		return nil
	}
	answer := r.answer()
	r.text = nil // the answer has what it needs
	return answer
}

func (r *Request) refuse(status string) []Part {
	return whole(status, strings.ToLower(status)+"\n", true)
}

// readHead takes the request line and the two headers that say how long the body is.
// It returns the length, or the status to refuse the request with.
func (r *Request) readHead(head string) (length int, wrong string) {
	sized := false
	for line := range strings.SplitSeq(head, "\r\n") {
		if strings.ContainsFunc(line, isControl) {
			return 0, badRequest // also a CR or LF by itself
		}
		if r.method == "" {
			if !r.readRequestLine(line) {
				return 0, badRequest
			}
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if !found || name == "" || strings.ContainsAny(name, " \t") {
			return 0, badRequest
		}
		switch {
		case strings.EqualFold(name, "Transfer-Encoding"):
			return 0, notImplemented // RFC 9112 section 6.1
		case strings.EqualFold(name, "Content-Length"):
			n, err := strconv.ParseUint(strings.Trim(value, " \t"), 10, 63)
			switch {
			case sized || (err != nil && n == 0): // two lengths, or not a number
				return 0, badRequest
			case n > MaxBody: // also a number that no integer can hold
				return 0, bodyTooLarge
			}
			length, sized = int(n), true
		}
	}
	return length, ""
}

func (r *Request) readRequestLine(line string) bool {
	part := strings.Split(line, " ")
	if len(part) != 3 || part[0] == "" || part[1] == "" {
		return false
	}
	minor, found := strings.CutPrefix(part[2], "HTTP/1.")
	if !found || len(minor) != 1 || minor < "0" || minor > "9" {
		return false
	}
	r.method = part[0]
	r.path, _, _ = strings.Cut(part[1], "?")
	return true
}

func isControl(c rune) bool { return (c < ' ' && c != '\t') || c == 0x7f }
