package h1_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// This file finds where h1's outcome leaves net/http's, for the table of differences to say
// whether that is one on purpose.

// parting is where h1's outcome leaves net/http's: what both have in common is cut off, so that
// an entry of the table has to say all of what differs.
type parting struct {
	t      *testing.T
	in     []byte
	same   int    // requests that are
	at     string // the last of these
	last   answer // of h1
	std, h rest
}

// rest is one outcome from there on.
type rest struct {
	requests []string
	answers  []answer
	closed   bool             // by the server, before the client has ended
	states   []http.ConnState // all; nil if they were not noted
	bodies   []string
}

func (r rest) String() string {
	return fmt.Sprintf("requests %q\nanswers %v\nclosed %v, states %v", r.requests, r.answers, r.closed, r.states)
}

func part(t *testing.T, in []byte, std, h outcome) (parting, error) {
	if d := looser(std.requests, h.requests); d != "" {
		return parting{}, errors.New("LOOSER: " + d)
	}
	want, err := parseAnswers(std.out, std.requests)
	if err != nil {
		return parting{}, fmt.Errorf("net/http's answer is none: %v\n%q", err, std.out)
	}
	got, err := parseAnswers(h.out, h.requests)
	if err != nil {
		return parting{}, fmt.Errorf("h1's answer is none: %v\n%q", err, h.out)
	}
	requests, answers := 0, 0
	for requests < len(h.requests) && h.requests[requests] == std.requests[requests] {
		requests++
	}
	for answers < min(len(got), len(want)) && got[answers].same(want[answers]) {
		answers++
	}
	var last answer
	if len(got) > 0 {
		last = got[len(got)-1]
	}
	at := ""
	if requests > 0 {
		at = std.requests[requests-1]
	}
	return parting{
		t: t, in: in, same: requests, at: at, last: last,
		std: rest{std.requests[requests:], want[answers:], std.closed, settled(std.states, last.refuses()), std.bodies[requests:]},
		h:   rest{h.requests[requests:], got[answers:], h.closed, settled(h.states, last.refuses()), h.bodies[requests:]},
	}, nil
}

// none reports whether there is none: the outcomes are the same.
func (p parting) none() bool {
	return len(p.std.requests)+len(p.std.answers)+len(p.h.answers) == 0 && p.std.closed == p.h.closed &&
		(p.h.states == nil || slices.Equal(p.std.states, p.h.states))
}

func (p parting) String() string {
	return fmt.Sprintf("%d requests are the same; then net/http has\n%s\nand h1\n%s", p.same, p.std, p.h)
}

// ends reports whether h1 has closed the connection, after the states that net/http had too.
func (p parting) ends() bool {
	return p.h.closed && (p.h.states == nil || p.hasStatesUpTo(len(p.h.states)-1) && p.h.states[len(p.h.states)-1] == http.StateClosed)
}

// hasStatesUpTo reports whether the first n states are the same.
func (p parting) hasStatesUpTo(n int) bool {
	return n >= 0 && n <= len(p.std.states) && slices.Equal(p.h.states[:n], p.std.states[:n])
}

// settled leaves out a last StateActive of a refused request: net/http does not call a connection
// active for a broken request whose bytes came with the request before.
func settled(states []http.ConnState, refused bool) []http.ConnState {
	n := len(states)
	if refused && n > 2 && states[n-2] == http.StateActive && states[n-3] == http.StateIdle {
		return append(slices.Clone(states[:n-2]), states[n-1])
	}
	return states
}

// looser says what h1's handler has seen that net/http's has not: a request, another head, or a body
// that is not the beginning of the one that net/http's saw. No entry of the table makes that good.
func looser(std, h []string) string {
	for i, r := range h {
		if i >= len(std) {
			return fmt.Sprintf("h1 saw request %d, which net/http did not:\n%s", i, r)
		}
		if r == std[i] {
			continue
		}
		if upToBody(r) != upToBody(std[i]) || !strings.HasPrefix(bodyOf(std[i]), bodyOf(r)) || i < len(h)-1 {
			return fmt.Sprintf("request %d: net/http saw\n%sand h1\n%s", i, std[i], r)
		}
	}
	return ""
}

// upToBody is what was recorded of a request before its body was read.
func upToBody(request string) string {
	before, _, _ := strings.Cut(request, "\nbody ")
	return before
}

// bodyOf is the body that was recorded of a request, quoted, without the closing quote.
func bodyOf(request string) string {
	_, after, _ := strings.Cut(request, "\nbody ")
	line, _, _ := strings.Cut(after, "\n")
	return line[:strings.LastIndex(line, `"`)]
}

// saysClose reports whether h1's last answer says that the connection ends.
func (p parting) saysClose() bool {
	return slices.Contains(p.last.head, "Connection: close") || p.last.framing == "until close" && !p.last.refuses()
}
