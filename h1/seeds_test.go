package h1_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

type seed struct{ name, in string }

// seeds are the inputs that a server of HTTP/1 is most often wrong about. Each
// that is not broken by itself is followed by a second request, so that a wrong
// framing shows.
func seeds() []seed {
	const next = "GET /next HTTP/1.1\r\nHost: b\r\n\r\n"
	const host = "Host: a\r\n"
	var list []seed
	add := func(name, in string) { list = append(list, seed{name, in}) }
	get := func(name, target, lines string) {
		add(name, "GET "+target+" HTTP/1.1\r\n"+host+lines+"\r\n"+next)
	}
	post := func(name, lines, body string) {
		add(name, "POST / HTTP/1.1\r\n"+host+lines+"\r\n"+body+next)
	}

	add("nothing", "")
	get("plain", "/a?b=c", "Accept: */*\r\n")
	add("pipelined", strings.Repeat(next, 5))
	add("empty line first", "\r\n"+next)
	add("two empty lines first", "\r\n\r\n"+next)
	add("LF first", "\n"+next)
	add("CR first", "\r"+next)
	add("space first", " "+next)

	for _, m := range []string{"get", "G", "GE T", "GET\t", "M-SEARCH", "QUERY", "G@T", "G{T", "DELETE", "OPTIONS", "TRACE", "HEAD", "PATCH", "GÉT", "G\x00T", ""} {
		add(fmt.Sprintf("method %q", m), m+" / HTTP/1.1\r\n"+host+"\r\n"+next)
	}
	for _, v := range []string{"HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/1.", "HTTP/1.11", "HTTP/01.1", "http/1.1", "HTTP/1.1 ", "HTTP/1.1\t", "HTTP/1.1 x", "HTTP/+1.1", "HTTP/3.0", "HTTP/1,1", "HTTP/10.1", "", "HTTP/1.1\x00", "HTTPS/1.1", "\u202fHTTP/1.1"} {
		add(fmt.Sprintf("version %q", v), "GET / "+v+"\r\n"+host+"\r\n"+next)
	}
	add("no version", "GET /\r\n"+host+"\r\n"+next)
	add("two spaces", "GET  / HTTP/1.1\r\n"+host+"\r\n"+next)
	add("two spaces before version", "GET /  HTTP/1.1\r\n"+host+"\r\n"+next)
	add("tab", "GET\t/\tHTTP/1.1\r\n"+host+"\r\n"+next)
	add("preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	add("preface, then a frame", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	for _, n := range []int{18, 20, 24} {
		add(fmt.Sprintf("%d bytes of the preface behind a request", n), next+"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[:n])
	}
	add("preface behind a POST", "POST / HTTP/1.1\r\n"+host+"Content-Length: 5\r\n\r\nhello\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	add("PRI of 1.1", "PRI * HTTP/1.1\r\n"+host+"\r\n"+next)
	add("PRI with headers", "PRI * HTTP/2.0\r\nHost: a\r\n\r\n"+next)

	for _, target := range []string{
		"*", "/", "//", "//x/y", "/a b", "/%", "/%zz", "/%2f", "/%00", "/a%20b", "/a#b", "/#", "/?", "/a?b?c", "/a;b", "/../x", "/./x", "a", "a/b",
		"?q", "#f", "http://a/", "http://a", "http://a?x", "http://other/x", "HTTP://a/", "https://a/", "ftp://a/x", "http:///x", "http:/x", "http:x", "http://u:p@a/", "http://a:80/", "http://a:x/",
		"http://[::1]/", "http://[::1/", "http://a b/", "http://a\\b/", "a:80", "/\x7f", "/é", "/\xff", "/a\x00b", "/\t", "/a\\b", "/\"<>^`{|}", "http://", "://", "http://a%41/", "/" + strings.Repeat("a", 3000),
		"/:a", "a:b", "1:2", "/%E2%82%AC", "/a%2Fb/c", "/[x]", "mailto:a", "http://é/", "/none", "/some",
	} {
		get(fmt.Sprintf("target %.40q", target), target, "")
		add(fmt.Sprintf("options %.40q", target), "OPTIONS "+target+" HTTP/1.1\r\n"+host+"\r\n"+next)
		add(fmt.Sprintf("connect %.40q", target), "CONNECT "+target+" HTTP/1.1\r\n"+host+"\r\n"+next)
	}
	add("options with a body", "OPTIONS * HTTP/1.1\r\n"+host+"Content-Length: 5\r\n\r\nhello"+next)
	add("connect without host", "CONNECT a:80 HTTP/1.1\r\n\r\n"+next)

	for _, h := range []string{
		"", "a", "a:80", "a:", ":80", "[::1]", "[::1]:80", "a b", "a\tb", "a/b", "a@b", "a,b", "é", "a\x00", "a\x7f", "a?b", "a#b", "a\\b", "\"a\"", "a%20", "<a>", "a_b", " a ", "a\r", "a:b:c",
		"*", "a;b", "[", "]", "a|b", "a^b", "`a`", "{a}", "\xff",
	} {
		add(fmt.Sprintf("host %q", h), "GET / HTTP/1.1\r\nHost: "+h+"\r\n\r\n"+next)
		add(fmt.Sprintf("host %q of an absolute form", h), "GET http://a/ HTTP/1.1\r\nHost: "+h+"\r\n\r\n"+next)
		add(fmt.Sprintf("host %q of 1.0", h), "GET / HTTP/1.0\r\nConnection: keep-alive\r\nHost: "+h+"\r\n\r\n"+next)
	}
	add("no host", "GET / HTTP/1.1\r\n\r\n"+next)
	add("no host, 1.0", "GET / HTTP/1.0\r\n\r\n"+next)
	add("no host, absolute", "GET http://a/ HTTP/1.1\r\n\r\n"+next)
	get("two hosts", "/", "Host: a\r\n")
	get("two hosts that differ", "/", "host: b\r\n")
	add("two hosts, 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"+next)

	for _, l := range []string{
		"A : b", "A\t: b", " A: b", "\tA: b", "A: b\r\n c", "A: b\r\n\tc", "A: b\r\n \r\n", "A", ":", ": b", "A:", "A:b", "A:  b  ", "A:\tb\t", "A: b\rc", "A: b\r", "A: b\x00c", "A: b\x7f", "A: \xff", "A: é", "É: b",
		"A\x00: b", "A\"B: c", "A(B): c", "A/B: c", "A@B: c", "a_b: c", "a-b-c: d", "A--B: c", "-: c", "1: c", "CONTENT-TYPE: x", "www-authenticate: x", "etag: x", "A: b\x01", "A: \x1b[31m", "A:b:c", "A: b\n c", "A: b\nB: c", "A\n: b", "A\r: b", "A: \r", "\r",
		"X: 1\r\nX: 2\r\nx: 3", "Cookie: a=b; c=d", "A[]: c", "A{}: c", "A|: c", "A^`~'*!#$%&+.: c", "A,: c", "A;: c", "A=: c", "A?: c", "A\\: c", "A<>: c", "Connection", "Content-Length", "Transfer-Encoding",
		"Connection: close", "Connection: keep-alive", "Connection: Close, x", "Connection: x, CLOSE", "Connection: closed", "Connection: keep-alive\r\nConnection: close", "Connection: x\r\nConnection: y close", "Connection: x close\r\nConnection: y", "Connection: x\r\nConnection: y, close", "Connection: \r\nConnection: y close", "Connection: upgrade\r\nUpgrade: websocket", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x", "Connection: \"close\"", "Connection: ,,close", "Connection:close", "Proxy-Connection: close", "Keep-Alive: 5",
		"Pragma: no-cache", "Pragma: no-cache\r\nCache-Control: x", "Pragma: no-cache, x", "TE: trailers", "Trailer: A", "Range: bytes=0-1", "If-None-Match: *",
	} {
		get(fmt.Sprintf("line %q", l), "/", l+"\r\n")
		add(fmt.Sprintf("line %q of 1.0", l), "GET / HTTP/1.0\r\n"+host+l+"\r\n\r\n"+next)
		add(fmt.Sprintf("line %q first", l), "GET / HTTP/1.1\r\n"+l+"\r\n"+host+"\r\n"+next)
	}
	add("bare LF", strings.ReplaceAll(next, "\r\n", "\n")+next)
	add("bare LF ends the head", "GET / HTTP/1.1\r\n"+host+"\n"+next)
	add("bare LF ends the request line", "GET / HTTP/1.1\n"+host+"\r\n"+next)
	add("bare CR", strings.ReplaceAll(next, "\r\n", "\r")+next)
	add("CR CR LF", strings.ReplaceAll(next, "\r\n", "\r\r\n")+next)
	add("LF CR", strings.ReplaceAll(next, "\r\n", "\n\r")+next)
	add("head without end", "GET / HTTP/1.1\r\n"+host)
	add("line without end", "GET / HTTP/1.1\r\nHo")
	add("request line without end", "GET /")
	for _, begin := range []string{"x\r\n", "x\n", "GET /\r\n", "GET / HTTP/9.9\r\n", "G@T / HTTP/1.1\r\n", "\x16\x03\x01\n", "GET / HTTP/1.1\r\nbroken\r\n", "GET / HTTP/1.1\r\nA : b\r\n", "GET / HTTP/1.1\r\n A: b\r\n", "GET / HTTP/1.1\r\nA: b\r\n\x00: c\r\n", "GET / HTTP/2.0\r\n", "GET /%zz HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n", "PRI * HTTP/2.0\r\n\r\nX", "PRI * HTTP/2.0\r\n\r\nSM\r\n\rx"} {
		add(fmt.Sprintf("%q, no end of the head", begin), begin)
	}
	add("TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"+strings.Repeat("\x00", 40)+"\r\n\r\n")

	for _, l := range []string{"5", "+5", "-5", "05", "0x5", "5 ", " 5", "5,5", "5, 5", "5,6", "", "x", "5x", "5.0", "1e1", "9223372036854775807", "9223372036854775808", "99999999999999999999", "-0", "0", "00", "٥", "5\t", "5;", "\"5\"", "5\x00", "5_0", "1_0"} {
		post(fmt.Sprintf("length %q", l), "Content-Length: "+l+"\r\n", "hello")
		post(fmt.Sprintf("length %q after 5", l), "Content-Length: 5\r\nContent-Length: "+l+"\r\n", "hello")
		add(fmt.Sprintf("length %q of 1.0", l), "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: "+l+"\r\n\r\nhello"+next)
		get(fmt.Sprintf("length %q of GET", l), "/", "Content-Length: "+l+"\r\n")
	}
	post("length, body too short", "Content-Length: 500\r\n", "hello")
	add("length, body ends", "POST / HTTP/1.1\r\n"+host+"Content-Length: 500\r\n\r\nhello")
	post("length, body with CRLF after", "Content-Length: 5\r\n", "hello\r\n")
	post("length, body with two CRLF after", "Content-Length: 5\r\n", "hello\r\n\r\n")
	post("length, body with LF after", "Content-Length: 5\r\n", "hello\n")
	post("length, body with x after", "Content-Length: 5\r\n", "hello\r\nx")
	for _, path := range []string{"/none", "/some"} {
		for _, n := range []int{5, 5000, 262143, 262144, 262145, 262150, 300000, 600000} {
			body := strings.Repeat("b", n)
			add(fmt.Sprintf("%s of %d", path, n), fmt.Sprintf("POST %s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s%s", path, host, n, body, next))
			add(fmt.Sprintf("%s of %d chunked", path, n), fmt.Sprintf("POST %s HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n%s", path, host, n, body, next))
		}
		add(path+" with a bad chunk", "POST "+path+" HTTP/1.1\r\n"+host+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nz\r\n"+next)
		add(path+" with an expectation", "POST "+path+" HTTP/1.1\r\n"+host+"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"+next)
		add(path+" with an expectation, large", fmt.Sprintf("POST %s HTTP/1.1\r\n%sExpect: 100-continue\r\nContent-Length: 300000\r\n\r\n%s%s", path, host, strings.Repeat("b", 300000), next))
		add(path+" of 1.0", "POST "+path+" HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello"+next)
		add(path+" with a body that ends", "POST "+path+" HTTP/1.1\r\n"+host+"Content-Length: 50\r\n\r\nhello")
	}

	for _, te := range []string{"chunked", "Chunked", "CHUNKED", " chunked", "chunked ", "\tchunked", "chunked\t", "identity", "gzip, chunked", "chunked, gzip", "chunked, chunked", "chunked,", ",chunked", "x", "", "chunked;q=1", "\"chunked\"", "chunked\x0b", "chunked\x00", "chunked\r", "chunKed\x85", "gzip", "xchunked", "chunked\r\n ", "\u212Achunked", "chun\u212Aed"} {
		post(fmt.Sprintf("coding %q", te), "Transfer-Encoding: "+te+"\r\n", "5\r\nhello\r\n0\r\n\r\n")
		post(fmt.Sprintf("coding %q with length", te), "Transfer-Encoding: "+te+"\r\nContent-Length: 5\r\n", "5\r\nhello\r\n0\r\n\r\n")
		post(fmt.Sprintf("length with coding %q", te), "Content-Length: 15\r\nTransfer-Encoding: "+te+"\r\n", "5\r\nhello\r\n0\r\n\r\n")
		add(fmt.Sprintf("coding %q of 1.0", te), "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: "+te+"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"+next)
		post(fmt.Sprintf("chunked and coding %q", te), "Transfer-Encoding: chunked\r\nTransfer-Encoding: "+te+"\r\n", "5\r\nhello\r\n0\r\n\r\n")
		get(fmt.Sprintf("coding %q of GET", te), "/", "Transfer-Encoding: "+te+"\r\n")
	}
	post("coding with a bad length", "Transfer-Encoding: chunked\r\nContent-Length: x\r\n", "5\r\nhello\r\n0\r\n\r\n")
	post("coding with two lengths", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\nContent-Length: 6\r\n", "5\r\nhello\r\n0\r\n\r\n")
	post("coding in a name with a space", "Transfer-Encoding : chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")
	post("coding folded", "Transfer-Encoding:\r\n chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")
	post("coding with an underscore", "Transfer_Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")
	post("length with an underscore", "Content_Length: 5\r\n", "hello")
	add("connect with length", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\n\r\nhello"+next)
	add("connect chunked", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"+next)
	add("head with length", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"+next)

	for _, body := range []string{
		"5\r\nhello\r\n0\r\n\r\n", "05\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "5\t\r\nhello\r\n0\r\n\r\n", "5;x\r\nhello\r\n0\r\n\r\n", "5;x=y\r\nhello\r\n0\r\n\r\n", "5;x=\"y;z\"\r\nhello\r\n0\r\n\r\n", "5 ;x\r\nhello\r\n0\r\n\r\n",
		"5;x\nhello\r\n0\r\n\r\n", "5;a\rb\r\nhello\r\n0\r\n\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhellox\r\n0\r\n\r\n", "5\r\nhel\r\n0\r\n\r\n", "5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\n", "5\r\nhello\r\n0\n\n",
		"0x5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "\r\nhello\r\n0\r\n\r\n", "g\r\nhello\r\n0\r\n\r\n", "5,\r\nhello\r\n0\r\n\r\n", "5_0\r\nhello\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFF\r\nhello", "10000000000000000\r\nhello", "00000000000000005\r\nhello\r\n0\r\n\r\n", "0000000000000005\r\nhello\r\n0\r\n\r\n", "7FFFFFFFFFFFFFFF\r\nhello",
		"8000000000000000\r\nhello", "fffffffffffffff\r\nhello", "5\r\nhello\r\n00\r\n\r\n", "5\r\nhello\r\n000000000000000000\r\n\r\n", "5\r\nhello\r\n-0\r\n\r\n", "5\r\nhello\r\n0;x\r\n\r\n", "5\r\nhello\r\n0 \r\n\r\n", "5\r\nhello\r\n\r\n0\r\n\r\n", "5\r\nhello\r\n", "5\r\nhello", "5\r\nhe", "5\r", "5", "", "0\r\n\r\n", "0\r\n", "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
		"5;" + strings.Repeat("x", 5000) + "\r\nhello\r\n0\r\n\r\n", strings.Repeat("1;"+strings.Repeat("x", 100)+"\r\nh\r\n", 300) + "0\r\n\r\n", strings.Repeat("1\r\nh\r\n", 2000) + "0\r\n\r\n",
		"0\r\nA: b\r\n\r\n", "0\r\nX: y\r\n\r\n", "0\r\nA: b\nX: y\r\n\r\n", "0\r\nA : b\r\n\r\n", "0\r\n A: b\r\n\r\n", "0\r\nA: b\r\n c\r\n\r\n", "0\r\nA\r\n\r\n", "0\r\nA: b", "0\r\nA: b\r\n", "0\r\nContent-Length: 5\r\n\r\n", "0\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\nHost: b\r\n\r\n", "0\r\nA: b\r\nA: c\r\n\r\n", "0\r\nA: b\x00\r\n\r\n", "0\r\nA\x00: b\r\n\r\n", "0\r\nA: " + strings.Repeat("x", 5000) + "\r\n\r\n", "0\r\nA: " + strings.Repeat("x", 20000) + "\r\n\r\n", "0\r\n: b\r\n\r\n", "0\r\na: b\r\n\r\n", "0\r\nA: b\r\r\n\r\n", "0\r\n\r\r\n\r\n",
	} {
		post(fmt.Sprintf("chunks %.60q", body), "Transfer-Encoding: chunked\r\nTrailer: A, X-Y\r\n", body)
		add(fmt.Sprintf("chunks %.60q unread", body), "POST /none HTTP/1.1\r\n"+host+"Transfer-Encoding: chunked\r\n\r\n"+body+next)
	}
	for _, tr := range []string{"A", "a, b", "Content-Length", "Transfer-Encoding", "Trailer", "Host", "", ",", "A,A", "A b", "é", "A\r\nTrailer: B", "Authorization"} {
		post(fmt.Sprintf("trailer %q", tr), "Transfer-Encoding: chunked\r\nTrailer: "+tr+"\r\n", "5\r\nhello\r\n0\r\nA: 1\r\nB: 2\r\n\r\n")
		post(fmt.Sprintf("trailer %q without chunks", tr), "Content-Length: 5\r\nTrailer: "+tr+"\r\n", "hello")
	}

	for _, c := range []string{"x keep-alive", "keep-alive\tx", "y, x Keep-Alive z", "x keep-alive, keep-alive", "x close", "keep-alive close"} {
		add(fmt.Sprintf("Connection: %q of 1.0", c), "POST / HTTP/1.0\r\nConnection: "+c+"\r\nContent-Length: 5\r\n\r\nhello"+next)
	}
	for _, e := range []string{"100-continue", "100-Continue", "100-continue, x", "x", "", "100-continue\r\nExpect: x", "200-ok", "x 100-continue", "100-continue\tx", "y, x 100-continue"} {
		post(fmt.Sprintf("expect %q", e), "Expect: "+e+"\r\nContent-Length: 5\r\n", "hello")
		post(fmt.Sprintf("expect %q chunked", e), "Expect: "+e+"\r\nTransfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")
		get(fmt.Sprintf("expect %q without a body", e), "/", "Expect: "+e+"\r\n")
		post(fmt.Sprintf("expect %q, length 0", e), "Expect: "+e+"\r\nContent-Length: 0\r\n", "")
		add(fmt.Sprintf("expect %q of 1.0", e), "POST / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: "+e+"\r\nContent-Length: 5\r\n\r\nhello"+next)
	}
	// Broken in a head whose version is another one; an unread body whose end is not there; an
	// error behind what is read.
	for _, begin := range []string{"GET /%zz HTTP/2.0\r\nHos", "GET / HTTP/2.0\r\nHost: a\r\x00b\r\nTr", "GET / HTTP/2.0\r\nHost: a\r\n: b\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nExpect: x 100-continue\r\nContent-Length: 5\r\n\r\nhello"} {
		add(fmt.Sprintf("%.40q, no end", begin), begin)
	}
	for _, lines := range []string{"Connection: close\r\n", "Expect: 100-continue\r\n", ""} {
		add(fmt.Sprintf("chunked without an end %q", lines), "POST /none HTTP/1.1\r\n"+host+lines+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n")
		add(fmt.Sprintf("length without an end %q", lines), "POST /none HTTP/1.1\r\n"+host+lines+"Content-Length: 50\r\n\r\nhello")
		add(fmt.Sprintf("an error behind some %q", lines), "POST /some HTTP/1.1\r\n"+host+lines+"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0x1\r\nl\r\n")
		add(fmt.Sprintf("a trailer without an end %q", lines), "POST / HTTP/1.1\r\n"+host+lines+"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\nA: b\r\nX-A")
	}
	for _, c := range []string{"keep-alive", "Keep-Alive", "close", "keep-alive, close", "x", "", "x keep-alive", "keep-alive x", "x\r\nConnection: keep-alive", "keep-alive\r\nConnection: close", "keep-alive\r\nConnection: x close"} {
		add(fmt.Sprintf("1.0 with connection %q", c), "GET / HTTP/1.0\r\nHost: a\r\nConnection: "+c+"\r\n\r\n"+next)
		add(fmt.Sprintf("1.0 head with connection %q", c), "HEAD / HTTP/1.0\r\nHost: a\r\nConnection: "+c+"\r\n\r\n"+next)
	}
	for _, n := range []int{headLimit - 100, headLimit, headLimit + 4000, headLimit + 4096, headLimit + 4200, 2*headLimit + 8192} {
		get(fmt.Sprintf("a line of %d", n), "/", "A: "+strings.Repeat("x", n)+"\r\n")
		get(fmt.Sprintf("a target of %d", n), "/"+strings.Repeat("x", n), "")
		get(fmt.Sprintf("a name of %d", n), "/", strings.Repeat("x", n)+": y\r\n")
		get(fmt.Sprintf("lines of %d", n), "/", strings.Repeat("A: b\r\n", n/6))
		add(fmt.Sprintf("a method of %d", n), strings.Repeat("G", n)+" / HTTP/1.1\r\n"+host+"\r\n"+next)
		add(fmt.Sprintf("empty lines of %d", n), strings.Repeat("\r\n", n/2)+next)
		add(fmt.Sprintf("no line of %d", n), strings.Repeat("x", n))
	}
	return list
}

// grammar makes requests, most of them right in most of their parts.
type grammar struct{ *rand.Rand }

// some is one of the first few choices mostly, seldom one of all.
func (g grammar) some(good int, choices ...string) string {
	if g.IntN(12) > 0 {
		return choices[g.IntN(good)]
	}
	return choices[g.IntN(len(choices))]
}

func (g grammar) eol() string {
	if g.IntN(60) > 0 {
		return "\r\n"
	}
	return g.some(1, "\r\n", "\n", "\r", "\r\r\n", "\n\r", "")
}

func (g grammar) input() []byte {
	var b strings.Builder
	for range 1 + g.IntN(4) {
		g.request(&b)
	}
	in := []byte(b.String())
	if g.IntN(8) == 0 { // one byte goes wrong
		in[g.IntN(len(in))] = byte(g.some(1, "\x00", "\r", "\n", " ", "\t", ":", "\x80", "0", "\x7f")[0])
	}
	if g.IntN(10) == 0 {
		in = in[:1+g.IntN(len(in))]
	}
	return in
}

func (g grammar) request(b *strings.Builder) {
	b.WriteString(g.some(6, "GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "CONNECT", "get", "PRI", "", "G T"))
	b.WriteString(g.some(1, " ", "  ", "\t", ""))
	b.WriteString(g.some(5, "/", "/none", "/some", "/a?b=c", "http://a/x", "*", "a:80", "//a", "/%zz", "/é", "http://b:80/", "", "http://a b/"))
	b.WriteString(g.some(1, " ", "  ", "\t", ""))
	b.WriteString(g.some(3, "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.2", "HTTP/1.", "", "http/1.1"))
	b.WriteString(g.eol())
	if g.IntN(25) > 0 {
		b.WriteString("Host: " + g.some(3, "a", "a:80", "[::1]", "", "a b", "a,b", "\x00") + g.eol())
	}
	for range g.IntN(4) {
		b.WriteString(g.some(6, "Accept", "X-A", "cookie", "Connection", "Expect", "Trailer", "Content-Length", "Host", "A B", "", " X", "é", "Upgrade", "Transfer-Encoding"))
		b.WriteString(g.some(2, ": ", ":", " : ", "", ":\t"))
		b.WriteString(g.some(5, "x", "close", "keep-alive", "100-continue", "A", "chunked", "5", "a\x00b", "\xff", "a\r\n b", " x ", ""))
		b.WriteString(g.eol())
	}
	body := g.some(3, "", "hello", strings.Repeat("y", g.IntN(6000)))
	switch g.IntN(4) {
	case 0:
		fmt.Fprintf(b, "Content-Length: %s%s", g.some(1, fmt.Sprint(len(body)), "+5", "", "0", "5, 5", "x"), g.eol())
		if g.IntN(20) == 0 {
			fmt.Fprintf(b, "Content-Length: %d%s", g.IntN(10), g.eol())
		}
	case 1:
		b.WriteString("Transfer-Encoding: " + g.some(1, "chunked", "Chunked", "gzip, chunked", "identity", "chunked ", "x") + g.eol())
		if g.IntN(20) == 0 {
			fmt.Fprintf(b, "Content-Length: %d%s", g.IntN(10), g.eol())
		}
		b.WriteString(g.eol())
		g.chunks(b, body)
		return
	default:
		if g.IntN(20) > 0 {
			body = ""
		}
	}
	b.WriteString(g.eol())
	b.WriteString(body)
}

func (g grammar) chunks(b *strings.Builder, body string) {
	for body != "" {
		n := 1 + g.IntN(len(body))
		fmt.Fprintf(b, "%s%x%s%s%s%s", g.some(1, "", "0", " ", "+", "0x", "-"), n, g.some(2, "", ";a=b", " ", ";", "\t", "_", ";\"\r\n\"", ";\n"), g.eol(), body[:n], g.eol())
		body = body[n:]
	}
	b.WriteString(g.some(1, "0", "00", "-0", "", "0;x") + g.eol())
	for range g.IntN(3) {
		b.WriteString(g.some(3, "A", "X-A", "Content-Length", "A B", "", " x") + g.some(1, ": ", ":", "") + g.some(1, "v", "\x00", "") + g.eol())
	}
	b.WriteString(g.eol())
}
