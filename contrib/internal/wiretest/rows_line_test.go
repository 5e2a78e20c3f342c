package wiretest

import (
	"fmt"
	"strings"
)

// This file is the rows about the lines of a head (RFC 9112 sections 2 to 5).

func lineRows() []row {
	list := []row{
		{name: "bare LF", sent: "GET /first HTTP/1.1\nHost: a\n\n", std: two},
		{name: "bare CR", sent: "GET /first HTTP/1.1\rHost: a\r\r", std: refused},
		{name: "CR CR LF", sent: "GET /first HTTP/1.1\r\r\nHost: a\r\r\n\r\r\n", std: refused},
		{name: "LF CR", sent: "GET /first HTTP/1.1\n\rHost: a\n\r\n\r", std: refused},
		{name: "a bare CR in a value", sent: get + "A: b\rc\r\n\r\n", std: refused},
		{name: "a bare CR before the empty line", sent: get + "A: b\r\r\n\r\n", std: refused},
		{name: "an empty line first", sent: "\r\n" + get + "\r\n", std: two | refused},
		{name: "a space first", sent: " " + get + "\r\n", std: refused},
		{name: "a folded line", sent: get + "A: b\r\n c\r\n\r\n", std: two, h1: refused},
		{name: "a line folded with a tab", sent: get + "A: b\r\n\tc\r\n\r\n", std: two, h1: refused},
		{name: "a folded line that looks like a request", sent: get + "A: b\r\n GET /inner HTTP/1.1\r\n\r\n", std: two, h1: refused},
		{name: "a first line that is folded", sent: "GET /first HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n", std: refused},
		{name: "a folded line of spaces", sent: get + "A: b\r\n \r\n\r\n", std: two, h1: refused},
		{name: "a line without a colon", sent: get + "A\r\n\r\n", std: refused},
		{name: "a line without a name", sent: get + ": b\r\n\r\n", std: refused},
		{name: "space before the colon", sent: get + "A : b\r\n\r\n", std: refused},
		{name: "tab before the colon", sent: get + "A\t: b\r\n\r\n", std: refused},
		{name: "space in a name", sent: get + "A B: c\r\n\r\n", std: refused},
		{name: "NUL in a name", sent: get + "A\x00: b\r\n\r\n", std: refused},
		{name: "a high byte in a name", sent: get + "\xc9: b\r\n\r\n", std: refused},
		{name: "NUL in a value", sent: get + "A: b\x00c\r\n\r\n", std: refused},
		{name: "DEL in a value", sent: get + "A: b\x7f\r\n\r\n", std: refused},
		{name: "a control byte in a value", sent: get + "A: \x1b[31m\r\n\r\n", std: refused},
		{name: "obs-text in a value", sent: get + "A: \xe9\xff\r\n\r\n", std: two},
		{name: "a duplicated header", sent: get + "A: b\r\nA: c\r\na: d\r\n\r\n", std: two},
		{name: "a name of punctuation", sent: get + "!#$%&'*+-.^_`|~: b\r\n\r\n", std: two},
		{name: "a very long value", sent: get + "A: " + strings.Repeat("b", 2<<20) + "\r\n\r\n", std: refused, status: []int{431}},
		{name: "a very long name", sent: get + strings.Repeat("b", 2<<20) + ": c\r\n\r\n", std: refused, status: []int{431}},
		{name: "a very long target", sent: "GET /" + strings.Repeat("b", 2<<20) + " HTTP/1.1\r\nHost: a\r\n\r\n", std: refused, status: []int{431, 414}},
		{name: "a very long method", sent: strings.Repeat("B", 2<<20) + " /first HTTP/1.1\r\nHost: a\r\n\r\n", std: refused, status: []int{400, 431}},
		{name: "a very long line folded", sent: get + "A: b\r\n " + strings.Repeat("c", 2<<20) + "\r\n\r\n", std: refused, status: []int{400, 431}},
		{name: "very many headers", sent: get + strings.Repeat("A: b\r\n", 300_000) + "\r\n", std: refused, status: []int{431}},
		{name: "very many headers of many names", sent: get + names(100_000) + "\r\n", std: refused, status: []int{431}},
		{name: "600 headers", sent: get + names(600) + "\r\n", std: two | refused, h1: refused, status: []int{431}},
		{name: "a head without an end", sent: get + "A: b\r\nB", std: refused, ends: true, status: []int{400, silent}},
		{name: "two spaces before the target", sent: "GET  /first HTTP/1.1\r\nHost: a\r\n\r\n", std: refused},
		{name: "two spaces before the version", sent: "GET /first  HTTP/1.1\r\nHost: a\r\n\r\n", std: refused},
		{name: "tabs for spaces", sent: "GET\t/first\tHTTP/1.1\r\nHost: a\r\n\r\n", std: refused},
		{name: "a space in the target", sent: "GET /first x HTTP/1.1\r\nHost: a\r\n\r\n", std: refused},
		{name: "a NUL in the target", sent: "GET /first\x00 HTTP/1.1\r\nHost: a\r\n\r\n", std: refused},
		{name: "a bad escape in the target", sent: "GET /first%zz HTTP/1.1\r\nHost: a\r\n\r\n", std: refused},
		{name: "no version", sent: "GET /first\r\nHost: a\r\n\r\n", std: refused},
		{name: "the hello of TLS", sent: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 40) + "\r\n\r\n", std: refused},
	}
	for _, v := range []string{"HTTP/0.9", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9"} {
		list = append(list, row{name: "version " + v, sent: "GET /first " + v + "\r\nHost: a\r\n\r\n", std: refused, status: []int{505}})
	}
	for _, v := range []string{"HTTP/1", "HTTP/1.", "HTTP/1.11", "HTTP/01.1", "HTTP/1.1 ", "HTTP/1.1 x", "HTTP/+1.1", "http/1.1", "HTTPS/1.1", "HTTP/1,1", "HTTP/1.1\x00", "ICY/1.1"} {
		list = append(list, row{name: fmt.Sprintf("version %q", v), sent: "GET /first " + v + "\r\nHost: a\r\n\r\n", std: refused})
	}
	return append(list,
		row{name: "version HTTP/1.2", sent: "GET /first HTTP/1.2\r\nHost: a\r\n\r\n", std: two},
		row{name: "HTTP/1.0 that does not keep its connection", sent: "GET /first HTTP/1.0\r\n\r\n", std: one},
		row{name: "HTTP/1.0 that keeps its connection", sent: "GET /first HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", std: two},
	)
}

func names(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "A%d: b\r\n", i)
	}
	return b.String()
}

func hostRows() []row {
	list := []row{
		{name: "no host", sent: "GET /first HTTP/1.1\r\n\r\n", std: refused},
		{name: "two hosts", sent: get + "Host: a\r\n\r\n", std: refused},
		{name: "two hosts that differ", sent: get + "hOST: b\r\n\r\n", std: refused},
		{name: "an empty host", sent: "GET /first HTTP/1.1\r\nHost:\r\n\r\n", std: two},
		{name: "an absolute target", sent: "GET http://a/first HTTP/1.1\r\nHost: a\r\n\r\n", std: two},
		{name: "an absolute target of another host", sent: "GET http://b/first HTTP/1.1\r\nHost: a\r\n\r\n", std: two, h1: refused},
		{name: "an absolute target without a host", sent: "GET http://a/first HTTP/1.1\r\n\r\n", std: refused},
		{name: "an absolute target of another scheme", sent: "GET gopher://a/first HTTP/1.1\r\nHost: a\r\n\r\n", std: two},
		{name: "an absolute target with a broken host", sent: "GET http://[::1]evil/first HTTP/1.1\r\nHost: a\r\n\r\n", std: refused},
		{name: "an absolute target with a space in its host", sent: "GET http://a%20b/first HTTP/1.1\r\nHost: a\r\n\r\n", std: refused},
		{name: "a target without a slash", sent: "GET first HTTP/1.1\r\nHost: a\r\n\r\n", std: refused},
		{name: "a target that begins with a query", sent: "GET ?first HTTP/1.1\r\nHost: a\r\n\r\n", std: refused},
		{name: "a target that is an authority", sent: "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", std: two},
	}
	for _, h := range []string{"a b", "a/b", "a@b", "a?b", "a#b", "a\\b", "<a>", "a\x00", "a\x7f", "\"a\"", "\xff", "a\tb", "a^b", "{a}"} {
		list = append(list, row{name: fmt.Sprintf("host %q", h), sent: "GET /first HTTP/1.1\r\nHost: " + h + "\r\n\r\n", std: refused})
	}
	return list
}
