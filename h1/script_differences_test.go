package h1_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// scriptDifference is a difference on purpose in what a handler does or its
// client sees of it.
type scriptDifference struct {
	name, netHTTP, h1, why string
	applies                func(request string, script []step) bool
}

var scriptDifferences = []scriptDifference{
	{
		name:    "a connection after CONNECT",
		netHTTP: "until Go 1.26.8, answers as to another method, and reads the next request",
		h1:      "answers 2xx without length, coding and Connection, and closes, as Go 1.26.9 does",
		why:     "what follows may be meant for the tunnel, and is not a request then (CVE-2026-94439)",
		applies: func(request string, _ []step) bool {
			return strings.HasPrefix(request, "CONNECT ") && before(tunnels...)
		},
	},
	{
		name:    "two Content-Lengths, or one to HTTP/1.0 or HEAD that is not a number",
		netHTTP: "sends the lines as they are",
		h1:      "sends the first of two, and none that is not a number",
		why:     "no client is told two lengths, or something that is not a length",
		applies: func(request string, script []step) bool {
			line, _, _ := strings.Cut(request, "\r\n")
			return does(script, "two lengths") || (strings.HasSuffix(line, "HTTP/1.0") || strings.HasPrefix(line, "HEAD ")) &&
				does(script, `Header "Content-Length" " 10 "`, `Header "Content-Length" ""`, `Header "Content-Length" "-1"`, `Header "Content-Length" "x"`)
		},
	},
	{
		name:    "closing the body whose client waits for 100 Continue",
		netHTTP: "Go 1.26.9 and later of 1.26 reads it, and the next request",
		h1:      "closes the connection after the answer, as Go 1.26.8 and 1.27 do",
		why:     "nobody has asked for it",
		applies: func(request string, script []step) bool {
			return strings.Contains(request, "100-continue") && begins(script, "close the body") && !before(tunnels...) && before("go1.27")
		},
	},
	{
		name:    "reading the body whose client waits for 100 Continue, after the answer has begun",
		netHTTP: "until Go 1.26, reads on, and waits for what is not sent",
		h1:      "says that the body is closed, and closes the connection, as Go 1.27 does",
		why:     "the client was told not to send it",
		applies: func(request string, script []step) bool {
			return strings.Contains(request, "100-continue") && (writes(script) || begins(script, "Flush") || begins(script, "WriteHeader")) &&
				(begins(script, "read") || begins(script, "copy the body") || begins(script, "hijack")) && before("go1.27")
		},
	},
	{
		name:    "reading on in a broken body after the answer has begun",
		netHTTP: "since Go 1.26.9, says that the body is closed",
		h1:      "says what is wrong with it",
		why:     "it fails in either case",
		applies: func(request string, script []step) bool {
			return strings.Contains(request, broken) && (writes(script) || begins(script, "Flush")) && (begins(script, "read") || begins(script, "copy the body")) && !before(tunnels...)
		},
	},
	{
		name:    "a Connection of the handler's that says close, where too much of the body is left",
		netHTTP: "writes close in its place",
		h1:      "writes the handler's",
		why:     "it says the same",
		applies: func(request string, script []step) bool {
			return strings.Contains(request, "Content-Length: 300000") && begins(script, `Header "Connection"`)
		},
	},
	{
		name:    "a Transfer-Encoding of the handler's",
		netHTTP: "sends it beside its own chunked",
		h1:      "sends its own alone",
		why:     "two lines are two codings to a client (RFC 9112, section 6.1)",
		applies: func(_ string, script []step) bool {
			return does(script, `Header "Transfer-Encoding" "gzip"`, `Header "Transfer-Encoding" "gzip, chunked"`, `Header "Transfer-Encoding" ""`)
		},
	},
	{
		name:    "an informational answer to HTTP/1.0",
		netHTTP: "sends it",
		h1:      "does not send it",
		why:     "HTTP/1.0 does not know any (RFC 9110, section 15.2)",
		applies: func(request string, script []step) bool {
			line, _, _ := strings.Cut(request, "\r\n")
			return strings.HasSuffix(line, "HTTP/1.0") &&
				does(script, "WriteHeader 100", "WriteHeader 102", "WriteHeader 103", "WriteHeader 199")
		},
	},
	{
		name:    "what was written before a hijack",
		netHTTP: "sends what has filled its buffers, and drops the rest; the body of the request is closed",
		h1:      "the same with buffers of its own; the body is as it was",
		why:     "how much that is, no handler can know of either",
		applies: func(_ string, script []step) bool { return begins(script, "hijack") && len(script) > 1 },
	},
	{
		name:    "copying the body into the answer",
		netHTTP: "ends the body when the header of the answer goes out: after 2 KiB",
		h1:      "the same; how much was read by then depends on the sizes of the reads",
		why:     "as above",
		applies: func(_ string, script []step) bool { return begins(script, "copy the body") && writes(script) },
	},
	{
		name:    "what was written before a panic",
		netHTTP: "sends what has filled its buffers, and then closes",
		h1:      "the same with buffers of its own",
		why:     "the answer is cut in either case",
		applies: func(_ string, script []step) bool {
			return (begins(script, "panic") || begins(script, "abort")) && writes(script)
		},
	},
	{
		name:    "copying more than Content-Length",
		netHTTP: "until Go 1.26, sends nothing, or of a file all; since 1.27 what has room, if that is more than 512 bytes",
		h1:      "sends what has room",
		why:     "what is behind it is the next answer to a client; what is before it may be of use",
		applies: func(_ string, script []step) bool {
			return (begins(script, "ReadFrom") || begins(script, "Copy")) && writesBeyondLength(script)
		},
	},
	{
		name:    "what a Write returns that fails",
		netHTTP: "counts what has filled its buffers; what still fits in them does not fail",
		h1:      "0, from the first failure on",
		why:     "none of it has reached the client",
		applies: func(_ string, script []step) bool { return begins(script, "write deadline") },
	},
	{
		name:    "http.MaxBytesReader",
		netHTTP: "closes the connection when the limit was hit",
		h1:      "reads what is left, if it is less than 256 KiB, and goes on",
		why:     "the reader tells that to net/http's own writer alone, by a method without an exported name",
		applies: func(_ string, script []step) bool { return begins(script, "read under a limit") },
	},
	{
		name:    "a body of the handler's own, where the client's is not to be read",
		netHTTP: "waits for a body that was not asked for; until Go 1.26.8, takes what is left of a large or a broken one for the next request",
		h1:      "closes the connection after the answer",
		why:     "as when the handler reads none of it",
		applies: func(request string, script []step) bool {
			return (strings.Contains(request, "100-continue") || strings.Contains(request, "Content-Length: 300000") || strings.Contains(request, broken)) && begins(script, "another body")
		},
	},
	{
		name:    "asking the context when a deadline of reads is over",
		netHTTP: "ends it some time after",
		h1:      "ends it when it is asked",
		why:     "nobody reads before",
		applies: func(_ string, script []step) bool {
			return begins(script, "read deadline") && (begins(script, "context") || begins(script, "wait for the end"))
		},
	},
	{
		name:    "full duplex, and a body that is not read",
		netHTTP: "may panic with \"invalid concurrent Body.Read call\" after the answer (Go 1.26)",
		h1:      "reads what is left of it, if it is little",
		why:     "there is no second reader",
		applies: func(_ string, script []step) bool { return begins(script, "full duplex") },
	},
	{
		name:    "a Content-Length beside a Transfer-Encoding, of the handler's",
		netHTTP: "closes the connection, since the length was not written",
		h1:      "forgets the length, and goes on",
		why:     "the body is chunked, and whole",
		applies: func(_ string, script []step) bool {
			return begins(script, `Header "Content-Length"`) && begins(script, `Header "Transfer-Encoding"`)
		},
	},
	{
		name:    "100 Continue before 101",
		netHTTP: "sends it when the body is read, after WriteHeader(101) too",
		h1:      "does not",
		why:     "the answer has begun",
		applies: func(request string, script []step) bool {
			return strings.Contains(request, "100-continue") && begins(script, "WriteHeader 101")
		},
	},
}

// broken is the body of one of the requests.
const broken = "5\r\nhello\r\nz\r\n"

// does reports whether a script has one of the steps.
func does(script []step, names ...string) bool {
	return slices.ContainsFunc(script, func(s step) bool { return slices.Contains(names, s.name) })
}

// writes reports whether a script has a step that writes a body.
func writes(script []step) bool { return slices.ContainsFunc(script, step.writes) }

func (s step) writes() bool {
	return strings.HasPrefix(s.name, "Write ") || strings.HasPrefix(s.name, "WriteString") || strings.HasPrefix(s.name, "ReadFrom") || strings.HasPrefix(s.name, "Copy") || s.name == "copy the body"
}

// writesBeyondLength reports whether the steps of a script write more than a Content-Length that one of them sets.
func writesBeyondLength(script []step) bool {
	length, written := math.MaxInt, 0
	for _, s := range script {
		last := s.name[strings.LastIndex(s.name, " ")+1:]
		if value, ok := strings.CutPrefix(s.name, `Header "Content-Length" `); ok {
			last = strings.Trim(value, `" `)
		}
		switch n, err := strconv.Atoi(last); {
		case s.writes() && err == nil:
			written += n
		case s.writes():
			written += 100 // at most: the text is not in the name
		case begins([]step{s}, `Header "Content-Length"`) && err == nil || s.name == "two lengths":
			length = min(length, max(n, 0))
		}
	}
	return written > length
}

// begins reports whether a script has a step whose name begins so.
func begins(script []step, prefix string) bool {
	return slices.ContainsFunc(script, func(s step) bool { return strings.HasPrefix(s.name, prefix) })
}

// scriptCovered is the difference that may show in a script, or nil.
func scriptCovered(request string, script []step) *scriptDifference {
	for i, d := range scriptDifferences {
		if d.applies(request, script) {
			return &scriptDifferences[i]
		}
	}
	return nil
}
