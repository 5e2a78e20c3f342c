package wiretest

import (
	"fmt"
	"strings"
)

// This file is the rows about methods, and about headers that change what a connection is.

func methodRows() []row {
	list := []row{
		{name: "an unknown method", sent: "BREW /first HTTP/1.1\r\nHost: a\r\n\r\n", std: two},
		{name: "a method of punctuation", sent: "M-SEARCH!#$ /first HTTP/1.1\r\nHost: a\r\n\r\n", std: two},
		{name: "a method in small letters", sent: "get /first HTTP/1.1\r\nHost: a\r\n\r\n", std: two},
		{name: "TRACE", sent: "TRACE /first HTTP/1.1\r\nHost: a\r\n\r\n", std: two},
		{name: "HEAD", sent: "HEAD /first HTTP/1.1\r\nHost: a\r\n\r\n", std: two},
		{name: "OPTIONS of the server", sent: "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", std: none},
		{name: "OPTIONS of the server with a body", sent: "OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", std: none},
		{name: "OPTIONS of the server with a broken body", sent: "OPTIONS * HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", std: one},
		{name: "GET of the server", sent: "GET * HTTP/1.1\r\nHost: a\r\n\r\n", std: two},
		{name: "CONNECT", sent: "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", std: two | one},
		{name: "CONNECT with a length", sent: "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\n\r\nhello", std: two | one, body: "hello"},
		{name: "CONNECT with chunks", sent: "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, std: two | one, body: "hello"},
		{name: "CONNECT of a path", sent: "CONNECT /first HTTP/1.1\r\nHost: a\r\n\r\n", std: two | one},
		{name: "CONNECT of a broken authority", sent: "CONNECT a:b:c HTTP/1.1\r\nHost: a\r\n\r\n", std: refused},
		{name: "the preface of HTTP/2", sent: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", std: one | refused, status: []int{505, silent}},
		{name: "the preface of HTTP/2 with a header", sent: "PRI * HTTP/2.0\r\nHost: a\r\n\r\n", std: two, h1: refused, status: []int{505}},
		{name: "the preface of HTTP/2 as HTTP/1.1", sent: "PRI * HTTP/1.1\r\nHost: a\r\n\r\nSM\r\n\r\n", std: one | refused | two | broken},
	}
	for _, m := range []string{"", "G T", "GET\x00", "G\xc9T", "GET:", "(GET)", "GET\v", "\"GET\"", "{GET}", "GET,"} {
		list = append(list, row{name: fmt.Sprintf("method %q", m), sent: m + " /first HTTP/1.1\r\nHost: a\r\n\r\n", std: refused})
	}
	return list
}

func fieldRows() []row {
	const upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
	const length = "Content-Length: 5\r\n"
	return []row{
		{name: "an upgrade to h2c", sent: get + upgrade + "\r\n", std: two},
		{name: "an upgrade to h2c with a body", sent: post + upgrade + length + "\r\nhello", std: two, body: "hello"},
		{name: "an upgrade to h2c whose body is the preface", sent: post + upgrade + "Content-Length: 24\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", std: two, body: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
		{name: "an upgrade to WebSocket that nobody makes", sent: get + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", std: two},
		{name: "an upgrade to TLS", sent: get + "Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n\r\n", std: two},
		{name: "Connection names a header", sent: post + "Connection: Content-Length, X-A, Host\r\nX-A: b\r\n" + length + "\r\nhello", std: two, body: "hello"},
		{name: "Connection names the coding", sent: post + "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, std: two, body: "hello"},
		{name: "Connection: close", sent: get + "Connection: close\r\n\r\n", std: one},
		{name: "Connection: close among others", sent: get + "Connection: x,\tCLOSE ,y\r\n\r\n", std: one},
		{name: "Connection: close on the second line", sent: get + "Connection: keep-alive\r\nConnection: close\r\n\r\n", std: one},
		{name: "Connection: closed is another word", sent: get + "Connection: closed\r\n\r\n", std: two},
		{name: "Proxy-Connection: close", sent: get + "Proxy-Connection: close\r\n\r\n", std: two},
		{name: "early data", sent: get + "Early-Data: 1\r\n\r\n", std: two},
		{name: "an expectation", sent: post + "Expect: 100-continue\r\n" + length + "\r\nhello", std: two, body: "hello"},
		{name: "an expectation without a body", sent: get + "Expect: 100-continue\r\n\r\n", std: two | one},
		{name: "an expectation of HTTP/1.0", sent: "POST /first HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n" + length + "\r\nhello", std: one, body: "hello"},
		{name: "an unknown expectation", sent: post + "Expect: miracles\r\n" + length + "\r\nhello", std: refused, status: []int{417}},
		{name: "two expectations", sent: post + "Expect: 100-continue\r\nExpect: miracles\r\n" + length + "\r\nhello", std: two | refused, status: []int{417}, body: "hello"},
		{name: "an expectation and a broken body", sent: post + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", std: broken},
		{name: "pipelined behind a refused expectation", sent: post + "Expect: miracles\r\n\r\n", std: refused, status: []int{417}},
		{name: "a method in a header", sent: post + "X-HTTP-Method-Override: CONNECT\r\n\r\n", std: two},
		{name: "another target in a header", sent: get + "X-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\n\r\n", std: two},
		{name: "very many cookies", sent: get + "Cookie: " + strings.Repeat("a=b; ", 100_000) + "\r\n\r\n", std: two},
		{name: "a very long cookie", sent: get + "Cookie: a=" + strings.Repeat("b", 2<<20) + "\r\n\r\n", std: refused, status: []int{431}},
		{name: "very many ranges", sent: get + "Range: bytes=" + strings.Repeat("0-0,", 100_000) + "0-0\r\n\r\n", std: two},
	}
}
