package least

import (
	"strconv"
	"strings"
	"time"
)

// A Part of an answer is text that is written when After has passed since the part
// before it. How a server waits in between is what distinguishes the rungs.
type Part struct {
	After time.Duration
	Text  string
}

// The statuses that requests are refused with, as they stand in a status line.
const (
	badRequest     = "400 Bad Request"
	bodyTooLarge   = "413 Content Too Large"
	headTooLarge   = "431 Request Header Fields Too Large"
	notImplemented = "501 Not Implemented"
)

// answer is the table of requests that every rung of the ladder answers.
func (r *Request) answer() []Part {
	switch route := r.method + " " + r.path; route {
	case "GET /":
		return r.ok("dram\n")
	case "POST /echo":
		return r.ok(string(r.text[r.body:r.end]))
	case "GET /slow":
		slow := r.ok("slow\n")
		slow[0].After = 300 * time.Millisecond
		return slow
	case "GET /stream":
		const tick = 100 * time.Millisecond
		return []Part{{0, head("200 OK") + "\r\n1\n"}, {tick, "2\n"}, {tick, "3\n"}}
	default:
		name, found := strings.CutPrefix(route, "GET /hello/")
		if found && name != "" && !strings.Contains(name, "/") {
			return r.ok("hello, " + name + "\n")
		}
		return whole("404 Not Found", "404 not found\n", r.method != "HEAD")
	}
}

func (r *Request) ok(body string) []Part { return whole("200 OK", body, true) }

// head begins an answer. The client sees the end of a body without a length by the
// end of the connection.
func head(status string) string {
	return "HTTP/1.1 " + status + "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
}

// whole is an answer of one part, whose length is known. The answer to a HEAD has
// the head alone.
func whole(status, body string, withBody bool) []Part {
	text := head(status) + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	if withBody {
		text += body
	}
	return []Part{{0, text}}
}
