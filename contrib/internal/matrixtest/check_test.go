package matrixtest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// This file compares what a client saw with what it had to see.

// check returns what is wrong with a reply; "" is nothing. It has to be one of the outcomes.
func (s *stack) check(got *reply, method string, want []outcome) string {
	var all []string
	for _, o := range want {
		fault := s.differs(got, method, o)
		if fault == "" {
			return ""
		}
		all = append(all, fault)
	}
	return strings.Join(all, "; or ")
}

func (s *stack) differs(got *reply, method string, want outcome) string {
	switch {
	case want.kind == isHijacked:
		if got.err != nil || got.status != 299 || got.body != "taken" {
			return fmt.Sprintf("hijacked: %d %.40q %v", got.status, got.body, got.err)
		}
		return ""
	case want.kind == isPanic, want.kind == isBroken && got.err != nil:
		if got.err == nil {
			return fmt.Sprintf("after a panic a whole answer: %d %.40q", got.status, got.body)
		}
		if len(got.raw) > 0 && got.header.Get("Content-Encoding") != "" && !s.foreign() && got.decode == nil {
			return "it was cut, but its coding is whole"
		}
		return ""
	case want.kind == isBroken:
		if got.status < 500 {
			return fmt.Sprintf("it broke, but looks whole: %d, %d bytes, coding %q (%v)", got.status, len(got.raw), got.header.Get("Content-Encoding"), got.decode)
		}
		if strings.Contains(got.body, longText[:20]) {
			return "an error with a half body"
		}
		return s.headers(got, want)
	}
	switch {
	case got.err != nil:
		return fmt.Sprintf("a whole answer was cut: %d, %d bytes, %v", got.status, len(got.raw), got.err)
	case got.status != want.status:
		return fmt.Sprintf("status %d instead of %d: %.60q", got.status, want.status, got.body)
	case method == http.MethodHead && len(got.raw) > 0:
		return "HEAD with a body"
	case method == http.MethodHead:
		return s.headers(got, want)
	case got.decode != nil:
		return fmt.Sprintf("coding %q: %v", got.header.Get("Content-Encoding"), got.decode)
	case !want.anyBody && got.body != want.body:
		return fmt.Sprintf("the body is %d bytes %.40q instead of %d %.40q", len(got.body), got.body, len(want.body), want.body)
	case want.trailer != "" && got.trailer.Get("X-Sum") != want.trailer:
		return fmt.Sprintf("trailers %v", got.trailer)
	}
	if length := got.header.Get("Content-Length"); length != "" && len(got.raw) > 0 && length != strconv.Itoa(len(got.raw)) {
		return fmt.Sprintf("Content-Length %s of %d bytes", length, len(got.raw))
	}
	return s.headers(got, want)
}

// foreign reports whether a coding is that of a layer which is not ours.
func (s *stack) foreign() bool {
	for _, l := range s.chain {
		if l.encodes {
			return true
		}
	}
	return false
}

// headers looks for those that layers have set.
func (s *stack) headers(got *reply, want outcome) string {
	for _, set := range []map[string]string{want.before, want.after} {
		for name, value := range set {
			have := got.header.Get(name)
			if have == "" || value != "*" && have != value {
				return fmt.Sprintf("header %s is %q instead of %q", name, have, value)
			}
		}
	}
	control := strings.ToLower(strings.Join(got.header["Cache-Control"], ","))
	if len(got.header["Set-Cookie"]) > 0 && !strings.Contains(control, "private") && !strings.Contains(control, "no-store") {
		return fmt.Sprintf("a cookie in a shared answer: Cache-Control %q", control)
	}
	vary := strings.Join(got.header["Vary"], ",")
	if got.header.Get("Content-Encoding") != "" && !s.foreign() && !strings.Contains(vary, "Accept-Encoding") {
		return fmt.Sprintf("Vary %q without Accept-Encoding", vary)
	}
	return ""
}

// onWire returns what was done wrong to the server's writer.
func (s *stack) onWire(got *reply) string {
	w := s.last.Load()
	if w == nil {
		return "no request has arrived"
	}
	<-w.done
	switch n := w.headers.Load(); {
	case n > 1:
		return fmt.Sprintf("%d headers were sent", n)
	case w.implicit.Load():
		return "a body was written before the header"
	case n == 0 && got.err == nil && got.status != 299:
		return "no header was sent"
	case w.late.Load():
		return "the writer was used after the engine had returned"
	}
	return ""
}
