package dram

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/errs"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/jsontext"
)

// This file is what a client is told of a request that failed: problem details for HTTP
// (RFC 9457), or for a browser a page. Which error becomes which problem, and who answers
// with it, is in context_fail.go.
// See docs/internals/11-misses.md.

// Problem is an error that knows its answer. Make one with NewProblem.
type Problem struct {
	// Type is a URI that identifies the kind of problem; empty means
	// "about:blank": the status says it all.
	Type string
	// Title is a short name of the kind of problem, the same at each occurrence. Empty
	// means the text of the status.
	Title string
	// Status is the HTTP status of the answer.
	Status int
	// Detail explains this occurrence to the developer of the client.
	Detail string

	members []member // by their names
	header  http.Header
	cause   error
}

// NewProblem returns a Problem with a status of 400 to 599 and a detail for the client,
// which may be "". It panics at another status.
func NewProblem(status int, detail string) *Problem {
	if status < http.StatusBadRequest || status > 599 {
		panic(fmt.Sprintf("dram: NewProblem: the status %d is not one of a failure: write one between 400 and 599", status))
	}
	return &Problem{Title: http.StatusText(status), Status: status, Detail: detail}
}

// With returns a copy of the Problem with a further member of the JSON object (RFC 9457
// section 3.2), such as "errors" or "balance". It panics if the name is one that the RFC has
// defined: type, title, status, detail.
func (p *Problem) With(name string, value any) *Problem {
	if name == "" || isProblemField(name) {
		panic(fmt.Sprintf("dram: Problem.With: the member %q is a field of Problem", name))
	}
	more := *p
	at, known := slices.BinarySearchFunc(p.members, name, compareName)
	rest := p.members[at:]
	if known {
		rest = rest[1:]
	}
	more.members = append(make([]member, 0, len(p.members)+1), p.members[:at]...)
	more.members = append(append(more.members, member{name, value}), rest...)
	return &more
}

// isProblemField reports whether a member is a field of Problem, in any case: encoding/json
// reads it as one.
func isProblemField(name string) bool {
	return slices.Contains([]string{"type", "title", "status", "detail"}, strings.ToLower(name))
}

// WithHeader returns a copy of the Problem whose answer has a header: Retry-After, say. What
// layers have set in Vary and Set-Cookie stays beside it.
func (p *Problem) WithHeader(name, value string) *Problem {
	more := *p
	if more.header = p.header.Clone(); more.header == nil {
		more.header = make(http.Header)
	}
	more.header.Set(name, value)
	return &more
}

// SetHeader sets what WithHeader has given the Problem in the header of an answer. WriteProblem
// calls it; an OnError function that writes a page of its own does too.
func (p *Problem) SetHeader(h http.Header) {
	for name, values := range p.header {
		switch name {
		case "Vary":
			httpfield.AddVary(h, values[0])
		case "Set-Cookie":
			h[name] = append(h[name], values...)
		default:
			h[name] = values
		}
	}
}

// Because returns a copy of the Problem with the error that has led to it: for logs,
// errors.Is and errors.As, not for the client.
func (p *Problem) Because(err error) *Problem {
	more := *p
	more.cause = err
	return &more
}

// Unwrap returns the error of Because.
func (p *Problem) Unwrap() error { return p.cause }

// Error returns the title, the detail, and the error of Because.
func (p *Problem) Error() string {
	text := p.title()
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	if p.cause != nil {
		text += ": " + p.cause.Error()
	}
	return text
}

func (p *Problem) title() string {
	if p.Title != "" {
		return p.Title
	}
	if text := http.StatusText(p.Status); text != "" {
		return text
	}
	return "status " + strconv.Itoa(p.Status)
}

// UnmarshalJSON reads a Problem, for clients and tests; further members are found by Member.
func (p *Problem) UnmarshalJSON(text []byte) error {
	var known struct {
		Type, Title, Detail string
		Status              int
	}
	var members map[string]any
	if err := stdjson.Unmarshal(text, &known); err != nil {
		return err
	}
	if err := stdjson.Unmarshal(text, &members); err != nil {
		return err
	}
	*p = Problem{Type: known.Type, Title: known.Title, Status: known.Status, Detail: known.Detail}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !isProblemField(name) {
			p.members = append(p.members, member{name, members[name]})
		}
	}
	return nil
}

// Member returns a further member, nil if there is none.
func (p *Problem) Member(name string) any {
	if at, known := slices.BinarySearchFunc(p.members, name, compareName); known {
		return p.members[at].get()
	}
	return nil
}

// ProblemOf returns the Problem that an error is answered with: the one in it, by errors.As;
// for what Bind returns, 413, 408 or 400, with what binding.FieldErrors lists under "errors"; the
// same for FormFile, MultipartForm and Cookie; for any other error 500, of which the client learns
// nothing.
func ProblemOf(err error) *Problem {
	if known, ok := errs.As[*Problem](err); ok && known != nil {
		return known.failure()
	}
	switch {
	case body.IsTooMany(err):
		return NewProblem(http.StatusRequestEntityTooLarge, "The form has too many parts, or too much in them.").Because(err)
	case body.IsTooLarge(err):
		return NewProblem(http.StatusRequestEntityTooLarge, "The body is larger than it may be.").Because(err)
	case body.IsLate(err):
		return NewProblem(http.StatusRequestTimeout, "The body did not arrive in time.").Because(err)
	case body.IsBroken(err):
		return NewProblem(http.StatusBadRequest, "The body could not be read to its end.").Because(err)
	case binding.EachFieldError(err, func(*binding.FieldError) {}):
		p := Problem{Title: http.StatusText(http.StatusBadRequest), Status: http.StatusBadRequest, Detail: "The request is not valid.", cause: err}
		return p.With("errors", &fieldErrors{jsontext.Late[binding.Errors]{Err: err}})
	case errors.Is(err, http.ErrMissingFile):
		return NewProblem(http.StatusBadRequest, "The form has no such file.").Because(err)
	case errors.Is(err, http.ErrNoCookie):
		return NewProblem(http.StatusBadRequest, "The request has no such cookie.").Because(err)
	case body.IsMalformed(err):
		return NewProblem(http.StatusBadRequest, "The request has no form that can be read.").Because(err)
	}
	return NewProblem(http.StatusInternalServerError, "").Because(err)
}

// failure returns the Problem, or where its status is not one of a failure a copy with 500:
// one that another server has sent need not have any (RFC 9457 section 3.1.2).
func (p *Problem) failure() *Problem {
	if p.Status >= http.StatusBadRequest && p.Status <= 599 {
		return p
	}
	more := *p
	more.Status = http.StatusInternalServerError
	return &more
}

// WriteProblem answers with a Problem and aborts the chain: as application/problem+json, or
// as a short page if the client prefers HTML. Headers that describe another body are
// removed.
func (c *Context) WriteProblem(p *Problem) {
	p = p.failure()
	c.Abort()
	h := c.Writer.Header()
	httpfield.DropEntity(h)
	p.SetHeader(h)
	httpfield.ShareVary(h, problemVary)
	if c.prefersPage() {
		h.Set("Content-Type", "text/html; charset=utf-8")
		c.String(p.Status, problemPage, html.EscapeString(p.title()), html.EscapeString(p.Detail))
		return
	}
	buffer := problemTexts.Get().(*[]byte)
	text, err := p.appendJSON((*buffer)[:0])
	if err != nil { // JSON has no form for a member
		c.Error(err)
		more := *p
		more.members = nil
		text, _ = more.appendJSON((*buffer)[:0]) // of texts and a number alone
	}
	c.watch(p.Status)
	c.Status(p.Status)
	h["Content-Type"] = problemType
	_, err = c.Writer.Write(text)
	c.rendered(err)
	if cap(text) <= maxProblemText {
		*buffer = text
		problemTexts.Put(buffer)
	}
}

// problemPage is what a browser shows.
const problemPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>%[1]s</title>
<h1>%[1]s</h1>
<p>%[2]s</p>
</html>
`

// prefersPage reports whether the client would rather have HTML than JSON.
func (c *Context) prefersPage() bool {
	if c.Request == nil {
		return false
	}
	accepted := httpfield.MediaRanges(c.Request.Header["Accept"])
	return len(accepted) > 0 && accepted.Best([]string{"application/problem+json", MIMEJSON, MIMEHTML}) == MIMEHTML
}
