// Package http1 is the text of HTTP/1.1 (RFC 9112) above a net.Listener: it reads requests,
// refuses those that two readers could read differently, and writes answers. It knows
// nothing of net/http, whose place it takes here.
//
// The files in the order of a request: server.go (connections), conn.go (the requests of one, and
// its timeouts), request.go (request line and header), body.go (where the body ends), response.go
// (the answer, and where that one ends).
package http1

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"net/url"
	"strings"
)

// What a client may send before the body. A line is read inside the connection's buffer, so
// nothing grows with what the client sends.
const (
	maxLine   = 8 << 10 // of one line, at least 8000 octets: RFC 9112 section 3
	maxHeader = 64 << 10
	maxFields = 100
)

// Request is one request. Header's names are in canonical form: names know no case.
type Request struct {
	Method, Target string
	Minor          int // HTTP/1.Minor
	URL            *url.URL
	Host           string
	Header         textproto.MIMEHeader
	ContentLength  int64     // -1: chunked, known at its end
	Body           io.Reader // ends where the request does; never nil
	Close          bool      // the client sends nothing more on this connection
	LocalAddr      net.Addr
	RemoteAddr     net.Addr

	ctx context.Context
}

// Context ends when the answer is complete or the client is gone.
func (r *Request) Context() context.Context { return r.ctx }

// StatusError is a request that is refused: with this status, and then the connection is
// closed, since nobody knows where the next request would begin.
type StatusError struct {
	Status int
	Reason string
}

func (e *StatusError) Error() string { return e.Reason }

func refuse(status int, format string, args ...any) error {
	return &StatusError{status, fmt.Sprintf(format, args...)}
}

// ReadRequest reads a request up to its body. The error is io.EOF before the first byte, a
// *StatusError if the request is refused, otherwise the reader's.
func ReadRequest(br *bufio.Reader) (*Request, error) {
	line, err := readLine(br)
	if err == nil && line == "" {
		line, err = readLine(br) // section 2.2: an empty line in front is ignored, one here
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, refuse(414, "the request line is over %d bytes", maxLine)
	}
	if err != nil {
		return nil, err
	}
	req := new(Request)
	if err := req.parseLine(line); err != nil {
		return nil, err
	}
	if req.Header, err = readFields(br); err != nil {
		return nil, err
	}
	if err := req.checkHost(); err != nil {
		return nil, err
	}
	if req.ContentLength, err = bodyLength(req.Minor, req.Header); err != nil {
		return nil, err
	}
	req.Close = req.Minor == 0 || hasToken(req.Header["Connection"], "close") // section 9.3
	req.Body = newBody(br, req.ContentLength)
	return req, nil
}

// parseLine reads "method SP request-target SP HTTP-version", section 3: one space each.
func (r *Request) parseLine(line string) (err error) {
	method, rest, _ := strings.Cut(line, " ")
	target, version, _ := strings.Cut(rest, " ")
	if !isToken(method) || target == "" {
		return refuse(400, "the request line is not a method, a target and a version")
	}
	digits, ok := strings.CutPrefix(version, "HTTP/")
	if !ok || len(digits) != 3 || !isDigit(digits[0]) || digits[1] != '.' || !isDigit(digits[2]) {
		return refuse(400, "the version is not HTTP/ and two digits")
	}
	if digits[0] != '1' {
		return refuse(505, "the version is not HTTP/1.1")
	}
	r.Method, r.Target, r.Minor = method, target, int(digits[2]-'0')
	return r.parseTarget()
}

// parseTarget takes three of the four forms of section 3.2. The fourth, an authority, is for
// CONNECT, which asks for a tunnel.
func (r *Request) parseTarget() (err error) {
	if r.Method == "CONNECT" {
		return refuse(501, "no tunnels here")
	}
	for i := range len(r.Target) {
		if c := r.Target[i]; c <= ' ' || c >= 0x7f || c == '#' {
			return refuse(400, "the target has a byte that a URI has to escape")
		}
	}
	if r.Target == "*" && r.Method == "OPTIONS" { // asterisk-form
		r.URL = &url.URL{Path: "*"}
		return nil
	}
	r.URL, err = url.ParseRequestURI(r.Target)
	if err == nil && r.Target[0] == '/' { // origin-form
		return nil
	}
	isHTTP := err == nil && (r.URL.Scheme == "http" || r.URL.Scheme == "https")
	if !isHTTP || !isHost(r.URL.Host) || r.URL.Host == "" || r.URL.User != nil {
		return refuse(400, "the target is not a path, nor an http URI")
	}
	r.Host = r.URL.Host // absolute-form, a proxy's, which a server must take too: section 3.2.2
	r.URL.Path = cmp.Or(r.URL.Path, "/")
	return nil
}

// checkHost: section 3.2. With HTTP/1.1 exactly one Host, even if the target names one.
func (r *Request) checkHost() error {
	hosts := r.Header["Host"]
	if len(hosts) > 1 || len(hosts) == 0 && r.Minor > 0 {
		return refuse(400, "the header has %d Host fields instead of one", len(hosts))
	}
	if len(hosts) == 1 {
		if !isHost(hosts[0]) {
			return refuse(400, "the Host field is not a host")
		}
		if r.Host == "" {
			r.Host = hosts[0]
		}
		r.Header.Del("Host")
	}
	return nil
}

// readFields reads field lines up to the empty line: the header, or a body's trailer.
func readFields(br *bufio.Reader) (textproto.MIMEHeader, error) {
	fields, size, count := textproto.MIMEHeader{}, 0, 0
	for {
		line, err := readLine(br)
		if size, count = size+len(line), count+1; size > maxHeader || count > maxFields+1 || errors.Is(err, bufio.ErrBufferFull) {
			return nil, refuse(431, "the header is over %d bytes or %d fields, or a line over %d bytes", maxHeader, maxFields, maxLine)
		}
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		if line == "" {
			return fields, nil
		}
		if line[0] == ' ' || line[0] == '\t' {
			return nil, refuse(400, "a field goes on in the next line") // section 5.2: obs-fold
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isToken(name) { // also "Name :", section 5.1: one reader drops the space, one the field
			return nil, refuse(400, "a line of the header is not a name, a colon and a value")
		}
		if value = strings.Trim(value, " \t"); !isFieldValue(value) {
			return nil, refuse(400, "the value of the field %s has a control character", name)
		}
		fields.Add(name, value)
	}
}

// readLine reads a line that ends in CRLF, without the CRLF. A LF alone may be taken for the
// end of a line (section 2.2), but where one reader takes it for that and another does not, they
// read two headers; a CR alone is worse, and is refused as what it is elsewhere, a control character.
func readLine(br *bufio.Reader) (string, error) {
	line, err := br.ReadSlice('\n')
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return "", err
	}
	text, ok := strings.CutSuffix(string(line), "\r\n")
	if !ok {
		return "", refuse(400, "a line does not end in CRLF")
	}
	return text, nil
}

// isToken: RFC 9110 section 5.6.2, the alphabet of methods and names.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		isLetter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !isLetter && !isDigit(c) && !strings.Contains("!#$%&'*+-.^_`|~", s[i:i+1]) {
			return false
		}
	}
	return s != ""
}

// isFieldValue: RFC 9110 section 5.5.
func isFieldValue(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// isHost reports whether s is a host with or without a port, RFC 3986 section 3.2.
func isHost(s string) bool {
	host, port, _ := strings.Cut(s, ":")
	if inside, ok := strings.CutPrefix(s, "["); ok {
		host, port, ok = strings.Cut(inside, "]")
		if ip, err := netip.ParseAddr(host); !ok || err != nil || !ip.Is6() || port != "" && port[0] != ':' {
			return false
		}
		host, port = "", strings.TrimPrefix(port, ":")
	}
	return !strings.ContainsFunc(port, func(r rune) bool { return r < '0' || r > '9' }) &&
		!strings.ContainsFunc(host, func(r rune) bool {
			return r <= ' ' || r >= 0x7f || strings.ContainsRune("/\\?#@\"<>[]^`{|}", r)
		})
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// hasToken reports whether a list field (RFC 9110 section 5.6.1) has the token.
func hasToken(values []string, token string) bool {
	for _, value := range values {
		for item := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.Trim(item, " \t"), token) {
				return true
			}
		}
	}
	return false
}
