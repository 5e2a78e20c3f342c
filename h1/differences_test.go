package h1_test

import (
	"go/version"
	"runtime"
	"slices"
	"strings"
)

// before reports whether this Go is older than the releases that changed something, one of each
// branch: then its net/http differs from h1.
func before(releases ...string) bool {
	this := runtime.Version()
	for _, r := range releases {
		if version.Lang(r) == version.Lang(this) {
			return version.Compare(this, r) < 0
		}
	}
	return version.Compare(this, releases[0]) < 0
}

// shows reports whether this Go's net/http differs so.
func (d difference) shows() bool {
	return (d.until == nil || before(d.until...)) && (d.since == nil || !before(d.since...))
}

// tunnels are the releases whose net/http ends a connection after a CONNECT.
var tunnels = []string{"go1.26.9", "go1.27.2"}

// difference is one that is on purpose; docs/h1.md quotes the table. What its function does not
// say in full, of the requests that the handlers have seen, of the answers and of the fate of the
// connection, is not excused. In none of them does h1's handler see a request, or a byte of a
// body, that net/http's does not.
type difference struct {
	name, example, netHTTP, h1, why string
	until, since                    []string // the releases, one of each branch, from which on net/http does as h1, or before which it does
	is                              func(parting) bool
}

var differences = []difference{
	{
		name:    "length with transfer coding",
		example: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		netHTTP: "takes the chunked body and drops Content-Length",
		h1:      "400, and the connection is closed",
		why:     "two framings of one request are how requests are smuggled (RFC 9112, section 6.1)",
		is:      refused(400, "a Transfer-Encoding and a Content-Length", `^\S+ .* HTTP/1\.[1-9] .* length=-1 te=\["chunked"\]`),
	},
	{
		name:    "repeated length",
		example: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
		netHTTP: "takes several Content-Length lines of one value as one",
		h1:      "400, and the connection is closed",
		why:     "whoever stands before the server may have believed another line (RFC 9112, section 6.3)",
		is:      refused(400, "too many Content-Length headers", `^\S+ .* length=\d+ te=\[\]`),
	},
	{
		name:    "folded line",
		example: "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n",
		netHTTP: "joins a line that begins with a space or tab to the one before",
		h1:      "400, and the connection is closed",
		why:     "obsolete, and read as a line of its own by others (RFC 9112, section 5.2)",
		is:      refused(400, "a header line that begins with a space", ``),
	},
	{
		name:    "target and Host disagree",
		example: "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n",
		netHTTP: "believes an absolute target, and ignores Host",
		h1:      "400, and the connection is closed",
		why:     "what stands before the server may have routed by the other one (RFC 9112, section 3.2.2)",
		is:      refused(400, "the Host header and the request target name different hosts", `^\S+ "[^"/]*://`),
	},
	{
		name:    "transfer coding in HTTP/1.0",
		example: "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		netHTTP: "ignores the line, and takes the body for the next request",
		h1:      "400, and the connection is closed",
		why:     "that request has a faulty framing (RFC 9112, section 6.1)",
		is:      refused(400, "a Transfer-Encoding in HTTP/1.0", `^\S+ .* HTTP/1\.0 1\.0 .* te=\[\]`),
	},
	{
		name:    "many header lines",
		until:   []string{"go1.27"},
		example: "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("A: b\r\n", 500) + "\r\n",
		netHTTP: "until Go 1.26, takes as many as MaxHeaderBytes has room for; 1.27 answers 431 after 500",
		h1:      "431 after MaxHeaderValueCount, 500 unless set",
		why:     "each line costs more memory than its bytes",
		is:      refused(431, "too many header lines", ``),
	},
	{
		name:    "a connection after CONNECT",
		until:   tunnels,
		example: "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
		netHTTP: "until Go 1.26.8, answers as to another method, and reads the next request",
		h1:      "answers 200 without length, coding and Connection, and closes, as Go 1.26.9 does",
		why:     "what follows may be meant for the tunnel, and is not a request then (CVE-2026-94439)",
		is:      afterConnect,
	},
	{
		name:    "PRI that is not the preface",
		example: "GET / HTTP/1.1\r\nHost: a\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		netHTTP: "passes PRI * HTTP/2.0 to the handler, with header lines or behind other requests",
		h1:      "505, and the connection is closed",
		why:     "nothing but the preface of HTTP/2, at the beginning of a connection, has that version",
		is: func(p parting) bool {
			return !beginsPreface(p.in) && refused(505, "unsupported protocol version", `^PRI "\*" HTTP/2\.0 2\.0 `)(p)
		},
	},
	{
		name:    "the beginning of the preface of HTTP/2",
		example: "PRI * HTTP/2.0\r\n\r\nS",
		netHTTP: "passes PRI * HTTP/2.0 to the handler",
		h1:      "waits for the rest of it, and answers 505 when the client ends",
		why:     "it may become one",
		is: func(p parting) bool {
			return len(p.h.requests) == 0 && len(p.h.answers) == 1 && p.last.code == 505 && p.last.refuses() && !p.h.closed && beginsPreface(p.in) &&
				len(p.std.requests) == 1 && strings.HasPrefix(p.std.requests[0], `PRI "*" HTTP/2.0 2.0 `) && slices.Equal(p.std.states, p.h.states)
		},
	},
	{
		name:    "bare LF after the last chunk",
		example: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\n",
		netHTTP: "takes it for the end of a line of the trailer, or of the trailer",
		h1:      "reading the body fails, and the connection is closed",
		why:     "others do not see the end of the body there (RFC 9112, section 7.1)",
		is:      unreadable("dram: h1: malformed chunked encoding: a line does not end in CRLF", "<nil>"),
	},
	{
		name:    "odd trailer line",
		example: "POST /none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA : b\r\n\r\n",
		netHTTP: "takes a space before the colon, and joins folded lines",
		h1:      "reading the body fails, and the connection is closed",
		why:     "as in the head of a request",
		is:      unreadable("dram: h1: malformed trailer", "<nil>"),
	},
	{
		name:    "control bytes in a chunk extension",
		example: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;\x01\r\nhello\r\n0\r\n\r\n",
		netHTTP: "takes them",
		h1:      "reading the body fails, and the connection is closed",
		why:     "as in the head of a request",
		is:      unreadable("dram: h1: malformed chunked encoding: a control byte in an extension", ""),
	},
	{
		name:    "half the end of a chunk, which is none",
		example: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhellox",
		netHTTP: "waits for the other byte",
		h1:      "reading the body fails at once, and the connection is closed",
		why:     "nothing behind it makes it good",
		is:      unreadable("dram: h1: malformed chunked encoding", "unexpected EOF"),
	},
	{
		name:    "chunk of 2^63 bytes and more",
		example: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8000000000000000\r\nhello",
		netHTTP: "reads on until the connection ends",
		h1:      "reading the body fails, and the connection is closed",
		why:     "no client sends that",
		is:      unreadable("dram: h1: malformed chunked encoding: a chunk of 2^63 bytes or more", "unexpected EOF"),
	},
	{
		name:    "a body that ends too soon",
		example: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhello",
		netHTTP: "does not say in HTTP/1.1 that the connection ends, and says anything in HTTP/1.0; it may be idle at last",
		h1:      "says in HTTP/1.1 that it ends, and in HTTP/1.0 nothing, which is the same; it is not idle",
		why:     "the client has ended its side",
		is:      endsTooSoon,
	},
	{
		name:    "a body that ends within a line of its trailers",
		example: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A",
		netHTTP: "calls a line without a colon a malformed one",
		h1:      "says that the body ends too soon",
		why:     "it is not whole",
		is:      func(p parting) bool { return bodyEnds(p, "unexpected EOF") && !p.std.closed && !p.h.closed },
	},
	{
		name:    "a head that is broken before its end",
		example: "GET / HTTP/1.1\r\nA : b\r\n",
		netHTTP: "waits for the end of the head, and then refuses the request, or closes if none comes",
		h1:      "400 at once, and the connection is closed",
		why:     "nothing behind it makes it good",
		is:      brokenBeforeItsEnd,
	},
	{
		name:    "a head without end, when the client ends",
		example: "GET / HTTP/1.1\r\nHost: a\r\n\r\nG",
		netHTTP: "closes",
		h1:      "400, and closes",
		why:     "no request was read in either case",
		is: func(p parting) bool {
			return len(p.std.requests)+len(p.h.requests)+len(p.std.answers) == 0 && !p.std.closed && !p.h.closed &&
				len(p.h.answers) == 1 && p.h.answers[0].refuses() && p.h.answers[0].body == "400 Bad Request" && slices.Equal(p.std.states, p.h.states)
		},
	},
	{
		name:    "a request with two faults",
		example: "GET / HTTP/2.0\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n",
		netHTTP: "400, 417, 431, 501 or 505, and the connection is closed",
		h1:      "another one of these, and the connection is closed",
		why:     "which fault is found first is not promised",
		is: func(p parting) bool {
			return len(p.std.requests)+len(p.h.requests) == 0 && len(p.std.answers) == 1 && len(p.h.answers) == 1 &&
				isRefusal(p.std.answers[0]) && isRefusal(p.h.answers[0]) && p.std.closed && p.ends()
		},
	},
	{
		name:    "100-continue beside other text, as in Expect: x 100-continue",
		example: "POST / HTTP/1.1\r\nHost: a\r\nExpect: x 100-continue\r\nContent-Length: 5\r\n\r\nhello",
		netHTTP: "takes it for 100-continue",
		h1:      "417, and the connection is closed",
		why:     "the list is of one member, which is not that (RFC 9110, section 10.1.1)",
		is: func(p parting) bool {
			return len(p.h.requests) == 0 && len(p.h.answers) == 1 && p.last.code == 417 && p.last.refuses() && p.ends() &&
				len(p.std.requests) > 0 && expectsBeside.MatchString(p.std.requests[0])
		},
	},
	{
		name:    "keep-alive beside other text, as in Connection: x keep-alive",
		example: "GET / HTTP/1.0\r\nConnection: x keep-alive\r\n\r\n",
		netHTTP: "keeps the connection of a client of HTTP/1.0",
		h1:      "closes it after the same answer",
		why:     "the list is of one member, which is not that (RFC 9110, section 7.6.1)",
		is: func(p parting) bool {
			if len(p.h.requests) > 0 || len(p.h.answers) != 1 || len(p.std.answers) == 0 || !p.ends() {
				return false
			}
			std, says := connectionOf(p.std.answers[0])
			return says == "keep-alive" && std.same(p.h.answers[0]) && strings.Contains(p.at, " HTTP/1.0 1.0 ") && keptBeside.MatchString(p.at)
		},
	},
	{
		name:    "a body that nobody has read or asked for, whose client waits for 100 Continue",
		example: "POST /none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
		netHTTP: "waits for it after the answer, which says that the connection ends",
		h1:      "closes after the same answer",
		why:     "nobody has asked for it",
		is:      func(p parting) bool { return closesAtOnce(p) && expects.MatchString(p.at) },
	},
	{
		name:    "a broken chunk or trailer that nobody reads, of a client that has asked to close",
		example: "POST /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA\n",
		netHTTP: "waits for the end of the chunk, or of the trailers, after the answer",
		h1:      "closes when it sees it",
		why:     "nothing behind it makes it good",
		is:      func(p parting) bool { return closesAtOnce(p) && strings.Contains(p.at, `te=["chunked"]`) },
	},
	{
		name:    "an expectation that cannot be met, and a body that does not come",
		example: "POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 500\r\n\r\nhello",
		netHTTP: "waits for the body after its 417",
		h1:      "closes after the same 417",
		why:     "the answer says that the connection ends",
		is: func(p parting) bool {
			return len(p.std.requests)+len(p.h.requests)+len(p.std.answers)+len(p.h.answers) == 0 && p.last.code == 417 && p.last.refuses() &&
				!p.std.closed && p.ends() && slices.Equal(p.std.states, p.h.states)
		},
	},
	{
		name:    "a body whose end does not come, behind what the handler has read",
		example: "POST /some HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n",
		netHTTP: "says so with the last of the data, when it has come with the last chunk",
		h1:      "says so when it is read, with the same data before it",
		why:     "the handler has not asked for it; neither answers before its client has ended",
		is: func(p parting) bool {
			return bodyEnds(p, "ok") && !p.std.closed && !p.h.closed && !expects.MatchString(p.std.requests[0])
		},
	},
	{
		name:    "the same, of a body that the client was told to send",
		example: "POST /some HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n",
		netHTTP: "says so with the last of the data, and waits for the end",
		h1:      "has not read so far, and closes",
		why:     "the handler has not asked for it",
		is: func(p parting) bool {
			return bodyEnds(p, "ok") && !p.std.closed && p.ends() && expects.MatchString(p.std.requests[0])
		},
	},
	{
		name:    "a broken chunk behind what the handler has read",
		example: "POST /some HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0x1\r\nl\r\n",
		netHTTP: "says so with the last of the data, if it has come with it",
		h1:      "says so when it is read, with the same data before it",
		why:     "the handler has not asked for it; the connection is closed in either case",
		is:      func(p parting) bool { return bodyEnds(p, "ok") && p.std.closed && p.ends() },
	},
}
