package h1_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"
)

// This file asks when the context of a request ends.

// TestContextEndsWithClient: a handler that waits learns that its client has
// left whichever way it asks, and just when it would from net/http.
func TestContextEndsWithClient(t *testing.T) {
	defer oneProcessor()()
	asks := map[string]func(context.Context) string{
		"Done": func(ctx context.Context) string {
			select {
			case <-ctx.Done():
				return ctx.Err().Error()
			case <-time.After(time.Minute):
				return "goes on"
			}
		},
		"Err": func(ctx context.Context) string {
			time.Sleep(time.Second / 4)
			for range 60 {
				if err := ctx.Err(); err != nil {
					return err.Error()
				}
				time.Sleep(time.Second)
			}
			return "goes on"
		},
		"Err once": func(ctx context.Context) string {
			time.Sleep(30 * time.Second)
			return fmt.Sprint(ctx.Err())
		},
		"Cause": func(ctx context.Context) string {
			time.Sleep(30 * time.Second)
			return fmt.Sprint(context.Cause(ctx))
		},
		"a child": func(ctx context.Context) string {
			child, cancel := context.WithTimeout(context.WithValue(ctx, aKey{}, 1), time.Minute)
			defer cancel()
			<-child.Done()
			return child.Err().Error()
		},
		"AfterFunc": func(ctx context.Context) string {
			done := make(chan bool, 1)
			stop := context.AfterFunc(ctx, func() { done <- true })
			defer stop()
			select {
			case <-done:
				return "called"
			case <-time.After(time.Minute):
				return "not called"
			}
		},
		"after the handler": nil,
	}
	bodies := map[string]struct {
		request string
		read    int64
	}{
		"no body":                {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
		"a body read":            {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 1 << 20},
		"a body read to its end": {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 5},
		"a body read in part":    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 2},
		"a body unread":          {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 0},
		"a body that misses":     {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel", 3},
		"chunks read":            {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 1 << 20},
		"a pipelined request":    {"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
		"1.0":                    {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", 0},
		"an expectation":         {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", 0},
	}
	leaves := map[string]func(*wire){
		"at once": func(c *wire) { c.send(nil, true) },
		"later":   func(c *wire) { time.Sleep(10 * time.Second); c.send(nil, true) },
		"never":   func(*wire) {},
	}
	for body, b := range bodies {
		for way, ask := range asks {
			for when, leave := range leaves {
				t.Run(fmt.Sprintf("%s/%s/%s", body, way, when), func(t *testing.T) {
					run := func(kind maker) []entry {
						return scene(t, kind, settings{}, func(d *diary) http.HandlerFunc {
							return func(w http.ResponseWriter, r *http.Request) {
								if b.read > 0 {
									n, err := io.Copy(io.Discard, io.LimitReader(r.Body, b.read))
									d.note("read %d %s", n, kindOf(err))
								}
								if ask == nil {
									context.AfterFunc(r.Context(), func() { d.note("context ended") })
									return
								}
								d.note("%s", ask(r.Context()))
							}
						}, func(c *wire) {
							c.send([]byte(b.request), false)
							leave(c)
						})
					}
					want := run(netHTTP)
					if body == "an expectation" { // net/http waits for its body after the answer
						want = slices.DeleteFunc(want, isClosed)
						sameDiary(t, want, slices.DeleteFunc(run(ours), isClosed))
						return
					}
					sameDiary(t, want, run(ours))
				})
			}
		}
	}
}
