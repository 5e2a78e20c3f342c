package least

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// say is the answer to a text, without its pauses.
func say(parts []Part) string {
	var text strings.Builder
	for _, part := range parts {
		text.WriteString(part.Text)
	}
	return text.String()
}

const plain = "Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"

func TestAnswers(t *testing.T) {
	for name, test := range map[string]struct{ request, answer string }{
		"root":         {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\n" + plain + "Content-Length: 5\r\n\r\ndram\n"},
		"query":        {"GET /?a=/hello/b HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n" + plain + "Content-Length: 5\r\n\r\ndram\n"},
		"name":         {"GET /hello/Zoë HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n" + plain + "Content-Length: 12\r\n\r\nhello, Zoë\n"},
		"not decoded":  {"GET /hello/a%20b HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n" + plain + "Content-Length: 13\r\n\r\nhello, a%20b\n"},
		"no name":      {"GET /hello/ HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found\r\n" + plain + "Content-Length: 14\r\n\r\n404 not found\n"},
		"two segments": {"GET /hello/a/b HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found\r\n" + plain + "Content-Length: 14\r\n\r\n404 not found\n"},
		"HEAD":         {"HEAD / HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found\r\n" + plain + "Content-Length: 14\r\n\r\n"},
		"body":         {"POST /echo HTTP/1.1\r\ncontent-length:  3\t\r\n\r\na\x00b", "HTTP/1.1 200 OK\r\n" + plain + "Content-Length: 3\r\n\r\na\x00b"},
		"empty body":   {"POST /echo HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n" + plain + "Content-Length: 0\r\n\r\n"},
		"more follows": {"POST /echo HTTP/1.1\r\nContent-Length: 1\r\n\r\nabc", "HTTP/1.1 200 OK\r\n" + plain + "Content-Length: 1\r\n\r\na"},
		"stream":       {"GET /stream HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n" + plain + "\r\n1\n2\n3\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var request Request
			assert.Equal(t, test.answer, say(request.Add([]byte(test.request))))
			var slow Request
			whole := strings.TrimSuffix(test.request, "bc") // the bytes up to the answer
			for i := range len(whole) - 1 {
				require.Nil(t, slow.Add([]byte{whole[i]}), "after %q", whole[:i+1])
			}
			assert.Equal(t, test.answer, say(slow.Add([]byte(whole[len(whole)-1:]))), "byte by byte")
		})
	}
}

func TestPauses(t *testing.T) {
	for path, pauses := range map[string][]time.Duration{
		"/":       {0},
		"/slow":   {300 * time.Millisecond},
		"/stream": {0, 100 * time.Millisecond, 100 * time.Millisecond},
	} {
		var request Request
		var got []time.Duration
		for _, part := range request.Add([]byte("GET " + path + " HTTP/1.1\r\n\r\n")) {
			got = append(got, part.After)
		}
		assert.Equal(t, pauses, got, path)
	}
}

func TestRefusals(t *testing.T) {
	const get = "GET / HTTP/1.1\r\n"
	for name, test := range map[string]struct{ request, status string }{
		"nothing but an end":    {"\r\n\r\n", "400"},
		"a line before":         {"\r\nGET / HTTP/1.1\r\n\r\n", "400"},
		"HTTP/0.9":              {"GET /\r\n\r\n", "400"},
		"HTTP/2":                {"PRI * HTTP/2.0\r\n\r\n", "400"},
		"no minor version":      {"GET / HTTP/1.\r\n\r\n", "400"},
		"a minor of two digits": {"GET / HTTP/1.10\r\n\r\n", "400"},
		"HTTP/1.junk":           {"GET / HTTP/1.junk\r\n\r\n", "400"},
		"two spaces":            {"GET  / HTTP/1.1\r\n\r\n", "400"},
		"a space in the path":   {"GET /hello/a b HTTP/1.1\r\n\r\n", "400"},
		"NUL":                   {"GET /\x00 HTTP/1.1\r\n\r\n", "400"},
		"LF in the target":      {"GET /hello/a\nb HTTP/1.1\r\n\r\n", "400"},
		"CR in a header":        {get + "A: b\rC: d\r\n\r\n", "400"},
		"no colon":              {get + "Content-Length 3\r\n\r\n", "400"},
		"space before colon":    {get + "Content-Length : 3\r\n\r\n", "400"},
		"folded header":         {get + "A: b\r\n Content-Length: 3\r\n\r\n", "400"},
		"no name":               {get + ": 3\r\n\r\n", "400"},
		"two lengths":           {get + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", "400"},
		"list of lengths":       {get + "Content-Length: 3, 3\r\n\r\n", "400"},
		"negative length":       {get + "Content-Length: -1\r\n\r\n", "400"},
		"signed length":         {get + "Content-Length: +1\r\n\r\n", "400"},
		"hexadecimal length":    {get + "Content-Length: 0x1\r\n\r\n", "400"},
		"empty length":          {get + "Content-Length:\r\n\r\n", "400"},
		"length over the bound": {get + "Content-Length: " + strconv.Itoa(MaxBody+1) + "\r\n\r\n", "413"},
		"length over any int":   {get + "Content-Length: 99999999999999999999999\r\n\r\n", "413"},
		"chunked":               {get + "Transfer-Encoding: chunked\r\n\r\n", "501"},
		"head over the bound":   {get + "A: " + strings.Repeat("a", MaxHead) + "\r\n\r\n", "431"},
		"head without an end":   {strings.Repeat("a", MaxHead+1), "431"},
	} {
		t.Run(name, func(t *testing.T) {
			var request Request
			answer := say(request.Add([]byte(test.request)))
			assert.True(t, strings.HasPrefix(answer, "HTTP/1.1 "+test.status+" "), "%q", answer)
		})
	}
}

// What is just within the bounds is served.
func TestBounds(t *testing.T) {
	const start = "POST /echo HTTP/1.1\r\nContent-Length: 65536\r\nA: "
	body := strings.Repeat("b", MaxBody)
	head := start + strings.Repeat("a", MaxHead-len(start)-4) + "\r\n\r\n"
	require.Len(t, head, MaxHead)
	var request Request
	require.Nil(t, request.Add([]byte(head)))
	assert.True(t, strings.HasSuffix(say(request.Add([]byte(body))), "\r\n\r\n"+body))
}

// However the bytes of a request are cut into reads, the answer is the same.
func FuzzCuts(f *testing.F) {
	f.Add([]byte("POST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"), 7)
	f.Add([]byte("GET /hello/\x7f HTTP/1.1\r\n\r\n"), 1)
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		if cut < 0 || cut > len(text) {
			return
		}
		var atOnce, inTwo Request
		want := atOnce.Add(text)
		got := inTwo.Add(text[:cut])
		if got == nil {
			got = inTwo.Add(text[cut:])
		}
		if len(text) <= MaxHead { // a longer head is refused as soon as that is known
			assert.Equal(t, say(want), say(got))
		}
	})
}
