package h1_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/h1"
)

// This file asks when things end: a context after its client has left, and a
// connection that is slow or does nothing. Both servers run in a bubble, so a
// wait of minutes takes no time and the moments can be compared.

// diary notes what happens in a scene, each with its moment.
type diary struct {
	mu    sync.Mutex
	start time.Time
	lines []entry
}

type entry struct {
	text string
	at   time.Duration
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, entry{fmt.Sprintf(format, args...), time.Since(d.start)})
}

// fact notes what has no moment to compare: Shutdown looks at the connections
// now and then.
func (d *diary) fact(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, entry{fmt.Sprintf(format, args...), 0})
}

// sameDiary asks for the same entries, in any order, at the same moments but
// for a second: h1 listens on for a moment to a client that it has refused.
func sameDiary(t *testing.T, want, got []entry) {
	t.Helper()
	sorted := func(list []entry) (texts []string, at []time.Duration) {
		slices.SortFunc(list, func(a, b entry) int { return cmp.Or(strings.Compare(a.text, b.text), cmp.Compare(a.at, b.at)) })
		for _, e := range list {
			texts, at = append(texts, e.text), append(at, e.at)
		}
		return texts, at
	}
	texts, at := sorted(want)
	gotTexts, gotAt := sorted(got)
	if !assert.Equal(t, texts, gotTexts) {
		return
	}
	for i := range at {
		assert.InDelta(t, at[i].Seconds(), gotAt[i].Seconds(), 1, texts[i])
	}
}

// scene runs a server over one connection while client is at its other end.
// What both do goes into the diary; the end of the connection is added.
func scene(t *testing.T, kind maker, set settings, handler func(*diary) http.HandlerFunc, client func(*wire)) []entry {
	var d *diary
	synctest.Test(t, func(t *testing.T) {
		d = &diary{start: time.Now()}
		c := newWire()
		var logs bytes.Buffer
		set.handler, set.logs = handler(d), &logs
		set.state = func(_ net.Conn, s http.ConnState) {
			if s == http.StateClosed {
				d.note("closed after %.60q", firstLines(undated(c.out)))
			}
		}
		srv := kind(set)
		served := make(chan error, 1)
		go func() { served <- srv.Serve(newOneListener(c)) }()
		client(c)
		synctest.Wait()
		time.Sleep(10 * time.Minute)
		c.send(nil, true)
		time.Sleep(10 * time.Minute)
		srv.Close()
		<-served
	})
	return d.lines
}

// firstLines are the status lines of what was written.
func firstLines(out []byte) string {
	var list []string
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "HTTP/1.1 ") {
			list = append(list, strings.TrimSpace(line[len("HTTP/1.1 "):]))
		}
	}
	return strings.Join(list, ", ")
}

func (w *wire) give(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.room = n
	w.changed.Broadcast()
}

// drip sends s a byte a second, as long as the server takes it.
func (w *wire) drip(s string) {
	for i := range len(s) {
		w.mu.Lock()
		closed := w.closed
		w.mu.Unlock()
		if closed {
			return
		}
		w.send([]byte(s[i:i+1]), false)
		time.Sleep(time.Second)
	}
}

type aKey struct{}

func isClosed(e entry) bool { return strings.HasPrefix(e.text, "closed") }

// oneProcessor lets the goroutines of a test run one after the other: who asks Err for the first
// time gives the watcher its turn, and with more processors it may be late.
func oneProcessor() (undo func()) {
	before := runtime.GOMAXPROCS(1)
	return func() { runtime.GOMAXPROCS(before) }
}

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

// TestSlowClients: whoever sends or takes slowly is cut off when net/http would
// do it.
func TestSlowClients(t *testing.T) {
	defer oneProcessor()()
	const get, post = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
	long := "GET / HTTP/1.1\r\nHost: a\r\nA: " + strings.Repeat("x", 200)
	all := settings{read: 20 * time.Second, readHeader: 10 * time.Second, write: 30 * time.Second, idle: 15 * time.Second}
	scenes := map[string]struct {
		set    settings
		client func(*wire)
	}{
		"nothing is sent":                 {settings{readHeader: 10 * time.Second}, func(*wire) {}},
		"nothing, only ReadTimeout":       {settings{read: 10 * time.Second}, func(*wire) {}},
		"nothing, only IdleTimeout":       {settings{idle: 10 * time.Second}, func(*wire) {}},
		"a slow head":                     {settings{readHeader: 10 * time.Second}, func(c *wire) { c.drip(long) }},
		"a slow head, only ReadTimeout":   {settings{read: 10 * time.Second}, func(c *wire) { c.drip(long) }},
		"a head in time":                  {settings{readHeader: time.Minute}, func(c *wire) { c.drip(get) }},
		"idle":                            {settings{idle: 10 * time.Second}, func(c *wire) { c.send([]byte(get), false) }},
		"idle, only ReadTimeout":          {settings{read: 10 * time.Second}, func(c *wire) { c.send([]byte(get), false) }},
		"idle, only ReadHeaderTimeout":    {settings{readHeader: 10 * time.Second}, func(c *wire) { c.send([]byte(get), false) }},
		"a slow second head":              {all, func(c *wire) { c.send([]byte(get), false); time.Sleep(9 * time.Second); c.drip(long) }},
		"a second head that begins":       {all, func(c *wire) { c.send([]byte(get), false); time.Sleep(9 * time.Second); c.send([]byte("G"), false) }},
		"a second head pipelined in part": {all, func(c *wire) { c.send([]byte(get+"GET / HT"), false) }},
		"a second head of three bytes":    {all, func(c *wire) { c.send([]byte(get+"GET"), false) }},
		"a slow body":                     {all, func(c *wire) { c.send([]byte(post), false); c.drip(strings.Repeat("b", 100)) }},
		"a slow body, only ReadHeader":    {settings{readHeader: 10 * time.Second}, func(c *wire) { c.send([]byte(post), false); c.drip(strings.Repeat("b", 100)) }},
		"a body that stops":               {all, func(c *wire) { c.send([]byte(post+"hello"), false) }},
		"requests one after the other": {all, func(c *wire) {
			for range 8 {
				c.send([]byte(get), false)
				time.Sleep(7 * time.Second)
			}
		}},
		"requests without a read timeout": {settings{write: 10 * time.Second}, func(c *wire) {
			for range 8 {
				c.send([]byte(get), false)
				time.Sleep(7 * time.Second)
			}
		}},
		"a slow reader": {all, func(c *wire) { c.give(100); c.send([]byte("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"), false) }},
		"a slow reader of the second answer": {all, func(c *wire) {
			c.send([]byte(get), false)
			time.Sleep(5 * time.Second)
			c.give(100)
			c.send([]byte("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"), false)
		}},
		"a slow handler":              {all, func(c *wire) { c.send([]byte("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"), false) }},
		"a slow handler that flushes": {all, func(c *wire) { c.send([]byte("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"), false) }},
		"a deadline of the handler's": {all, func(c *wire) {
			c.send([]byte("POST /longer HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\n\r\n"), false)
			c.drip(strings.Repeat("b", 60))
			c.send([]byte(get), false)
		}},
		"a handler without deadlines":        {all, func(c *wire) { c.send([]byte("GET /none HTTP/1.1\r\nHost: a\r\n\r\n"), false) }},
		"a refusal":                          {all, func(c *wire) { c.send([]byte("x\r\n\r\n"), false) }},
		"a refusal to a client that goes on": {all, func(c *wire) { c.send([]byte("x\r\n\r\n"), false); c.drip(long) }},
		"a body left unread": {all, func(c *wire) {
			c.send([]byte("POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"), false)
			c.drip(strings.Repeat("b", 100))
		}},
		"a body left unread, no timeouts": {settings{}, func(c *wire) {
			c.send([]byte("POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n"), false)
			c.drip(strings.Repeat("b", 50))
		}},
		"an expectation left unanswered": {all, func(c *wire) {
			c.send([]byte("POST /unread HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 50\r\n\r\n"), false)
		}},
		"an expectation without its body": {all, func(c *wire) {
			c.send([]byte("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 50\r\n\r\n"), false)
		}},
	}
	handler := func(d *diary) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			d.note("%s %s", r.Method, r.URL.Path)
			defer func() { d.note("context %v", r.Context().Err()) }()
			rc := http.NewResponseController(w)
			switch r.URL.Path {
			case "/unread":
				io.WriteString(w, "unread")
				return
			case "/longer":
				d.note("%s %s", kindOf(rc.SetReadDeadline(time.Now().Add(2*time.Minute))), kindOf(rc.SetWriteDeadline(time.Time{})))
			case "/none":
				rc.SetReadDeadline(time.Time{})
				rc.SetWriteDeadline(time.Time{})
				time.Sleep(time.Minute)
			case "/slow":
				time.Sleep(time.Minute)
			case "/stream":
				for range 60 {
					io.WriteString(w, "x")
					if err := rc.Flush(); err != nil {
						d.note("flush: %s", kindOf(err))
						break
					}
					time.Sleep(time.Second)
				}
			case "/large":
				n, err := w.Write(make([]byte, 1<<20))
				d.note("wrote all %v, %s", n == 1<<20, kindOf(err))
			}
			n, err := io.Copy(io.Discard, r.Body)
			d.note("read %d %s", n, kindOf(err))
			io.WriteString(w, "done")
		}
	}
	for name, s := range scenes {
		t.Run(name, func(t *testing.T) {
			want := scene(t, netHTTP, s.set, handler, s.client)
			if at, on := slowOnPurpose[name]; on {
				i := slices.IndexFunc(want, isClosed)
				want[i].at = at
			}
			if strings.HasPrefix(name, "a slow head") {
				// net/http answers 400 if the deadline comes in the middle of a line that
				// it has read in pieces, and nothing otherwise, as over a socket.
				want[slices.IndexFunc(want, isClosed)].text = `closed after ""`
			}
			sameDiary(t, want, scene(t, ours, s.set, handler, s.client))
		})
	}
}

// slowOnPurpose are the scenes whose connection h1 closes at another moment:
// ReadHeaderTimeout counts from the first byte of a request, where net/http
// waits up to IdleTimeout for the fourth; and nobody waits for a body that was
// not asked for.
var slowOnPurpose = map[string]time.Duration{
	"a slow second head":             19 * time.Second,
	"a second head that begins":      19 * time.Second,
	"a second head of three bytes":   10 * time.Second,
	"an expectation left unanswered": 0,
}

// TestReadTimeoutHoldsForABodyLeftUnread: what a full-duplex handler leaves is read for it, but
// not longer than the whole request may take.
func TestReadTimeoutHoldsForABodyLeftUnread(t *testing.T) {
	handler := func(d *diary) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			assert.NoError(t, http.NewResponseController(w).EnableFullDuplex())
			d.note("answered")
		}
	}
	sameDiary(t, []entry{{"answered", 0}, {`closed after "200 OK"`, 20 * time.Second}}, scene(t, ours, settings{read: 20 * time.Second}, handler, func(c *wire) {
		c.send([]byte("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"), false)
	}))
}

// TestTimeoutsOfZeroValue: a Server on which nothing is set does not wait
// without end, unlike http.Server.
func TestTimeoutsOfZeroValue(t *testing.T) {
	zero := func(s settings) server { return &h1.Server{Handler: s.handler, ConnState: s.state} }
	answer := func(d *diary) http.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request) { d.note("%s", r.URL) }
	}
	sameDiary(t, []entry{{`closed after ""`, 10 * time.Second}}, scene(t, zero, settings{}, answer, func(*wire) {}))
	sameDiary(t, []entry{{"/", 0}, {`closed after "200 OK"`, 2 * time.Minute}},
		scene(t, zero, settings{}, answer, func(c *wire) { c.send([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), false) }))
}

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
