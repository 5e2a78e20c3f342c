package h1_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dram-go/dram/h1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file is what a client can do to a server over real sockets: floods,
// half-closed and idle connections, more connections than there are files. Slow
// clients are in slow_test.go, where waiting takes no time. What h1 does is
// compared with net/http where a figure would otherwise be a guess.
//
//	go test ./h1 -run TestAttack
//	H1_IDLE=20000 go test ./h1 -run TestAttackIdle -v    as many idle connections as `ulimit -n` allows

// started serves h on a loopback address until the test ends.
func started(t testing.TB, kind maker, h http.Handler) (addr string, srv server) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv = kind(settings{handler: h, logs: io.Discard})
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	t.Cleanup(func() {
		srv.Close()
		<-served
	})
	return ln.Addr().String(), srv
}

func listening(t *testing.T) *net.TCPListener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.(*net.TCPListener)
}

// dialed is a connection that nothing waits on for more than a minute.
func dialed(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(time.Minute)))
	return c.(*net.TCPConn)
}

var hello = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello "+r.URL.RawQuery) })

// TestAttackPipelinedThousands: all are answered, in their order.
func TestAttackPipelinedThousands(t *testing.T) {
	const n = 10000
	addr, _ := started(t, ours, hello)
	c := dialed(t, addr)
	go func() {
		var b bytes.Buffer
		for i := range n {
			fmt.Fprintf(&b, "GET /?%d HTTP/1.1\r\nHost: a\r\n\r\n", i)
		}
		c.Write(b.Bytes())
	}()
	r := bufio.NewReader(c)
	for i := range n {
		res, err := http.ReadResponse(r, nil)
		require.NoError(t, err, "answer %d", i)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Equal(t, "hello "+strconv.Itoa(i), string(body))
	}
}

// TestAttackPipelinedUnread: a client that sends without end and reads nothing
// is not read without end either.
func TestAttackPipelinedUnread(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			addr, _ := started(t, kind.make, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 64<<10)) }))
			c := dialed(t, addr)
			require.NoError(t, c.SetDeadline(time.Now().Add(2*time.Second)))
			request := []byte(strings.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1000))
			sent := 0
			for sent < 256<<20 {
				n, err := c.Write(request)
				if sent += n; err != nil {
					break
				}
			}
			assert.Less(t, sent, 64<<20, "the server has read all")
		})
	}
}

// TestAttackFloods: what never ends is refused, and the client is told.
func TestAttackFloods(t *testing.T) {
	floods := map[string]struct {
		start, again string
		want         []int
	}{
		"a head of many lines":      {"GET / HTTP/1.1\r\nHost: a\r\n", "A: b\r\n", []int{431}},
		"a head of one line":        {"GET / HTTP/1.1\r\nHost: a\r\nA: ", "bbbbbbbbbb", []int{431}},
		"a name without end":        {"GET / HTTP/1.1\r\nHost: a\r\n", "bbbbbbbbbb", []int{431}},
		"a request line":            {"GET /", "bbbbbbbbbb", []int{431}},
		"a method":                  {"G", "GGGGGGGGGG", []int{431, 400}},
		"empty lines":               {"", "\r\n\r\n\r\n", []int{431, 400}},
		"a chunk's extension":       {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;", "xxxxxxxxxx", []int{200, 400}},
		"extensions of many chunks": {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "1;" + strings.Repeat("x", 1000) + "\r\nb\r\n", []int{200, 400}},
		"trailers":                  {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n", []int{200, 400}},
	}
	for name, f := range floods {
		t.Run(name, func(t *testing.T) {
			addr, _ := started(t, ours, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, err := io.Copy(io.Discard, r.Body)
				fmt.Fprint(w, kindOf(err))
			}))
			c := dialed(t, addr)
			go func() {
				io.WriteString(c, f.start)
				more := []byte(strings.Repeat(f.again, 1+10000/len(f.again)))
				for sent := 0; sent < 64<<20; sent += len(more) {
					if _, err := c.Write(more); err != nil {
						return
					}
				}
				c.CloseWrite()
			}()
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			require.NoError(t, err, "the refusal has not arrived")
			assert.Contains(t, f.want, res.StatusCode)
			assert.True(t, res.Close, "the connection stays open")
			if res.StatusCode == 200 {
				b, _ := io.ReadAll(res.Body)
				assert.NotEqual(t, "ok", string(b), "the handler saw an end of the body")
			}
		})
	}
}

// TestAttackRefusalReachesClient: a client still sending its body reads the
// answer, instead of a reset that takes the answer with it.
func TestAttackRefusalReachesClient(t *testing.T) {
	handlers := map[string]http.HandlerFunc{
		"413": func(w http.ResponseWriter, r *http.Request) { http.Error(w, "large", http.StatusRequestEntityTooLarge) },
		"MaxBytesReader": func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 1000)); err != nil {
				http.Error(w, "large", http.StatusRequestEntityTooLarge)
			}
		},
	}
	for name, h := range handlers {
		t.Run(name, func(t *testing.T) {
			listener := listening(t)
			srv := &h1.Server{Handler: h} // of which no connection can be closed by half
			go srv.Serve(wrapsEach{listener, func(c net.Conn) net.Conn { return slowConn{c} }})
			defer srv.Close()
			addr := listener.Addr().String()
			for i := range 20 {
				if i == 10 {
					addr, _ = started(t, ours, h)
				}
				c := dialed(t, addr)
				go func() {
					io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n")
					c.Write(make([]byte, 10000000))
				}()
				res, err := http.ReadResponse(bufio.NewReader(c), nil)
				require.NoError(t, err)
				body, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				require.Equal(t, 413, res.StatusCode)
				require.Equal(t, "large\n", string(body))
				require.True(t, res.Close)
				c.Close()
			}
		})
	}
}

// TestAttackHalfClosed: a client that has closed its side gets the whole
// answers to all that it has sent.
func TestAttackHalfClosed(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			addr, _ := started(t, kind.make, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 1<<20)) }))
			c := dialed(t, addr)
			_, err := io.WriteString(c, strings.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 3))
			require.NoError(t, err)
			require.NoError(t, c.CloseWrite())
			r := bufio.NewReader(c)
			for range 3 {
				res, err := http.ReadResponse(r, nil)
				require.NoError(t, err)
				n, err := io.Copy(io.Discard, res.Body)
				require.NoError(t, err)
				require.EqualValues(t, 1<<20, n)
			}
			_, err = r.ReadByte()
			require.Equal(t, io.EOF, err, "the connection is closed in its turn")
		})
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
