package h1_test

import (
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// requestAllocs is how often memory is allocated for one request on a connection that is kept, by
// the server: the client sends the same bytes and reads into one buffer.
func requestAllocs(t *testing.T, kind maker, request string, h http.HandlerFunc) float64 {
	addr, _ := started(t, kind, h)
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer c.Close()
	in, buf := []byte(request), make([]byte, 4096)
	return testing.AllocsPerRun(2000, func() {
		if _, err := c.Write(in); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(buf); err != nil { // both answer in one write
			t.Fatal(err)
		}
	})
}

// TestAllocations: a request costs what a handler can get hold of, since that is new for each, and
// nothing else:
//
//   - the text of the head, of which all names and values are parts
//   - the response, with the URL, the context and the body in it
//   - the Request
//   - the Header: the map; with lines in it, its table and one slice for all their values too
//
// What the handler does comes on top: a Header of its own is a map and its table.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates too")
	}
	const host = "Host: a\r\n"
	text := func(w http.ResponseWriter, _ *http.Request) { w.Write(helloText) }
	tests := map[string]struct {
		request string
		handler http.HandlerFunc
		most    float64
	}{
		"nothing written": {"GET / HTTP/1.1\r\n" + host + "\r\n", func(http.ResponseWriter, *http.Request) {}, 4},
		"a text":          {"GET / HTTP/1.1\r\n" + host + "\r\n", text, 4},
		"a text, and its type": {"GET / HTTP/1.1\r\n" + host + "\r\n", func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = textType
			w.Write(helloText)
		}, 6},
		"eight lines of header": {"GET /a/b?c=d HTTP/1.1\r\n" + host + "Accept: */*\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\nCookie: a=b\r\nUser-Agent: x\r\nReferer: http://a/\r\nX-A: b\r\n\r\n", text, 6},
		"a body": {"POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello", func(w http.ResponseWriter, r *http.Request) {
			var p [8]byte
			r.Body.Read(p[:])
			w.Write(helloText)
		}, 7},
		"its context is waited for": {"GET / HTTP/1.1\r\n" + host + "\r\n", func(w http.ResponseWriter, r *http.Request) {
			r.Context().Done()
			w.Write(helloText)
		}, 12}, // 10 or 11, or more if the goroutine that watches has to be stopped
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			std, h := requestAllocs(t, netHTTP, test.request, test.handler), requestAllocs(t, ours, test.request, test.handler)
			t.Logf("net/http %v, h1 %v", std, h)
			assert.LessOrEqual(t, h, test.most)
		})
	}
}

var helloText, textType = []byte("hello"), []string{"text/plain; charset=utf-8"}
