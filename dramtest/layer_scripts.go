package dramtest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/dram-go/dram"
)

// This file is the contract of all writers: to a handler they look alike, whatever is between it and the
// server, and an answer that is not whole never looks so.

var (
	longText = strings.Repeat("All work and no play makes Jack a dull boy. ", 100)
	hugeText = strings.Repeat("All work and no play makes Jack a dull boy. ", 2000)
)

// script is a handler that reports the state of its writer after each step.
type script struct {
	name  string
	steps func(c *dram.Context, say func(format string, args ...any))
	// powers says that the outcome depends on what the server's writer can do, which
	// some middleware hides.
	powers bool
}

var scripts = []script{
	{name: "nothing", steps: func(*dram.Context, func(string, ...any)) {}},
	{name: "status only", steps: func(c *dram.Context, _ func(string, ...any)) { c.Status(http.StatusTeapot) }},
	{name: "status again", steps: func(c *dram.Context, say func(string, ...any)) {
		c.Status(http.StatusTeapot)
		say("once")
		c.Status(0)
		c.Status(-1)
		c.Status(http.StatusConflict)
	}},
	{name: "abort with status", steps: func(c *dram.Context, _ func(string, ...any)) { c.AbortWithStatus(http.StatusBadGateway) }},
	{name: "no content", steps: func(c *dram.Context, _ func(string, ...any)) { c.AbortWithStatus(http.StatusNoContent) }},
	{name: "header now, then body", steps: func(c *dram.Context, say func(string, ...any)) {
		c.Status(http.StatusAccepted)
		c.Writer.WriteHeaderNow()
		say("now")
		c.Writer.WriteHeaderNow()
		c.Status(http.StatusTeapot)
		say("too late")
		_, err := c.Writer.WriteString("short")
		say("written %v", err)
	}},
	{name: "short write", steps: func(c *dram.Context, say func(string, ...any)) {
		n, err := c.Writer.Write([]byte("short"))
		say("%d %v", n, err)
		c.Status(http.StatusTeapot)
		say("too late")
	}},
	{name: "long write", steps: func(c *dram.Context, say func(string, ...any)) {
		n, err := c.Writer.Write([]byte(hugeText))
		say("%d %v", n, err)
	}},
	{name: "many writes", steps: func(c *dram.Context, say func(string, ...any)) {
		for i := range 500 {
			if i%2 == 0 {
				_, _ = c.Writer.WriteString("short")
			} else {
				_, _ = c.Writer.Write([]byte("short"))
			}
		}
		say("done")
		n, err := c.Writer.WriteString(hugeText)
		say("%d %v", n, err)
		n, err = c.Writer.WriteString("short")
		say("%d %v", n, err)
	}},
	{name: "empty write", steps: func(c *dram.Context, say func(string, ...any)) {
		n, err := c.Writer.Write(nil)
		say("%d %v", n, err)
	}},
	{name: "copy", steps: func(c *dram.Context, say func(string, ...any)) {
		n, err := io.Copy(c.Writer, io.LimitReader(strings.NewReader(hugeText), 80_000))
		say("%d %v", n, err)
		n, err = io.Copy(c.Writer, io.LimitReader(strings.NewReader(hugeText), 10))
		say("%d %v", n, err)
	}},
	{name: "flush first", steps: func(c *dram.Context, say func(string, ...any)) {
		c.Status(http.StatusAccepted)
		c.Writer.Flush()
		say("flushed")
		_, _ = c.Writer.WriteString("short")
		say("written")
	}},
	{name: "flush between", steps: func(c *dram.Context, say func(string, ...any)) {
		_, _ = c.Writer.WriteString("short")
		c.Writer.Flush()
		say("flushed")
		_, _ = c.Writer.WriteString(hugeText)
		c.Writer.Flush()
		say("flushed again")
	}},
	{name: "flush by controller", powers: true, steps: func(c *dram.Context, say func(string, ...any)) {
		_, _ = c.Writer.WriteString("short")
		say("%v", http.NewResponseController(c.Writer).Flush())
	}},
	{name: "deadline by controller", powers: true, steps: func(c *dram.Context, say func(string, ...any)) {
		say("%v", http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(time.Hour)))
	}},
	{name: "early hints", steps: func(c *dram.Context, say func(string, ...any)) {
		c.Writer.WriteHeader(http.StatusEarlyHints)
		say("hints")
		c.String(http.StatusOK, "%s", hugeText)
	}},
	{name: "hijack too late", steps: func(c *dram.Context, say func(string, ...any)) {
		_, _ = c.Writer.WriteString("short")
		_, _, err := c.Writer.Hijack()
		say("%v", err != nil)
	}},
	{name: "with length", steps: func(c *dram.Context, _ func(string, ...any)) {
		c.Data(http.StatusOK, "text/plain", []byte(hugeText))
	}},
	{name: "json", steps: func(c *dram.Context, _ func(string, ...any)) { c.JSON(http.StatusOK, dram.H{"a": hugeText}) }},
	{name: "error", steps: func(c *dram.Context, _ func(string, ...any)) {
		c.String(http.StatusInternalServerError, hugeText)
	}},
	{name: "own etag", steps: func(c *dram.Context, _ func(string, ...any)) {
		c.Header("ETag", `W/"own"`)
		c.String(http.StatusOK, hugeText)
	}},
	{name: "range", steps: func(c *dram.Context, _ func(string, ...any)) {
		c.Header("Content-Range", "bytes 0-4/10")
		c.String(http.StatusPartialContent, "short")
	}},
	{name: "notifier", powers: true, steps: func(c *dram.Context, say func(string, ...any)) {
		say("%v", c.Writer.CloseNotify() == nil) //nolint:staticcheck // part of the interface
		say("%v", c.Writer.Pusher() == nil)
	}},
}

// endings are handlers whose answer is not whole: their client must get half of one that looks so, or an error.
var endings = []struct {
	name   string
	handle dram.HandlerFunc
}{
	{"a panic", func(*dram.Context) { panic(errEnding) }},
	{"a panic after the header", func(c *dram.Context) {
		c.Header("Content-Length", "100")
		c.Status(http.StatusOK)
		panic(errEnding)
	}},
	{"a panic in the middle", func(c *dram.Context) {
		c.String(http.StatusOK, longText)
		panic(errEnding)
	}},
	{"a panic in a stream", func(c *dram.Context) {
		c.String(http.StatusOK, longText)
		c.Writer.Flush()
		panic(errEnding)
	}},
	{"a reader that breaks", func(c *dram.Context) {
		c.DataFromReader(http.StatusOK, -1, "text/plain", &breaking{text: longText}, nil)
	}},
	{"a long reader that breaks", func(c *dram.Context) {
		c.DataFromReader(http.StatusOK, -1, "text/plain", &breaking{text: hugeText}, nil)
	}},
	{"a reader with a length that breaks", func(c *dram.Context) {
		c.DataFromReader(http.StatusOK, int64(2*len(longText)), "text/plain", &breaking{text: longText}, nil)
	}},
	{"a reader that is shorter than its length", func(c *dram.Context) {
		c.DataFromReader(http.StatusOK, int64(2*len(longText)), "text/plain", strings.NewReader(longText), nil)
	}},
}

var errEnding = errors.New("dramtest: an answer that is not whole")

// breaking is a text, and an error.
type breaking struct{ text string }

func (r *breaking) Read(p []byte) (n int, err error) {
	if r.text == "" {
		return 0, errEnding
	}
	n = copy(p, r.text)
	r.text = r.text[n:]
	return n, nil
}
