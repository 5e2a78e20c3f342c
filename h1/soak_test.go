package h1_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file asks whether one request can ever see another: every request has a
// token, in its target, a header and its body, and every answer has to carry
// it, while clients leave at any moment and handlers panic, abort, hijack and
// leave goroutines behind that keep all they were given.
//
//	go test ./h1 -race -run TestSoak
//	H1_SOAK=30m go test ./h1 -race -run TestSoak -timeout 1h -v

// selfTest is a command that runs one test of this binary.
func selfTest(t *testing.T, name string) *exec.Cmd {
	exe, err := os.Executable()
	require.NoError(t, err)
	return exec.Command(exe, "-test.run=^"+name+"$", "-test.v", "-test.count=1")
}

// soak is the handler. What it finds wrong goes to bad.
type soak struct {
	bad  func(format string, args ...any)
	late sync.WaitGroup
	left atomic.Int64 // goroutines that stayed longer than their request
}

func (s *soak) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("t")
	s.check(r, token)
	if rand.IntN(4) == 0 {
		returned := make(chan struct{})
		defer close(returned)
		s.leave(w, r, token, returned)
	}
	var body []byte
	var err error
	if rand.IntN(5) > 0 {
		if body, err = io.ReadAll(r.Body); err == nil && len(body) > 0 && !strings.HasPrefix(string(body), token) {
			s.bad("the body of %s is %.40q", token, body)
		}
	}
	w.Header().Set("X-Token", token)
	switch r.URL.Path {
	case "/text":
		io.WriteString(w, token)
	case "/large":
		for range 50 {
			io.WriteString(w, strings.Repeat(token+",", 100))
		}
	case "/stream":
		for range 5 {
			io.WriteString(w, token+",")
			http.NewResponseController(w).Flush()
		}
	case "/trailer":
		w.Header().Set("Trailer", "X-Last")
		io.WriteString(w, token)
		w.Header().Set("X-Last", token)
	case "/early":
		w.Header().Set("Link", "<"+token+">")
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, token)
	case "/panic":
		if rand.IntN(2) == 0 {
			io.WriteString(w, token)
		}
		panic("of the soak")
	case "/abort":
		io.WriteString(w, token)
		panic(http.ErrAbortHandler)
	case "/hijack":
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			s.bad("hijack of %s: %v", token, err)
			return
		}
		defer c.Close()
		fmt.Fprintf(rw, "HTTP/1.1 200 OK\r\nX-Token: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", token, len(token), token)
		rw.Flush()
	case "/wait":
		select {
		case <-r.Context().Done():
		case <-time.After(time.Duration(rand.IntN(20)) * time.Millisecond):
		}
		io.WriteString(w, token)
	}
	s.check(r, token)
}

// check looks for what is another's in a request.
func (s *soak) check(r *http.Request, token string) {
	if got := r.Header.Get("Authorization"); got != token {
		s.bad("Authorization of %s is %q", token, got)
	}
	if got := r.URL.Query().Get("t"); got != token || !strings.Contains(r.RequestURI, token) {
		s.bad("target of %s is %q", token, r.RequestURI)
	}
}

// leave starts a goroutine that goes on with the request and the writer after
// the handler has returned.
func (s *soak) leave(w http.ResponseWriter, r *http.Request, token string, returned <-chan struct{}) {
	header, ctx := r.Header, r.Context()
	s.left.Add(1)
	s.late.Go(func() {
		<-returned
		<-ctx.Done()
		for range 3 {
			time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
			s.check(r, token)
			if header.Get("Authorization") != token {
				s.bad("a Header kept from %s is another's", token)
			}
			if !errors.Is(ctx.Err(), context.Canceled) {
				s.bad("the context of %s lives again", token)
			}
			header.Set("X-Late", token) // it is this goroutine's alone by now
		}
		io.WriteString(w, "LATE "+token)
		http.NewResponseController(w).Flush()
		p := make([]byte, 10)
		if n, _ := r.Body.Read(p); !strings.Contains(strings.Repeat(token, 3), string(p[:n])) {
			s.bad("a late read of %s got %q", token, p[:n])
		}
	})
}

// TestSoak runs requests of all kinds against each other.
func TestSoak(t *testing.T) {
	length := 2 * time.Second
	if s := os.Getenv("H1_SOAK"); s != "" {
		var err error
		length, err = time.ParseDuration(s)
		require.NoError(t, err)
	}
	var wrong atomic.Int64
	s := &soak{bad: func(format string, args ...any) {
		if wrong.Add(1) <= 20 {
			t.Errorf(format, args...)
		}
	}}
	before := runtime.NumGoroutine()
	addr, srv := started(t, ours, s)
	end := time.Now().Add(length)
	var clients sync.WaitGroup
	var tokens, answered atomic.Int64
	for range 16 {
		clients.Go(func() {
			for time.Now().Before(end) {
				soakConnection(s.bad, addr, &tokens, &answered)
			}
		})
	}
	clients.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	assert.NoError(t, srv.Shutdown(ctx), "handlers are left")
	s.late.Wait()
	after := 0
	assert.Eventually(t, func() bool { after = runtime.NumGoroutine(); return after <= before+1 }, // the check itself is one
		10*time.Second, 10*time.Millisecond, "goroutines are left")
	t.Logf("%d requests, %d answers with their tokens, mixed: %d, %d goroutines kept what they were given; goroutines before %d, after %d",
		tokens.Load(), answered.Load(), wrong.Load(), s.left.Load(), before, after-1)
	assert.Positive(t, answered.Load())
	assert.Positive(t, s.left.Load())
}

// soakConnection sends some requests over one connection, pipelined now and
// then, reads the answers, and leaves now and then without.
func soakConnection(bad func(string, ...any), addr string, tokens, answered *atomic.Int64) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		bad("dial: %v", err)
		return
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(30 * time.Second))
	r := bufio.NewReader(c)
	paths := []string{"/text", "/large", "/stream", "/trailer", "/early", "/wait", "/text", "/large", "/panic", "/abort", "/hijack"}
	for range 20 {
		var sent []string
		for range 1 + rand.IntN(3) {
			token := fmt.Sprintf("tok%dx", tokens.Add(1))
			request := soakRequest(paths[rand.IntN(len(paths))], token)
			if rand.IntN(40) == 0 { // half of it, then away
				io.WriteString(c, request[:len(request)/2])
				return
			}
			if _, err := io.WriteString(c, request); err != nil {
				return
			}
			sent = append(sent, token)
		}
		if rand.IntN(40) == 0 {
			return
		}
		for _, token := range sent {
			if !soakAnswer(bad, r, token) {
				return
			}
			answered.Add(1)
		}
	}
}

func soakRequest(path, token string) string {
	head := fmt.Sprintf("%s?t=%s HTTP/1.1\r\nHost: a\r\nAuthorization: %s\r\n", path, token, token)
	body := strings.Repeat(token, 1+rand.IntN(500))
	switch rand.IntN(4) {
	case 0:
		return "POST " + head + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	case 1:
		return "PUT " + head + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	}
	return "GET " + head + "\r\n"
}

// soakAnswer reads an answer, which has to be the token's; it reports whether
// the connection goes on.
func soakAnswer(bad func(string, ...any), r *bufio.Reader, token string) bool {
	var res *http.Response
	for {
		var err error
		if res, err = http.ReadResponse(r, nil); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !isReset(err) {
				bad("the answer to %s: %v", token, err)
			}
			return false
		}
		if res.StatusCode >= 200 {
			break
		}
		if got := res.Header.Get("Link"); got != "<"+token+">" {
			bad("the early answer to %s has %q", token, got)
		}
	}
	if got := res.Header.Get("X-Token"); got != token {
		bad("the answer to %s has the token %q", token, got)
	}
	body, err := io.ReadAll(res.Body)
	if rest := strings.ReplaceAll(strings.ReplaceAll(string(body), token, ""), ",", ""); err == nil && rest != "" {
		bad("the answer to %s has %.60q", token, rest)
	}
	if last := res.Trailer.Get("X-Last"); last != "" && last != token {
		bad("the trailer of %s is %q", token, last)
	}
	return err == nil && !res.Close
}

// isReset reports whether the other side closed with bytes unread.
func isReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && !op.Timeout()
}
