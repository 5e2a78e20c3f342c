package h1_test

import (
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file is what Hijack and a goroutine that has the body of the request do to each other.

// A goroutine that reads the body does not do so while the connection is handed over.
func TestHijackEndsAReadOfTheBody(t *testing.T) {
	read := make(chan error, 1)
	addr, _ := started(t, ours, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		reading := make(chan struct{})
		go func() {
			close(reading)
			_, err := io.Copy(io.Discard, req.Body)
			read <- err
		}()
		<-reading
		c, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); err != nil {
			_, _ = rw.WriteString(err.Error())
		}
		_ = rw.Flush()
	}))
	c := dialed(t, addr)
	_, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc")
	require.NoError(t, err)
	said, err := io.ReadAll(c)
	require.NoError(t, err)
	assert.Equal(t, http.ErrHijacked.Error(), string(said))
	assert.Error(t, <-read)
}

// The buffer of the connection was copied while another goroutine read the body out of it: the race
// detector sees that.
func TestHijackWhileTheBodyIsReadOrClosed(t *testing.T) {
	const requests = 200
	var done sync.WaitGroup
	done.Add(requests)
	addr, _ := started(t, ours, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		begin := make(chan struct{})
		go func() {
			defer done.Done()
			<-begin
			for range 4 {
				_, _ = req.Body.Read(make([]byte, 3))
			}
			_ = req.Body.Close()
		}()
		close(begin)
		if c, _, err := w.(http.Hijacker).Hijack(); assert.NoError(t, err) {
			_ = c.Close()
		}
	}))
	for range requests {
		c := dialed(t, addr)
		_, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n")
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, c)
		_ = c.Close()
	}
	done.Wait()
}
