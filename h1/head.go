package h1

import (
	"bytes"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file reads the head of a request out of its text (RFC 9112 sections 2 to 5). All strings
// of a request are parts of that text, which is made for this request alone; those of a long text
// are copies, since whoever keeps one of them would keep it all.

// head is what a head says.
type head struct {
	method, target, proto string
	minor                 int // of HTTP/1
	header                http.Header
	host                  string
	hosts                 int // how many lines there were
	length                string
	lengths               int
	coding                string // Transfer-Encoding
	codings               int
}

// parseHead reads a head with its empty line. Lines may end in LF alone, as net/http has it.
func parseHead(text string, maxLines int) (h head, err error) {
	long := len(text) > inputSize
	line, rest := cutLine(text)
	if long {
		line = strings.Clone(line)
	}
	if err := h.requestLine(line); err != nil {
		return h, err
	}
	lines := strings.Count(rest, "\n") - 1
	if lines > maxLines {
		return h, errManyLines
	}
	h.header = make(http.Header, lines)
	var values []string // of all lines, in one piece
	for {
		line, rest = cutLine(rest)
		if line == "" {
			return h, nil
		}
		name, value, err := headerLine(line)
		if err != nil {
			return h, err
		}
		if long {
			name, value = strings.Clone(name), strings.Clone(value)
		}
		if h.frames(name, value) {
			continue
		}
		if there := h.header[name]; there != nil {
			h.header[name] = append(there, value)
			continue
		}
		if values == nil {
			values = make([]string, lines)
		}
		values[0] = value
		h.header[name], values = values[:1:1], values[1:]
	}
}

// half is how many bytes of a head whose end has not come are known to be lines of one. What is
// none may have no end: the hello of TLS, say.
type half int

// lines checks the lines that are whole. The first from bytes are known to hold no other end of one.
func (h *half) lines(data []byte, from int) error {
	for {
		from = max(from, int(*h))
		end := bytes.IndexByte(data[from:], '\n')
		if end < 0 {
			return nil
		}
		end += from
		line := strings.TrimSuffix(string(data[*h:end]), "\r")
		if *h == 0 {
			var first head
			if err := first.requestLine(line); err != nil && err != errVersion { // which is said of a whole head
				return err
			}
			if err := parseTarget(new(url.URL), first.method, first.target); err != nil {
				return err
			}
		} else if _, _, err := headerLine(line); err != nil {
			return err
		}
		*h = half(end + 1)
	}
}

// cutLine cuts the first line off, without its end.
func cutLine(text string) (line, rest string) {
	end := strings.IndexByte(text, '\n')
	line, rest = text[:end], text[end+1:]
	return strings.TrimSuffix(line, "\r"), rest
}

// requestLine reads "GET /path HTTP/1.1".
func (h *head) requestLine(line string) error {
	method, rest, _ := strings.Cut(line, " ")
	target, proto, ok := strings.Cut(rest, " ")
	switch {
	case !ok:
		return errMalformed
	case !httpfield.IsToken(method):
		return errMalformed
	case len(proto) != len("HTTP/1.1") || proto[:5] != "HTTP/" || proto[6] != '.' || !isDigit(proto[5]) || !isDigit(proto[7]):
		return errMalformed
	}
	h.method, h.target, h.proto, h.minor = method, target, proto, int(proto[7]-'0')
	if proto[5] != '1' {
		return errVersion
	}
	return nil
}

// headerLine reads "Name: value". The name is in its canonical form. Nothing is taken that two
// readers may understand in two ways: a space before the colon or at the front of a line, a CR
// or another control byte.
func headerLine(line string) (name, value string, err error) {
	colon := strings.IndexByte(line, ':')
	switch {
	case strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"):
		return "", "", errFolded
	case colon <= 0:
		return "", "", errMalformed
	}
	name = line[:colon]
	canonical := true
	upper := true
	for i := range len(name) {
		b := name[i]
		kind := tokenBytes[b]
		if kind == 0 {
			return "", "", malformed("invalid header name")
		}
		if upper && kind == lowerByte || !upper && kind == upperByte {
			canonical = false
		}
		upper = b == '-'
	}
	if !canonical {
		name = textproto.CanonicalMIMEHeaderKey(name)
	}
	value = trimSpace(line[colon+1:])
	if !httpfield.IsValue(value) {
		return "", "", errMalformed
	}
	return name, value, nil
}

// frames keeps what Request.Header does not have: the host, and how long the body is.
func (h *head) frames(name, value string) bool {
	switch name {
	case "Host":
		h.host = value
		h.hosts++
	case "Transfer-Encoding":
		h.coding = value
		h.codings++
	case "Content-Length":
		h.length = value
		h.lengths++
		return false // is in Request.Header as well
	default:
		return false
	}
	return true
}

// The bytes of a token (RFC 9110 section 5.6.2).
const (
	otherByte = 1 + iota
	lowerByte
	upperByte
)

var tokenBytes = func() (table [256]byte) {
	for _, b := range "!#$%&'*+-.^_`|~0123456789" {
		table[b] = otherByte
	}
	for b := 'a'; b <= 'z'; b++ {
		table[b], table[b-'a'+'A'] = lowerByte, upperByte
	}
	return table
}()

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// trimSpace removes spaces and tabs at both ends.
func trimSpace(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}
