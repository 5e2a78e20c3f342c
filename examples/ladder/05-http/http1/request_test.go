package http1_test

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/ladder/05-http/http1"
)

func read(text string) (*http1.Request, *bufio.Reader, error) {
	br := bufio.NewReaderSize(strings.NewReader(text), 8<<10)
	req, err := http1.ReadRequest(br)
	return req, br, err
}

func TestRefused(t *testing.T) {
	const get, post = "GET / HTTP/1.1\r\nHost: x\r\n", "POST / HTTP/1.1\r\nHost: x\r\n"
	tests := map[string]struct {
		text   string
		status int
	}{
		"both lengths":              {post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 400},
		"two lengths":               {post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400},
		"a list of lengths":         {post + "Content-Length: 3, 3\r\n\r\nabc", 400},
		"a sign":                    {post + "Content-Length: +3\r\n\r\nabc", 400},
		"a negative length":         {post + "Content-Length: -3\r\n\r\nabc", 400},
		"an underscore":             {post + "Content-Length: 1_0\r\n\r\n", 400},
		"hexadecimal":               {post + "Content-Length: 0x3\r\n\r\nabc", 400},
		"an empty length":           {post + "Content-Length:\r\n\r\n", 400},
		"beyond 63 bits":            {post + "Content-Length: 9223372036854775808\r\n\r\n", 400},
		"an unknown coding":         {post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
		"chunked is not last":       {post + "Transfer-Encoding: chunked, gzip\r\n\r\n", 501},
		"chunked twice":             {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
		"a vertical tab":            {post + "Transfer-Encoding: \vchunked\r\n\r\n", 400},
		"chunks in HTTP/1.0":        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
		"a space before the colon":  {post + "Content-Length : 3\r\n\r\nabc", 400},
		"a space before the name":   {"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400},
		"a folded line":             {get + "A: b\r\n c\r\n\r\n", 400},
		"a line without a colon":    {get + "A\r\n\r\n", 400},
		"a field without a name":    {get + ": a\r\n\r\n", 400},
		"LF alone, request line":    {"GET / HTTP/1.1\nHost: x\r\n\r\n", 400},
		"LF alone, field":           {get + "A: b\n\r\n", 400},
		"LF alone, empty line":      {get + "\n", 400},
		"CR alone in a value":       {get + "A: b\rContent-Length: 3\r\n\r\n", 400},
		"CR before CRLF":            {get + "A: b\r\r\n\r\n", 400},
		"CR alone, empty line":      {get + "\r\r\n", 400},
		"CR alone in the version":   {"GET / HTTP/1.1\r\r\nHost: x\r\n\r\n", 400},
		"CR alone in the target":    {"GET /\r HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"NUL in a value":            {get + "A: b\x00\r\n\r\n", 400},
		"no Host":                   {"GET / HTTP/1.1\r\n\r\n", 400},
		"two Hosts":                 {get + "Host: x\r\n\r\n", 400},
		"a Host with a path":        {"GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400},
		"two spaces":                {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a tab":                     {"GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a space at the end":        {"GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400},
		"no version":                {"GET /\r\nHost: x\r\n\r\n", 400},
		"a long version":            {"GET / HTTP/1.10\r\nHost: x\r\n\r\n", 400},
		"HTTP/2":                    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
		"TLS":                       {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 400},
		"a target that is not one":  {"GET hello HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a fragment":                {"GET /#a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a broken escape":           {"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"an asterisk with GET":      {"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a user in the target":      {"GET http://u:p@x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"another scheme":            {"GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a scheme like http":        {"GET httpx://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a Host with two ports":     {"GET / HTTP/1.1\r\nHost: x:1:2\r\n\r\n", 400},
		"a Host with a named port":  {"GET / HTTP/1.1\r\nHost: x:http\r\n\r\n", 400},
		"a Host that is half IPv6":  {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
		"a Host behind IPv6":        {"GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", 400},
		"a tunnel":                  {"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", 501},
		"a long request line":       {"GET /" + strings.Repeat("a", 9<<10) + " HTTP/1.1\r\n", 414},
		"a long field":              {get + "A: " + strings.Repeat("a", 9<<10), 431},
		"many fields":               {get + strings.Repeat("A: b\r\n", 100) + "\r\n", 431},
		"a large header":            {get + strings.Repeat("A: "+strings.Repeat("a", 8000)+"\r\n", 9) + "\r\n", 431},
		"two empty lines in front":  {"\r\n\r\n" + get + "\r\n", 400},
		"an empty line with spaces": {"  \r\n" + get + "\r\n", 400},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := read(tt.text)
			var refused *http1.StatusError
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, tt.status, refused.Status, refused.Reason)
		})
	}
}

func TestBodies(t *testing.T) {
	const chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
	const length = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
	tests := map[string]struct {
		text, body, rest string
		fault            string // what the body ends with, unless it is whole
	}{
		"no length":           {"POST / HTTP/1.1\r\nHost: x\r\n\r\nnext", "", "next", ""},
		"a length":            {length + "hellonext", "hello", "next", ""},
		"a length, broken":    {length + "hell", "hell", "", "unexpected EOF"},
		"chunks":              {chunked + "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nnext", "hello!", "next", ""},
		"capitals and zeros":  {chunked + "00A\r\n0123456789\r\n0\r\n\r\nnext", "0123456789", "next", ""},
		"extensions, trailer": {chunked + "2;a=b\r\nhi\r\n0;x\r\nA: b\r\n\r\nnext", "hi", "next", ""},
		"no last chunk":       {chunked + "5\r\nhello\r\n", "hello", "", "unexpected EOF"},
		"no end of a chunk":   {chunked + "5\r\nhel", "hel", "", "unexpected EOF"},
		"no end of a trailer": {chunked + "0\r\nA: b\r\n", "", "", "unexpected EOF"},
		"a chunk too long":    {chunked + "5\r\nhelloo\r\n0\r\n\r\n", "hello", "", "a chunk is longer than its size"},
		"a sign":              {chunked + "+5\r\nhello\r\n0\r\n\r\n", "", "", "the size of a chunk is not a hexadecimal number"},
		"0x":                  {chunked + "0x5\r\nhello\r\n0\r\n\r\n", "", "", "the size of a chunk is not a hexadecimal number"},
		"a space, extension":  {chunked + "5 ;a=b\r\nhello\r\n0\r\n\r\n", "", "", "the size of a chunk is not a hexadecimal number"},
		"a space":             {chunked + "5 \r\nhello\r\n0\r\n\r\n", "", "", "the size of a chunk is not a hexadecimal number"},
		"an empty size":       {chunked + "\r\nhello\r\n0\r\n\r\n", "", "", "the size of a chunk is not a hexadecimal number"},
		"beyond 63 bits":      {chunked + "8000000000000000\r\n", "", "", "the size of a chunk is not a hexadecimal number"},
		"many zeros":          {chunked + "00000000000000005\r\nhello\r\n0\r\n\r\n", "", "", "the size of a chunk is not a hexadecimal number"},
		"CR in an extension":  {chunked + "5;a\rb\r\nhello\r\n0\r\n\r\n", "", "", "the size of a chunk is not a hexadecimal number"},
		"CR before CRLF":      {chunked + "5\r\nhello\r\r\n0\r\n\r\n", "hello", "", "a chunk is longer than its size"},
		"LF alone":            {chunked + "5\nhello\r\n0\r\n\r\n", "", "", "a line does not end in CRLF"},
		"LF in an extension":  {chunked + "5;a\nb\r\nhello\r\n0\r\n\r\n", "", "", "a line does not end in CRLF"},
		"LF after a chunk":    {chunked + "5\r\nhello\n0\r\n\r\n", "hello", "", "a line does not end in CRLF"},
		"a folded trailer":    {chunked + "0\r\nA: b\r\n c\r\n\r\n", "", "", "a field goes on in the next line"},
		"a long extension":    {chunked + "5;" + strings.Repeat("a", 9<<10), "", "", "a chunk has no size"},
		"extensions": {
			chunked + strings.Repeat("1;"+strings.Repeat("a", 4<<10)+"\r\na\r\n", 3), "aa", "",
			"the chunk extensions are over 8192 bytes",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			req, br, err := read(tt.text)
			require.NoError(t, err)
			body, err := io.ReadAll(req.Body)
			assert.Equal(t, tt.body, string(body))
			if tt.fault != "" {
				require.EqualError(t, err, tt.fault)
				return
			}
			require.NoError(t, err)
			rest, _ := io.ReadAll(br)
			assert.Equal(t, tt.rest, string(rest))
		})
	}
}

func TestTargets(t *testing.T) {
	tests := []struct{ line, path, query, host string }{
		{"GET /a%20b?c=d HTTP/1.1", "/a b", "c=d", "x:1"},
		{"GET //a HTTP/1.1", "//a", "", "x:1"},
		{"GET http://y/a HTTP/1.1", "/a", "", "y"},
		{"GET http://y HTTP/1.1", "/", "", "y"},
		{"OPTIONS * HTTP/1.1", "*", "", "x:1"},
		{"\r\nGET / HTTP/1.1", "/", "", "x:1"},
	}
	for _, tt := range tests {
		req, _, err := read(tt.line + "\r\nHost: x:1\r\n\r\n")
		require.NoError(t, err, tt.line)
		assert.Equal(t, []string{tt.path, tt.query, tt.host}, []string{req.URL.Path, req.URL.RawQuery, req.Host}, tt.line)
	}
}

// FuzzReadRequest compares with net/http: whatever this reader takes, net/http takes as well,
// and both find the same request, the same body and the same place where the next request
// begins. What only net/http takes is what this reader is stricter in; see TestRefused.
func FuzzReadRequest(f *testing.F) {
	f.Add([]byte("GET /a?b HTTP/1.1\r\nHost: x\r\nA: b\r\na:  c \r\n\r\nGET / HTTP/1.1\r\n"))
	f.Add([]byte("\r\nPOST http://y/%41 HTTP/1.0\r\nContent-Length: 3\r\n\r\nabcd"))
	f.Add([]byte("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: u\r\n\r\nnext"))
	f.Add([]byte("OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nConnection: a, Close\r\nExpect: 100-continue\r\n\r\n"))
	f.Add([]byte("PUT https://y HTTP/1.9\r\nHost:\r\nA:\xff\tb\r\nContent-Length: 0003\r\n\r\nabc\r\n"))
	f.Add([]byte("PUT //a;b%2f?%zz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n00f;\r\n0123456789abcde\r\n000\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		br := bufio.NewReaderSize(bytes.NewReader(text), 8<<10)
		req, err := http1.ReadRequest(br)
		if err != nil {
			return
		}
		theirReader := bufio.NewReaderSize(bytes.NewReader(bytes.TrimPrefix(text, []byte("\r\n"))), 8<<10)
		theirs, err := http.ReadRequest(theirReader)
		require.NoError(t, err)
		assert.Equal(t, theirs.Method, req.Method)
		assert.Equal(t, theirs.RequestURI, req.Target)
		assert.Equal(t, theirs.Host, req.Host)
		assert.Equal(t, theirs.ContentLength, req.ContentLength)
		if req.Minor > 0 { // this server closes after each request of HTTP/1.0
			assert.Equal(t, theirs.Close, req.Close)
		}
		assert.Equal(t, plain(textproto.MIMEHeader(theirs.Header)), plain(req.Header))

		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		theirBody, err := io.ReadAll(theirs.Body)
		require.NoError(t, err)
		assert.Equal(t, string(theirBody), string(body))
		rest, _ := io.ReadAll(br)
		theirRest, _ := io.ReadAll(theirReader)
		assert.Equal(t, string(theirRest), string(rest))
	})
}

// plain is a header without the fields that net/http moves elsewhere or adds.
func plain(header textproto.MIMEHeader) textproto.MIMEHeader {
	header = maps.Clone(header)
	for _, name := range []string{"Transfer-Encoding", "Trailer", "Cache-Control"} {
		header.Del(name)
	}
	return header
}
