package h1_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// This file reads what a server has written, and says when two answers are the same.

// answer is one answer on the wire.
type answer struct {
	line    string
	code    int
	head    []string // lines, in the order written
	framing string
	body    string
	trailer []string
}

func (a answer) String() string {
	return fmt.Sprintf("%s\n%s\n[%s]\n%.300q\n%q", a.line, strings.Join(a.head, "\n"), a.framing, a.body, a.trailer)
}

// refuses reports whether the answer refuses a request and ends the connection.
func (a answer) refuses() bool {
	return a.code >= 400 && slices.Contains(a.head, "Connection: close") && !strings.Contains(a.body, "\n")
}

// same reports whether two answers mean the same: order of lines, sizes of
// chunks and, of a refusal that closes, the reason given are left out.
func (a answer) same(b answer) bool {
	x, y := slices.Sorted(slices.Values(a.head)), slices.Sorted(slices.Values(b.head))
	text := a.line == b.line && a.body == b.body
	if a.code == b.code && a.refuses() && b.refuses() {
		text = true
	}
	return text && slices.Equal(x, y) && a.framing == b.framing &&
		slices.Equal(slices.Sorted(slices.Values(a.trailer)), slices.Sorted(slices.Values(b.trailer)))
}

// parseAnswers cuts what a server wrote into answers. The requests say which
// answers have no body; a refusal is to none of them.
func parseAnswers(out []byte, requests []string) ([]answer, error) {
	var list []answer
	r := bufio.NewReader(bytes.NewReader(out))
	for final := 0; ; {
		line, err := r.ReadString('\n')
		if err == io.EOF && line == "" {
			return list, nil
		}
		proto, status, _ := strings.Cut(strings.TrimSuffix(line, "\r\n"), " ")
		code, bad := strconv.Atoi(status[:min(3, len(status))])
		if err != nil || bad != nil || !strings.HasPrefix(proto, "HTTP/1.") {
			return list, fmt.Errorf("status line %q", line)
		}
		a := answer{line: strings.TrimSuffix(line, "\r\n"), code: code}
		if a.head, err = readLines(r); err != nil {
			return list, err
		}
		head := final < len(requests) && strings.HasPrefix(requests[final], "HEAD ")
		if code >= 200 || code == 101 {
			final++
		}
		if err := a.readBody(r, head || code < 200 || code == 204 || code == 304); err != nil {
			return list, err
		}
		list = append(list, a)
	}
}

func (a *answer) readBody(r *bufio.Reader, none bool) error {
	length, chunked := -1, false
	for _, l := range a.head {
		name, value, _ := strings.Cut(l, ": ")
		switch {
		case strings.EqualFold(name, "Content-Length"):
			length, _ = strconv.Atoi(value)
		case strings.EqualFold(name, "Transfer-Encoding"):
			chunked = true
		}
	}
	switch {
	case none:
		a.framing = "none"
	case chunked:
		a.framing = "chunked"
		return a.readChunks(r)
	case length >= 0:
		a.framing = "length"
		b, err := io.ReadAll(io.LimitReader(r, int64(length)))
		a.body = string(b)
		if len(b) < length {
			a.framing = "length, cut short"
		}
		return err
	default:
		a.framing = "until close"
		b, err := io.ReadAll(r)
		a.body = string(b)
		return err
	}
	return nil
}

func (a *answer) readChunks(r *bufio.Reader) (err error) {
	for {
		line, err := r.ReadString('\n')
		if err == io.EOF && line == "" {
			a.framing = "chunked, cut short"
			return nil
		}
		size, bad := strconv.ParseUint(strings.TrimSuffix(line, "\r\n"), 16, 31)
		if bad != nil {
			return fmt.Errorf("chunk size %q", line)
		}
		if size == 0 {
			a.trailer, err = readLines(r)
			return err
		}
		b := make([]byte, size+2)
		n, err := io.ReadFull(r, b)
		if err != nil {
			a.body, a.framing = a.body+string(b[:n]), "chunked, cut within a chunk"
			return nil
		}
		a.body += string(b[:size])
	}
}

// readLines reads header lines up to the empty one.
func readLines(r *bufio.Reader) ([]string, error) {
	var lines []string
	for {
		l, err := r.ReadString('\n')
		if err != nil || !strings.HasSuffix(l, "\r\n") {
			return lines, fmt.Errorf("a head that ends in %q", l)
		}
		if l == "\r\n" {
			return lines, nil
		}
		lines = append(lines, strings.TrimSuffix(l, "\r\n"))
	}
}
