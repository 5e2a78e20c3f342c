package main

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever comes is answered with a 4xx or 501, or the connection is closed, and the
// next client is served.
func TestHostileBytes(t *testing.T) {
	const clientHello = "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03"
	const post = "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	hostile := map[string]string{
		"nothing":                  "",
		"TLS":                      clientHello + strings.Repeat("\x00", 200) + "\r\n\r\n",
		"HTTP/2":                   "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"empty lines":              strings.Repeat("\r\n", 3000),
		"line feeds":               strings.Repeat("\n", 3000),
		"NUL bytes":                strings.Repeat("\x00", 70000),
		"half a request line":      "GET /hel",
		"half a head":              "GET / HTTP/1.1\r\nHost: x\r\n",
		"half a body":              post + "Content-Length: 10\r\n\r\n12345",
		"a head of 2 MiB":          "GET / HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("a", 2<<20) + "\r\n\r\n",
		"100,000 headers":          "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("Some-Header: with a value\r\n", 100_000) + "\r\n",
		"a target of 2 MiB":        "GET /" + strings.Repeat("a", 2<<20) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"a length over any int":    post + "Content-Length: 99999999999999999999\r\n\r\n",
		"a negative length":        post + "Content-Length: -1\r\n\r\n",
		"two lengths":              post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"both kinds of length":     post + "Content-Length: 1\r\nTransfer-Encoding: gzip, chunked\r\n\r\na",
		"an unknown coding":        post + "Transfer-Encoding: rot13\r\n\r\n",
		"a space before the colon": post + "Content-Length : 1\r\n\r\na",
	}
	each(t, func(t *testing.T, f fact) {
		server := f.serve(t)
		for name, bytes := range hostile {
			conn := server.dial(t)
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				_, _ = io.WriteString(conn, bytes) // the server may hang up in between
				_ = conn.CloseWrite()
			}()
			if answer := rest(t, conn); answer != "" {
				assert.Regexp(t, `^HTTP/1\.[01] (4\d\d|501|505) `, answer, name)
			}
			<-sent
			server.stillServes(t)
		}
	})
}

// A client that sends too much still reads why it is refused.
func TestRefusalIsRead(t *testing.T) {
	eachHandmade(t, func(t *testing.T, f fact) {
		server := f.serve(t)
		for request, status := range map[string]string{
			"GET / HTTP/1.1\r\nA: " + strings.Repeat("a", 4<<20) + "\r\n\r\n":                                  "431",
			"POST /echo HTTP/1.1\r\nContent-Length: 4194304\r\n\r\n" + strings.Repeat("b", 4<<20):              "413",
			"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n400000\r\n" + strings.Repeat("c", 4<<20): "501",
		} {
			conn := server.dial(t)
			go func() {
				_, _ = io.WriteString(conn, request) // it need not all be taken
				_ = conn.CloseWrite()
			}()
			assert.Contains(t, rest(t, conn), "HTTP/1.1 "+status+" ")
		}
	})
}

// A client that sends more than its request reads the answer to it: no reset comes first.
func TestMoreThanARequest(t *testing.T) {
	eachHandmade(t, func(t *testing.T, f fact) {
		server := f.serve(t)
		for range 5 { // how much is in one read of the server's is chance
			conn := server.dial(t)
			go func() { // it need not all be taken
				_, _ = io.WriteString(conn, get("/hello/you")+strings.Repeat(get("/"), 10_000))
				_ = conn.CloseWrite()
			}()
			text, err := io.ReadAll(conn)
			require.NoError(t, err)
			assert.True(t, strings.HasSuffix(string(text), "\r\n\r\nhello, you\n"), "%q", text)
		}
	})
}

// A client that does not close when it has its answer is hung up on.
func TestClientStays(t *testing.T) {
	eachHandmade(t, func(t *testing.T, f fact) {
		server := f.serve(t, "-idle=1m")
		conn := server.say(t, get("/"))
		assert.Contains(t, rest(t, conn), "dram\n") // to the server's FIN, and no further
		server.stillServes(t)
		require.Eventually(t, func() bool { // in the end writes fail
			_, err := conn.Write([]byte("x"))
			return err != nil
		}, patience/2, 10*time.Millisecond)
	})
}

// A client that does not end its request is hung up on, however busy it seems, and
// does not hold the others up; in rung 1 it does, for that long.
func TestSlowSender(t *testing.T) {
	eachHandmade(t, func(t *testing.T, f fact) {
		server := f.serve(t, "-idle=500ms")
		for name, drip := range map[string]string{"silent": "", "drips": "a"} {
			conn := server.say(t, "GET /")
			done := make(chan struct{})
			go func() {
				defer close(done)
				tick := time.NewTicker(20 * time.Millisecond)
				defer tick.Stop()
				for range tick.C {
					if _, err := io.WriteString(conn, drip); err != nil {
						return
					}
				}
			}()
			server.stillServes(t)
			assert.Empty(t, rest(t, conn), name)
			require.NoError(t, conn.Close())
			<-done
		}
	})
}

// A client that has sent its FIN may still read. From rung 5 on its FIN ends the context of its
// request, as in net/http, and a handler that waits breaks off: then there is no answer, or one
// that does not look whole. WSGI has no word for that, and answers.
func TestHalfOpen(t *testing.T) {
	each(t, func(t *testing.T, f fact) {
		server := f.serve(t)
		for path, body := range map[string]string{"/": "dram\n", "/slow": "slow\n", "/stream": "1\n2\n3\n"} {
			conn := server.say(t, get(path))
			require.NoError(t, conn.CloseWrite())
			got, err := readAnswer(rest(t, conn))
			if mayBreak := f.http && f.model != "-interface=wsgi" && path != "/"; err != nil && mayBreak {
				continue
			}
			require.NoError(t, err, path)
			assert.Equal(t, body, got, path)
		}
	})
}

// readAnswer is the body of the first answer in the text, or says how a client sees that it is broken
// off.
func readAnswer(text string) (string, error) {
	answer, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), nil)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(answer.Body)
	return string(body), err
}

// A client that resets the connection, whenever it does.
func TestReset(t *testing.T) {
	each(t, func(t *testing.T, f fact) {
		server := f.serve(t)
		for _, text := range []string{"", "GET /", get("/"), get("/slow"), get("/stream"), "?\r\n\r\n"} {
			conn := server.say(t, text)
			require.NoError(t, conn.SetLinger(0))
			require.NoError(t, conn.Close())

			conn = server.say(t, text)
			if strings.HasSuffix(text, "\r\n\r\n") {
				_, err := io.ReadFull(conn, make([]byte, 1))
				require.NoError(t, err)
			}
			require.NoError(t, conn.SetLinger(0))
			require.NoError(t, conn.Close())
		}
		server.stillServes(t)
	})
}
