package typed

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file is about versions of a thing, which entity tags name (RFC 9110 section 8.8.3): Tagged
// tells a client which one it has got, and by IfMatch it changes that one and no other.

// Tagged is the answer 200 with an entity tag. A client that has this version already
// (If-None-Match) gets a 304 without the body.
type Tagged[T any] struct {
	// ETag names the version, with its quotes: `"7"`. One without gets them.
	ETag string
	// Body is the answer's.
	Body T
}

func (Tagged[T]) describe() output {
	return output{status: http.StatusOK, body: reflect.TypeFor[T](), tagged: true, header: []answerHeader{{"ETag", "the version"}}}
}

func (a Tagged[T]) send(rt *route, c *dram.Context) {
	tag, err := entityTag(a.ETag)
	if err != nil {
		c.Fail(err)
		return
	}
	if a.ETag = tag; tag != "" {
		c.Header("ETag", tag)
		reads := c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead
		if reads && httpfield.MatchesTag(c.Request.Header["If-None-Match"], a.ETag, true, false) {
			if len(rt.offers) > 0 {
				httpfield.AddVary(c.Writer.Header(), "Accept")
			}
			c.Status(http.StatusNotModified)
			return
		}
	}
	rt.write(c, http.StatusOK, a.Body)
}

func (a *Tagged[T]) receive(rt *route, resp *http.Response, body []byte) error {
	a.ETag = resp.Header.Get("ETag")
	if resp.StatusCode == http.StatusNotModified {
		return nil // the client has the body
	}
	return rt.decode(resp, body, &a.Body)
}

// IfMatch is the version of a thing that a client wants to change. A route whose input has
// one answers 428 without the header If-Match (RFC 6585 section 3):
//
//	type Edit struct {
//		ByID
//		typed.IfMatch
//		Title string `json:"title" binding:"required"`
//	}
//
// A layer that compresses makes the tag of Tagged a weak one, which If-Match does not take (RFC
// 9110 section 13.1.1): set Cache-Control: no-transform where both are in use.
type IfMatch struct {
	// Versions are the entity tags that the client has, with their quotes, or "*" for any.
	Versions string `header:"If-Match" binding:"required" doc:"the entity tag of the version to change"`
}

// Check returns nil if etag, that of the version that is there, is the client's, and else a Problem
// with 412. Make the change itself conditional on the same version (in a WHERE clause): another
// request may change it in between.
func (m IfMatch) Check(etag string) error {
	etag, err := entityTag(etag)
	if err != nil || httpfield.MatchesTag([]string{m.Versions}, etag, etag != "", true) {
		return err
	}
	return dram.NewProblem(http.StatusPreconditionFailed, "There is another version than the one in If-Match.")
}

// entityTag is an entity tag with the quotes that belong to it; "" if there is none. The error is for
// what no entity tag can be (RFC 9110 section 8.8.3).
func entityTag(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	tag := text
	if !strings.HasPrefix(tag, `"`) && !strings.HasPrefix(tag, `W/"`) {
		tag = `"` + tag + `"`
	}
	if strings.ContainsFunc(tag, func(r rune) bool { return r <= ' ' || r == 0x7f }) || !httpfield.MatchesTag([]string{tag}, tag, true, false) {
		return "", fmt.Errorf("dram: typed: %q cannot be an entity tag, which has no quotes but those around it, no spaces and no control characters: encode it", text)
	}
	return tag, nil
}

// hasIfMatch reports whether an input has an IfMatch, embedded or by a name, that a request fills.
func (rt *route) hasIfMatch() bool {
	return slices.ContainsFunc(rt.fields, func(f binding.Source) bool {
		typ := rt.in
		for _, i := range f.Index[:len(f.Index)-1] {
			typ = bare(typ).Field(i).Type
		}
		return bare(typ) == reflect.TypeFor[IfMatch]()
	})
}

// bare is the type behind pointers and in Optionals.
func bare(typ reflect.Type) reflect.Type {
	for {
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		} else if get, ok := typ.MethodByName("Get"); ok && typ.Implements(anyOptional) {
			typ = get.Type.Out(0)
		} else {
			return typ
		}
	}
}

// hasVersion reports whether a request names versions. Several lines are one list (RFC 9110 section 5.3),
// and a field has one.
func hasVersion(req *http.Request) bool {
	lines := req.Header["If-Match"]
	if len(lines) > 1 {
		req.Header["If-Match"] = []string{strings.Join(lines, ", ")}
	}
	return lines != nil
}

// noVersion is the answer where IfMatch is embedded and not sent.
func noVersion() error {
	return dram.NewProblem(http.StatusPreconditionRequired, "The header If-Match has to name the version to change, as ETag has it.")
}
