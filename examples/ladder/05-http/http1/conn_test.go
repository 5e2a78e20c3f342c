package http1_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/ladder/05-http/http1"
)

// serve runs a server with this handler and returns its address.
func serve(t *testing.T, server *http1.Server) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ln) }()
	t.Cleanup(func() {
		_ = ln.Close()
		assert.ErrorIs(t, <-ended, net.ErrClosed)
	})
	return ln.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	return conn
}

// say sends text on a connection of its own.
func say(t *testing.T, addr, text string) net.Conn {
	conn := dial(t, addr)
	_, err := io.WriteString(conn, text)
	require.NoError(t, err)
	return conn
}

// exchange sends text and returns all that comes until the server closes, without the dates.
func exchange(t *testing.T, addr, text string) string {
	answer, err := io.ReadAll(say(t, addr, text))
	require.NoError(t, err)
	lines := strings.SplitAfter(string(answer), "\r\n")
	kept := lines[:0]
	for _, line := range lines {
		if !strings.HasPrefix(line, "Date: ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// paths answers with what its request's path says, so that a table can name it.
func paths(w *http1.Response, r *http1.Request) {
	write := func(text string) { _, _ = io.WriteString(w, text) }
	switch r.URL.Path {
	case "/short":
		write("short")
	case "/flush":
		write("a")
		_ = w.Flush()
		write("bc")
	case "/long":
		write(strings.Repeat("x", 3000))
	case "/none":
		w.WriteHeader(204)
		write("dropped")
	case "/declared":
		w.Header().Set("Content-Length", "5")
		write("hello")
		write("HTTP/1.1 200 another\r\n")
	case "/cut":
		w.Header().Set("Content-Length", "5")
		write("hel")
	case "/left":
		began := make(chan bool)
		go func() {
			_, _ = io.ReadFull(r.Body, make([]byte, 3))
			close(began)
			_, _ = io.Copy(io.Discard, r.Body)
		}()
		<-began
	case "/reset":
		w.Header().Set("Content-Length", "5")
		w.WriteHeader(205)
		write("hello")
	case "/panic":
		write("a")
		_ = w.Flush()
		panic(http1.ErrAbort)
	case "/split":
		w.Header().Set("Location", "/\r\nSet-Cookie: a=b")
		w.Header()["Bad Name"] = []string{"c"}
	case "/hints":
		w.Header().Set("Link", "</a.css>")
		w.Header().Set("Content-Length", "0")
		w.Header().Set("Connection", "close")
		w.WriteHeader(103)
	case "/echo":
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(400)
		}
		_, _ = w.Write(body)
	case "/late":
		_ = w.Flush()
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body)
	case "/framing":
		w.Header().Set("Transfer-Encoding", "gzip")
		w.Header().Set("Keep-Alive", "timeout=1000")
		w.Header().Set("Content-Length", "many")
		w.Header()["content-length"] = []string{"99"}
		w.Header()["transfer-encoding"] = []string{"chunked"}
		write("short")
	case "/close":
		w.Header().Set("Connection", "close")
	}
}

func TestAnswers(t *testing.T) {
	addr := serve(t, &http1.Server{Handler: paths})
	const end = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	long := strings.Repeat("x", 3000)
	tests := map[string]struct{ request, answer string }{
		"a length":            {"GET /short" + end, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nshort"},
		"HEAD":                {"HEAD /short" + end, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n"},
		"nothing":             {"GET /" + end, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
		"chunks":              {"GET /flush" + end, "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"},
		"HEAD of chunks":      {"HEAD /flush" + end, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"},
		"much":                {"GET /long" + end, "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nbb8\r\n" + long + "\r\n0\r\n\r\n"},
		"HTTP/1.0":            {"GET /flush HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"},
		"204":                 {"GET /none" + end, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"},
		"205":                 {"GET /reset" + end, "HTTP/1.1 205 Reset Content\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
		"more than declared":  {"GET /declared" + end, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"},
		"less than declared":  {"GET /cut HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"},
		"a panic":             {"GET /panic HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"},
		"a line in a value":   {"GET /split" + end, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\nLocation: /  Set-Cookie: a=b\r\n\r\n"},
		"an interim answer":   {"GET /hints" + end, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\nLink: </a.css>\r\n\r\n"},
		"HTTP/1.0 has none":   {"GET /hints HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\nLink: </a.css>\r\n\r\n"},
		"nor an expectation":  {"POST /echo HTTP/1.0\r\nContent-Length: 1\r\nExpect: tea\r\n\r\na", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na"},
		"the framing is ours": {"GET /framing" + end, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nshort"},
		"the handler closes":  {"GET /close HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
		"another expectation": {"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", "HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\nContent-Length: 66\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n417 expectation failed: the only expectation here is 100-continue\n"},
		"sent ahead": {
			"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\noneGET /none HTTP/1.1\r\nHost: x\r\n\r\nGET /short" + end,
			"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nshort",
		},
		"a body that nobody reads": {
			"POST /short HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /none" + end,
			"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nshortHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
		},
		"a body that somebody still reads": { // the answer does not wait until that is given up
			"POST /left HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel",
			"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
		},
		"a body that nobody can read": {
			"POST /short HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloGET /none" + end,
			"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nshort",
		},
		"a long body that nobody reads": { // the answer is there when the client has sent all of it
			"POST /short HTTP/1.1\r\nHost: x\r\nContent-Length: 4194304\r\n\r\n" + strings.Repeat("x", 4<<20),
			"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nshort",
		},
		"a body that is refused": {
			"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhelloGET /none" + end,
			"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
		},
		"nothing after what is refused": {
			"GET / HTTP/1.1\r\n\r\nGET /short" + end,
			"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 61\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n400 bad request: the header has 0 Host fields instead of one\n",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tt.answer, exchange(t, addr, tt.request)) })
	}
}

// Requests that wait for the answer before: what watches the connection while a handler runs
// does not take the next one's bytes.
func TestKeepAlive(t *testing.T) {
	conn := dial(t, serve(t, &http1.Server{Handler: paths}))
	br := bufio.NewReader(conn)
	for range 100 {
		_, _ = io.WriteString(conn, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
		res, err := http.ReadResponse(br, nil)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		assert.Equal(t, "hello", string(body))
	}
}

func TestExpectContinue(t *testing.T) {
	const head = " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
	addr := serve(t, &http1.Server{Handler: paths})

	t.Run("the handler reads", func(t *testing.T) {
		conn := dial(t, addr)
		_, _ = io.WriteString(conn, "POST /echo"+head)
		br := bufio.NewReader(conn)
		interim, err := br.ReadString('\n')
		require.NoError(t, err)
		assert.Equal(t, "HTTP/1.1 100 Continue\r\n", interim)
		_, _ = br.ReadString('\n')
		_, _ = io.WriteString(conn, "hello")
		res, err := http.ReadResponse(br, nil)
		require.NoError(t, err)
		body, _ := io.ReadAll(res.Body)
		assert.Equal(t, "hello", string(body))
		assert.False(t, res.Close)
	})
	t.Run("too late", func(t *testing.T) {
		conn := dial(t, addr)
		_, _ = io.WriteString(conn, "POST /late"+head)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		_, _ = io.WriteString(conn, "hello")
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		assert.Equal(t, "hello", string(body))
	})
	t.Run("the handler does not", func(t *testing.T) {
		answer := exchange(t, addr, "POST /short"+head)
		assert.Equal(t, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nshort", answer)
	})
}

// A goroutine may read a body that the client waits to be asked for while the handler answers.
func TestBodyIsReadWhileTheHandlerAnswers(t *testing.T) {
	addr := serve(t, &http1.Server{Handler: func(w *http1.Response, r *http1.Request) {
		read := make(chan bool)
		go func() {
			defer close(read)
			_, _ = io.Copy(io.Discard, r.Body)
		}()
		for range 50 {
			w.WriteHeader(103)
		}
		for range 50 {
			_, _ = io.WriteString(w, "x")
			assert.NoError(t, w.Flush())
		}
		<-read
	}})
	for range 20 {
		conn := say(t, addr, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")
		br := bufio.NewReader(conn)
		res, err := http.ReadResponse(br, nil)
		for err == nil && res.StatusCode < 200 {
			res, err = http.ReadResponse(br, nil)
		}
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		assert.Equal(t, strings.Repeat("x", 50), string(body))
	}
}

// The client's end is seen while the handler runs, also when it has read a body.
func TestClientGone(t *testing.T) {
	began, ended := make(chan bool), make(chan error)
	addr := serve(t, &http1.Server{Handler: func(_ *http1.Response, r *http1.Request) {
		_, _ = io.ReadAll(r.Body)
		began <- true
		<-r.Context().Done()
		ended <- r.Context().Err()
	}})
	for _, text := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	} {
		conn := dial(t, addr)
		_, _ = io.WriteString(conn, text)
		<-began
		_ = conn.Close()
		assert.Error(t, <-ended)
	}
}

// A body that a handler has left to somebody is not a way to the next request.
func TestBodyIsOver(t *testing.T) {
	bodies := make(chan io.Reader, 2)
	addr := serve(t, &http1.Server{Handler: func(_ *http1.Response, r *http1.Request) { bodies <- r.Body }})
	exchange(t, addr, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	for range 2 {
		_, err := io.ReadAll(<-bodies)
		assert.ErrorContains(t, err, "after its handler had returned")
	}
}
