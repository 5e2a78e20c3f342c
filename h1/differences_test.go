package h1_test

import (
	"bytes"
	"go/version"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// likeThisGo skips what compares byte by byte with the net/http of another Go than the tables
// below were made for: that of 1.27 reads CONNECT otherwise.
func likeThisGo(t testing.TB) {
	if version.Compare(runtime.Version(), "go1.27") >= 0 {
		t.Skip("the tables of differences are those to net/http of Go 1.25 and 1.26")
	}
}

// effect is what a difference may change.
type effect int

const (
	refusedOnly       effect = iota // h1 refuses and closes, net/http takes the request
	bodyRefused                     // reading the body fails in h1, and the connection is closed
	seenOtherwise                   // the handler sees another value
	answeredOtherwise               // the client sees another answer
	closedOtherwise                 // the connection's fate
)

// difference is one that is on purpose; docs/h1.md quotes the table.
type difference struct {
	name, netHTTP, h1, why string
	effects                []effect
	applies                func(in []byte) bool // could it show with these bytes
}

var differences = []difference{
	{
		name:    "length with transfer coding",
		netHTTP: "takes the chunked body and drops Content-Length",
		h1:      "400, and the connection is closed",
		why:     "two framings of one request are how requests are smuggled (RFC 9112, section 6.1)",
		effects: []effect{refusedOnly},
		applies: func(in []byte) bool {
			low := bytes.ToLower(in)
			return bytes.Contains(low, []byte("content-length")) && bytes.Contains(low, []byte("transfer-encoding"))
		},
	},
	{
		name:    "repeated length",
		netHTTP: "takes several Content-Length lines of one value as one",
		h1:      "400, and the connection is closed",
		why:     "whoever stands before the server may have believed another line (RFC 9112, section 6.3)",
		effects: []effect{refusedOnly},
		applies: func(in []byte) bool { return bytes.Count(bytes.ToLower(in), []byte("content-length")) > 1 },
	},
	{
		name:    "folded line",
		netHTTP: "joins a line that begins with a space or tab to the one before",
		h1:      "400, and the connection is closed",
		why:     "obsolete, and read as a line of its own by others (RFC 9112, section 5.2)",
		effects: []effect{refusedOnly},
		applies: regexp.MustCompile(`\n[ \t]`).Match,
	},
	{
		name:    "target and Host disagree",
		netHTTP: "believes an absolute target, and ignores Host",
		h1:      "400, and the connection is closed",
		why:     "what stands before the server may have routed by the other one (RFC 9112, section 3.2.2)",
		effects: []effect{refusedOnly},
		applies: regexp.MustCompile(`(?i)[ \t][a-z][a-z0-9+.-]*:`).Match,
	},
	{
		name:    "transfer coding in HTTP/1.0",
		netHTTP: "ignores the line, and takes the body for the next request",
		h1:      "400, and the connection is closed",
		why:     "that request has a faulty framing (RFC 9112, section 6.1)",
		effects: []effect{refusedOnly},
		applies: regexp.MustCompile(`(?is) HTTP/1\.0.*transfer-encoding`).Match,
	},
	{
		name:    "many header lines",
		netHTTP: "until Go 1.26, takes as many as MaxHeaderBytes has room for; 1.27 answers 431 after 500",
		h1:      "431 after MaxHeaderValueCount, 500 unless set",
		why:     "each line costs more memory than its bytes",
		effects: []effect{refusedOnly},
		applies: func(in []byte) bool { return bytes.Count(in, []byte("\n")) > 500 },
	},
	{
		name:    "bare LF after the last chunk",
		netHTTP: "takes it for the end of a line of the trailer, or of the trailer",
		h1:      "reading the body fails, and the connection is closed",
		why:     "others do not see the end of the body there (RFC 9112, section 7.1)",
		effects: []effect{bodyRefused},
		applies: regexp.MustCompile(`(?s)(?i)transfer-encoding.*[^\r]\n`).Match,
	},
	{
		name:    "odd trailer line",
		netHTTP: "takes a space before the colon, and joins folded lines",
		h1:      "reading the body fails, and the connection is closed",
		why:     "as in the head of a request",
		effects: []effect{bodyRefused},
		applies: regexp.MustCompile(`(?s)(?i)transfer-encoding.*(\n[ \t]|[ \t]:|\n[^\r\n:]* [^\r\n:]*:)`).Match,
	},
	{
		name:    "control bytes in a chunk extension",
		netHTTP: "takes them",
		h1:      "reading the body fails, and the connection is closed",
		why:     "as in the head of a request",
		effects: []effect{bodyRefused},
		applies: regexp.MustCompile(`(?i)(?s)transfer-encoding.*;[^\r\n]*[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]`).Match,
	},
	{
		name:    "chunk of 2^63 bytes and more",
		netHTTP: "reads on until the connection ends",
		h1:      "reading the body fails, and the connection is closed",
		why:     "no client sends that",
		effects: []effect{bodyRefused},
		applies: regexp.MustCompile(`(?m)^[0-9a-fA-F]{16}`).Match,
	},
	{
		name:    "PRI that is not the preface",
		netHTTP: "passes PRI * HTTP/2.0 with header lines to the handler",
		h1:      "505, and the connection is closed",
		why:     "nothing but the preface of HTTP/2 has that version",
		effects: []effect{refusedOnly},
		applies: regexp.MustCompile(`PRI \* HTTP/2`).Match,
	},
	{
		name:    "a body that ends too soon",
		netHTTP: "closes after the answer, and says so or not",
		h1:      "says so in HTTP/1.1, and not in HTTP/1.0",
		why:     "the client has ended its side",
		effects: []effect{answeredOtherwise, closedOtherwise, seenOtherwise},
		applies: regexp.MustCompile(`(?i)content-length|transfer-encoding`).Match,
	},
	{
		name:    "a line that is none, before the end of the head",
		netHTTP: "refuses some of these at once, and some at the end of the head",
		h1:      "refuses each as soon as it is there",
		why:     "nothing behind it makes it good",
		effects: []effect{answeredOtherwise, closedOtherwise},
		applies: func(in []byte) bool { return !bytes.HasSuffix(in, []byte("\r\n\r\n")) },
	},
	{
		name:    "an expectation that cannot be met",
		netHTTP: "waits for the body after its 417",
		h1:      "closes at once",
		why:     "the answer says that the connection ends",
		effects: []effect{closedOtherwise},
		applies: regexp.MustCompile(`(?i)expect`).Match,
	},
}

// covered reports whether a difference with this effect may show with in.
func covered(e effect, in []byte) bool {
	for _, d := range differences {
		for _, has := range d.effects {
			if has == e && d.applies(in) {
				return true
			}
		}
	}
	return false
}

// scriptDifference is a difference on purpose in what a handler does or its
// client sees of it.
type scriptDifference struct {
	name, netHTTP, h1, why string
	applies                func(request string, script []step) bool
}

var scriptDifferences = []scriptDifference{
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
		netHTTP: "waits for a body that was not asked for; takes what is left of a large one for the next request",
		h1:      "closes the connection after the answer",
		why:     "as when the handler reads none of it",
		applies: func(request string, script []step) bool {
			return (strings.Contains(request, "100-continue") || strings.Contains(request, "Content-Length: 300000")) && begins(script, "another body")
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

// does reports whether a script has one of the steps.
func does(script []step, names ...string) bool {
	return slices.ContainsFunc(script, func(s step) bool { return slices.Contains(names, s.name) })
}

// writes reports whether a script has a step that writes a body.
func writes(script []step) bool {
	return slices.ContainsFunc(script, func(s step) bool {
		return strings.HasPrefix(s.name, "Write ") || strings.HasPrefix(s.name, "WriteString") || strings.HasPrefix(s.name, "ReadFrom") || strings.HasPrefix(s.name, "Copy") || s.name == "copy the body"
	})
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
