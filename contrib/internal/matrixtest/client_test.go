package matrixtest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// This file is the client: one server for HTTP/1.1 and one for HTTP/2, which serve
// one stack after the other, and what comes back.

// lab is a pair of servers, of one worker.
type lab struct {
	current      atomic.Pointer[stack]
	http1, http2 *httptest.Server
	log          serverLog
}

func newLab() *lab {
	l := new(lab)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.current.Load().ServeHTTP(w, r) })
	l.http1, l.http2 = httptest.NewUnstartedServer(h), httptest.NewUnstartedServer(h)
	l.http2.EnableHTTP2 = true
	for _, server := range []*httptest.Server{l.http1, l.http2} {
		server.Config.ErrorLog = l.log.logger()
	}
	l.http1.Start()
	l.http2.StartTLS()
	for _, server := range []*httptest.Server{l.http1, l.http2} {
		server.Client().Transport.(*http.Transport).DisableCompression = true
		server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return l
}

func (l *lab) close() {
	l.http1.Close()
	l.http2.Close()
}

// reply is what a client saw.
type reply struct {
	status  int
	header  http.Header
	trailer http.Header
	raw     []byte
	body    string // decoded
	hints   []string
	err     error // why it is not whole
	decode  error // why its coding is not
}

// send sends a request. The header lets all the layers pass it.
func (l *lab) send(http1 bool, method string, index int, edits ...func(*http.Request)) *reply {
	b, server, body := &behaviours[index], l.http2, io.Reader(nil)
	if http1 {
		server = l.http1
	}
	path := "/usual/"
	if b.late {
		path = "/late/"
	}
	if b.miss {
		path = "/miss/"
	}
	if method == http.MethodPost {
		body = strings.NewReader("a=b")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	got := new(reply)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		got.hints = append(got.hints, fmt.Sprint(code, " ", h.Get("Link")))
		return nil
	}})
	req, err := http.NewRequestWithContext(ctx, method, server.URL+path+strconv.Itoa(index), body)
	if err != nil {
		panic(err)
	}
	permitted(req)
	if b.ask != nil {
		b.ask(req)
	}
	for _, edit := range edits {
		edit(req)
	}
	s := l.current.Load()
	if b.leaves {
		gone := make(chan struct{})
		defer close(gone)
		go func() {
			select {
			case <-s.arrived:
				cancel()
			case <-gone:
			}
		}()
	}
	l.do(server.Client(), req, got)
	return got
}

// permitted has all layers that may refuse let the request pass.
func permitted(req *http.Request) *http.Request {
	for name, value := range map[string]string{
		"Accept-Encoding": "gzip, zstd, br", "Origin": "https://app.example", "X-Api-Key": "right", "X-Token": token,
		"Content-Type": "application/x-www-form-urlencoded",
	} {
		req.Header.Set(name, value)
	}
	req.SetBasicAuth("ann", "pw")
	return req
}

func (l *lab) do(client *http.Client, req *http.Request, got *reply) {
	res, err := client.Do(req)
	if err != nil {
		got.err = err
		return
	}
	defer res.Body.Close()
	got.status, got.header = res.StatusCode, res.Header
	got.raw, got.err = io.ReadAll(res.Body)
	got.trailer = res.Trailer
	if req.Method != http.MethodHead {
		got.body, got.decode = decoded(got.header.Get("Content-Encoding"), got.raw)
	}
}

// decoded returns a body without its coding.
func decoded(coding string, raw []byte) (string, error) {
	var src io.Reader = bytes.NewReader(raw)
	var err error
	switch {
	case len(raw) == 0:
	case coding == "gzip":
		src, err = gzip.NewReader(src)
	case coding == "zstd":
		var z *zstd.Decoder
		if z, err = zstd.NewReader(src, zstd.WithDecoderConcurrency(1)); err == nil {
			defer z.Close()
			src = z
		}
	case coding == "br":
		src = brotli.NewReader(src)
	case coding != "":
		err = fmt.Errorf("the Content-Encoding is %q", coding)
	}
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(src)
	return string(text), err
}

// serverLog takes what net/http logs: panics that are not the matrix' own, and
// headers that were sent twice.
type serverLog struct {
	mu    sync.Mutex
	lines []string
}

func (s *serverLog) Write(p []byte) (int, error) {
	text := string(p)
	foreign := strings.Contains(text, "panic serving") && !strings.Contains(text, ownPanic)
	twice := strings.Contains(text, "superfluous") && !strings.Contains(text, "timeoutWriter")
	if foreign || twice {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.lines = append(s.lines, text)
	}
	return len(p), nil
}

func (s *serverLog) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := s.lines
	s.lines = nil
	return lines
}

func (s *serverLog) logger() *log.Logger { return log.New(s, "", 0) }
