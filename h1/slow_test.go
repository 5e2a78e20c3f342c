package h1_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/h1"
)

// This file asks when a connection that is slow, or does nothing, is cut off.

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
