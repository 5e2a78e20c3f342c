package middleware

import (
	"net/http"
	"strings"
	"time"
)

// This file records the body of an answer that Cache may keep, while it is written.

// reserve takes room for more bytes of the body from what the layer may record at once.
func (f *cacheFill) reserve(more int) bool {
	f.crowded = f.l.recording.Add(int64(more)) > int64(f.l.MaxRecording)
	if f.crowded {
		f.l.recording.Add(-int64(more))
		return false
	}
	f.reserved += int64(more)
	return true
}

// discard lets go of what was recorded, and of its room.
func (f *cacheFill) discard() {
	f.l.recording.Add(-f.reserved)
	f.record, f.reserved = nil, 0
}

// Write keeps a part of the body, if there is room. When all of it is there, those who wait get it
// before the client does: one who does not read holds up nobody else.
func (f *cacheFill) Write(p []byte) (int, error) {
	if f.record == nil || len(p) == 0 {
		return len(p), nil
	}
	if f.shared || !f.grow(len(f.record.Body)+len(p)) {
		f.abandon()
		return len(p), nil
	}
	f.record.Body = append(f.record.Body, p...)
	if f.length > 0 && len(f.record.Body) == f.length && f.stillShared() {
		f.share()
	}
	return len(p), nil
}

// grow makes room for a body of a size.
func (f *cacheFill) grow(size int) bool {
	body := f.record.Body
	if size > f.l.MaxAnswer {
		return false
	}
	if size <= cap(body) {
		return true
	}
	room := min(max(size, 2*cap(body)), f.l.MaxAnswer)
	if !f.reserve(room - cap(body)) {
		return false
	}
	f.record.Body = append(make([]byte, 0, room), body...)
	return true
}

// abandon gives up keeping an answer that has begun, which goes on as if the layer were not there.
func (f *cacheFill) abandon() {
	if f.record == nil { // a stream that was too long before
		return
	}
	f.answer.Tee(nil)
	if len(f.record.Body) == 0 { // the header has not been sent
		f.l.untell(f.answer.Header(), statusStored)
	}
	f.giveUp(f.record.Status, time.Now())
}

// giveUp keeps nothing of an answer. What is kept goes if the answer says that it holds no longer, and
// not because there is no room at the moment.
func (f *cacheFill) giveUp(status int, now time.Time) {
	f.discard()
	f.spoilt = !f.crowded && f.isStale(now) && speaksOfTheURI(status)
	f.release(status) // at once: those who wait run by themselves
}

// hasTrailers reports whether a handler has set trailers that it had not announced.
func hasTrailers(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			return true
		}
	}
	return false
}
