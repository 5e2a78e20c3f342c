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
