package wiretest

import (
	"fmt"
	"strings"
)

// This file is the rows about how long a body is (RFC 9112 section 6).

const (
	post   = "POST /first HTTP/1.1\r\nHost: a\r\n"
	get    = "GET /first HTTP/1.1\r\nHost: a\r\n"
	chunks = "5\r\nhello\r\n0\r\n\r\n"
)

func lengthRows() []row {
	const te, cl = "Transfer-Encoding: chunked\r\n", "Content-Length: 5\r\n"
	many := strings.Repeat(strings.Replace(next, "smuggled", "inside", 1), 10_000) // more than a server reads in place of a handler
	list := []row{
		{name: "a length", sent: post + cl + "\r\nhello", std: two, body: "hello"},
		{name: "chunks", sent: post + te + "\r\n" + chunks, std: two, body: "hello"},
		{name: "a length of many requests", sent: fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", post, len(many), many), std: two, body: many},
		{name: "chunks of many requests", sent: fmt.Sprintf("%s%s\r\n%x\r\n%s\r\n0\r\n\r\n", post, te, len(many), many), std: two, body: many},
		{name: "neither", sent: post + "\r\n", std: two},
		{name: "GET with a length", sent: get + cl + "\r\nhello", std: two, body: "hello"},
		{name: "GET with chunks", sent: get + te + "\r\n" + chunks, std: two, body: "hello"},
		{name: "HEAD with a length", sent: "HEAD /first HTTP/1.1\r\nHost: a\r\n" + cl + "\r\nhello", std: two, body: "hello"},
		{name: "the next request inside the length", sent: fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", post, len(next), next), std: two, body: next},
		// net/http reads the chunks (RFC 9112 section 6.1 allows it), h1 refuses.
		{name: "length, then coding", sent: post + cl + te + "\r\n" + chunks, std: two, h1: refused, body: "hello"},
		{name: "coding, then length", sent: post + te + cl + "\r\n" + chunks, std: two, h1: refused, body: "hello"},
		{name: "length over the next request, and no chunks", sent: fmt.Sprintf("%sContent-Length: %d\r\n%s\r\n0\r\n\r\n", post, 5+len(next), te), std: two, h1: refused},
		{name: "length 0 and chunks", sent: post + "Content-Length: 0\r\n" + te + "\r\n" + chunks, std: two, h1: refused, body: "hello"},
		{name: "coding in HTTP/1.0", sent: "POST /first HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n" + te + "\r\n", std: one | two, h1: refused},
		{name: "two lengths that agree", sent: post + cl + cl + "\r\nhello", std: two, h1: refused, body: "hello"},
		{name: "two lengths that differ", sent: post + cl + "Content-Length: 6\r\n\r\nhello", std: refused},
		{name: "a length that is a list", sent: post + "Content-Length: 5, 5\r\n\r\nhello", std: refused},
		{name: "a length that ends too soon", sent: post + "Content-Length: 500\r\n\r\nhello", std: broken, ends: true},
		{name: "length with an underscore", sent: post + "Content_Length: 5\r\n\r\n", std: two},
		{name: "coding with an underscore", sent: post + "Transfer_Encoding: chunked\r\n\r\n", std: two},
		{name: "space before the colon of a length", sent: post + "Content-Length : 5\r\n\r\nhello", std: refused},
		{name: "space before the colon of a coding", sent: post + "Transfer-Encoding : chunked\r\n" + cl + "\r\n" + chunks, std: refused},
		{name: "tab before the colon of a coding", sent: post + "Transfer-Encoding\t: chunked\r\n\r\n" + chunks, std: refused},
		{name: "a coding on a folded line", sent: post + "Transfer-Encoding:\r\n chunked\r\n\r\n" + chunks, std: two, h1: refused, status: []int{400, 501}, body: "hello"},
		{name: "a coding folded into another header", sent: post + "A: b\r\n Transfer-Encoding: chunked\r\n" + cl + "\r\nhello", std: two, h1: refused, body: "hello"},
		{name: "a coding behind a bare CR", sent: post + "A: b\rTransfer-Encoding: chunked\r\n\r\n" + chunks, std: refused},
		{name: "a coding behind a NUL", sent: post + "A: b\x00Transfer-Encoding: chunked\r\n\r\n" + chunks, std: refused},
		{name: "a length with a NUL in its name", sent: post + "Content-Length\x00: 5\r\n\r\nhello", std: refused},
		{name: "a length with a high byte in its name", sent: post + "Content-Length\xa0: 5\r\n\r\nhello", std: refused},
		{name: "two codings on two lines", sent: post + te + te + "\r\n" + chunks, std: refused, status: []int{400, 501}},
		{name: "two codings, one of them no more than a name", sent: post + te + "Transfer-Encoding: identity\r\n\r\n" + chunks, std: refused, status: []int{400, 501}},
		{name: "a coding whose line ends in LF, and then the head", sent: post + "Transfer-Encoding: chunked\n\r\n" + cl + "\r\nhello", std: broken},
		{name: "the coding in capitals", sent: post + "TRANSFER-ENCODING: CHUNKED\r\n\r\n" + chunks, std: two, body: "hello"},
	}
	for _, n := range []string{"+5", "-5", "0x5", "5x", "5.0", "5e0", " ", "", "5\x00", "5\v", "٥", "5_0", "9223372036854775808", "99999999999999999999", "\"5\"", "5;", "-0"} {
		list = append(list, row{name: fmt.Sprintf("length %.20q", n), sent: post + "Content-Length: " + n + "\r\n\r\nhello", std: refused})
	}
	list = append(list, row{name: "length with a zero in front", sent: post + "Content-Length: 0000000000000000000005\r\n\r\nhello", std: two, body: "hello"})
	for _, c := range []string{"identity", "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "chunked, identity", ",chunked", "chunked,", "chunked;q=1", "\"chunked\"", "xchunked", "chunkedx", "chunk", "chun\xcbed", "chun\u212Aed", "'chunked'", "chunked chunked"} {
		list = append(list, row{name: fmt.Sprintf("coding %q", c), sent: post + "Transfer-Encoding: " + c + "\r\n\r\n" + chunks, std: refused, status: []int{400, 501}})
	}
	for _, c := range []string{"\vchunked", "chunked\v", "\x00chunked", "chunked\x00", "chunked\x7f", "\rchunked", "chunked\r"} {
		list = append(list, row{name: fmt.Sprintf("coding %q beside a length", c), sent: post + "Transfer-Encoding: " + c + "\r\n" + cl + "\r\n" + chunks, std: refused, status: []int{400, 501}})
	}
	return list
}

func chunkRows() []row {
	const te = post + "Transfer-Encoding: chunked\r\n\r\n"
	list := []row{
		{name: "extensions", sent: te + "5;a=b;c=\"d;e\"\r\nhello\r\n0;f\r\n\r\n", std: two, body: "hello"},
		{name: "sizes with zeros in front", sent: te + "0005\r\nhello\r\n00\r\n\r\n", std: two, body: "hello"},
		{name: "a trailer", sent: te + "5\r\nhello\r\n0\r\nA: b\r\n\r\n", std: two, body: "hello"},
		{name: "trailers that would frame a request", sent: te + "5\r\nhello\r\n0\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\nHost: b\r\n\r\n", std: two, body: "hello"},
		{name: "forbidden trailers, announced", sent: post + "Trailer: Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, std: refused},
		{name: "the next request for a trailer", sent: te + "5\r\nhello\r\n0\r\nGET /inner HTTP/1.1\r\n\r\n", std: broken},
		{name: "a trailer with a space before the colon", sent: te + "5\r\nhello\r\n0\r\nA : b\r\n\r\n", std: broken | two, h1: broken, body: "hello"},
		{name: "a trailer with a NUL", sent: te + "5\r\nhello\r\n0\r\nA: \x00\r\n\r\n", std: broken | two, body: "hello"},
		{name: "a very long trailer", sent: te + "5\r\nhello\r\n0\r\nA: " + strings.Repeat("b", 2<<20) + "\r\n\r\n", std: broken},
		{name: "very many trailers", sent: te + "5\r\nhello\r\n0\r\n" + strings.Repeat("A: b\r\n", 300_000) + "\r\n", std: broken},
		{name: "a very long extension", sent: te + "5;" + strings.Repeat("x", 1<<20) + "\r\nhello\r\n0\r\n\r\n", std: broken},
		{name: "much extension and little data", sent: te + strings.Repeat("1;"+strings.Repeat("x", 2000)+"\r\na\r\n", 200) + "0\r\n\r\n", std: broken},
		{name: "chunks that end too soon", sent: te + "5\r\nhel", std: broken, ends: true},
		{name: "no last chunk", sent: te + "5\r\nhello\r\n", std: broken},
	}
	for _, body := range []string{
		"5\nhello\r\n0\r\n\r\n", "5;a\nhello\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhelloxx0\r\n\r\n",
		"5\r\nhello, world\r\n0\r\n\r\n", "6\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "5h\r\nhello\r\n0\r\n\r\n", "5_\r\nhello\r\n0\r\n\r\n",
		"\r\n5\r\nhello\r\n0\r\n\r\n", "g\r\nhello\r\n0\r\n\r\n", "5\x00\r\nhello\r\n0\r\n\r\n", "5,5\r\nhello\r\n0\r\n\r\n", "10000000000000005\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n-0\r\n\r\n", "5\r\nhello\r\n\r\n0\r\n\r\n", "5\r\n\r\nhello\r\n0\r\n\r\n",
	} {
		list = append(list, row{name: fmt.Sprintf("chunks %.30q", body), sent: te + body, std: broken})
	}
	for _, body := range []string{" 5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", "5\t\r\nhello\r\n0\r\n\r\n", "5 ;a\r\nhello\r\n0\r\n\r\n"} {
		list = append(list, row{name: fmt.Sprintf("chunks %.30q", body), sent: te + body, std: broken | two, body: "hello"})
	}
	for _, body := range []string{"5;a\rb\r\nhello\r\n0\r\n\r\n", "5;\x00\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\n", "5\r\nhello\r\n0\r\nA: b\n\r\n", "5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n"} {
		list = append(list, row{name: fmt.Sprintf("chunks %.40q", body), sent: te + body, std: broken | two, h1: broken, body: "hello"})
	}
	return list
}
