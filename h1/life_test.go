package h1_test

import (
	"bytes"
	"cmp"
	"fmt"
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
)

// This file is what the tests of context_test.go, slow_test.go and shutdown_test.go stand on: both
// servers run in a bubble, so a wait of minutes takes no time and the moments can be compared.

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
