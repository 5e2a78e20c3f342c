package dram_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/fcgi"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file has an Engine answer over FastCGI, whose connection carries the records of several
// requests at once, in any order: each answer is that of its request, as over any other server.

// The types of FastCGI's records (section 8 of its specification) that are used.
const (
	fcgiBegin  = 1
	fcgiAbort  = 2
	fcgiEnd    = 3
	fcgiParams = 4
	fcgiStdin  = 5
	fcgiStdout = 6
)

// fcgiRequest is a request that is sent record by record.
type fcgiRequest struct {
	id      byte
	params  map[string]string
	body    []byte
	left    []record
	aborted bool
}

type record struct {
	kind    byte
	content []byte
}

func newFCGIRequest(id byte, path, name, value string, body []byte) *fcgiRequest {
	token := fmt.Sprintf("token%d", id)
	body = append([]byte(token), body...)
	r := &fcgiRequest{id: id, body: body, params: map[string]string{
		"REQUEST_METHOD": "POST", "SERVER_PROTOCOL": "HTTP/1.1", "REQUEST_URI": path + "?q=" + token, "HTTP_HOST": token + ".example.com",
		"REMOTE_ADDR": "192.0.2.1", "REMOTE_PORT": "1234", "CONTENT_LENGTH": fmt.Sprint(len(body)), "HTTP_X_TOKEN": token,
	}}
	if name = "HTTP_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")); name != "HTTP_X_TOKEN" {
		r.params[name] = value
	}
	r.left = []record{{fcgiBegin, []byte{0, 1, 1, 0, 0, 0, 0, 0}}} // a responder, and the connection is kept
	var pairs []byte
	for name, value := range r.params {
		pairs = binary.BigEndian.AppendUint32(pairs, uint32(len(name))|1<<31)
		pairs = binary.BigEndian.AppendUint32(pairs, uint32(len(value))|1<<31)
		pairs = append(append(pairs, name...), value...)
	}
	r.left = append(r.left, record{fcgiParams, pairs}, record{fcgiParams, nil}, record{fcgiStdin, body}, record{fcgiStdin, nil})
	return r
}

// send sends up to size bytes of what comes next, or all if size is 0.
func (r *fcgiRequest) send(t *testing.T, w io.Writer, size int) {
	next := &r.left[0]
	part := next.content
	if size > 0 && size < len(part) && next.kind != fcgiBegin {
		part = part[:size]
	}
	if next.content = next.content[len(part):]; len(next.content) == 0 {
		r.left = r.left[1:]
	}
	writeRecord(t, w, r.id, next.kind, part)
}

func writeRecord(t *testing.T, w io.Writer, id, kind byte, content []byte) {
	head := []byte{1, kind, 0, id, byte(len(content) >> 8), byte(len(content)), 0, 0}
	_, err := w.Write(append(head, content...))
	require.NoError(t, err)
}

// readRecords collects what is answered to each request, and closes all when so many have ended.
// It reads on until the connection is closed: an answer may come before its request is sent.
func readRecords(r io.Reader, ends int, all chan<- bool) map[byte]*bytes.Buffer {
	answers := map[byte]*bytes.Buffer{}
	ended := map[byte]bool{}
	var head [8]byte
	for {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			break
		}
		content := make([]byte, int(head[4])<<8|int(head[5])+int(head[6]))
		if _, err := io.ReadFull(r, content); err != nil {
			break
		}
		if head[1] == fcgiEnd && !ended[head[3]] {
			if ended[head[3]] = true; len(ended) == ends {
				close(all)
			}
		} else if head[1] == fcgiStdout {
			if answers[head[3]] == nil {
				answers[head[3]] = new(bytes.Buffer)
			}
			answers[head[3]].Write(content[:len(content)-int(head[6])])
		}
	}
	return answers
}

// echoing answers with what it was asked.
func echoing(name string) *dram.Engine {
	r := dram.New()
	r.POST("/echo/*rest", func(c *dram.Context) {
		body, err := c.GetRawData()
		c.Header("X-Token", c.GetHeader("X-Token"))
		if err != nil {
			c.String(http.StatusBadRequest, "cut off")
			return
		}
		c.String(http.StatusCreated, "%q %q %q %q %q %q", c.Param("rest"), c.Query("q"), c.Request.Host, c.GetHeader(name), c.ClientIP(), body)
	})
	return r
}

// oneConn is a listener with one connection.
type oneConn struct{ conns chan net.Conn }

func (l oneConn) Accept() (net.Conn, error) {
	if conn, ok := <-l.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}
func (oneConn) Close() error   { return nil }
func (oneConn) Addr() net.Addr { return &net.UnixAddr{} }

// FuzzFastCGI sends three requests at once, whose records are mixed, cut and aborted as schedule
// says, and compares the answers with those to the same requests one at a time. An answer
// never has another request's token, nor is one of them given to the half of a body.
func FuzzFastCGI(f *testing.F) {
	f.Add("/echo/a%20b", "X-Odd", "value", []byte("body"), []byte{0, 1, 2, 0, 1, 2, 0, 1, 2, 5, 6, 7})
	f.Add("/echo//../x", "Content-Type", "multipart/form-data; boundary=a", []byte("--a\r\n"), []byte{0, 0, 0, 7, 1, 3, 1, 11})
	f.Add("/none", "X-Forwarded-For", "10.0.0.1", bytes.Repeat([]byte("x"), 70), []byte{0, 0, 0, 0x24, 0x24, 3, 2, 2, 2, 0x16, 11})
	f.Add("/echo", "Host", "a:b", []byte{}, []byte{})
	f.Add("*", "Transfer-Encoding", "chunked", []byte("0\r\n\r\n"), []byte{1})
	f.Fuzz(func(t *testing.T, path, name, value string, body, schedule []byte) {
		if !httpfield.IsToken(name) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) || strings.ContainsAny(path, " \r\n") || len(path)+len(name)+len(value)+len(body) > 60_000 {
			return // no web server sends it
		}
		r := echoing(name)
		here, there := net.Pipe()
		listener := oneConn{make(chan net.Conn, 1)}
		listener.conns <- there
		close(listener.conns)
		require.ErrorIs(t, fcgi.Serve(listener, r), net.ErrClosed) // which leaves the connection's goroutine
		answers, ended := make(chan map[byte]*bytes.Buffer, 1), make(chan bool)
		go func() { answers <- readRecords(here, 3, ended) }()

		requests := []*fcgiRequest{newFCGIRequest(1, path, name, value, body), newFCGIRequest(2, path, name, value, body), newFCGIRequest(3, path, name, value, body)}
		for _, b := range schedule {
			if req := requests[int(b>>2)%3]; b&3 == 3 && len(req.left) > 0 && len(req.left) < 5 {
				writeRecord(t, here, req.id, fcgiAbort, nil)
				req.left, req.aborted = nil, true
			} else if req := requests[int(b&3)%3]; b&3 < 3 && len(req.left) > 0 {
				req.send(t, here, int(b>>2))
			}
		}
		for _, req := range requests {
			for len(req.left) > 0 {
				req.send(t, here, 0)
			}
		}
		<-ended
		require.NoError(t, here.Close())
		got := <-answers
		for _, req := range requests {
			if answer := got[req.id]; !req.aborted {
				require.NotNil(t, answer, "request %d is not answered", req.id)
				compareFCGI(t, r, req, answer.String())
			} else if answer != nil {
				require.NotContains(t, answer.String(), "201 Created", "half a body is answered")
			}
		}
	})
}

// compareFCGI compares an answer over FastCGI with that of the Engine alone.
func compareFCGI(t *testing.T, r *dram.Engine, req *fcgiRequest, answer string) {
	head, body, _ := strings.Cut(answer, "\r\n\r\n")
	asHTTP, err := cgi.RequestFromMap(req.params)
	if err != nil {
		require.Contains(t, head, "Status: 500")
		return
	}
	asHTTP.Body = io.NopCloser(bytes.NewReader(req.body))
	w := httptest.NewRecorder()
	r.ServeHTTP(w, asHTTP)
	require.Contains(t, head, fmt.Sprintf("Status: %d ", w.Code))
	require.Equal(t, w.Body.String(), body)
	for name, values := range w.Header() {
		require.Contains(t, head, textproto.CanonicalMIMEHeaderKey(name)+": "+values[0])
	}
}
