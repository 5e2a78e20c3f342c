package dramtest

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file reads answers while they come. A loop that is left closes the connection: the handler sees that
// the client is gone.

// Event is one event of a stream.
type Event struct {
	// Type is "message" if the stream has not said another one.
	Type string
	Data string
	// ID is the last one that was sent, with this event or before.
	ID string
	// Retry is the last one that was sent, 0 without any.
	Retry time.Duration
}

// Events returns the events of a stream as a browser's EventSource has them (HTML standard, section 9.2), until the stream
// ends, the loop is left, or ctx is done. It fails the test if the answer is not an event stream, or breaks off.
func (res *Response) Events(ctx context.Context) iter.Seq[Event] {
	res.t.Helper()
	if kind := httpfield.MediaType(res.answer.Header.Get("Content-Type")); res.err != nil || kind != "text/event-stream" {
		res.fatal("want an event stream, got %d %q", res.Status(), kind)
	}
	return func(yield func(Event) bool) {
		res.t.Helper()
		var event, none Event
		var data []string
		for line := range res.lines(ctx) {
			if line == "" {
				if data != nil {
					event.Data = strings.Join(data, "\n")
					if event.Type == "" {
						event.Type = "message"
					}
					if !yield(event) {
						return
					}
				}
				event.Type, event.Data, data = none.Type, none.Data, nil
				continue
			}
			field, value, _ := strings.Cut(line, ":")
			value = strings.TrimPrefix(value, " ")
			switch field {
			case "event":
				event.Type = value
			case "data":
				data = append(data, value)
			case "id":
				if !strings.Contains(value, "\x00") {
					event.ID = value
				}
			case "retry":
				if ms, err := strconv.ParseUint(value, 10, 31); err == nil {
					event.Retry = time.Duration(ms) * time.Millisecond
				}
			}
		}
	}
}

// Event returns the next event of a stream; the test fails if there is none.
func (res *Response) Event() Event {
	res.t.Helper()
	if res.next == nil {
		next, stop := iter.Pull(res.Events(res.request.ctx))
		res.next = next
		res.t.Cleanup(stop)
	}
	late := time.AfterFunc(*patience, res.cancel)
	defer late.Stop()
	event, ok := res.next()
	if !ok {
		res.fatal("want another event, but the stream has ended")
	}
	return event
}

// Lines returns the values of an answer of JSON lines, each decoded as a T, until it ends, the loop is left, or ctx is
// done. It fails the test at a line that is not a T's, and if the answer breaks off.
func Lines[T any](ctx context.Context, res *Response) iter.Seq[T] {
	return func(yield func(T) bool) {
		res.t.Helper()
		if res.err != nil {
			res.fatal("want lines, got %s", res.fault())
		}
		for line := range res.lines(ctx) {
			if strings.TrimSpace(line) == "" {
				continue
			}
			var value T
			if err := json.Unmarshal([]byte(line), &value); err != nil {
				res.fatal("the line %s is not JSON of a %T: %v", quoted(line), value, err)
			}
			if !yield(value) {
				return
			}
		}
	}
}

// lines yields the lines of the body without their ends, and keeps what it has read for a failure's report.
func (res *Response) lines(ctx context.Context) iter.Seq[string] {
	return func(yield func(string) bool) {
		res.t.Helper()
		var body io.Reader = strings.NewReader(string(res.raw))
		if !res.read {
			body = res.answer.Body
			stop := context.AfterFunc(ctx, res.cancel)
			defer stop()
			defer res.leave()
		}
		src := bufio.NewReader(body)
		for {
			line, err := src.ReadString('\n')
			if !res.read && len(res.raw) < maxShown {
				res.raw = append(res.raw, line...)
			}
			if ended := err != nil; !ended || line != "" && err == io.EOF {
				if !yield(strings.TrimRight(line, "\r\n")) {
					return
				}
			}
			if err == io.EOF || err != nil && (ctx.Err() != nil || res.request.ctx.Err() != nil) {
				return
			}
			if err != nil {
				res.err = err
				res.fatal("the stream broke off: %v", err)
			}
		}
	}
}

// leave closes the connection of a stream, and waits for its handler.
func (res *Response) leave() {
	res.cancel()
	_ = res.answer.Body.Close() // nothing more is read
	res.wait()
	res.read = true
}
