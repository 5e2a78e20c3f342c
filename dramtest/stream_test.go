package dramtest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
)

// streaming has streams that end, that break, and that go on until the client leaves.
func streaming(left *atomic.Bool) *dram.Engine {
	r := dram.New()
	r.GET("/events", func(c *dram.Context) {
		c.Header("Content-Type", "text/event-stream")
		_, _ = io.WriteString(c.Writer, "retry: 1500\n: a comment\ndata: one\n\nid: 7\nevent: tick\ndata: two\r\ndata:lines\n\nretry: x\nid: a\x00b\nevent: none\n\ndata\n\ndata: half")
	})
	r.GET("/forever", func(c *dram.Context) {
		c.Header("Content-Type", "text/event-stream")
		for n := 1; c.Request.Context().Err() == nil; n++ {
			fmt.Fprintf(c.Writer, "data: %d\n\n", n)
			c.Writer.Flush()
		}
		left.Store(true)
	})
	r.GET("/breaks", func(c *dram.Context) {
		c.Header("Content-Type", "text/event-stream")
		_, _ = io.WriteString(c.Writer, "data: one\n\n")
		c.Writer.Flush()
		panic(http.ErrAbortHandler)
	})
	r.GET("/lines", func(c *dram.Context) {
		c.Header("Content-Type", "application/x-ndjson")
		_, _ = io.WriteString(c.Writer, "{\"id\": 1}\n\n{\"id\": 2}\nno\n")
	})
	r.GET("/quiet", func(c *dram.Context) {
		c.Header("Content-Type", "text/event-stream")
		for n := 0; c.Request.Context().Err() == nil; n++ {
			if n < 2 {
				fmt.Fprintf(c.Writer, "data: %d\n\n", n)
			} else {
				_, _ = io.WriteString(c.Writer, ": still here\n\n")
			}
			c.Writer.Flush()
			pause(c, 8*time.Second)
		}
	})
	r.GET("/silent", func(c *dram.Context) {
		c.Header("Content-Type", "application/jsonl")
		c.Writer.Flush()
		<-c.Request.Context().Done()
	})
	r.GET("/busy", func(c *dram.Context) { c.Data(503, "text/event-stream", []byte("data: one\n\n")) })
	r.GET("/refused", func(c *dram.Context) { c.Fail(dram.NewProblem(403, "no")) })
	r.GET("/parts", func(c *dram.Context) {
		for range 3 {
			_, _ = io.WriteString(c.Writer, "part\n")
			c.Writer.Flush()
		}
	})
	return r
}

func TestEvents(t *testing.T) {
	var left atomic.Bool
	over(t, streaming(&left), func(t *testing.T, app *dramtest.Client) {
		var all []dramtest.Event
		for event := range app.GET("/events").Events(t.Context()) {
			all = append(all, event)
		}
		assert.Equal(t, []dramtest.Event{
			{Type: "message", Data: "one", Retry: 1500 * time.Millisecond},
			{Type: "tick", Data: "two\nlines", ID: "7", Retry: 1500 * time.Millisecond},
			{Type: "message", ID: "7", Retry: 1500 * time.Millisecond},
		}, all)

		left.Store(false)
		for event := range app.GET("/forever").Want(200).Events(t.Context()) {
			if event.Data == "3" {
				break
			}
		}
		assert.True(t, left.Load(), "the handler has returned when the loop is left")

		res := app.GET("/forever")
		assert.Equal(t, "1", res.Event().Data)
		assert.Equal(t, "2", res.Event().Data)
	})
}

func TestStreamsThatFail(t *testing.T) {
	r := streaming(new(atomic.Bool))
	for name, tc := range map[string]struct {
		test func(*dramtest.Client)
		want string
	}{
		"breaks": {func(c *dramtest.Client) {
			for range c.GET("/breaks").Events(t.Context()) {
			}
		}, "GET /breaks: the stream broke off: unexpected EOF"},
		"the next":       {func(c *dramtest.Client) { res := c.GET("/breaks"); res.Event(); res.Event() }, "GET /breaks: the stream broke off: unexpected EOF"},
		"no stream":      {func(c *dramtest.Client) { c.GET("/lines").Events(t.Context()) }, `GET /lines: want an event stream, got 200 "application/x-ndjson"`},
		"another status": {func(c *dramtest.Client) { c.GET("/busy").Event() }, `GET /busy: want an event stream, got 503 "text/event-stream"`},
		"the end": {func(c *dramtest.Client) {
			res := c.GET("/events")
			for range 4 {
				res.Event()
			}
		}, "GET /events: want another event, but the stream has ended"},
		"no lines": {func(c *dramtest.Client) {
			for range dramtest.Lines[Book](t.Context(), c.GET("/refused")) {
			}
		}, "GET /refused: want lines, got status 403"},
		"read already": {func(c *dramtest.Client) { res := c.GET("/forever"); res.Event(); res.Text() }, "GET /forever: the body was read by Events, Event or Lines, and is not kept"},
		"not a line": {func(c *dramtest.Client) {
			for range dramtest.Lines[Book](t.Context(), c.GET("/lines")) {
			}
		}, `GET /lines: the line "no" is not JSON of a dramtest_test.Book: invalid character 'o' in literal null (expecting 'u')`},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, "dramtest: "+tc.want, firstLine(failure(func(t testing.TB) { tc.test(dramtest.New(t, r)) })))
		})
	}
}

// Whatever reads a stream that goes on, it ends with a failure that says so.
func TestStreamsWithoutEnd(t *testing.T) {
	r := streaming(new(atomic.Bool))
	whole := "GET /quiet: the stream has no end after 10s: read it by Events, Event or Lines, which can be left"
	noEvent := "GET /quiet: no event for 10s: the handler waits, or does not flush what it writes"
	for name, tc := range map[string]struct {
		target string
		read   func(t testing.TB, res *dramtest.Response)
		want   string
	}{
		"Body":     {"/quiet", func(_ testing.TB, res *dramtest.Response) { res.Body("x") }, whole},
		"Bytes":    {"/quiet", func(_ testing.TB, res *dramtest.Response) { res.Bytes() }, whole},
		"Raw":      {"/quiet", func(_ testing.TB, res *dramtest.Response) { res.Raw() }, whole},
		"Contains": {"/quiet", func(_ testing.TB, res *dramtest.Response) { res.Contains("x") }, whole},
		"JSON":     {"/quiet", func(_ testing.TB, res *dramtest.Response) { res.JSON("{}") }, whole},
		"Decode":   {"/quiet", func(_ testing.TB, res *dramtest.Response) { dramtest.Decode[Book](res) }, whole},
		"Golden":   {"/quiet", func(_ testing.TB, res *dramtest.Response) { res.Golden("testdata/none.txt") }, whole},
		"Cut":      {"/quiet", func(_ testing.TB, res *dramtest.Response) { res.Cut() }, whole},
		"Event": {"/quiet", func(_ testing.TB, res *dramtest.Response) {
			for range 3 {
				res.Event()
			}
		}, noEvent},
		"Events": {"/quiet", func(t testing.TB, res *dramtest.Response) {
			for range res.Events(t.Context()) {
				time.Sleep(time.Minute) // is not waited for
			}
		}, noEvent},
		"Lines": {"/silent", func(t testing.TB, res *dramtest.Response) {
			for range dramtest.Lines[Book](t.Context(), res) {
			}
		}, "GET /silent: no line for 10s: the handler waits, or does not flush what it writes"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := failure(func(t testing.TB) { tc.read(t, dramtest.New(t, r).GET(tc.target)) })
				assert.Equal(t, "dramtest: "+tc.want, firstLine(got))
				assert.Contains(t, got, "\nstands at\n")
				assert.NotContains(t, got, "another goroutine")
			})
		})
	}
}

// Event and Events read the same stream, one after the other, and a request may have more patience.
func TestEventsAfterEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := dramtest.New(t, streaming(new(atomic.Bool)))
		res := app.GET("/events")
		assert.Equal(t, "one", res.Event().Data)
		var rest []string
		for event := range res.Events(t.Context()) {
			rest = append(rest, event.Data)
		}
		assert.Equal(t, []string{"two\nlines", ""}, rest)

		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		count := 0
		for range app.GET("/quiet", dramtest.Patience(24*time.Hour)).Events(ctx) {
			count++
		}
		assert.Equal(t, 2, count)
	})
}

func TestLines(t *testing.T) {
	app := dramtest.New(t, streaming(new(atomic.Bool)))
	for book := range dramtest.Lines[Book](t.Context(), app.GET("/lines")) {
		if book.ID == 2 {
			break
		}
	}
	parts := 0
	for part := range dramtest.Lines[string](t.Context(), func() *dramtest.Response {
		r := dram.New()
		r.GET("/", func(c *dram.Context) { c.String(200, "\"a\"\n\"b\"") })
		return dramtest.New(t, r).GET("/") // read already
	}()) {
		assert.Len(t, part, 1)
		parts++
	}
	assert.Equal(t, 2, parts)
	assert.Equal(t, strings.Repeat("part\n", 3), app.GET("/parts", dramtest.Streaming()).Text())
}

func TestGoroutinesThatAreLeft(t *testing.T) { synctest.Test(t, testGoroutinesThatAreLeft) }

func testGoroutinesThatAreLeft(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	r := dram.New()
	r.GET("/leak", func(*dram.Context) { go leaking(stop) })
	r.GET("/short", func(*dram.Context) { go func() { time.Sleep(20 * time.Millisecond) }() })
	r.GET("/waits", func(c *dram.Context) {
		c.Go(func(context.Context) { <-stop })
	})
	r.GET("/job", func(c *dram.Context) {
		ended := c.Request.Context().Done() // with the request
		go func() { <-ended }()
	})
	got := failure(func(t testing.TB) { dramtest.New(t, r).GET("/leak").Want(200) })
	assert.Contains(t, got, "dramtest: goroutines that requests have started still run at the end of the test")
	assert.Contains(t, got, "dramtest_test.leaking")
	assert.Contains(t, got, `"request":"GET /leak"`)
	assert.Empty(t, failure(func(t testing.TB) {
		app := dramtest.New(t, r)
		app.GET("/short").Want(200)
		app.GET("/job").Want(200)
		app.GET("/waits").Want(200)
	}))
	assert.Empty(t, failure(func(t testing.TB) {
		app := dramtest.New(t, r)
		app.AllowGoroutines("dramtest_test.leaking")
		app.GET("/leak").Want(200)
	}))
	go leaking(stop) // that of somebody else
	dramtest.New(t, r).GET("/short").Want(200)
}

func leaking(stop chan struct{}) { <-stop }

// A stream that is not read, and a WebSocket that is not closed, end with the test.
func TestNothingIsLeftOpen(t *testing.T) {
	left, r := new(atomic.Bool), dram.New()
	r.GET("/ws", talk)
	assert.Empty(t, failure(func(t testing.TB) {
		dramtest.New(t, r).WebSocket("/ws").Send("hello")
		app := dramtest.New(t, streaming(left))
		app.GET("/forever").Want(200)
	}))
	assert.True(t, left.Load())
}
