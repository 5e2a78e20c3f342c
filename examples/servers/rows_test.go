package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for what has to come; only a failing one waits so long.
const patience = 30 * time.Second

// await is how long to wait for what the table says of it: what cannot come is waited for
// briefly, as is what the table does not have yet.
func await(want string) <-chan time.Time {
	if want == "no" || want == "" {
		return time.After(200 * time.Millisecond)
	}
	return time.After(patience)
}

// rows are the requests of the table: each returns what was seen, and fails the test if that
// is wrong with any server. want is what the table says.
var rows = []struct {
	name string
	see  func(t *testing.T, s *subject, want string) string
}{
	{"protocol seen", func(t *testing.T, s *subject, _ string) string { return s.seen(t).Proto }},
	{"ClientIP", func(t *testing.T, s *subject, _ string) string { return cmp.Or(s.seen(t).Client, "none") }},
	{"X-Forwarded-For believed", func(t *testing.T, s *subject, _ string) string {
		return yes(s.seen(t, "X-Forwarded-For", "10.0.0.1").Client == "10.0.0.1")
	}},
	{"404", func(t *testing.T, s *subject, _ string) string {
		res, body := s.do(t, http.MethodGet, "/no/such", nil)
		return yes(res.StatusCode == http.StatusNotFound && body == "404 page not found")
	}},
	{"Content-Length of an answer", func(t *testing.T, s *subject, _ string) string {
		res, body := s.do(t, http.MethodGet, "/", nil)
		return yes(res.ContentLength == int64(len(body)) && len(res.TransferEncoding) == 0)
	}},
	{"an answer of unknown length", unknownLength},
	{"HEAD", func(t *testing.T, s *subject, _ string) string {
		_, got := s.do(t, http.MethodGet, "/", nil)
		res, body := s.do(t, http.MethodHead, "/", nil)
		assert.Empty(t, body)
		return yes(res.StatusCode == http.StatusOK && res.ContentLength == int64(len(got)))
	}},
	{"a body, echoed", echoed(1 << 10)},
	{"8 MiB, echoed", echoed(8 << 20)},
	{"a chunked body", chunked},
	{"the answer streams", streamOut},
	{"the body streams", streamIn},
	{"the handler learns of a disconnect", disconnect},
	{"trailer of a request", trailerIn},
	{"trailer of an answer", func(t *testing.T, s *subject, _ string) string {
		res, body := s.do(t, http.MethodGet, "/trailer", nil)
		assert.Equal(t, "body\n", body)
		return yes(res.Trailer.Get("X-Sum") == "5")
	}},
	{"103 before the answer", hinted},
	{"a panic cuts a stream", cut("")},
	{"a panic cuts a stream of HTTP/1.0", cutHTTP10},
	{"a panic cuts a body of declared length", cut("?length=1000")},
	{"the connection taken over", func(t *testing.T, s *subject, _ string) string {
		res, _ := s.do(t, http.MethodGet, "/hijack", nil)
		return yes(res.StatusCode == http.StatusSwitchingProtocols)
	}},
	{"its end waits for the handler", inFlight}, // the last: it ends the server
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// send sends a request, with fields of the header: name, value, ….
func (s *subject) send(ctx context.Context, t *testing.T, method, path string, body io.Reader, header ...string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return s.client.Do(req)
}

// do is send, for a whole answer.
func (s *subject) do(t *testing.T, method, path string, body io.Reader, header ...string) (*http.Response, string) {
	t.Helper()
	res, err := s.send(t.Context(), t, method, path, body, header...)
	require.NoError(t, err)
	defer res.Body.Close()
	if res.StatusCode == http.StatusSwitchingProtocols {
		return res, ""
	}
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(text)
}

type seenThere struct{ Proto, Client string }

// seen is what a handler sees of the request.
func (s *subject) seen(t *testing.T, header ...string) (seen seenThere) {
	_, body := s.do(t, http.MethodGet, "/", nil, header...)
	require.NoError(t, json.Unmarshal([]byte(body), &seen), body)
	return seen
}

func unknownLength(t *testing.T, s *subject, _ string) string {
	res, body := s.do(t, http.MethodGet, "/trailer", nil)
	assert.Equal(t, "body\n", body)
	assert.EqualValues(t, -1, res.ContentLength)
	switch {
	case len(res.TransferEncoding) > 0:
		return res.TransferEncoding[0]
	case res.ProtoMajor > 1:
		return "frames"
	}
	return "whole"
}

func echoed(size int) func(t *testing.T, s *subject, _ string) string {
	return func(t *testing.T, s *subject, _ string) string {
		body := bytes.Repeat([]byte("0123456789abcdef"), size/16)
		res, got := s.do(t, http.MethodPost, "/echo", bytes.NewReader(body))
		return yes(res.Header.Get("X-Length") == strconv.Itoa(size) && got == string(body))
	}
}

func chunked(t *testing.T, s *subject, _ string) string {
	res, got := s.do(t, http.MethodPost, "/echo", io.MultiReader(strings.NewReader("some "), strings.NewReader("words")))
	if res.StatusCode >= http.StatusBadRequest {
		return res.Status[:3]
	}
	assert.Equal(t, "some words", got)
	if res.Header.Get("X-Length") == "10" {
		return "counted"
	}
	return yes(res.Header.Get("X-Length") == "-1")
}

// lines sends a request and returns the lines of the answer as they come.
func (s *subject) lines(t *testing.T, method, path string, body io.Reader, length int64) <-chan string {
	lines := make(chan string)
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, body)
	require.NoError(t, err)
	req.ContentLength = length
	go func() {
		defer close(lines)
		res, err := s.client.Do(req)
		if !assert.NoError(t, err) {
			return
		}
		defer res.Body.Close()
		for scanner := bufio.NewScanner(res.Body); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	return lines
}

func rest(lines <-chan string) (all []string) {
	for line := range lines {
		all = append(all, line)
	}
	return all
}

// streamOut: the first piece is there before the handler writes the second.
func streamOut(t *testing.T, s *subject, want string) string {
	lines := s.lines(t, http.MethodGet, "/stream", nil, 0)
	<-s.between
	select {
	case line := <-lines:
		assert.Equal(t, "first", line)
		s.resume <- struct{}{}
		assert.Equal(t, []string{"second"}, rest(lines))
		return "yes"
	case <-await(want):
		s.resume <- struct{}{}
		assert.Equal(t, []string{"first", "second"}, rest(lines))
		return "no"
	}
}

// streamIn: the handler has the first piece before the client sends the second.
func streamIn(t *testing.T, s *subject, want string) string {
	const first, second = "first\n", "second\n"
	body, client := io.Pipe()
	lines := s.lines(t, http.MethodPost, "/read", body, int64(len(first+second)))
	_, err := io.WriteString(client, first)
	require.NoError(t, err)
	streams := false
	select {
	case <-s.between:
		streams = true
		s.resume <- struct{}{}
	case <-await(want):
	}
	_, err = io.WriteString(client, second)
	require.NoError(t, err)
	require.NoError(t, client.Close())
	if !streams {
		<-s.between
		s.resume <- struct{}{}
	}
	assert.Equal(t, []string{"first", "second"}, rest(lines))
	return yes(streams)
}

// disconnect: the client leaves while a handler sends without an end.
func disconnect(t *testing.T, s *subject, want string) string {
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	go func() {
		if res, err := s.send(ctx, t, http.MethodGet, "/wait", nil); err == nil {
			defer res.Body.Close()
			_, _ = io.Copy(io.Discard, res.Body)
		}
	}()
	process := <-s.between
	s.resume <- struct{}{}
	leave()
	over := await(want)
	for {
		select {
		case how := <-s.left:
			return how
		case dead := <-s.dead:
			if dead == process {
				return "killed"
			}
		case <-over:
			return "no"
		}
	}
}

// atEnd does something when everything was read.
type atEnd struct {
	io.Reader
	do func()
}

func (r atEnd) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		r.do()
	}
	return n, err
}

func trailerIn(t *testing.T, s *subject, _ string) string {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/echo", nil)
	require.NoError(t, err)
	req.Trailer = http.Header{"X-Sum": nil}
	req.Body = io.NopCloser(atEnd{strings.NewReader("words"), func() { req.Trailer.Set("X-Sum", "5") }})
	req.ContentLength = -1
	res, err := s.client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	return yes(res.Header.Get("X-Trailer") == "5")
}

func hinted(t *testing.T, s *subject, _ string) string {
	var link string
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			assert.Equal(t, http.StatusEarlyHints, code)
			link = header.Get("Link")
			return nil
		},
	})
	res, err := s.send(ctx, t, http.MethodGet, "/hint", nil)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	if res.StatusCode != http.StatusOK || string(body) != "body\n" {
		return "spoils it"
	}
	return yes(link != "")
}

// cut: what a handler that panics has left unfinished does not look whole.
func cut(query string) func(t *testing.T, s *subject, _ string) string {
	return func(t *testing.T, s *subject, _ string) string {
		res, err := s.send(t.Context(), t, http.MethodGet, "/panic"+query, nil)
		if err != nil {
			return "yes"
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		assert.Contains(t, []string{"", "half\n"}, string(body))
		return yes(err != nil)
	}
}

// cutHTTP10: the same, where the end of the connection is that of the body.
func cutHTTP10(t *testing.T, s *subject, _ string) string {
	transport, ok := s.client.Transport.(*http.Transport)
	if !ok {
		return "none"
	}
	at, err := url.Parse(s.url)
	require.NoError(t, err)
	dial := transport.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(t.Context(), "tcp", at.Host)
	require.NoError(t, err)
	defer conn.Close()
	if at.Scheme == "https" {
		trust := transport.TLSClientConfig.Clone()
		trust.ServerName, trust.NextProtos = at.Hostname(), nil // without HTTP/2
		conn = tls.Client(conn, trust)
	}
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = io.WriteString(conn, "GET /panic HTTP/1.0\r\n\r\n")
	require.NoError(t, err)
	text, err := io.ReadAll(conn)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	if err == nil {
		assert.Regexp(t, `(?s)^HTTP/1\.[01] 200 .*\r\n\r\nhalf\n$`, string(text))
	}
	return yes(err != nil)
}

// inFlight: the server is told to end while a handler runs, and lets it finish.
func inFlight(t *testing.T, s *subject, want string) string {
	lines, ended := s.lines(t, http.MethodGet, "/stream", nil, 0), make(chan struct{})
	<-s.between
	go func() {
		defer close(ended)
		s.end()
	}()
	wait := 100 * time.Millisecond
	if want == "no" {
		wait = patience
	}
	var got []string
	cut := false
	for over := time.After(wait); ; {
		select {
		case <-ended:
			cut = true
		case line, ok := <-lines:
			if ok {
				got = append(got, line)
				continue
			}
			cut = true
		case <-over:
		}
		break
	}
	s.resume <- struct{}{}
	got = append(got, rest(lines)...)
	<-ended
	return yes(!cut && len(got) == 2)
}
