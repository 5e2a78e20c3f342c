package gateway_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cgi"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/ladder/05-http/http1"
	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/application"
	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/gateway"
	"github.com/dram-go/dram/examples/ladder/06-gateway-interface/middleware"
)

// serve runs an application and returns its URL.
func serve(t *testing.T, app gateway.App) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- (&http1.Server{Handler: gateway.Handler(app)}).Serve(ln) }()
	t.Cleanup(func() {
		_ = ln.Close()
		assert.ErrorIs(t, <-ended, net.ErrClosed)
	})
	return "http://" + ln.Addr().String()
}

func get(t *testing.T, url string) (res *http.Response, body string, err error) {
	res, err = http.Get(url)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res, string(text), err
}

// pieces is an Iterable for tests: its pieces, then an error.
type pieces struct {
	next   []string
	err    error
	closed chan bool
}

func (p *pieces) Next() ([]byte, error) {
	if len(p.next) == 0 {
		return nil, p.err
	}
	piece := p.next[0]
	p.next = p.next[1:]
	if piece == "panic" {
		panic(errors.New("out of paper"))
	}
	return []byte(piece), nil
}

func (p *pieces) Close() error { p.closed <- true; return nil }

// The application and what stands between import nothing of a server, as in Python.
func TestSidesDoNotKnowEachOther(t *testing.T) {
	for _, side := range []string{"application", "middleware"} {
		files, err := filepath.Glob("../" + side + "/*.go")
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			require.NoError(t, err)
			for _, spec := range file.Imports {
				assert.NotContains(t, spec.Path.Value, "dram", name)
				assert.NotContains(t, spec.Path.Value, "net", name)
			}
		}
	}
}

// The variables are those of CGI: net/http/cgi makes the same request of them again.
func TestEnvironIsCGI(t *testing.T) {
	environs := make(chan map[string]any, 1)
	url := serve(t, func(environ map[string]any, start gateway.StartResponse) gateway.Iterable {
		environs <- environ
		return application.App(environ, start)
	})
	req, err := http.NewRequest("POST", url+"/echo?a=b+c", strings.NewReader("hello"))
	require.NoError(t, err)
	req.Host = "example.com:81"
	req.Header = http.Header{
		"Accept": {"text/plain", "*/*"}, "Cookie": {"a=b; c=d"}, "Content-Type": {"text/x"},
		"Proxy": {"http://evil"}, "X_user": {"admin"}, "Content_length": {"999"}, "Content_type": {"text/evil"},
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()

	environ := <-environs
	variables := map[string]string{}
	for name, value := range environ {
		if !strings.HasPrefix(name, "wsgi.") {
			variables[name] = value.(string)
		}
	}
	assert.NotContains(t, variables, "HTTP_PROXY")
	assert.NotContains(t, variables, "HTTP_X_USER")
	variables["REMOTE_PORT"] = "1"
	again, err := cgi.RequestFromMap(variables)
	require.NoError(t, err)
	assert.Equal(t, []any{"POST", "http://example.com:81/echo?a=b+c", int64(5)}, []any{again.Method, again.URL.String(), again.ContentLength})
	assert.Equal(t, "text/plain, */*", again.Header.Get("Accept"))
	assert.Equal(t, "a=b; c=d", again.Header.Get("Cookie"))
	assert.Equal(t, "text/x", again.Header.Get("Content-Type"))
	assert.Equal(t, "127.0.0.1:1", again.RemoteAddr)
	assert.Equal(t, [2]int{1, 0}, environ["wsgi.version"])
}

// The server has a name also if the client does not use one; an address of IPv6 keeps its brackets.
func TestEnvironHasAServerName(t *testing.T) {
	tests := []struct{ local, request, name string }{
		{"127.0.0.1", "GET / HTTP/1.0\r\n\r\n", "127.0.0.1"},
		{"127.0.0.1", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "127.0.0.1"},
		{"127.0.0.1", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "127.0.0.1"},
		{"127.0.0.1", "GET / HTTP/1.1\r\nHost: example.com:80\r\n\r\n", "example.com"},
		{"::1", "GET / HTTP/1.0\r\n\r\n", "[::1]"},
		{"::1", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "[::1]"},
		{"::1", "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n", "[2001:db8::1]"},
		{"::1", "GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", "[2001:db8::1]"},
	}
	for _, tt := range tests {
		r, err := http1.ReadRequest(bufio.NewReader(strings.NewReader(tt.request)))
		require.NoError(t, err, tt.request)
		r.LocalAddr = &net.TCPAddr{IP: net.ParseIP(tt.local), Port: 80}
		r.RemoteAddr = r.LocalAddr
		assert.Equal(t, tt.name, gateway.Environ(r)["SERVER_NAME"], tt.request)
	}
}

func TestFailures(t *testing.T) {
	defer log.SetOutput(log.Writer())
	log.SetOutput(io.Discard)
	failed := errors.New("out of paper")
	const cut = "cut"
	tests := map[string]struct {
		run  func(start gateway.StartResponse) (next []string, err error)
		want string
	}{
		"whole": {func(start gateway.StartResponse) ([]string, error) {
			start("200 OK", nil, nil)
			return []string{"a", "", "b"}, io.EOF
		}, "200 ab"},
		"nothing": {func(start gateway.StartResponse) ([]string, error) {
			start("204 No Content", nil, nil)
			return nil, io.EOF
		}, "204 "},
		"no start":     {func(gateway.StartResponse) ([]string, error) { return []string{"a"}, io.EOF }, "500 500 internal server error\n"},
		"a bad status": {func(start gateway.StartResponse) ([]string, error) { start("OK", nil, nil); return nil, io.EOF }, "500 500 internal server error\n"},
		"before a piece": {func(start gateway.StartResponse) ([]string, error) {
			start("200 OK", nil, nil)
			return []string{"panic"}, io.EOF
		}, "500 500 internal server error\n"},
		"behind a piece": {func(start gateway.StartResponse) ([]string, error) {
			start("200 OK", nil, nil)
			return []string{"a", "panic"}, io.EOF
		}, cut},
		"an error, before": {func(start gateway.StartResponse) ([]string, error) { start("200 OK", nil, nil); return nil, failed }, "500 500 internal server error\n"},
		"an error, behind": {func(start gateway.StartResponse) ([]string, error) {
			start("200 OK", nil, nil)
			return []string{"a"}, failed
		}, cut},
		"start twice": {func(start gateway.StartResponse) ([]string, error) {
			start("200 OK", nil, nil)
			start("201 Created", nil, nil)
			return nil, io.EOF
		}, "500 500 internal server error\n"},
		"start again": {func(start gateway.StartResponse) ([]string, error) {
			start("200 OK", nil, nil)
			start("503 Busy", nil, failed)
			return []string{"sorry"}, io.EOF
		}, "503 sorry"},
		"start too late": {func(start gateway.StartResponse) ([]string, error) {
			_ = start("200 OK", nil, nil)([]byte("a"))
			start("503 Busy", nil, failed)
			return nil, io.EOF
		}, cut},
		"write, then yield": {func(start gateway.StartResponse) ([]string, error) {
			_ = start("200 OK", nil, nil)([]byte("a"))
			return []string{"b"}, io.EOF
		}, "200 ab"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			closed, made := make(chan bool, 2), false
			url := serve(t, func(_ map[string]any, start gateway.StartResponse) gateway.Iterable {
				next, err := tt.run(start)
				made = true
				return &pieces{next, err, closed}
			})
			res, body, err := get(t, url)
			got := fmt.Sprintf("%d %s", res.StatusCode, body)
			if err != nil {
				got = cut
			}
			assert.Equal(t, tt.want, got)
			if made {
				assert.True(t, <-closed)
				assert.Empty(t, closed, "close was called twice")
			}
		})
	}
}

// A piece is not kept waiting for the next, and the body is closed when the client is gone.
func TestStreamAndClose(t *testing.T) {
	closed := make(chan bool, 1)
	more := make(chan []byte)
	url := serve(t, func(_ map[string]any, start gateway.StartResponse) gateway.Iterable {
		start("200 OK", nil, nil)
		return &endless{more, closed}
	})
	go func() { more <- []byte("one") }()
	res, err := http.Get(url)
	require.NoError(t, err)
	first := make([]byte, 3)
	_, err = io.ReadFull(res.Body, first)
	require.NoError(t, err)
	assert.Equal(t, "one", string(first))
	_ = res.Body.Close()
	for isClosed := false; !isClosed; {
		select {
		case more <- bytes.Repeat([]byte("x"), 1<<20): // it is noticed by writing only
		case isClosed = <-closed:
		}
	}
}

type endless struct {
	more   chan []byte
	closed chan bool
}

func (e *endless) Next() ([]byte, error) { return <-e.more, nil }
func (e *endless) Close() error          { e.closed <- true; return nil }

func TestMiddleware(t *testing.T) {
	var lines bytes.Buffer
	app := middleware.Header("X-A", "b", application.App)
	logging := middleware.Log(&lines, app)
	url := serve(t, middleware.Mount("/logged", logging, middleware.Mount("/app", app, application.App)))

	res, body, err := get(t, url+"/app/hello/gopher")
	require.NoError(t, err)
	assert.Equal(t, "hello, gopher\n", body)
	assert.Equal(t, "b", res.Header.Get("X-A"))
	assert.EqualValues(t, len(body), res.ContentLength, "the list's length is the body's")

	res, body, err = get(t, url+"/logged/hello/gopher")
	require.NoError(t, err)
	assert.Equal(t, "hello, gopher\n", body)
	assert.Equal(t, []string{"chunked"}, res.TransferEncoding, "the length is hidden by the middleware")
	assert.Equal(t, "GET \"/hello/gopher\": 200 OK, 14 bytes\n", lines.String())

	res, _, _ = get(t, url+"/application")
	assert.Equal(t, 404, res.StatusCode)
	assert.Empty(t, res.Header.Get("X-A"))
}
