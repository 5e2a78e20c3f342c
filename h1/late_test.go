package h1_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLateUseReachesNobody: whatever a goroutine does to the writer or the
// request that it kept, the next answer on the connection is as without it, and
// the next request sees nothing of it.
func TestLateUseReachesNobody(t *testing.T) {
	uses := map[string]func(http.ResponseWriter, *http.Request){
		"Write":         func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("LATE")) },
		"WriteString":   func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "LATE") },
		"a large Write": func(w http.ResponseWriter, _ *http.Request) { w.Write(bytes.Repeat([]byte("LATE"), 5000)) },
		"WriteHeader":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"an early hint": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103) },
		"Header":        func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Late", "LATE") },
		"Flush":         func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() },
		"ReadFrom":      func(w http.ResponseWriter, _ *http.Request) { io.Copy(w, bytes.NewReader([]byte("LATE"))) },
		"read deadline": func(w http.ResponseWriter, _ *http.Request) {
			http.NewResponseController(w).SetReadDeadline(time.Now())
		},
		"full duplex":    func(w http.ResponseWriter, _ *http.Request) { http.NewResponseController(w).EnableFullDuplex() },
		"read the body":  func(_ http.ResponseWriter, r *http.Request) { io.ReadAll(r.Body) },
		"close the body": func(_ http.ResponseWriter, r *http.Request) { r.Body.Close() },
		"the header":     func(_ http.ResponseWriter, r *http.Request) { r.Header.Set("Authorization", "LATE") },
		"the URL":        func(_ http.ResponseWriter, r *http.Request) { r.URL.Path = "/LATE" },
		"the form":       func(_ http.ResponseWriter, r *http.Request) { r.ParseForm() },
		"MaxBytesReader": func(w http.ResponseWriter, r *http.Request) {
			io.ReadAll(http.MaxBytesReader(w, io.NopCloser(bytes.NewReader([]byte("LATE"))), 1))
		},
		"Hijack": func(w http.ResponseWriter, _ *http.Request) {
			if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
				io.WriteString(c, "LATE")
			}
		},
		"a bad WriteHeader": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(0) },
	}
	const first = "POST /first HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nContent-Length: 5\r\n\r\nhello"
	const second = "POST /second?x=y HTTP/1.1\r\nHost: b\r\nAuthorization: b\r\nContent-Length: 5\r\n\r\nworld"
	for name, use := range uses {
		for _, when := range []string{"before the next", "during the next", "after the next has written"} {
			t.Run(name+"/"+when, func(t *testing.T) {
				var firstContext context.Context
				handler := func(do func(http.ResponseWriter, *http.Request)) func(*outcome, *wire) http.Handler {
					use := func(w http.ResponseWriter, r *http.Request) {
						defer func() { _ = recover() }() // net/http panics on some
						do(w, r)
					}
					return func(o *outcome, _ *wire) http.Handler {
						var w0 http.ResponseWriter
						var r0 *http.Request
						return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							if r.URL.Path == "/first" {
								w0, r0, firstContext = w, r, r.Context()
								io.WriteString(w, "first")
								if when == "before the next" {
									go func() {
										time.Sleep(time.Second / 2)
										use(w0, r0)
									}()
								}
								return
							}
							if when == "during the next" {
								use(w0, r0)
							}
							w.Header().Set("X-Second", "s")
							io.WriteString(w, "second")
							if when == "after the next has written" {
								use(w0, r0)
							}
							body, err := io.ReadAll(r.Body)
							o.requests = append(o.requests, r.Method+" "+r.URL.String()+" "+r.Header.Get("Authorization")+" "+string(body)+" "+kindOf(err))
							if r.Context().Err() != nil || firstContext.Err() == nil {
								o.requests = append(o.requests, "contexts are mixed up")
							}
						})
					}
				}
				pieces := [][]byte{[]byte(first), []byte(second)}
				if when == "before the next" {
					pieces = [][]byte{[]byte(first)}
				}
				plain := exchange(t, ours, pieces, handler(func(http.ResponseWriter, *http.Request) {}))
				got := exchange(t, ours, pieces, handler(use))
				assert.Equal(t, string(plain.out), string(got.out))
				assert.Equal(t, plain.requests, got.requests)
				assert.Equal(t, plain.closed, got.closed)
				if when != "before the next" {
					assert.Equal(t, []string{"POST /second?x=y b world ok"}, got.requests)
				}
			})
		}
	}
}

// TestLateWritesFail: a write after the handler has returned is an error, where
// net/http accepts some of them and drops the bytes.
func TestLateWritesFail(t *testing.T) {
	var kept http.ResponseWriter
	exchange(t, ours, [][]byte{[]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n")}, func(*outcome, *wire) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			kept = w
			io.WriteString(w, "x")
		})
	})
	_, err := kept.Write([]byte("LATE"))
	assert.Error(t, err)
	_, err = io.WriteString(kept, "LATE")
	assert.Error(t, err)
	_, err = io.Copy(kept, bytes.NewReader([]byte("LATE")))
	assert.Error(t, err)
	assert.Error(t, http.NewResponseController(kept).Flush())
	assert.Panics(t, func() { // as net/http
		if _, _, err := http.NewResponseController(kept).Hijack(); err != nil {
			panic(err)
		}
	})
	assert.NotPanics(t, func() { kept.Header().Set("X-Late", "LATE") })
}

// TestLateWritesOfWhoWaitsForTheContext: its end is the end of the answer too, so that nobody who has
// waited for it can write into it any more.
func TestLateWritesOfWhoWaitsForTheContext(t *testing.T) {
	var late sync.WaitGroup
	var begins sync.Mutex // an answer that is cut tells nobody that its handler has begun them all
	addr, _ := started(t, ours, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "whole")
		if r.URL.Path == "/panic" {
			defer panic(http.ErrAbortHandler)
		}
		begins.Lock()
		defer begins.Unlock()
		for range 300 { // so that the first of them run while the last are woken
			late.Go(func() {
				<-r.Context().Done()
				_, err := io.WriteString(w, "LATE")
				assert.Error(t, err)
			})
		}
	}))
	for range 50 {
		for _, path := range []string{"/", "/panic"} {
			res, err := http.Get("http://" + addr + path)
			if path == "/panic" {
				assert.Error(t, err)
				continue
			}
			require.NoError(t, err)
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			assert.Equal(t, "whole", string(body))
		}
	}
	begins.Lock()
	defer begins.Unlock()
	late.Wait()
}
