package matrixtest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/dram-go/dram"
)

// This file lists the handlers: all the ways to answer, and what each does alone.

// behaviour is a way to answer.
type behaviour struct {
	name   string
	handle func(c *dram.Context, s *stack)
	alone  outcome
	ask    func(*http.Request) // what the client says besides
	head   bool                // HEAD is asked as well
	post   bool                // and POST twice with one key
	late   bool                // it waits for the end of the request's context, if that has one
	miss   bool                // it is that of NoRoute or NoMethod
	unsaid bool                // and the engine answers when the chain has returned
	leaves bool                // the client leaves while it runs
	lasts  bool                // it is a stream: a deadline does not hold, a tag is not given
}

var (
	longText = strings.Repeat("All work and no play makes Jack a dull boy. ", 100)
	hugeText = strings.Repeat("All work and no play makes Jack a dull boy. ", 2000)
	errBreak = errors.New("the source breaks")
)

// behaviours are all of them. The first is the plain one that follows each other.
var behaviours = []behaviour{
	{name: "short", handle: func(c *dram.Context, _ *stack) { c.String(http.StatusCreated, "short") }, alone: whole(201, "short"), head: true, post: true},
	{name: "text", handle: func(c *dram.Context, _ *stack) { c.String(http.StatusOK, longText) }, alone: whole(200, longText), head: true, post: true},
	{name: "huge", handle: func(c *dram.Context, _ *stack) { c.JSON(http.StatusOK, hugeText) }, alone: whole(200, `"`+hugeText+`"`), head: true, post: true},
	{name: "nothing", handle: func(*dram.Context, *stack) {}, alone: whole(200, ""), head: true, post: true},
	{name: "204", handle: func(c *dram.Context, _ *stack) { c.Status(http.StatusNoContent) }, alone: whole(204, ""), head: true, post: true},
	{name: "304", handle: func(c *dram.Context, _ *stack) { c.AbortWithStatus(http.StatusNotModified) }, alone: whole(304, "")},
	{name: "500", handle: func(c *dram.Context, _ *stack) { c.String(http.StatusInternalServerError, longText) }, alone: whole(500, longText), post: true},
	{name: "redirect", handle: func(c *dram.Context, _ *stack) { c.Redirect(http.StatusSeeOther, "/there") }, alone: outcome{kind: isWhole, status: 303, anyBody: true}},
	{name: "file", handle: sendFile, alone: whole(200, fileText), head: true},
	{name: "range", handle: sendFile, alone: whole(206, fileText[10:20]), ask: func(r *http.Request) { r.Header.Set("Range", "bytes=10-19") }},
	{name: "reader", handle: func(c *dram.Context, _ *stack) {
		c.DataFromReader(http.StatusOK, int64(len(longText)), "text/plain", io.LimitReader(strings.NewReader(longText), 1<<20), nil)
	}, alone: whole(200, longText), head: true, post: true},
	{name: "stream", handle: stream, alone: whole(200, strings.Repeat("part.", 3)), lasts: true, post: true},
	{name: "events", handle: events, alone: whole(200, strings.Repeat("event:tick\ndata:now\n\n", 3)), lasts: true},
	{name: "hijack", handle: hijack, alone: outcome{kind: isHijacked}, lasts: true},
	{name: "hints", handle: func(c *dram.Context, _ *stack) {
		c.Header("Link", "</a.css>; rel=preload")
		c.Writer.WriteHeader(http.StatusEarlyHints)
		c.String(http.StatusOK, longText)
	}, alone: whole(200, longText).having("Link", "</a.css>; rel=preload")},
	{name: "trailers", handle: func(c *dram.Context, _ *stack) {
		c.Header("Trailer", "X-Sum")
		c.String(http.StatusOK, longText)
		c.Header("X-Sum", "abc")
	}, alone: outcome{kind: isWhole, status: 200, body: longText, trailer: "abc"}},
	{name: "panic", handle: func(*dram.Context, *stack) { panic(ownPanic) }, alone: outcome{kind: isPanic}, post: true},
	{name: "panic after the header", handle: func(c *dram.Context, _ *stack) {
		c.Header("Content-Length", "100")
		c.Status(http.StatusOK)
		panic(ownPanic)
	}, alone: outcome{kind: isPanic}},
	{name: "panic in the middle", handle: func(c *dram.Context, _ *stack) {
		c.String(http.StatusOK, longText)
		panic(ownPanic)
	}, alone: outcome{kind: isPanic, begun: true}, post: true},
	{name: "panic in a stream", handle: func(c *dram.Context, _ *stack) {
		c.String(http.StatusOK, longText)
		c.Writer.Flush()
		panic(ownPanic)
	}, alone: outcome{kind: isPanic, begun: true}},
	{name: "reader breaks", handle: func(c *dram.Context, _ *stack) {
		c.DataFromReader(http.StatusOK, -1, "text/plain", breaking(), nil)
	}, alone: outcome{kind: isBroken}, post: true},
	{name: "reader with a length breaks", handle: func(c *dram.Context, _ *stack) {
		c.DataFromReader(http.StatusOK, int64(2*len(longText)), "text/plain", breaking(), nil)
	}, alone: outcome{kind: isBroken}, post: true},
	{name: "reader is short", handle: func(c *dram.Context, _ *stack) {
		c.DataFromReader(http.StatusOK, int64(2*len(longText)), "text/plain", strings.NewReader(longText), nil)
	}, alone: outcome{kind: isBroken}, post: true},
	{name: "long reader breaks", handle: func(c *dram.Context, _ *stack) {
		c.DataFromReader(http.StatusOK, -1, "text/plain", io.MultiReader(strings.NewReader(hugeText), breaking()), nil)
	}, alone: outcome{kind: isBroken}},
	{name: "client leaves", handle: func(c *dram.Context, s *stack) {
		s.arrived <- struct{}{}
		<-c.Request.Context().Done()
		c.String(http.StatusOK, longText)
	}, leaves: true},
	{name: "client leaves, 204", handle: func(c *dram.Context, s *stack) {
		s.arrived <- struct{}{}
		<-c.Done()
		c.Status(http.StatusNoContent)
	}, leaves: true},
	{name: "late", handle: func(c *dram.Context, s *stack) { s.waitForEnd(c) }, alone: whole(200, ""), late: true},
	{name: "late answer", handle: func(c *dram.Context, s *stack) {
		s.waitForEnd(c)
		c.String(http.StatusAccepted, "late")
	}, alone: whole(202, "late"), late: true},
	{name: "proxy", handle: passOn("/length"), alone: whole(200, longText), head: true, post: true},
	{name: "proxy streams", handle: passOn("/stream"), alone: whole(200, strings.Repeat("part.", 3)), lasts: true, head: true, post: true},
	{name: "proxy breaks off", handle: passOn("/break"), alone: outcome{kind: isBroken}, post: true},
	{name: "proxy is short", handle: passOn("/short"), alone: outcome{kind: isBroken}, post: true},
	{name: "proxy without a server", handle: passOn("/gone"), alone: outcome{kind: isWhole, status: 502, anyBody: true}, post: true},
	{name: "proxy with hints", handle: passOn("/hints"), alone: whole(200, longText).having("Link", "</a.css>; rel=preload")},
	{name: "proxy, 204", handle: passOn("/204"), alone: whole(204, ""), head: true, post: true},
	{name: "proxy with trailers", handle: passOn("/trailers"), alone: outcome{kind: isWhole, status: 200, body: longText, trailer: "abc"}},
	{name: "proxy, client leaves", handle: func(c *dram.Context, s *stack) {
		s.arrived <- struct{}{}
		passOn("/slow")(c, s)
	}, leaves: true},
	{name: "no route", handle: func(c *dram.Context, _ *stack) { c.String(http.StatusNotFound, longText) }, miss: true, alone: whole(404, longText), head: true},
	{name: "no method", handle: func(c *dram.Context, _ *stack) { c.String(http.StatusMethodNotAllowed, longText) }, miss: true,
		alone: whole(405, longText).having("Allow", "*")},
	{name: "no route, no answer", handle: func(*dram.Context, *stack) {}, miss: true, unsaid: true, alone: outcome{kind: isWhole, status: 404, anyBody: true}, head: true},
	{name: "no method, no answer", handle: func(*dram.Context, *stack) {}, miss: true, unsaid: true, alone: outcome{kind: isWhole, status: 405, anyBody: true}.having("Allow", "*")},
	{name: "Done is asked", handle: askDone, alone: whole(200, longText), head: true},
}

// ownPanic is what handlers panic with here.
const ownPanic = "a panic of the matrix"

var fileText = func() string {
	var b strings.Builder
	for i := range 250 {
		b.WriteString("line ")
		b.WriteString(string([]byte{byte('0' + i/1000%10), byte('0' + i/100%10), byte('0' + i/10%10), byte('0' + i%10)}))
		b.WriteString(" of the file\n")
	}
	return b.String()
}()

func sendFile(c *dram.Context, _ *stack) { c.File("testdata/file.txt") }

func breaking() io.Reader {
	return io.MultiReader(strings.NewReader(longText), readerFunc(func([]byte) (int, error) { return 0, errBreak }))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func stream(c *dram.Context, _ *stack) {
	c.Header("Content-Type", "text/plain")
	n := 0
	c.Stream(func(w io.Writer) bool {
		n++
		_, _ = io.WriteString(w, "part.")
		return n < 3
	})
}

func events(c *dram.Context, _ *stack) {
	for range 3 {
		c.SSEvent("tick", "now")
		c.Writer.Flush()
	}
}

// rawAnswer is what hijack writes.
const rawAnswer = "HTTP/1.1 299 Raw\r\nContent-Length: 5\r\nConnection: close\r\n\r\ntaken"

func hijack(c *dram.Context, _ *stack) {
	conn, _, err := c.Writer.Hijack()
	if err != nil {
		c.String(http.StatusNotImplemented, "no hijack")
		return
	}
	_, _ = io.WriteString(conn, rawAnswer)
	_ = conn.Close()
}

// askDone gives the Context to a library that waits for its end, as database/sql
// does, and asks why.
func askDone(c *dram.Context, s *stack) {
	done := c.Done()
	s.waiting.Go(func() {
		select {
		case <-done:
			if c.Err() == nil {
				s.fault("Done is closed and Err is nil")
			}
			_, _ = c.Deadline()
			_ = c.Value(contextKey{})
		case <-time.After(20 * time.Second):
			s.fault("Done is never closed")
		}
	})
	c.String(http.StatusOK, longText)
}

// waitForEnd waits for a deadline, if a layer has set one.
func (s *stack) waitForEnd(c *dram.Context) {
	if _, ok := c.Request.Context().Deadline(); ok {
		<-c.Done()
	}
}
