package dramtest

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
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
// ends, the loop is left, or ctx is done; those that Event has returned are not among them. It fails the test if the answer is not an
// event stream of status 200, breaks off, or has no event for longer than the request has Patience; comments, which keep a connection open, are none.
func (res *Response) Events(ctx context.Context) iter.Seq[Event] {
	res.t.Helper()
	s := res.events()
	return func(yield func(Event) bool) {
		res.t.Helper()
		defer s.follow(ctx)()
		for {
			if event, ok := s.event(); !ok || !yield(event) {
				return
			}
		}
	}
}

// Event returns the next event of a stream; the test fails if there is none.
func (res *Response) Event() Event {
	res.t.Helper()
	event, ok := res.events().event()
	if !ok {
		res.fatal("want another event, but the stream has ended")
	}
	return event
}

// events returns the stream of an answer that is one of events.
func (res *Response) events() *stream {
	res.t.Helper()
	if res.err != nil {
		res.fatal("want an event stream, got %s", res.fault())
	}
	if kind := httpfield.MediaType(res.answer.Header.Get("Content-Type")); kind != "text/event-stream" || res.Status() != http.StatusOK {
		res.fatal("want an event stream, got %d %q", res.Status(), kind)
	}
	return res.streamed()
}

// Lines returns the values of an answer of JSON lines, each decoded as a T, until it ends, the loop is left, or ctx is
// done. It fails the test at a line that is not a T's, if the answer is a failure (status 400 and more) or breaks off, and if no
// line comes for longer than the request has Patience.
func Lines[T any](ctx context.Context, res *Response) iter.Seq[T] {
	return func(yield func(T) bool) {
		res.t.Helper()
		if res.err != nil {
			res.fatal("want lines, got %s", res.fault())
		}
		if res.Status() >= http.StatusBadRequest {
			res.load()
			res.fatal("want lines, got status %d", res.Status())
		}
		s := res.streamed()
		defer s.follow(ctx)()
		for {
			line, ok := s.nextLine()
			if !ok {
				return
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

// stream is what is left of an answer, to be read while it comes.
type stream struct {
	res  *Response
	ctx  context.Context // it ends the reading
	in   *bufio.Reader
	last Event // ID and Retry hold on
	live bool  // it is read while it comes: Bytes has nothing of it
}

// streamed returns the answer's stream, the same one each time.
func (res *Response) streamed() *stream {
	if res.stream == nil {
		var body io.Reader = bytes.NewReader(res.raw)
		if !res.read {
			body = res.answer.Body
		}
		res.stream = &stream{res: res, ctx: res.request.ctx, in: bufio.NewReader(body), live: !res.read}
	}
	return res.stream
}

// follow has the stream end with ctx, until the function that it returns leaves the stream.
func (s *stream) follow(ctx context.Context) (leave func()) {
	s.ctx = ctx
	stop := context.AfterFunc(ctx, s.res.cancel)
	return func() {
		stop()
		s.res.leave()
	}
}

// leave closes the connection of a stream, and waits for its handler.
func (res *Response) leave() {
	if res.read {
		return
	}
	res.cancel()
	_ = res.answer.Body.Close() // nothing more is read
	res.wait()
	res.read = true
}

// event reads the next event; ok is false at the stream's end.
func (s *stream) event() (event Event, ok bool) {
	s.res.t.Helper()
	ok = s.inTime("event", func() error { return s.readEvent() })
	return s.last, ok
}

// readEvent reads an event into last.
func (s *stream) readEvent() error {
	var data []string
	s.last.Type = ""
	for {
		line, err := s.line()
		if err != nil {
			return err
		}
		if line == "" {
			if data != nil {
				s.last.Type, s.last.Data = cmp.Or(s.last.Type, "message"), strings.Join(data, "\n")
				return nil
			}
			s.last.Type = ""
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			s.last.Type = value
		case "data":
			data = append(data, value)
		case "id":
			if !strings.Contains(value, "\x00") {
				s.last.ID = value
			}
		case "retry":
			if ms, err := strconv.ParseUint(value, 10, 31); err == nil {
				s.last.Retry = time.Duration(ms) * time.Millisecond
			}
		}
	}
}

// nextLine reads the next line that is not blank; ok is false at the stream's end.
func (s *stream) nextLine() (line string, ok bool) {
	s.res.t.Helper()
	ok = s.inTime("line", func() (err error) {
		for err == nil && strings.TrimSpace(line) == "" {
			line, err = s.line()
		}
		return err
	})
	return line, ok
}

// inTime reads a message, and reports whether there is one: none if the stream has ended, or the context that it is read with. The
// test fails if it is late, and if the stream breaks off.
func (s *stream) inTime(message string, read func() error) bool {
	s.res.t.Helper()
	var err error
	inTime := s.res.within(s.res.cancel, func() { err = read() })
	switch {
	case err == nil:
		return true
	case err == io.EOF, s.ctx.Err() != nil, s.res.request.ctx.Err() != nil:
		return false
	}
	if s.res.err = err; !inTime {
		s.res.fatal("no %s for %v: the handler waits, or does not flush what it writes", message, s.res.request.patience)
	}
	s.res.fatal("the stream broke off: %v", err)
	return false
}

// line reads a line without its end, and keeps what it has read for a failure's report. The last line need not have an end.
func (s *stream) line() (string, error) {
	line, err := s.in.ReadString('\n')
	if !s.res.read && len(s.res.raw) < maxShown {
		s.res.raw = append(s.res.raw, line...)
	}
	if err == io.EOF && line != "" {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}
