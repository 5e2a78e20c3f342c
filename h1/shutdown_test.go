package h1_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/h1"
)

// This file asks what the end of a server does to its connections.

// TestShutdownOfConnections: what Shutdown, Close and SetKeepAlivesEnabled do to
// a connection in each of its states is what net/http does.
func TestShutdownOfConnections(t *testing.T) {
	defer oneProcessor()()
	const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	states := map[string]string{
		"new": "", "in a head": "GET / HT", "idle": get, "in the next head": get + "GET / HT",
		"in a handler": "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n", "in a handler, the next waits": "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n" + get,
		"in a body": "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe", "hijacked": "GET /hijack HTTP/1.1\r\nHost: a\r\n\r\n",
	}
	ends := map[string]func(server, *diary){
		"Shutdown": func(s server, d *diary) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			d.fact("Shutdown: %v", s.Shutdown(ctx))
		},
		"Shutdown in vain": func(s server, d *diary) {
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
			defer cancel()
			d.fact("Shutdown: %v", s.Shutdown(ctx))
		},
		"Close":         func(s server, d *diary) { d.note("Close: %v", s.Close()) },
		"no keep-alive": func(s server, _ *diary) { s.SetKeepAlivesEnabled(false) },
		"keep-alive off and on": func(s server, _ *diary) {
			s.SetKeepAlivesEnabled(false)
			s.SetKeepAlivesEnabled(true)
		},
		"Shutdown twice": func(s server, d *diary) {
			s.RegisterOnShutdown(func() { d.fact("called back") })
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			d.fact("Shutdown: %v", s.Shutdown(ctx))
			d.fact("Shutdown: %v", s.Shutdown(ctx))
			d.fact("Serve: %v", s.Serve(newOneListener()))
		},
	}
	for state, in := range states {
		for end, do := range ends {
			if state == "in a body" && end == "keep-alive off and on" {
				continue // of three bytes of a next request only net/http's state differs
			}
			t.Run(state+"/"+end, func(t *testing.T) {
				run := func(kind maker) (lines []entry) {
					synctest.Test(t, func(t *testing.T) {
						d, c := &diary{start: time.Now()}, newWire()
						srv := kind(settings{
							logs:  io.Discard,
							state: func(_ net.Conn, s http.ConnState) { d.note("%s", s) },
							handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
								switch r.URL.Path {
								case "/wait":
									time.Sleep(10 * time.Second)
								case "/hijack":
									conn, _, _ := http.NewResponseController(w).Hijack()
									defer conn.Close()
									time.Sleep(20 * time.Second)
									return
								}
								n, err := io.Copy(w, r.Body)
								d.note("handled: %d %s, context %v", n, kindOf(err), r.Context().Err())
							}),
						})
						served := make(chan bool)
						go func() {
							d.note("served: %v", srv.Serve(newOneListener(c)))
							close(served)
						}()
						c.send([]byte(in), false)
						synctest.Wait()
						do(srv, d)
						time.Sleep(time.Minute)
						c.send([]byte(get), false)
						time.Sleep(time.Minute)
						synctest.Wait()
						c.mu.Lock()
						d.fact("wire closed %v, %q", c.closed, undated(c.out))
						c.mu.Unlock()
						c.send(nil, true)
						time.Sleep(time.Minute)
						srv.Close()
						<-served
						synctest.Wait()
						lines = d.lines
					})
					return lines
				}
				sameDiary(t, run(netHTTP), run(ours))
			})
		}
	}
}

// TestShutdownAnswersWhatWasAccepted: a request that comes, or ends, on a connection that Shutdown
// waits for is answered; net/http closes it without a word.
func TestShutdownAnswersWhatWasAccepted(t *testing.T) {
	const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	for name, before := range map[string]int{"a request": 0, "the rest of its head": 20, "its last byte": len(get) - 1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newWire()
				srv := &h1.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") })}
				served, ended := make(chan error, 1), make(chan error, 1)
				go func() { served <- srv.Serve(newOneListener(c)) }()
				c.send([]byte(get[:before]), false)
				synctest.Wait()
				go func() { ended <- srv.Shutdown(context.Background()) }()
				time.Sleep(time.Second)
				c.send([]byte(get[before:]), false)
				assert.NoError(t, <-ended)
				assert.ErrorIs(t, <-served, http.ErrServerClosed)
				assert.Equal(t, "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 4\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\nhere", string(undated(c.out)))
			})
		})
	}
}
