package h1_test

import (
	"bufio"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file sends what was mended in net/http's server of HTTP/1, by the identifiers of the Go
// vulnerability database. The table in docs/h1.md has a row for each.

const next = "GET /next HTTP/1.1\r\nHost: b\r\n\r\n"

// chunkedPost is a request whose body is to be in chunks.
func chunkedPost(coding, body string) string {
	return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: " + coding + "\r\n\r\n" + body + next
}

// readsOnly asks h1 which paths its handler sees, and what the last answer's status is.
func readsOnly(t *testing.T, in string, paths []string, status int) {
	t.Helper()
	o := exchange(t, ours, [][]byte{[]byte(in)}, recorder)
	var seen []string
	for _, r := range o.requests {
		_, rest, _ := strings.Cut(r, " \"")
		target, _, _ := strings.Cut(rest, "\"")
		seen = append(seen, target)
	}
	answers, err := parseAnswers(o.out, o.requests)
	require.NoError(t, err)
	require.NotEmpty(t, answers)
	assert.Equal(t, paths, seen)
	assert.Equal(t, status, answers[len(answers)-1].code)
	assert.True(t, o.closed, "the connection is open")
}

var advisories = map[string]func(*testing.T){
	// A handler that reads the body while it writes, with Expect: 100-continue, raced.
	"GO-2021-0224": func(t *testing.T) {
		addr, _ := started(t, ours, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.NoError(t, http.NewResponseController(w).EnableFullDuplex())
			var reading sync.WaitGroup
			reading.Go(func() { _, _ = io.Copy(io.Discard, r.Body) })
			io.WriteString(w, "written")
			http.NewResponseController(w).Flush()
			reading.Wait()
		}))
		for range 50 {
			c := dialed(t, addr)
			_, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")
			require.NoError(t, err)
			all, err := io.ReadAll(c)
			require.NoError(t, err)
			assert.Contains(t, string(all), "written")
		}
	},
	// What only looks like chunked was taken for it.
	"GO-2022-0525": func(t *testing.T) {
		for _, coding := range []string{"\"chunked\"", "xchunked", "chunked, chunked", "chunked\v", "identity", "chunked\r\nTransfer-Encoding: x"} {
			o := exchange(t, ours, [][]byte{[]byte(chunkedPost(coding, "5\r\nhello\r\n0\r\n\r\n"))}, recorder)
			assert.Empty(t, o.requests, coding)
			assert.True(t, o.closed, coding)
		}
	},
	// Values of very long lists overflowed the stack.
	"GO-2022-0236": func(t *testing.T) {
		readsOnly(t, "GET / HTTP/1.1\r\nHost: a\r\nConnection: "+strings.Repeat("a,", 1<<20)+"\r\n\r\n"+next, nil, 431)
		addr, _ := started(t, ours, hello)
		c := dialed(t, addr)
		_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\nConnection: "+strings.Repeat("a,", 500<<10)+"close\r\n\r\n")
		require.NoError(t, err)
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err)
		assert.Equal(t, 200, res.StatusCode)
		assert.True(t, res.Close)
	},
	// Few bytes of a head had much memory allocated.
	"GO-2023-1704": func(t *testing.T) {
		in := "GET / HTTP/1.1\r\nHost: a\r\n\r\n" + strings.Repeat("\n", 4000)
		perRequest := testing.Benchmark(func(b *testing.B) {
			for range b.N {
				exchange(t, ours, [][]byte{[]byte(in)}, recorder)
			}
		}).AllocedBytesPerOp()
		assert.Less(t, perRequest, int64(256<<10))
		readsOnly(t, "GET / HTTP/1.1\r\nHost: a\r\n"+strings.Repeat(":\r\n", 400)+"\r\n", nil, 400)
		readsOnly(t, "GET / HTTP/1.1\r\nHost: a\r\n"+strings.Repeat("a:\r\n", 1000)+"\r\n", nil, 431)
	},
	// Names of trailers are as many as the lines of a head.
	"many trailers": func(t *testing.T) {
		readsOnly(t, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: "+strings.Repeat("a,", 1000)+"\r\n\r\n0\r\n\r\n", nil, 431)
	},
	// A Host with more in it than a host.
	"GO-2023-1878": func(t *testing.T) {
		for _, host := range []string{"a b", "a/b", "a@b", "a\\b", "a?b", "a#b", "<a>", "a\"b"} {
			readsOnly(t, "GET / HTTP/1.1\r\nHost: "+host+"\r\n\r\n"+next, nil, 400)
		}
	},
	// Extensions of chunks were read without end.
	"GO-2023-2382": func(t *testing.T) {
		many := strings.Repeat("1;"+strings.Repeat("x", 1000)+"\r\nb\r\n", 100)
		readsOnly(t, chunkedPost("chunked", many+"0\r\n\r\n"), []string{"/"}, 200)
		readsOnly(t, strings.Replace(chunkedPost("chunked", many+"0\r\n\r\n"), "POST /", "POST /none", 1), []string{"/none"}, 200)
	},
	// The size of a chunk ended in LF alone.
	"GO-2025-3563": func(t *testing.T) {
		for _, body := range []string{"5\nhello\r\n0\r\n\r\n", "5;x\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\n"} {
			readsOnly(t, chunkedPost("chunked", body), []string{"/"}, 200)
		}
	},
	// A body that was not asked for was taken for the next request.
	"GO-2024-2963": func(t *testing.T) {
		readsOnly(t, "POST /none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 50\r\n\r\n"+next, []string{"/none"}, 200)
	},
	// Half a preface of HTTP/2 was waited for without end.
	"GO-2026-6089": func(t *testing.T) {
		sameDiary(t, []entry{{`closed after "505 HTTP Version Not Supported: unsupported protocol version"`, 10 * time.Second}}, scene(t, ours, settings{readHeader: 10 * time.Second}, func(*diary) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { t.Error("there is a request") }
		}, func(c *wire) { c.send([]byte("PRI * HTTP/2.0\r\n\r\nSM"), false) }))
	},
	// Text of the client was part of errors.
	"GO-2026-5039": func(t *testing.T) {
		for _, in := range []string{"EVIL\r\n\r\n", "GET /%zzEVIL HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: EVIL/\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nEVIL\r\n\r\n", "GET / EVIL/1.1\r\n\r\n", chunkedPost("EVIL", "")} {
			o := exchange(t, ours, [][]byte{[]byte(in)}, recorder)
			assert.NotContains(t, string(o.out)+o.log, "EVIL")
		}
	},
	// What follows a CONNECT may be meant for its tunnel.
	"GO-2026-6613": func(t *testing.T) {
		for _, status := range []int{200, 204, 299, 403, 502} {
			o := exchange(t, ours, [][]byte{[]byte("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n" + next)}, func(o *outcome, _ *wire) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					o.requests = append(o.requests, r.Method+" ")
					w.Header().Set("Content-Length", "2")
					w.WriteHeader(status)
					io.WriteString(w, "ok")
				})
			})
			assert.Equal(t, []string{"CONNECT "}, o.requests)
			assert.True(t, o.closed)
			tunnel := status < 300
			assert.Equal(t, !tunnel, strings.Contains(string(o.out), "Content-Length"), status)
			assert.Equal(t, !tunnel, strings.Contains(string(o.out), "Connection: close"), status)
		}
	},
	// The rest of a request that asks to become HTTP/2 was read as frames.
	"GO-2023-1495": func(t *testing.T) {
		o := exchange(t, ours, [][]byte{[]byte("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n" + next)}, recorder)
		assert.Len(t, o.requests, 1)
		assert.Contains(t, string(o.out), "HTTP/1.1 200 OK")
	},
}

func TestAdvisories(t *testing.T) {
	for id, test := range advisories {
		t.Run(id, test)
	}
}

// TestAdvisoriesAreInTheTable: docs/h1.md names each, and no other ones.
func TestAdvisoriesAreInTheTable(t *testing.T) {
	page, err := os.ReadFile("../docs/h1.md")
	require.NoError(t, err)
	var named []string
	for _, m := range regexp.MustCompile("`TestAdvisories/([^`]+)`").FindAllSubmatch(page, -1) {
		named = append(named, string(m[1]))
	}
	slices.Sort(named)
	assert.Equal(t, slices.Sorted(maps.Keys(advisories)), named)
}
