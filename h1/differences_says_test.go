package h1_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// This file is what the entries of the table of differences ask of a parting.

// quoted is a part of what %q writes.
const quoted = `(?:[^"\\]|\\.)*`

// What is recorded of a request that expects something, or names what net/http finds between blanks as well.
var (
	expects       = regexp.MustCompile(`(?i)"Expect":\["` + quoted + `100-continue`)
	expectsBeside = beside("Expect", "100-continue")
	keptBeside    = beside("Connection", "keep-alive")
	hasBody       = regexp.MustCompile(` length=([1-9]\d*|-1) te=`)
)

// beside matches a header whose first line has a token with other text before or behind it, without a comma.
func beside(name, token string) *regexp.Regexp {
	const text = `(?:[^" ,]|\\")` // the last or the first of it
	return regexp.MustCompile(`(?i)"` + name + `":\["(?:` + quoted + text + `[ \\t]+` + token + `|` + quoted + token + `[ \\t]+` + text + `)`)
}

// beginsPreface reports whether in is the beginning of the preface of HTTP/2, from its first empty line on.
func beginsPreface(in []byte) bool {
	const line, rest = "PRI * HTTP/2.0\r\n\r\n", "SM\r\n\r\n"
	return len(in) >= len(line) && len(in) < len(line+rest) && strings.HasPrefix(line+rest, string(in))
}

// closesAtOnce: all that was seen and said is the same, and says that the connection ends; h1 does so
// before its client.
func closesAtOnce(p parting) bool {
	return len(p.std.requests)+len(p.h.requests)+len(p.std.answers)+len(p.h.answers) == 0 && p.last.code == 200 && p.saysClose() && !p.std.closed && p.ends() && slices.Equal(p.std.states, p.h.states)
}

// afterConnect: the handlers have seen the same CONNECT; h1 answers without what frames a body, and closes, or
// waits for the end of the body as net/http does, which may be idle behind it.
func afterConnect(p parting) bool {
	states := p.std.states
	if last := len(states) - 2; last > 0 && states[last] == http.StateIdle && hasBody.MatchString(p.at) {
		states = slices.Delete(slices.Clone(states), last, last+1)
	}
	waits := !p.std.closed && !p.h.closed && (slices.Equal(p.std.states, p.h.states) || slices.Equal(states, p.h.states))
	if len(p.h.requests) > 0 || !strings.HasPrefix(p.at, "CONNECT ") || !waits && !p.ends() {
		return false
	}
	if len(p.h.answers) == 0 {
		return len(p.std.answers) == len(p.std.requests) // what is left is net/http's next ones
	}
	if len(p.h.answers) > 1 || len(p.std.answers) == 0 {
		return false
	}
	framed := func(l string) bool {
		return strings.HasPrefix(l, "Content-Length: ") || strings.HasPrefix(l, "Connection: ")
	}
	std, h := p.std.answers[0], p.h.answers[0]
	std.head = slices.DeleteFunc(slices.Clone(std.head), framed)
	std.framing = "until close"
	return h.code == 200 && h.same(std)
}

// isRefusal reports whether an answer is one to a request that no handler sees.
func isRefusal(a answer) bool {
	return a.refuses() && slices.Contains([]int{400, 417, 431, 501, 505}, a.code)
}

// refused is a request that h1 refuses so and closes the connection. net/http's handler
// has seen it as the pattern says; or net/http answers 417 to what it expects; or waits for the end of the head.
func refused(status int, why, seen string) func(parting) bool {
	text := fmt.Sprintf("%d %s: %s", status, http.StatusText(status), why)
	pattern := regexp.MustCompile(seen)
	return func(p parting) bool {
		if len(p.h.requests) > 0 || len(p.h.answers) > 1 || !p.last.refuses() || p.last.code != status || p.last.body != text || !p.ends() {
			return false
		}
		switch {
		case len(p.std.requests) > 0:
			return len(p.h.answers) == 1 && pattern.MatchString(p.std.requests[0])
		case len(p.std.answers) > 0:
			return p.std.answers[0].code == 417 && p.std.answers[0].refuses()
		}
		return !p.std.closed
	}
}

// unreadable is a body that h1 cannot read, with this error, where net/http ends with another one: the
// handler has seen the same head, and as much of the body or less, and the connection is closed
// after its answer. "" is any error of net/http's.
func unreadable(hErr, stdErr string) func(parting) bool {
	return func(p parting) bool {
		if len(p.h.answers) > 1 || p.last.code != 200 || !p.saysClose() || !p.ends() {
			return false
		}
		switch len(p.h.requests) {
		case 1:
			return p.h.bodies[0] == hErr && (stdErr == "" || p.std.bodies[0] == stdErr)
		case 0: // the handler has not read so far: ask one that does
			all := exchange(p.t, ours, [][]byte{p.in}, recordsAll)
			return p.same > 0 && len(all.bodies) == p.same && all.bodies[p.same-1] == hErr
		}
		return false
	}
}

// bodyEnds: both handlers have seen the same request and the same of its body, which ends so in h1, and with
// another error in net/http. The answers and the states are the same.
func bodyEnds(p parting, so string) bool {
	return len(p.std.requests) == 1 && len(p.h.requests) == 1 && len(p.std.answers)+len(p.h.answers) == 0 &&
		strings.Replace(p.std.requests[0], "\" error\n", "\" "+so+"\n", 1) == p.h.requests[0] && slices.Equal(p.std.states, p.h.states)
}

// endsTooSoon: both handlers have seen the same, and both servers close after the client has.
func endsTooSoon(p parting) bool {
	if len(p.std.requests)+len(p.h.requests) > 0 || len(p.std.answers) != 1 || len(p.h.answers) != 1 || p.std.closed || p.h.closed {
		return false
	}
	if all := exchange(p.t, ours, [][]byte{p.in}, recordsAll); p.same == 0 || len(all.bodies) != p.same || all.bodies[p.same-1] != io.ErrUnexpectedEOF.Error() {
		return false
	}
	std, stdSays := connectionOf(p.std.answers[0])
	h, says := connectionOf(p.h.answers[0])
	idle := slices.DeleteFunc(slices.Clone(p.std.states), func(s http.ConnState) bool { return s == http.StateIdle })
	active := slices.DeleteFunc(slices.Clone(p.h.states), func(s http.ConnState) bool { return s == http.StateIdle })
	switch {
	case !std.same(h) || !slices.Equal(idle, active) || len(p.std.states)-len(p.h.states) > 1:
		return false
	case strings.HasPrefix(std.line, "HTTP/1.0 "):
		return says == ""
	}
	return stdSays == "" && says == "close"
}

// connectionOf takes the line Connection out of an answer.
func connectionOf(a answer) (rest answer, value string) {
	const name = "Connection: "
	a.head = slices.DeleteFunc(slices.Clone(a.head), func(l string) bool {
		if strings.HasPrefix(l, name) {
			value = l[len(name):]
		}
		return strings.HasPrefix(l, name)
	})
	return a, value
}

// brokenBeforeItsEnd: h1 has refused a head that has not ended, which net/http refuses too when its
// end comes.
func brokenBeforeItsEnd(p parting) bool {
	if len(p.std.requests)+len(p.h.requests)+len(p.std.answers) > 0 || p.std.closed || p.last.code != 400 || !p.last.refuses() || !p.ends() {
		return false
	}
	lines := p.in[:bytes.LastIndexByte(p.in, '\n')+1] // it is them that h1 has refused, not the beginning of another one
	ofLines := exchange(p.t, ours, [][]byte{lines}, recorder)
	refused, err := parseAnswers(ofLines.out, ofLines.requests)
	if err != nil || len(ofLines.requests) != p.same || len(refused) == 0 || !isRefusal(refused[len(refused)-1]) {
		return false
	}
	whole := exchange(p.t, netHTTP, [][]byte{slices.Concat(p.in, []byte("\r\n\r\n"))}, recorder)
	answers, err := parseAnswers(whole.out, whole.requests)
	return err == nil && len(whole.requests) == p.same && whole.closed && len(answers) > 0 && isRefusal(answers[len(answers)-1])
}
