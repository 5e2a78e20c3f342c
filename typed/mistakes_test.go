package typed_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"iter"
	"math/big"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/typed"
)

// said registers a route of the types, and returns what is said of it.
func said[In, Out any](method, path string, options ...typed.Option) string {
	_, api := newAPI()
	return panicOf(func() {
		typed.Handle(api, method, path, func(context.Context, *In) (Out, error) {
			var none Out
			return none, nil
		}, options...)
	})
}

func panicOf(f func()) (text string) {
	defer func() {
		if why := recover(); why != nil {
			text, _ = why.(string)
		}
	}()
	f()
	return ""
}

type closed interface{ closed() }

type none = struct{}

func TestMistakesAreSaidAtRegistration(t *testing.T) {
	type xmlMap struct{ By map[string]int }
	for want, got := range map[string]string{
		// Names.
		"the fields A and B of struct { A string \"query:\\\"a\\\"\"; B int \"query:\\\"a\\\"\" } have the tag `query:\"a\"`: give one of them another name": said[struct {
			A string `query:"a"`
			B int    `query:"a"`
		}, string]("GET", "/"),
		"have the tag `header:\"X-a\"`": said[struct {
			A string `header:"x-a"`
			B string `header:"X-a"`
		}, string]("GET", "/"),
		"have the tag `uri:\"a\"`": said[struct {
			A string `uri:"a"`
			B string `uri:"a"`
		}, string]("GET", "/:a"),
		"the answer has a big.Int in a map, whose methods": said[none, map[string]struct{ N []map[int]big.Int }]("GET", "/"),
		"the answer has a typed.File in it": said[none, struct {
			A []binding.Optional[typed.File]
		}]("GET", "/"),
		"`header:\"host\"`, which package net/http takes out of the header: use the Request's Host": said[struct {
			A string `header:"host"`
		}, string]("GET", "/"),
		"use the Request's TransferEncoding": said[struct {
			A string `header:"Transfer-Encoding"`
		}, string]("GET", "/"),
		"use the Request's Trailer": said[struct {
			A string `header:"Trailer"`
		}, string]("GET", "/"),
		"`header:\"bad header\"`, which is not the name of a header": said[struct {
			A string `header:"bad header"`
		}, string]("GET", "/"),
		"`cookie:\"bad;name\"`, which is not the name of a cookie": said[struct {
			A string `cookie:"bad;name"`
		}, string]("GET", "/"),

		// Rules.
		`the rule "eqfield=Nope" names "Nope", which is not a field`: said[struct {
			A string `json:"a" binding:"eqfield=Nope"`
		}, string]("POST", "/"),
		`the rule "gtfield=None" names "None"`: said[struct {
			A int `query:"a" binding:"omitempty,gtfield=None"`
		}, string]("GET", "/"),
		`the rules "gt=5,lt=6" ask for more than they allow`: said[struct {
			A int `json:"a" binding:"gt=5,lt=6"`
		}, string]("POST", "/"),
		`the rule "min=500" leaves no value of the field's type`: said[struct {
			A int8 `json:"a" binding:"min=500"`
		}, string]("POST", "/"),
		`field A of struct { A string "json:\"a\" binding:\"nosuch\"" }: the rule "nosuch" is not known`: said[struct {
			A string `json:"a" binding:"nosuch"`
		}, string]("POST", "/"),
		`the rule "dive" does not fit the type bool`: said[struct {
			A bool `json:"a" binding:"dive"`
		}, string]("POST", "/"),
		`the default "1" breaks the rule "min=3" of its own field`: said[struct {
			A int `query:"a,default=1" binding:"min=3"`
		}, string]("GET", "/"),
		`the default "a;bcd" breaks the rule "max=2" of its own field`: said[struct {
			A []string `form:"a,default=a;bcd" binding:"dive,max=2"`
		}, string]("POST", "/"),

		// What is written in part.
		"the answer has a typed_test.entry, which encoding/json writes by the method of what it embeds": said[none, []entry]("GET", "/"),
		"the field At of struct { At *typed_test.entry \"json:\\\"at\\\"\" } has a typed_test.entry, which is read by": said[struct {
			At *entry `json:"at"`
		}, string]("POST", "/"),
		"the answer is a []typed_test.book, for which encoding/xml has no element around it": said[none, []book]("GET", "/", typed.Offers(dram.MIMEJSON, dram.MIMEXML)),
		"the answer has a typed_test.hiddenEntry, which encoding/json writes by":             said[none, hiddenEntry]("GET", "/"),
		"the answer has a typed_test.taggedEntry, which encoding/json writes by":             said[none, taggedEntry]("GET", "/"),
		"the answer has a typed_test.innerEntry, which encoding/json writes by":              said[none, innerEntry]("GET", "/"),
		"the answer has a typed_test.outerEntry, which encoding/json writes by":              said[none, outerEntry]("GET", "/"),
		"the answer has a typed_test.entry, which encoding/xml writes by": said[none, struct {
			XMLName xml.Name
			At      entry `json:"-"`
		}]("GET", "/", typed.Offers(dram.MIMEJSON, dram.MIMEXML)),
		"the answer is a binding.Optional[int], for which encoding/xml": said[none, binding.Optional[int]]("GET", "/", typed.Offers(dram.MIMEXML)),
		"the answer is a *[2]int, for which encoding/xml":               said[none, *[2]int]("GET", "/", typed.Offers(dram.MIMEXML)),

		// What cannot be read.
		"has the type typed_test.closed, an interface with methods": said[struct {
			A closed `json:"a"`
		}, string]("POST", "/"),
		"has the type func(), in which no text can be stored": said[struct {
			A func() `query:"a"`
		}, string]("GET", "/"),
		"has the type struct {}, which JSON cannot have as the name of a member": said[none, map[struct{}]int]("GET", "/"),
		"field A of struct { A string \"form:\\\"a\\\" binding:\\\"required\\\"\"; B string \"json:\\\"b\\\"\" } is required and comes in a form alone, and B in JSON alone": said[struct {
			A string `form:"a" binding:"required"`
			B string `json:"b"`
		}, string]("POST", "/"),
		"is required and comes in JSON alone, and File in a form alone": said[struct {
			File *multipart.FileHeader `form:"f"`
			B    string                `json:"b" binding:"min=2"`
		}, string]("POST", "/"),
		"is the body's, and TRACE has none": said[struct {
			A string `json:"a"`
		}, string]("TRACE", "/"),

		// Answers.
		"the handler returns a pointer to typed.File":                  said[none, *typed.File]("GET", "/"),
		"the handler returns a pointer to typed.NoContent":             said[none, *typed.NoContent]("GET", "/"),
		"the handler returns a pointer to typed.Created[int]":          said[none, *typed.Created[int]]("GET", "/"),
		"the stream is one of pointers to typed.Event[int]":            said[none, iter.Seq2[*typed.Event[int], error]]("GET", "/"),
		"the body is a typed.File, which is an answer by itself":       said[none, typed.Created[typed.File]]("GET", "/"),
		"the body is a typed.NoContent, which is an answer by itself":  said[none, iter.Seq[typed.NoContent]]("GET", "/"),
		"the answer has a typed.File in it, which is an answer by":     said[none, []typed.File]("GET", "/"),
		"the answer has a typed.NoContent in it":                       said[none, map[string]typed.NoContent]("GET", "/"),
		"the answer has a typed.Redirect in it":                        said[none, struct{ F *typed.Redirect }]("GET", "/"),
		"the answer has a typed.Event[int] in it":                      said[none, typed.Created[[]typed.Event[int]]]("GET", "/"),
		"the answer has a typed.Tagged[int] in it":                     said[none, iter.Seq2[[]typed.Tagged[int], error]]("GET", "/"),
		"a media type of Offers is empty":                              said[none, string]("GET", "/", typed.Offers("")),
		`the security scheme "t" is another one at GET /`:              said[none, string]("GET", "/", typed.Security(typed.Bearer("t", "")), typed.OrSecurity(typed.Basic("t"))),
		`the type oauth2, has to have Flows that are an object of`:     said[none, string]("GET", "/", typed.Security(typed.Custom("o", typed.Scheme{Type: "oauth2", Flows: []byte("{nope")}))),
		"io.Reader cannot be answered: return File":                    said[none, io.Reader]("GET", "/"),
		"the handler returns an error as its answer":                   said[none, error]("GET", "/"),
		"the status 204 is not one of a success with a body":           said[none, string]("GET", "/", typed.Status(204)),
		"the status 304 is not":                                        said[none, string]("GET", "/", typed.Status(304)),
		"the status 103 is not":                                        said[none, string]("GET", "/", typed.Status(103)),
		"the status 999 is not":                                        said[none, string]("GET", "/", typed.Status(999)),
		"the status -1 is not":                                         said[none, string]("GET", "/", typed.Status(-1)),
		"the status 404 is not":                                        said[none, string]("GET", "/", typed.Status(404)),
		"the option Status is for plain values":                        said[none, typed.NoContent]("GET", "/", typed.Status(201)),
		"the option Offers is for values":                              said[none, typed.NoContent]("GET", "/", typed.Offers("application/json")),
		"the answer has a map[string]int, which encoding/xml cannot":   said[none, map[string]int]("GET", "/", typed.Offers("application/xml")),
		"map[string]int, which encoding/xml cannot write":              said[none, typed.Created[[]xmlMap]]("GET", "/", typed.Offers("application/json", "text/xml")),
		"the answer has a struct { A int }, which encoding/xml cannot": said[none, struct{ A int }]("GET", "/", typed.Offers("application/xml")),
		"no codec writes application/nosuch":                           said[none, typed.Created[int]]("GET", "/", typed.Offers("application/nosuch")),
		`"bad name" is not the name of a header`:                       said[none, string]("GET", "/", typed.Header("bad name", "")),
		"an Option is nil":                                             said[none, string]("GET", "/", nil),
		"an error of Errors has no Problem":                            said[none, string]("GET", "/", typed.Errors(typed.ErrorCase{})),
		"has no Problem: make it with Is":                              said[none, string]("GET", "/", typed.Errors(typed.Is(io.EOF, nil))),
		"the error of Is is nil":                                       said[none, string]("GET", "/", typed.Errors(typed.Is(nil, typed.Problem(400, "a", "A")))),
		`the problem "A" has the status 0`:                             said[none, string]("GET", "/", typed.Errors(typed.Is(io.EOF, &dram.Problem{Title: "A"}))),
		`the key of the security scheme "k" is in "body"`:              said[none, string]("GET", "/", typed.Security(typed.APIKey("k", "body", "x"))),
		`the security scheme "k", of the type apiKey, has to have`:     said[none, string]("GET", "/", typed.Security(typed.APIKey("k", "header", ""))),
		`the name "" of a security scheme`:                             said[none, string]("GET", "/", typed.Security(typed.Bearer("", ""))),
		`the name "a b" of a security scheme`:                          said[none, string]("GET", "/", typed.OrSecurity(typed.Basic("a b"))),
		`the security scheme "x" has the Type ""`:                      said[none, string]("GET", "/", typed.Security(typed.Custom("x", typed.Scheme{}))),
		`the security scheme "x", of the type openIdConnect`:           said[none, string]("GET", "/", typed.Security(typed.Custom("x", typed.Scheme{Type: "openIdConnect"}))),
	} {
		assert.Contains(t, got, want)
		assert.NotContains(t, got, "dram: dram:")
		if got != "" {
			assert.Regexp(t, `^dram: typed: [A-Z]+ /\S* \(.*mistakes_test.go:\d+\): `, got)
		}
	}
}

// entry is written as its time alone.
type entry struct {
	time.Time
	By string
}

// These are as well: by fields that are not exported, not shown, or further in.
type (
	meta        struct{ By string }
	hiddenEntry struct {
		time.Time
		meta
	}
	taggedEntry struct {
		time.Time `json:"-"`
		By        string
	}
	clock      struct{ time.Time }
	outerEntry struct{ entry }
	innerEntry struct {
		By string
		clock
	}
)

// What has methods of its own, or nothing beside what it embeds, is whole.
func TestStructsThatAreWrittenWhole(t *testing.T) {
	assert.Empty(t, said[none, clock]("GET", "/"))
	assert.Empty(t, said[struct {
		At readEntry `json:"at"`
	}, none]("POST", "/"))
	assert.Empty(t, said[struct {
		At textEntry `query:"at"`
	}, none]("GET", "/"))
	assert.Empty(t, said[none, writtenList]("GET", "/", typed.Offers(dram.MIMEXML)))
}

// textEntry reads text by itself.
type textEntry struct {
	time.Time
	By string
}

func (e *textEntry) UnmarshalText([]byte) error { return nil }

// readEntry is only read.
type readEntry struct {
	clock
	By string
}

func (e *readEntry) UnmarshalJSON([]byte) error { return nil }

type writtenList []int

func (*writtenList) MarshalXML(*xml.Encoder, xml.StartElement) error { return nil }

func TestFlowsAreObjects(t *testing.T) {
	flows := func(kind, text string) string {
		return said[none, string]("GET", "/", typed.Security(typed.Custom("login", typed.Scheme{Type: kind, Scheme: "bearer", Flows: json.RawMessage(text)})))
	}
	for _, text := range []string{`null`, `[]`, `{"password":1}`, `{"password":null}`, ` `} {
		assert.Contains(t, flows("oauth2", text), "has to have Flows that are an object of JSON, with an object for each flow", text)
	}
	assert.Contains(t, flows("http", `{}`), "has to have no Flows, which are those of oauth2")
	assert.Empty(t, flows("oauth2", `{"password":{"tokenUrl":"/t","scopes":{}},"x-a":1}`))
	for text, want := range map[string]string{
		`{"implicit":{"authorizationUrl":"/a","tokenUrl":"/t","scopes":{}}}`: `no tokenUrl in the flow "implicit"`,
		`{"password":{"tokenUrl":"/t","refreshUrl":3,"scopes":{}}}`:          `a URL as refreshUrl in the flow "password"`,
		`{"password":{"tokenUrl":"::x","scopes":{}}}`:                        `a URL as tokenUrl in the flow "password"`,
		`{"pass":{}}`: `one of these Flows, and not "pass": authorizationCode, clientCredentials, deviceAuthorization, implicit, password`,
		`{"authorizationCode":{"authorizationUrl":"/a","scopes":{}}}`: `tokenUrl in the flow "authorizationCode"`,
		`{"implicit":{"authorizationUrl":"/a"}}`:                      `scopes in the flow "implicit"`,
		`{"password":{"tokenUrl":"/t","scopes":{"a":1}}}`:             `scopes in the flow "password"`,
		"{\"password\":{\"tokenUrl\":\"/\xff\",\"scopes\":{}}}":       "Flows that are an object of JSON",
	} {
		assert.Contains(t, flows("oauth2", text), want)
	}
}

func TestMistakesOfAnAPIAreSaid(t *testing.T) {
	_, api := newAPI()
	group := &dram.New().RouterGroup
	typed.GET(api, "/a", func(context.Context, *none) (string, error) { return "", nil }, typed.Security(typed.Bearer("token", "JWT")))
	for want, got := range map[string]string{
		`the security scheme "token" is another one at GET /a (`: panicOf(func() {
			typed.GET(api, "/b", func(context.Context, *none) (string, error) { return "", nil }, typed.Security(typed.Basic("token")))
		}),
		`the member "a" of the union typed_test.closed is nil`: panicOf(func() { typed.Union[closed](api, "kind", map[string]closed{"a": nil}) }),
		"has no property that tells its members apart":         panicOf(func() { typed.Union[closed](api, "kind", nil) }),
		"the union typed_test.Shape is declared already: declare it once": panicOf(func() {
			typed.Union(api, "kind", map[string]Shape{"circle": circle{}})
			typed.Union(api, "kind", map[string]Shape{"square": square{}})
		}),
		"the union typed_test.Shape comes behind a route that has the type": panicOf(func() {
			_, api := newAPI()
			typed.GET(api, "/", func(context.Context, *struct{}) (map[string][]Shape, error) { return nil, nil })
			typed.Union(api, "kind", map[string]Shape{"circle": circle{}})
		}),
		"Keyword has no name of a rule": panicOf(func() { api.Keyword("even", nil) }),
		"the License has no Name":       panicOf(func() { typed.New(group, typed.Info{Title: "a", Version: "1", License: &typed.License{}}) }),
		`the URL "::nope" of the License is none`: panicOf(func() {
			typed.New(group, typed.Info{Title: "a", Version: "1", License: &typed.License{Name: "x", URL: "::nope"}})
		}),
		`the tag "a" of Info.Tags is there twice`: panicOf(func() {
			typed.New(group, typed.Info{Title: "a", Version: "1", Tags: []typed.Tag{{Name: "a"}, {Name: "a"}}})
		}),
		`":" of Info.Servers is not a URL`: panicOf(func() { typed.New(group, typed.Info{Title: "a", Version: "1", Servers: []string{":"}}) }),
	} {
		assert.Contains(t, got, want)
	}
}

// A tag of another framework has a field read from JSON, which debug mode says.
func TestMisspeltTagsAreALineInDebugMode(t *testing.T) {
	out := debugLines(t)
	said[struct {
		B string `Query:"b"`
		C string `path:"c"`
		D string `json:"d" path:"d"`
	}, string]("POST", "/x")
	assert.Regexp(t, `WARNING\] POST /x \(.*mistakes_test.go:\d+\): the field B of .* is read from JSON, since the tag "Query" means nothing: write "query"\n`, out.String())
	assert.Contains(t, out.String(), `the tag "path" means nothing: write "uri"`)
	assert.Equal(t, 2, strings.Count(out.String(), "means nothing"))
}

// debugLines has what debug mode says.
func debugLines(t *testing.T) *strings.Builder {
	mode, writer := dram.Mode(), dram.DefaultWriter
	t.Cleanup(func() { dram.SetMode(mode); dram.DefaultWriter = writer })
	dram.SetMode(dram.DebugMode)
	out := new(strings.Builder)
	dram.DefaultWriter = out
	return out
}

// An error behind the first byte has the position of the route: the handler has returned.
func TestAnErrorThatCutsTheAnswerHasNoPositionOfThisPackage(t *testing.T) {
	out := debugLines(t)
	r, api := newAPI()
	typed.GET(api, "/x", func(ctx context.Context, _ *none) (string, error) {
		_, _ = ctx.(*dram.Context).Writer.WriteString("half")
		return "", io.ErrUnexpectedEOF
	})
	server := httptest.NewServer(r)
	if res, err := http.Get(server.URL + "/x"); err == nil {
		_ = res.Body.Close()
	}
	server.Close() // the line is there
	assert.Regexp(t, `GET /x \(.*mistakes_test\.go:\d+\): Fail, behind the first byte, cuts the answer: unexpected EOF`, out.String())
}
