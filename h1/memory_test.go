package h1_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file asks how much memory connections and answers take.

// inUse is the memory that the process needs at the moment, when what ends has ended.
func inUse() int64 {
	for left := runtime.NumGoroutine() + 1; runtime.NumGoroutine() < left; time.Sleep(100 * time.Millisecond) {
		left = runtime.NumGoroutine()
	}
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// perConnection is what n idle connections take each, both ends together.
func perConnection(t *testing.T, kind maker, n int, request string) int64 {
	addr, _ := started(t, kind, hello)
	before := inUse()
	idle := make([]net.Conn, n)
	buf := make([]byte, 4096)
	for i := range idle {
		c, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		defer c.Close()
		idle[i] = c
		if request == "" {
			continue
		}
		_, err = io.WriteString(c, request)
		require.NoError(t, err)
		for read := 0; !bytes.Contains(buf[:read], []byte("\r\n\r\nhello ")); {
			m, err := c.Read(buf[read:])
			require.NoError(t, err)
			read += m
		}
	}
	time.Sleep(100 * time.Millisecond) // the last ones become idle
	used := inUse() - before
	runtime.KeepAlive(idle)
	return used / int64(n)
}

// TestAttackMemoryOfIdle: an idle connection takes no more than net/http's.
func TestAttackMemoryOfIdle(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what memory is needed")
	}
	if testing.Short() {
		t.Skip("-short: thousands of connections are not measured")
	}
	requests := map[string]string{
		"new": "", "after a request": "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"after a large head": "GET / HTTP/1.1\r\nHost: a\r\nA: " + strings.Repeat("a", 60<<10) + "\r\n\r\n",
		"after a body":       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("a", 100000),
		"after both":         "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\nA: " + strings.Repeat("a", 60<<10) + "\r\n\r\n" + strings.Repeat("a", 100000),
		"in a head":          "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT",
	}
	for name, request := range requests {
		t.Run(name, func(t *testing.T) {
			perConnection(t, netHTTP, 50, request) // what is made once
			perConnection(t, ours, 50, request)
			std, h := perConnection(t, netHTTP, 1000, request), perConnection(t, ours, 1000, request)
			t.Logf("bytes per connection, both ends: net/http %d, h1 %d", std, h)
			assert.LessOrEqual(t, h, std+std/20)
		})
	}
}

// TestALargeWriteIsNotHeldWhole: what a handler writes at once goes through a buffer of some
// kilobytes.
func TestALargeWriteIsNotHeldWhole(t *testing.T) {
	const size = 32 << 20
	text, data := strings.Repeat("x", size), make([]byte, size)
	for name, write := range map[string]func(http.ResponseWriter){
		"bytes":         func(w http.ResponseWriter) { w.Write(data) },
		"a text":        func(w http.ResponseWriter) { io.WriteString(w, text) },
		"with a length": func(w http.ResponseWriter) { w.Header().Set("Content-Length", strconv.Itoa(size)); w.Write(data) },
	} {
		t.Run(name, func(t *testing.T) {
			addr, _ := started(t, ours, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w) }))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			res, err := http.Get("http://" + addr)
			require.NoError(t, err)
			n, err := io.Copy(io.Discard, res.Body)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			runtime.ReadMemStats(&after)
			assert.EqualValues(t, size, n)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(size/8))
		})
	}
}
