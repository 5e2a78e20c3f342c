package h1_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file is what one request must not do to the next ones, to the connection, or to whoever
// keeps or prints a part of it.

// The word counts where there is no list of tokens as well.
func TestCloseInAnyPlaceOfConnection(t *testing.T) {
	for _, value := range []string{"close", "Close", "x close", "keep-alive close", "close x", "close\tx", "a, close", `"a, close ,b"`, "closed", "x-close", "a;close", `"close"`, "keep-alive"} {
		t.Run(value, func(t *testing.T) {
			in := "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: " + value + "\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
			seen := map[string]int{}
			for _, kind := range kinds {
				o := exchange(t, kind.make, [][]byte{[]byte(in)}, recorder)
				seen[kind.name] = len(o.requests)
			}
			assert.Equal(t, seen["net/http"], seen["h1"])
		})
	}
}

// What a handler announces may come from outside: it is a list of names, and not all names may be there.
func TestTrailersThatAreNone(t *testing.T) {
	for _, name := range []string{
		"X-A\r\nX-Evil: 1", "X A", "Content-Type", "authorization", "Host", "Connection", "Content-Encoding", "Content-Length", "Transfer-Encoding", "If-Match", "Trailer", "Grpc-Status", "X-Sum",
	} {
		for _, prefix := range []string{"", http.TrailerPrefix} {
			t.Run(prefix+name, func(t *testing.T) {
				handler := func(*outcome, *wire) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
						if prefix == "" {
							w.Header().Set("Trailer", name)
						}
						_, _ = io.WriteString(w, strings.Repeat("a", 3000))
						w.Header()[prefix+http.CanonicalHeaderKey(name)] = []string{"value"}
					})
				}
				trailers := make(map[string]string)
				for _, kind := range kinds {
					o := exchange(t, kind.make, [][]byte{[]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n")}, handler)
					_, after, found := strings.Cut(string(o.out), "\r\n0\r\n")
					require.True(t, found)
					trailers[kind.name] = after
				}
				switch http.CanonicalHeaderKey(name) {
				case "Grpc-Status", "X-Sum":
					assert.Equal(t, name+": value\r\n\r\n", trailers["h1"])
				default:
					assert.Equal(t, "\r\n", trailers["h1"])
				}
				if prefix == "" {
					assert.Equal(t, trailers["net/http"], trailers["h1"])
				}
			})
		}
	}
}

// The empty lines that old clients send behind a POST are few, and keep no connection open.
func TestEmptyLinesBehindAPost(t *testing.T) {
	handler := func(d *diary) http.HandlerFunc {
		return func(w http.ResponseWriter, req *http.Request) { d.fact("%s", req.URL) }
	}
	const post, get = "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
	for n := range 8 {
		in := post + strings.Repeat("\n", n) + get
		for _, pieces := range [][][]byte{{[]byte(in)}, cut([]byte(in), len(post), len(post)+1, len(post)+2, len(post)+3, len(post)+4, len(post)+5)} {
			var o outcome
			for _, kind := range kinds {
				seen := exchange(t, kind.make, pieces, recorder)
				if kind.name == "h1" {
					assert.Equal(t, len(o.requests), len(seen.requests), "%d empty lines, %d pieces", n, len(pieces))
				}
				o = seen
			}
		}
	}
	for _, line := range scene(t, ours, settings{idle: time.Minute}, handler, func(c *wire) {
		c.send([]byte(post), false)
		synctest.Wait()
		for range 4 {
			time.Sleep(40 * time.Second)
			c.send([]byte("\n"), false)
		}
	}) {
		if isClosed(line) {
			assert.InDelta(t, 60, line.at.Seconds(), 1)
		}
	}
}

// A client that is refused and does not read holds nobody.
func TestADeafClientIsRefusedInTime(t *testing.T) {
	for name, set := range map[string]settings{"without a WriteTimeout": {}, "with one": {write: time.Hour}} {
		t.Run(name, func(t *testing.T) {
			lines := scene(t, ours, set, func(*diary) http.HandlerFunc { return hello }, func(c *wire) {
				c.give(0)
				c.send([]byte("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), false)
			})
			require.Len(t, lines, 1)
			assert.Less(t, lines[0].at, time.Minute)
		})
	}
}

// Who keeps a short value of a long head keeps the value.
func TestAKeptValueIsNotTheWholeHead(t *testing.T) {
	const requests, size = 100, 256 << 10
	kept := make([]string, 0, 3*requests)
	addr, _ := started(t, ours, http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		for name := range req.Header {
			if name != "X-Long" {
				kept = append(kept, name, req.Header.Get(name), req.URL.Path)
			}
		}
	}))
	before := inUse()
	for n := range requests {
		c := dialed(t, addr)
		_, err := fmt.Fprintf(c, "GET /%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Id-%d: %d\r\nX-Long: %s\r\n\r\n", n, n, n, strings.Repeat("a", size))
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, c)
		require.NoError(t, err)
		_ = c.Close()
	}
	after := inUse()
	assert.Less(t, after-before, int64(requests*size/4))
	assert.NotEmpty(t, kept)
	runtime.KeepAlive(kept)
}

// The http.Server that a handler finds in its context ends the one that it stands for.
func TestShutdownOfTheServerInTheContext(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := ours(settings{logs: io.Discard, handler: http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		go req.Context().Value(http.ServerContextKey).(*http.Server).Shutdown(context.Background())
	})})
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	res, err := http.Get("http://" + listener.Addr().String())
	require.NoError(t, err)
	_ = res.Body.Close()
	assert.Equal(t, http.StatusOK, res.StatusCode)
	assert.ErrorIs(t, <-served, http.ErrServerClosed)
}

// A log line with a context in it has nothing of the request.
func TestAPrintedContextSaysNothing(t *testing.T) {
	said := make(chan string, 1)
	addr, _ := started(t, ours, http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		ctx, cancel := context.WithCancel(req.Context())
		defer cancel()
		said <- fmt.Sprint(req.Context()) + fmt.Sprintf("%+v %s", ctx, req.Context())
	}))
	req, err := http.NewRequest(http.MethodGet, "http://"+addr, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer 1234")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_ = res.Body.Close()
	assert.Equal(t, "h1.Requesth1.Request.WithCancel h1.Request", <-said)
}

// The answer to a large body that nobody reads reaches a client that sends all of it first.
func TestALargeBodyThatNobodyReadsIsAnswered(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"not read": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusRequestEntityTooLarge) },
		"http.MaxBytesReader": func(w http.ResponseWriter, req *http.Request) {
			if _, err := io.ReadAll(http.MaxBytesReader(w, req.Body, 1000)); err != nil {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			addr, _ := started(t, ours, handler)
			for range 10 {
				res, err := http.Post("http://"+addr, "text/plain", strings.NewReader(strings.Repeat("a", 20<<20)))
				require.NoError(t, err)
				_ = res.Body.Close()
				assert.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
			}
		})
	}
}

// A panic in a function of the program ends the connection that it was called for.
func TestAPanicOutsideOfAHandlerEndsItsConnection(t *testing.T) {
	for _, when := range []http.ConnState{http.StateActive, http.StateIdle} {
		t.Run(when.String(), func(t *testing.T) {
			var panics atomic.Int32
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			srv := ours(settings{handler: hello, logs: io.Discard, state: func(_ net.Conn, state http.ConnState) {
				if state == when && panics.Add(1) == 1 {
					panic("of ConnState")
				}
			}})
			served := make(chan error, 1)
			go func() { served <- srv.Serve(listener) }()
			for range 2 {
				c := dialed(t, listener.Addr().String())
				_, err = io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
				require.NoError(t, err)
				_, _ = io.Copy(io.Discard, c) // ends
			}
			_ = srv.Close()
			<-served
		})
	}
}

// Who keeps the context of a request does not keep its header.
func TestAKeptContextIsNotTheRequest(t *testing.T) {
	const requests, size = 100, 256 << 10
	kept := make([]context.Context, 0, requests)
	addr, _ := started(t, ours, http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		kept = append(kept, context.WithoutCancel(req.Context()))
	}))
	before := inUse()
	for range requests {
		c := dialed(t, addr)
		_, err := fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Long: %s\r\n\r\n", strings.Repeat("a", size))
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, c)
		require.NoError(t, err)
		_ = c.Close()
	}
	assert.Less(t, inUse()-before, int64(requests*size/4))
	runtime.KeepAlive(kept)
}

// The files of a form are removed, however its handler ends.
func TestNoFileOfAFormIsLeft(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	addr, _ := started(t, ours, http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		if err := req.ParseMultipartForm(1); err == nil && req.URL.Path == "/panic" {
			panic(http.ErrAbortHandler)
		}
	}))
	const body = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\ntext\r\n--b--\r\n"
	for _, path := range []string{"/", "/panic"} {
		res, err := http.Post("http://"+addr+path, "multipart/form-data; boundary=b", strings.NewReader(body))
		if err == nil {
			_ = res.Body.Close()
		}
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	assert.Empty(t, left)
}
