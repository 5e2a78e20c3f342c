package dramtest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
)

// Each assertion holds where it should, and says what is wrong where it does not.
func TestAssertions(t *testing.T) {
	for name, tc := range map[string]struct {
		target string
		check  func(*dramtest.Response)
		want   string // of the failure; "" is none
	}{
		"status":                  {"/text", func(r *dramtest.Response) { r.Want(200) }, ""},
		"one of two statuses":     {"/text", func(r *dramtest.Response) { r.Want(201, 200) }, ""},
		"another status":          {"/text", func(r *dramtest.Response) { r.Want(201) }, "status 200, want 201"},
		"none of two":             {"/text", func(r *dramtest.Response) { r.Want(201, 202) }, "status 200, want 201 or 202"},
		"status of half":          {"/half", func(r *dramtest.Response) { r.Want(200) }, "want status 200, got half an answer: unexpected EOF"},
		"status of a panic":       {"/panic", func(r *dramtest.Response) { r.Want(500) }, `want status 500, got no answer: Get "https://example.com/panic": EOF`},
		"cut":                     {"/half", func(r *dramtest.Response) { r.Cut() }, ""},
		"cut by a panic":          {"/panic", func(r *dramtest.Response) { r.Cut() }, ""},
		"not cut":                 {"/text", func(r *dramtest.Response) { r.Cut() }, "the answer is whole, want one that was cut"},
		"body of half":            {"/half", func(r *dramtest.Response) { r.Text() }, "want a body, got half an answer: unexpected EOF"},
		"body":                    {"/text", func(r *dramtest.Response) { r.Body("a text") }, ""},
		"another body":            {"/text", func(r *dramtest.Response) { r.Body("text") }, `body "a text", want "text"`},
		"contains":                {"/text", func(r *dramtest.Response) { r.Contains("a", "text") }, ""},
		"contains not":            {"/text", func(r *dramtest.Response) { r.Contains("a", "book") }, `the body does not contain "book"`},
		"header":                  {"/text", func(r *dramtest.Response) { r.Header("content-type", "text/plain; charset=utf-8") }, ""},
		"any header":              {"/text", func(r *dramtest.Response) { r.Header("Content-Type", "…") }, ""},
		"no header":               {"/text", func(r *dramtest.Response) { r.Header("Location", "") }, ""},
		"a header too many":       {"/text", func(r *dramtest.Response) { r.Header("Content-Type", "") }, `header Content-Type is "text/plain; charset=utf-8", want none`},
		"a header missing":        {"/text", func(r *dramtest.Response) { r.Header("location", "/") }, `no header Location, want "/"`},
		"another header":          {"/text", func(r *dramtest.Response) { r.Header("Content-Type", "text/html") }, `header Content-Type is "text/plain; charset=utf-8", want "text/html"`},
		"header of half":          {"/half", func(r *dramtest.Response) { r.Header("Content-Type", "…") }, "want header Content-Type, got half an answer: unexpected EOF"},
		"no header of no answer":  {"/panic", func(r *dramtest.Response) { r.Header("Set-Cookie", "") }, `want header Set-Cookie, got no answer: Get "https://example.com/panic": EOF`},
		"cut, and no answer":      {"/panic", func(r *dramtest.Response) { r.Cut().Header("Set-Cookie", "") }, `want header Set-Cookie, got no answer: Get "https://example.com/panic": EOF`},
		"header of what is cut":   {"/half", func(r *dramtest.Response) { r.Cut().Header("Content-Length", "100") }, ""},
		"redirect":                {"/redirect", func(r *dramtest.Response) { r.Redirect("/text") }, ""},
		"redirect in full":        {"/redirect", func(r *dramtest.Response) { r.Redirect("https://example.com/text") }, ""},
		"redirect elsewhere":      {"/redirect", func(r *dramtest.Response) { r.Redirect("/login") }, `redirect to "/text", want "/login"`},
		"no redirect":             {"/text", func(r *dramtest.Response) { r.Redirect("/") }, "status 200, want 301 or 302 or 303 or 307 or 308"},
		"follow":                  {"/redirect", func(r *dramtest.Response) { r.Follow().Body("a text") }, ""},
		"follow nothing":          {"/text", func(r *dramtest.Response) { r.Follow() }, "the answer is not a redirect: http: no Location header in response"},
		"decode":                  {"/book/7", func(r *dramtest.Response) { dramtest.Decode[map[string]any](r) }, ""},
		"decode text":             {"/text", func(r *dramtest.Response) { dramtest.Decode[dram.H](r) }, "the body is not JSON of a dram.H: invalid character 'a' looking for beginning of value"},
		"route":                   {"/book/7", func(r *dramtest.Response) { r.Route("/book/:id") }, ""},
		"another route":           {"/book/7", func(r *dramtest.Response) { r.Route("/books") }, `route "/book/:id", want "/books"`},
		"no route":                {"/none", func(r *dramtest.Response) { r.Route("") }, ""},
		"layers":                  {"/text", func(r *dramtest.Response) { r.Layers("outer", "routes") }, ""},
		"layers by packages":      {"/text", func(r *dramtest.Response) { r.Layers("dramtest_test.outer") }, ""},
		"a layer that did not":    {"/refused", func(r *dramtest.Response) { r.Layers("outer", "routes") }, "the layer routes did not run after outer"},
		"layers in another order": {"/refused", func(r *dramtest.Response) { r.Layers("refuse", "outer") }, "the layer outer did not run after refuse"},
		"aborted":                 {"/refused", func(r *dramtest.Response) { r.AbortedBy("refuse") }, ""},
		"aborted by another":      {"/refused", func(r *dramtest.Response) { r.AbortedBy("outer") }, "dramtest_test.refuse has aborted the chain, want outer"},
		"not aborted":             {"/text", func(r *dramtest.Response) { r.AbortedBy("refuse") }, "nobody has aborted the chain, want refuse"},
		"errors":                  {"/error", func(r *dramtest.Response) { r.Errors("database") }, ""},
		"no errors":               {"/text", func(r *dramtest.Response) { r.Errors() }, ""},
		"other errors":            {"/error", func(r *dramtest.Response) { r.Errors("disk") }, `errors ["the database is gone"], want ["disk"]`},
		"an error too many":       {"/error", func(r *dramtest.Response) { r.Errors() }, `errors ["the database is gone"], want []`},
	} {
		t.Run(name, func(t *testing.T) {
			got := firstLine(failure(func(t testing.TB) { tc.check(dramtest.New(t, routes()).GET(tc.target)) }))
			if tc.want != "" {
				assert.Equal(t, "dramtest: GET "+tc.target+": "+tc.want, got)
			} else {
				assert.Empty(t, got)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	for name, tc := range map[string]struct {
		want any
		how  []dramtest.Match
		text string // of the failure; "" is none
	}{
		"a part":                {`{"title": "Momo"}`, nil, ""},
		"any value":             {`{"id": "…", "author": "…"}`, nil, ""},
		"any number of further": {`{"tags": ["a", "…"]}`, nil, ""},
		"a value of Go":         {dram.H{"pages": 304.0}, nil, ""},
		"exactly":               {`{"id":"7","title":"Momo","pages":304,"tags":["a","b"],"author":{"name":"Ende"}}`, []dramtest.Match{dramtest.Exact}, ""},
		"exactly, with any":     {`{"id":"7","title":"Momo","pages":"…","tags":"…","author":"…"}`, []dramtest.Match{dramtest.Exact}, ""},
		"another value":         {`{"title": "Oblomov"}`, nil, "\n\t/title: got \"Momo\", want \"Oblomov\""},
		"another type":          {`{"pages": "304"}`, nil, "\n\t/pages: got 304, want \"304\""},
		"an object for a text":  {`{"author": "Ende"}`, nil, "\n\t/author: got {\"name\":\"Ende\"}, want \"Ende\""},
		"missing":               {`{"isbn": null}`, nil, "\n\t/isbn: missing, want null"},
		"deep":                  {`{"author": {"name": "Ende, Michael"}}`, nil, "\n\t/author/name: got \"Ende\", want \"Ende, Michael\""},
		"an element":            {`{"tags": ["a", "c"]}`, nil, "\n\t/tags/1: got \"b\", want \"c\""},
		"too few":               {`{"tags": ["a", "b", "c", "…"]}`, nil, "\n\t/tags: got 2 elements, want 3: [\"a\",\"b\"]"},
		"too many":              {`{"tags": ["a"]}`, nil, "\n\t/tags: got 2 elements, want 1: [\"a\",\"b\"]"},
		"all that differs":      {`{"title": 1, "pages": 1}`, nil, "\n\t/pages: got 304, want 1\n\t/title: got \"Momo\", want 1"},
		"a field too many":      {`{"id":"7","title":"Momo","pages":304,"tags":["a","b"]}`, []dramtest.Match{dramtest.Exact}, "\n\t/author: got {\"name\":\"Ende\"}, want no such field"},
		"the whole":             {`[]`, nil, "\n\tthe whole: got {\"author\":{\"name\":\"Ende\"},\"id\":\"7\",\"pages\":304,\"tags\":[\"a\",\"b\"],\"title\":\"Momo\"}, want []"},
	} {
		t.Run(name, func(t *testing.T) {
			got := failure(func(t testing.TB) { dramtest.New(t, routes()).GET("/book/7").JSON(tc.want, tc.how...) })
			if tc.text == "" {
				assert.Empty(t, got)
			} else {
				assert.Contains(t, got, "dramtest: GET /book/7: the JSON differs"+tc.text+"\n\n> GET /book/7 HTTP/1.1\n")
			}
		})
	}
	assert.Contains(t, failure(func(t testing.TB) { dramtest.New(t, routes()).GET("/text").JSON(`{}`) }), "the body is not JSON: invalid character 'a'")
	assert.Equal(t, "dramtest: JSON: what is wanted is not JSON: unexpected EOF: {\n", failure(func(t testing.TB) { dramtest.New(t, routes()).GET("/text").JSON(`{`) }))
}

func TestProblem(t *testing.T) {
	bad := dramtest.JSON(`{"parts": [{"pages": 1}, {"pages": 0}]}`)
	for name, tc := range map[string]struct {
		check func(*dramtest.Response)
		want  string
	}{
		"field":          {func(r *dramtest.Response) { r.Problem(400).Field("isbn", "required").Field("parts[1].pages", "min") }, ""},
		"with parameter": {func(r *dramtest.Response) { r.Problem(400).Field("parts[1].pages", "min=1") }, ""},
		"another one":    {func(r *dramtest.Response) { r.Problem(400).Field("isbn", "required").Field("/parts/1/pages", "min=2") }, `no error of the field "/parts/1/pages" by the rule "min=2", but`},
		"pointer":        {func(r *dramtest.Response) { r.Problem(400).Field("/isbn", "required").Field("/parts/1/pages", "min") }, ""},
		"another rule":   {func(r *dramtest.Response) { r.Problem(400).Field("isbn", "len") }, `no error of the field "isbn" by the rule "len", but`},
		"says":           {func(r *dramtest.Response) { r.Problem(400).Says("not valid").Kind("") }, ""},
		"says not":       {func(r *dramtest.Response) { r.Problem(400).Says("taken") }, `the problem's detail is "The request is not valid.", want one with "taken"`},
		"another kind":   {func(r *dramtest.Response) { r.Problem(400).Kind("isbn-taken") }, `the problem's type is "", want "isbn-taken"`},
		"another status": {func(r *dramtest.Response) { r.Problem(422) }, "status 400, want 422"},
	} {
		t.Run(name, func(t *testing.T) {
			got := firstLine(failure(func(t testing.TB) { tc.check(dramtest.New(t, routes()).POST("/books", bad)) }))
			if tc.want != "" {
				tc.want = "dramtest: POST /books: " + tc.want
			}
			assert.Equal(t, tc.want, got)
		})
	}
	assert.Contains(t, failure(func(t testing.TB) { dramtest.New(t, routes()).GET("/error").Problem(500) }),
		`Content-Type "text/plain", want application/problem+json`)
}

// Problems of typed handlers have errors of another form, which Field knows by the same names; package typed tests its own.
func TestProblemWithPointers(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		c.Fail(dram.NewProblem(422, "").With("errors", []dram.H{
			{"in": "path", "pointer": "/shelf", "rule": "min", "param": "1", "detail": "must be at least 1"},
			{"in": "body", "pointer": "/parts/1/pages", "rule": "required", "detail": "is required"},
			{"in": "body", "pointer": "", "rule": "syntax", "detail": "is not JSON"},
		}))
	})
	dramtest.New(t, r).GET("/").Problem(422).Field("shelf", "min").Field("/shelf", "min=1").
		Field("parts[1].pages", "required").Field("/parts/1/pages", "required").Field("", "syntax")
	got := failure(func(t testing.TB) { dramtest.New(t, r).GET("/").Problem(422).Field("", "required") })
	assert.Contains(t, got, "no error of the field \"\" by the rule \"required\", but")
	got = failure(func(t testing.TB) { dramtest.New(t, r).GET("/").Problem(422).Field("isbn", "required") })
	assert.Contains(t, got, `GET /: no error of the field "isbn" by the rule "required", but
	/shelf (path) breaks min=1: must be at least 1
	/parts/1/pages (body) breaks required: is required
	the whole (body) breaks syntax: is not JSON

> GET`)
	got = failure(func(t testing.TB) {
		dramtest.New(t, routes()).POST("/books", dramtest.JSON(`{}`)).Problem(400).Field("title", "min")
	})
	assert.Contains(t, got, "no error of the field \"title\" by the rule \"min\", but\n\tisbn (json) breaks required: is required\n\n> POST")
}

// Errors that a program has made in a form of its own are not those of fields.
func TestProblemWithErrorsOfAnotherForm(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.Fail(dram.NewProblem(409, "").With("errors", "many")) })
	got := failure(func(t testing.TB) { dramtest.New(t, r).GET("/").Problem(409).Field("isbn", "required") })
	assert.Equal(t, `dramtest: GET /: no error of the field "isbn" by the rule "required": the problem has no errors of fields`, firstLine(got))
}

func TestAnEngineIsNeededForItsLayers(t *testing.T) {
	text := failure(func(t testing.TB) { dramtest.New(t, http.NotFoundHandler()).GET("/").Want(404).Layers("outer") })
	assert.Contains(t, text, "the route and the layers are known for an Engine only: pass dramtest.New the Engine itself")
	assert.NotContains(t, text, "\nlayers")
}
