package gateway_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A service that knows no case reads "Limit" as "limit": what the gateway has not checked, or not removed.

const spelledDocument = `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /o:
    get:
      parameters: [{name: limit, in: query, schema: {type: integer, maximum: 10}}, {name: LIMIT, in: query, schema: {type: integer}},
        {name: f, in: query, style: deepObject, schema: {type: object, properties: {a: {type: string}}}}]
      responses: {"200": {description: ok}}
    post:
      requestBody:
        content:
          application/json: {schema: {$ref: "#/components/schemas/Order"}}
          application/x-www-form-urlencoded: {schema: {type: object, properties: {n: {type: integer}}}}
      responses: {"200": {description: ok}}
components:
  schemas:
    Order:
      type: object
      properties: {n: {type: integer, maximum: 10}, inner: {allOf: [{$ref: "#/components/schemas/Inner"}]}, list: {type: array, items: {$ref: "#/components/schemas/Inner"}},
        closed: {type: object, additionalProperties: false, properties: {m: {type: integer}}}, both: {$ref: "#/components/schemas/Both"}, map: {type: object, additionalProperties: {$ref: "#/components/schemas/Inner"}}}
    Both: {type: object, allOf: [{$ref: "#/components/schemas/Other"}]}
    Other: {type: object, allOf: [{$ref: "#/components/schemas/Both"}, {allOf: [{type: object, properties: {deep: {$ref: "#/components/schemas/Inner"}}}]}]}
    Inner: {type: object, properties: {m: {type: integer}}, oneOf: [{type: object, properties: {other: {type: string}}}]}
`

func TestANameInAnotherCaseIsNotPassedUnchecked(t *testing.T) {
	g, err := checking(t, spelledDocument, io.Discard, func(http.ResponseWriter, *http.Request) {})
	require.NoError(t, err)
	for _, tc := range []struct {
		query, media, body string
		want               []string // pointers of faults
	}{
		{"?limit=1&LIMIT=1&f[a]=b&other=1", "", "", nil},
		{"?Limit=99", "", "", []string{"/Limit"}},
		{"?F[a]=b", "", "", []string{"/F[a]"}},
		{"", "application/json", `{"n":1,"N2":1,"inner":{"m":1,"x":1},"list":[{"m":1}],"map":{"A":{"m":1}}}`, nil},
		{"", "application/json", `{"n":1,"N":99}`, []string{"/N"}},
		{"", "application/json", `{"inner":{"M":1},"list":[{"m":1},{"OTHER":1}],"map":{"A":{"M":1}}}`, []string{"/inner/M", "/list/1/OTHER", "/map/A/M"}},
		{"", "application/json", `{"li\u017ft":1}`, []string{"/li\u017ft"}},
		{"", "application/json", `{"both":{"deep":{"M":1}}}`, []string{"/both/deep/M"}},
		{"", "application/json", `{"closed":{"M":1}}`, []string{"/closed/M"}},
		{"", "application/x-www-form-urlencoded", `N=99`, []string{"/N"}},
	} {
		method := "POST"
		if tc.media == "" {
			method = "GET"
		}
		w := asked(g, method, "/api/o"+tc.query, tc.body, "Content-Type", tc.media)
		assert.Equal(t, tc.want == nil, w.Code == 200, "%s %s: %s", tc.query, tc.body, w.Body)
		var pointers []string
		for _, fault := range pick(t, w.Body.Bytes()) {
			pointers = append(pointers, strings.Fields(fault)[1])
		}
		assert.Equal(t, tc.want, pointers, "%s %s: %s", tc.query, tc.body, w.Body)
	}
}

func TestAMemberOfAParameterInAnotherCaseIsNotPassedUnchecked(t *testing.T) {
	const object = "schema: {type: object, properties: {a: {type: integer, maximum: 10}}}"
	g, err := checking(t, `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /o:
    get:
      parameters: [{name: deep, in: query, style: deepObject, `+object+`}, {name: form, in: query, `+object+`},
        {name: json, in: query, content: {application/json: {`+object+`}}}]
      responses: {"200": {description: ok}}
`, io.Discard, func(http.ResponseWriter, *http.Request) {})
	require.NoError(t, err)
	for query, want := range map[string]string{
		"deep[a]=1&deep[b]=1&a=1&b=1&json=%7B%22a%22:1,%22b%22:1%7D": "",
		"deep[A]=99":           "query /deep/A unknown",
		"A=99":                 "query /A unknown",
		"json=%7B%22A%22:1%7D": "query /json/A unknown",
	} {
		w := asked(g, "GET", "/api/o?"+query, "")
		assert.Equal(t, want, strings.Join(pick(t, w.Body.Bytes()), ", "), query)
		assert.Equal(t, want == "", w.Code == 200, query)
	}
}

// Each of these schemas has a member m somewhere.
func TestANameInAnotherCaseIsFoundWhereverASchemaHasIt(t *testing.T) {
	const m = "{properties: {m: {type: integer}}}"
	for schema, bodies := range map[string][2]string{ // one that passes, and one that does not
		"{items: " + m + "}":                                      {`[{"m":1,"X":1}]`, `[{"M":1}]`},
		"{type: [object, array], items: " + m + "}":               {`{"M":1}`, `[{"M":1}]`},
		"{prefixItems: [{}, " + m + "]}":                          {`[{"M":1},{"m":1},{"M":1}]`, `[0,{"M":1}]`},
		"{contains: " + m + "}":                                   {`[{"m":1}]`, `[{"M":1}]`},
		"{patternProperties: {'^x': " + m + "}}":                  {`{"y":{"M":1},"x":{"m":1}}`, `{"x":{"M":1}}`},
		"{if: {required: [k]}, then: " + m + "}":                  {`{"m":1}`, `{"k":1,"M":1}`},
		"{dependentSchemas: {k: " + m + "}}":                      {`{"m":1}`, `{"k":1,"M":1}`},
		"{allOf: [{anyOf: [{additionalProperties: " + m + "}]}]}": {`{"a":{"m":1},"A":{"m":1}}`, `{"a":{"M":1}}`},
		"{oneOf: [{additionalProperties: false, properties: {m: {type: integer}}}, {required: [k]}]}": {`{"m":1}`, `{"k":1,"M":1}`},
		"{properties: {m: {type: integer}}, unevaluatedProperties: false}":                            {`{"m":1}`, `{"M":1}`},
	} {
		g, err := checking(t, `
openapi: 3.1.0
info: {title: t, version: "1"}
paths: {/o: {post: {requestBody: {content: {application/json: {schema: `+schema+`}}}, responses: {"200": {description: ok}}}}}
`, io.Discard, func(http.ResponseWriter, *http.Request) {})
		require.NoError(t, err, schema)
		w := asked(g, "POST", "/api/o", bodies[0], "Content-Type", "application/json")
		assert.Equal(t, 200, w.Code, "%s %s: %s", schema, bodies[0], w.Body)
		w = asked(g, "POST", "/api/o", bodies[1], "Content-Type", "application/json")
		assert.Equal(t, 422, w.Code, "%s %s", schema, bodies[1])
		assert.Len(t, pick(t, w.Body.Bytes()), 1, "%s %s: %s", schema, bodies[1], w.Body)
		assert.Contains(t, w.Body.String(), "is written m here", "%s %s", schema, bodies[1])
	}
}

func TestANameInAnotherCaseIsNotPassedUnchanged(t *testing.T) {
	var got string
	g, _ := start(t, `
upstreams: {a: {servers: [{url: $1}]}}
routes: [{path: /, to: a, request: {body: {remove: [/user/admin, /list/0/admin], rename: {/q: /quantity}, set: {/source: edge}}}}]
`, func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got = string(text)
	})
	for body, want := range map[string]string{
		`{"user":{"admin":true,"x":1},"list":[{"admin":1},{"Admin":1}],"q":1}`: `{"list":[{},{"Admin":1}],"quantity":1,"source":"edge","user":{"x":1}}`,
		`{"user":{"Admin":true}}`: "", `{"User":{"admin":true}}`: "", `{"list":[{"ADMIN":1}]}`: "", `{"\u017fource":"me"}`: "", `{"Quantity":7}`: "", `{"Q":7}`: "",
		`{"x":{"Admin":1},"user":1,"list":{}}`: `{"list":{},"source":"edge","user":1,"x":{"Admin":1}}`,
	} {
		got = ""
		w := asked(g, "POST", "/", body, "Content-Type", "application/json")
		assert.Equal(t, want, got, body)
		assert.Equal(t, want == "", w.Code == 400, body)
	}
}

// A file may name both spellings; and what it moves is as the client has written it.
func TestPointersThatDifferInTheirCase(t *testing.T) {
	var got string
	g, _ := start(t, `
upstreams: {a: {servers: [{url: $1}]}}
routes:
  - {path: /both, to: a, request: {body: {remove: [/admin, /Admin, /in/a]}}}
  - {path: /moved, to: a, request: {body: {rename: {/q: /user}, remove: [/user/admin]}}}
  - {path: /case, to: a, request: {body: {rename: {/Qty: /qty}}}}
`, func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got = string(text)
	})
	for _, tc := range []struct{ path, body, want string }{
		{"/both", `{"admin":1,"Admin":2,"x":1}`, `{"x":1}`},
		{"/both", `{"ADMIN":1}`, ""},
		{"/both", `{"in":{"A":1}}`, ""},
		{"/moved", `{"q":{"Admin":1}}`, ""},
		{"/moved", `{"q":{"admin":1}}`, `{"user":{}}`},
		{"/case", `{"Qty":1}`, `{"qty":1}`},
		{"/case", `{"qty":1}`, `{"qty":1}`},
		{"/case", `{"QTY":1}`, ""},
	} {
		got = ""
		w := asked(g, "POST", tc.path, tc.body, "Content-Type", "application/json")
		assert.Equal(t, tc.want, got, "%s %s", tc.path, tc.body)
		assert.Equal(t, tc.want == "", w.Code == 400, "%s %s", tc.path, tc.body)
	}
}

// A field of a message has two names in JSON, of which a pointer has one.
func TestAFieldIsRemovedByBothOfItsNames(t *testing.T) {
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{"Create": echo, "Update": echo})
	g, err := transcoding(t, `
upstreams: {books: {grpc: [{url: "h2c://$1"}], descriptors: books.binpb}}
routes:
  - {path: "/v1/shelves/:shelf/books", methods: [POST], to: books, transcode: true, request: {body: {remove: [/readAt, /author/born, /tags/0]}}}
  - {path: "/v1/*rest", methods: [PATCH], to: books, transcode: true, request: {body: {remove: [/read_at]}}}
`, addr)
	require.NoError(t, err)
	const at = `"2020-01-01T00:00:00Z"`
	for _, tc := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v1/shelves/a/books", `{"title":"x","readAt":` + at + `,"tags":["a"],"author":{"name":"b","born":7}}`, 200},
		{"POST", "/v1/shelves/a/books", `{"title":"x","read_at":` + at + `}`, 400},
		{"PATCH", "/v1/shelves/a/books/b", `{"title":"x","read_at":` + at + `}`, 200},
		{"PATCH", "/v1/shelves/a/books/b", `{"title":"x","readAt":` + at + `}`, 400},
	} {
		w := asked(g, tc.method, tc.path, tc.body, "Content-Type", "application/json")
		assert.Equal(t, tc.status, w.Code, "%s: %s", tc.body, w.Body)
		assert.NotContains(t, w.Body.String(), "2020", "what the service was asked")
		assert.NotContains(t, w.Body.String(), "born")
	}
}

func TestAFieldIsCheckedByBothOfItsNames(t *testing.T) {
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{"Update": echo})
	document := write(t, "books.yaml", `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /v1/shelves/a/books/b:
    patch:
      requestBody: {content: {application/json: {schema: {type: object, properties: {readAt: {type: string, maxLength: 20}}}}}}
      responses: {"200": {description: ok}}
`)
	g, err := transcoding(t, `
upstreams: {books: {grpc: [{url: "h2c://$1"}], descriptors: books.binpb}}
routes: [{path: "/v1/*rest", to: books, transcode: true, openapi: `+document+`}]
`, addr)
	require.NoError(t, err)
	for body, status := range map[string]int{`{"readAt":"2020-01-01T00:00:00Z","title":"x"}`: 200, `{"read_at":"2020-01-01T00:00:00.123Z"}`: 422} {
		w := asked(g, "PATCH", "/v1/shelves/a/books/b", body, "Content-Type", "application/json")
		assert.Equal(t, status, w.Code, "%s: %s", body, w.Body)
	}
}
