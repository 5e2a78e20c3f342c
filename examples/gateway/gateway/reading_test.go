package gateway_test

import (
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const readings = `
openapi: %s
info: {title: t, version: "1"}
components:
  schemas:
    Item: {type: object, required: [name], properties: {name: {type: string, maxLength: 5}, n: {type: integer}, b: {type: boolean}, tags: {type: array, items: {type: string, maxLength: 2}}%s}}
paths:
  /:
    get:
      parameters:
        - {name: tags, in: query, explode: false, schema: {type: array, items: {type: string, maxLength: 2}}}
        - {name: ids, in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {type: integer}}}
        - {name: flags, in: query, schema: {type: array, items: {type: boolean}}}
        - {name: o, in: query, style: deepObject, explode: true, schema: {type: object, properties: {a: {type: integer}, b: {type: boolean}, o: {type: object}}, additionalProperties: false}}
        - {name: free, in: query, style: deepObject, explode: true, schema: {type: object, additionalProperties: {type: string}}}
        - {name: size, in: query, schema: {type: object, properties: {width: {type: integer}}}}
        - {name: mail, in: query, schema: {type: string, format: email}}
        - {name: u, in: query, schema: {type: string, format: uuid}}
        - {name: b, in: query, schema: {type: boolean}}
        - {name: "b[]", in: query, schema: {type: array, items: {type: integer}}}
        - {name: j, in: query, content: {application/json: {schema: {type: object, required: [q]}}}}
        - {name: X-H, in: header, schema: {type: integer}}
        - {name: ck, in: cookie, schema: {type: string, pattern: '^[a-z]+$'}}
      responses: {"200": {description: ok}}
    post:
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: "#/components/schemas/Item"}}
          application/x-www-form-urlencoded: {schema: {$ref: "#/components/schemas/Item"}}
          multipart/form-data: {schema: {$ref: "#/components/schemas/Item"}}
          application/yaml: {schema: {$ref: "#/components/schemas/Item"}}
          application/xml: {schema: {$ref: "#/components/schemas/Item"}}
          text/plain: {schema: {type: string, maxLength: 5}}
          image/png: {schema: {type: string, format: binary}}
      responses: {"200": {description: ok}}
    put:
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: integer}}, additionalProperties: false}}}}
      responses: {"200": {description: ok}}
`

// What the service reads is what was checked: what servers read in several ways is refused.
func TestThereIsOneWayToReadARequest(t *testing.T) {
	const form, parts = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
	part := func(all ...string) string {
		return "--x\r\nContent-Disposition: form-data; name=" + strings.Join(all, "\r\n--x\r\nContent-Disposition: form-data; name=") + "\r\n--x--\r\n"
	}
	for version, more := range map[string]string{"3.0.3": "", "3.1.0": "", "3.1.1": ", c: {const: 1}"} {
		g, err := checking(t, fmt.Sprintf(readings, version, more), io.Discard, mirrorBack)
		require.NoError(t, err)
		for _, tc := range []struct {
			method, what, media string // what is the query of GET, the body of others
			status              int
			want                string // the first fault
			header              []string
		}{
			{"GET", "", "", 200, "", nil},
			{"GET", "tags=a,b&ids=1|2&flags=true&flags=false&o[a]=1&o[b]=true&width=3&mail=a@b.c&b=true&b[]=1&j={%22q%22:1}&other=1&other=2", "", 200, "", []string{"X-H", "1", "Cookie", "a=b; ck=x"}},
			{"GET", "u=6a2f41a3-c54c-fce8-32d2-0324e1c32e22", "", 200, "", nil},
			{"GET", "b=true&%zz", "", 400, "query  syntax cannot be read", nil},
			{"GET", "2&2%1f=1&%1f&width=3", "", 400, "query  syntax cannot be read", nil},
			{"GET", "o[a]=1&o[a%1fb]=1", "", 400, "query  syntax cannot be read", nil},
			{"PUT", "a=1&a%1fb=1", form, 400, "body  syntax is not a form", nil},
			{"GET", "b=true;b=x", "", 400, "query  syntax cannot be read", nil},
			{"GET", "b=true&b=junk", "", 400, "query /b duplicate must be there once", nil},
			{"GET", "tags=a&tags=junk", "", 400, "query /tags duplicate must be there once", nil},
			{"GET", "b=1", "", 422, "query /b type must be of the type boolean", nil},
			{"GET", "flags=true&flags=T", "", 422, "query /flags type must be of the type boolean", nil},
			{"GET", "b[x]=1", "", 422, "query /b/x unknown is not known here", nil},
			{"GET", "ids=1|x", "", 422, "query /ids/1 type must be of the type integer", nil},
			{"GET", "o[a]=x", "", 422, "query /o/a type must be of the type integer", nil},
			{"GET", "o[b]=t", "", 422, "query /o/b type must be of the type boolean", nil},
			{"GET", "o[c]=1", "", 422, "query /o/c unknown is not known here", nil},
			{"GET", "o[a]x[b]=true", "", 422, "query /o/a]x[b unknown is not known here", nil},
			{"GET", "o[a]=1&o[a]=2", "", 400, "query /o/a duplicate must be there once", nil},
			{"GET", "free[x]=1&free[x][y]=2", "", 422, "query /free/x/y unknown is not known here", nil},
			{"GET", "width=1&width=x", "", 400, "query /size/width duplicate must be there once", nil},
			{"GET", "mail=%ff@b.c", "", 400, "query /mail syntax is not UTF-8", nil},
			{"GET", "mail=nobody", "", 422, "query /mail format must be of the format email", nil},
			{"GET", "u=1234", "", 422, "query /u format must be of the format uuid", nil},
			{"GET", "j={%22q%22:1}{}", "", 422, "query /j type is not of its type", nil},
			{"GET", "", "", 400, "header /X-H duplicate must be there once", []string{"X-H", "1", "X-H", "x"}},
			{"GET", "", "", 400, "cookie /ck duplicate must be there once", []string{"Cookie", "ck=a; ck=1"}},
			{"GET", "", "", 400, "cookie /ck syntax is not the value of a cookie", []string{"Cookie", `ck=1\`}},

			{"POST", `{"name":"a"} `, "application/json", 200, "", nil},
			{"POST", `{"name":"a"}`, "Application/JSON; charset=UTF-8", 200, "", nil},
			{"POST", `{"name":"a"}{}`, "application/json", 400, "body  syntax is not one value of JSON in UTF-8", nil},
			{"POST", `{"name":"a"} x`, "application/json", 400, "body  syntax is not one value of JSON in UTF-8", nil},
			{"POST", "\ufeff" + `{"name":"a"}`, "application/json", 400, "body  syntax is not one value of JSON in UTF-8", nil},
			{"POST", "{\"name\":\"\xff\"}", "application/json", 400, "body  syntax is not one value of JSON in UTF-8", nil},
			{"POST", `{"name":"a","x":[{"y":1,"\u0079":2}]}`, "application/json", 400, "body /x/0/y duplicate must be there once", nil},
			{"POST", `{"name":"a"}`, "application/json; charset=utf-16", 415, "header /Content-Type oneof must be a media type of the body, in UTF-8", nil},
			{"POST", `{"name":"a"}`, "application/json; charset=utf-8; charset=utf-7", 415, "header /Content-Type oneof must be a media type of the body, in UTF-8", nil},
			{"POST", `{"name":"a"}`, "application/json", 415, "header /Content-Type oneof must be a media type of the body, in UTF-8", []string{"Content-Type", form}},
			{"POST", "\x1f\x8b", "application/json", 415, "header /Content-Encoding oneof must not be there: the body has to be readable", []string{"Content-Encoding", "gzip"}},
			{"POST", "name=a&n=1&tags=a&tags=b&b=true&more=1", form, 200, "", nil},
			{"POST", "name=a&name=abcdefg", form, 400, "body /name duplicate must be there once", nil},
			{"POST", "name=a&n=x", form, 422, "body /n type is not of its type", nil},
			{"POST", "name=a&b=1", form, 422, "body /b type must be of the type boolean", nil},
			{"POST", "name=a&%zz", form, 400, "body  syntax is not a form", nil},
			{"PUT", "a=1&b=1", form, 422, "body /b unknown is not known here", nil},
			{"POST", part("name\r\n\r\na", "n\r\n\r\n1", "tags\r\n\r\na", "tags\r\n\r\nb"), parts, 200, "", nil},
			{"POST", part("name\r\n\r\na", "name\r\n\r\nabcdefg"), parts, 400, "body /name duplicate must be there once", nil},
			{"POST", part("name\r\n\r\na", "b\r\n\r\n1"), parts, 422, "body /b type must be of the type boolean", nil},
			{"POST", part("name\r\n\r\na", "more\r\n\r\na"), parts, 422, "body /more unknown is not known here", nil},
			{"POST", part("name\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj"), parts, 400, "body /name syntax has a Content-Type or a Content-Transfer-Encoding that is not read", nil},
			{"POST", part("name\r\nContent-Type: text/plain; charset=utf-16\r\n\r\na"), parts, 400, "body /name syntax has a Content-Type or a Content-Transfer-Encoding that is not read", nil},
			{"POST", part("name\r\nContent-Type: application/json\r\n\r\n\"a\"{}"), parts, 400, "body /name syntax is not one value of JSON in UTF-8", nil},
			{"POST", part("name\r\n\r\na") + part("name\r\n\r\nabcdefg"), parts, 400, "body  syntax is not a form of parts that ends with its boundary", nil},
			{"POST", "--x\r\nContent-Disposition: form-data; name=b", parts, 400, "body  syntax is not a form of parts that ends with its boundary", nil},
			{"POST", "\r\n--x--", "multipart/form-data", 400, "body  syntax is not a form of parts that ends with its boundary", nil},
			{"POST", "name: a", "application/yaml", 415, "header /Content-Type oneof must be a media type of the body, in UTF-8", nil},
			{"POST", "<x/>", "application/xml", 415, "header /Content-Type oneof must be a media type of the body, in UTF-8", nil},
			{"POST", "abc", "text/plain", 200, "", nil},
			{"POST", "abcdef", "text/plain", 422, "body  maxLength must have at most 5 characters", nil},
			{"POST", "\xff", "text/plain", 400, "body  syntax is not UTF-8", nil},
			{"POST", "\x89PNG\xff", "image/png", 200, "", nil},
		} {
			t.Run(version+" "+tc.method+" "+tc.what+tc.media, func(t *testing.T) {
				path, body := "/api/", tc.what
				if tc.method == "GET" {
					path, body = "/api/?"+tc.what, ""
				}
				w := asked(g, tc.method, path, body, append([]string{"Content-Type", tc.media}, tc.header...)...)
				require.Equal(t, tc.status, w.Code, w.Body)
				if first := detailed(t, w.Body.Bytes()); tc.status == 200 {
					assert.Contains(t, w.Body.String(), tc.method+" "+strings.TrimPrefix(path, "/api")+" "+body)
				} else {
					assert.Equal(t, []string{tc.want}, first)
				}
			})
		}
		req := httptest.NewRequest("GET", "/api/", io.NopCloser(strings.NewReader("x")))
		req.ContentLength = -1 // in chunks
		w := httptest.NewRecorder()
		g.ServeHTTP(w, req)
		assert.Equal(t, 422, w.Code, "a body where none is, without its length")
	}
}

// No request makes the checks panic, which is answered with 500.
func FuzzReading(f *testing.F) {
	g, err := checking(f, fmt.Sprintf(readings, "3.0.3", ""), io.Discard, mirrorBack)
	require.NoError(f, err)
	f.Add("GET", "o[a]=1&o[a][b]=2&free[x][y]=1&free[x]=1&b[]=1", "", "")
	f.Add("POST", "", "application/json", `{"name":"a","a":[1,{"b":2}]}`)
	f.Add("POST", "", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=b\r\n\r\ntrue\r\n--x--")
	f.Add("PUT", "", "application/x-www-form-urlencoded", "a=1&a[b]=2")
	f.Fuzz(func(t *testing.T, method, query, media, body string) {
		req := httptest.NewRequest("POST", "/api/", strings.NewReader(body))
		req.Method, req.URL.RawQuery = method, query
		req.Header.Set("Content-Type", media)
		w := httptest.NewRecorder()
		g.ServeHTTP(w, req)
		assert.NotEqual(t, 500, w.Code)
	})
}
