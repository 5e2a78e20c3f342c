package typed_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

func nothing(context.Context, *none) (typed.NoContent, error) { return typed.NoContent{}, nil }

// operations returns the operationIds of a document by method and path.
func operations(t *testing.T, api *typed.API) map[string]string {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	require.NoError(t, json.Unmarshal(api.Document(), &doc))
	ids := make(map[string]string)
	for path, item := range doc.Paths {
		for method, o := range item {
			ids[method+" "+path] = o.OperationID
		}
	}
	return ids
}

func TestOperationIDsAreUniqueInEveryOrder(t *testing.T) {
	register := map[string]func(*typed.API){
		"get /a-b":     func(api *typed.API) { typed.GET(api, "/a-b", nothing) },
		"get /a/b":     func(api *typed.API) { typed.GET(api, "/a/b", nothing) },
		"get /a_b":     func(api *typed.API) { typed.GET(api, "/a_b", nothing) },
		"get /ä/é":     func(api *typed.API) { typed.GET(api, "/ä/é", nothing) },
		"get /":        func(api *typed.API) { typed.GET(api, "/", nothing) },
		"get /books":   func(api *typed.API) { typed.GET(api, "/books", nothing) },
		"get /volumes": func(api *typed.API) { typed.GET(api, "/volumes", nothing, typed.ID("getBooks")) },
		"get /c-d":     func(api *typed.API) { typed.GET(api, "/c-d", nothing) },
		"put /x":       func(api *typed.API) { typed.PUT(api, "/x", nothing, typed.ID("getAB_2")) },
	}
	first := map[string]string{}
	for range 20 { // the order of a map is another one each time
		_, api := newAPI()
		for _, register := range register {
			register(api)
		}
		ids := operations(t, api)
		unique := map[string]bool{}
		for _, id := range ids {
			assert.Regexp(t, "^[a-zA-Z0-9_]+$", id)
			unique[id] = true
		}
		assert.Len(t, unique, len(register))
		if len(first) == 0 {
			first = ids
		}
		assert.Equal(t, first, ids)
	}
	assert.Equal(t, "getBooks", first["get /volumes"], "a given one stays")
	assert.Equal(t, "getAB_2", first["put /x"])
	assert.Equal(t, "getCD", first["get /c-d"], "one that is alone has no digits")
	assert.Regexp(t, "^getBooks_[0-9a-f]{8}$", first["get /books"])
}

func TestOnePathWithOtherNamesIsFoundInEveryRun(t *testing.T) {
	for range 50 {
		_, api := newAPI()
		typed.GET(api, "/x/:a/:ab", func(context.Context, *struct {
			A  string `uri:"a"`
			AB string `uri:"ab"`
		}) (string, error) {
			return "", nil
		})
		assert.Contains(t, panicOf(func() {
			typed.POST(api, "/x/:c/:d", func(context.Context, *struct {
				C string `uri:"c"`
				D string `uri:"d"`
			}) (string, error) {
				return "", nil
			})
		}), "is the same path with other names for its params")
	}
}

// A document has no params that take the rest of a path, so that these two are one in it.
func TestAParamAndTheRestOfThePathAreOnePathInADocument(t *testing.T) {
	type p struct {
		P string `uri:"p"`
	}
	type q struct {
		Q string `uri:"q"`
	}
	one := func(context.Context, *p) (string, error) { return "", nil }
	_, api := newAPI()
	typed.GET(api, "/f/:p", one)
	typed.POST(api, "/f/*p", one) // another operation of the path
	assert.Contains(t, panicOf(func() { typed.GET(api, "/f/*p", one) }), "/f/:p (")
	assert.Contains(t, panicOf(func() { typed.GET(api, "/f/*p", one) }), "is the same path in a document, which has no params that take the rest of a path")
	assert.Contains(t, panicOf(func() {
		typed.PUT(api, "/f/*q", func(context.Context, *q) (string, error) { return "", nil })
	}), "is the same path with other names for its params")
	typed.GET(api, "/f/*p", one, typed.Hidden())
	assert.Len(t, operations(t, api), 2)
	r, api := newAPI()
	typed.GET(api, "/f/:p", one)
	typed.POST(api, "/f/*p", one)
	api.Docs("/docs", typed.InAllModes())
	assert.Equal(t, 1, strings.Count(ask(r, "GET", "/docs/", "").Body.String(), "data-rest"))
}

func TestBracesInAPathAreSaid(t *testing.T) {
	_, api := newAPI()
	assert.Contains(t, panicOf(func() { typed.GET(api, "/a{b}", nothing) }), "the path has a { or a }")
	typed.GET(api, "/c{d}", nothing, typed.Hidden())
}

func TestOneDocumentForSeveralHosts(t *testing.T) {
	r := dram.New()
	api := typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1"}, typed.Tags("all"))
	admin := api.On(r.Host("admin.example.com"), typed.Tags("admin"))
	typed.GET(api, "/books", nothing)
	typed.DELETE(admin, "/books", nothing)
	assert.Contains(t, panicOf(func() { typed.GET(admin, "/books", nothing) }), `the document has the route already, for the host ""`)
	document := string(api.Document())
	assert.Contains(t, document, `"url": "//admin.example.com"`)
	assert.Contains(t, document, `"admin"`)

	for host, status := range map[string]int{"admin.example.com": 204, "example.com": 404} {
		req := httptest.NewRequest("DELETE", "/books", nil)
		req.Host = host
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.Equal(t, status, w.Code, host)
	}
	assert.Contains(t, panicOf(func() { api.On(nil) }), "the group is nil")
}

func TestSpecNamesThePrefixOfAProxy(t *testing.T) {
	r := dram.New()
	require.NoError(t, r.SetTrustedProxies([]string{"192.0.2.1"})) // httptest's
	api := typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1"})
	typed.GET(api, "/a", nothing)
	typed.GET(api.On(r.Host("b.example.com")), "/b", nothing)
	api.Spec("/openapi.json")
	given := typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1", Servers: []string{"/v1"}})
	given.Spec("/given.json")

	servers := func(path, prefix string) []string {
		w := ask(r, "GET", path, "", "X-Forwarded-Prefix", prefix)
		require.Equal(t, 200, w.Code)
		assert.NotEmpty(t, w.Header().Get("ETag"))
		var urls []string
		for line := range strings.Lines(w.Body.String()) {
			if _, url, ok := strings.Cut(line, "url"); ok {
				urls = append(urls, strings.Trim(url, "\": \n"))
			}
		}
		return urls
	}
	for range 2 {
		assert.Equal(t, []string{"/app", "//b.example.com/app"}, servers("/openapi.json", "/app"))
		assert.Equal(t, []string{"/", "//b.example.com"}, servers("/openapi.json", ""))
		assert.Equal(t, []string{"/app/x", "//b.example.com/app/x"}, servers("/openapi.yaml", "/app/x"))
	}
	assert.Equal(t, []string{"/v1"}, servers("/given.json", "/app"), "what was given is not touched")
}

func TestExampleOfAParameterStandsThere(t *testing.T) {
	_, api := newAPI()
	typed.GET(api, "/", func(context.Context, *struct {
		Limit int      `query:"limit" example:"20"`
		Zero  int      `query:"zero" example:"0"`
		Tags  []string `query:"tags" example:"[\"a\",\"b\"]"`
		None  string   `query:"none"`
	}) (string, error) {
		return "", nil
	})
	var doc struct {
		Paths map[string]map[string]struct{ Parameters []struct{ Example any } }
	}
	require.NoError(t, json.Unmarshal(api.Document(), &doc))
	var examples []any
	for _, p := range doc.Paths["/"]["get"].Parameters {
		examples = append(examples, p.Example)
	}
	assert.Equal(t, []any{20.0, 0.0, []any{"a", "b"}, nil}, examples)
}

func TestBodyThatIsTooLargeOrCutHasErrors(t *testing.T) {
	r, api := newAPI()
	r.MaxBodyMemory = 10
	typed.POST(api, "/", func(context.Context, *struct {
		A string `json:"a"`
	}) (string, error) {
		return "", nil
	})
	w := ask(r, "POST", "/", `{"a":"0123456789"}`)
	assert.Equal(t, 413, w.Code)
	assert.Contains(t, w.Body.String(), `"errors":[{"in":"body","pointer":"","rule":"max","param":"10","detail":"must have at most 10 bytes"}]`)
	req := httptest.NewRequest("POST", "/", cut{})
	req.Header.Set("Content-Type", "application/json")
	req.ContentLength = 8
	w = httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, 400, w.Code)
	assert.Contains(t, w.Body.String(), `"errors":[{"in":"body","pointer":"","rule":"syntax","detail":"is cut off"}]`)
}

func TestAFormOfTooManyPartsIsNotSaidToHaveTooManyBytes(t *testing.T) {
	r, api := newAPI()
	typed.POST(api, "/", func(context.Context, *struct {
		A []string `form:"a"`
	}) (typed.NoContent, error) {
		return typed.NoContent{}, nil
	})
	req := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n", 1001)+"--b--"))
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, 413, w.Code)
	assert.Contains(t, w.Body.String(), `"rule":"max","detail":"has too many parts, or too much in them"`)
}

// cut is a body whose client is gone.
type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Kinds whose types end in the same word are examples of their own, and a header has one name.
func TestNothingOfAnAnswerIsLostByItsName(t *testing.T) {
	_, api := newAPI(typed.Errors(
		typed.Is(io.EOF, typed.Problem(409, "https://a.example/one#taken", "A")),
		typed.Is(io.ErrNoProgress, typed.Problem(409, "https://a.example/two#taken", "B")),
		typed.Is(io.ErrShortWrite, typed.Problem(409, "three/taken", "C")),
	))
	typed.GET(api, "/", func(context.Context, *none) (typed.Tagged[int], error) { return typed.Tagged[int]{}, nil },
		typed.Header("etag", "mine"), typed.Header("Link", "a"), typed.Header("link", "b"))
	var doc struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct {
				Headers map[string]struct{ Description string }
				Content map[string]struct {
					Examples map[string]struct{ Summary string }
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(api.Document(), &doc))
	responses := doc.Paths["/"]["get"].Responses
	examples := responses["409"].Content["application/problem+json"].Examples
	for name, title := range map[string]string{"taken": "A", "taken-2": "B", "taken-3": "C"} {
		assert.Equal(t, title, examples[name].Summary)
	}
	headers := responses["200"].Headers
	assert.Len(t, headers, 2)
	assert.Equal(t, "mine", headers["ETag"].Description)
	assert.Equal(t, "b", headers["Link"].Description)
}

func TestYAMLHasPrintableCharactersAlone(t *testing.T) {
	r, api := newAPI()
	typed.GET(api, "/", nothing, typed.Summary("a\u007fb\u0085c\u009fd\ufeff"))
	api.Spec("/openapi.json")
	assert.Contains(t, ask(r, "GET", "/openapi.yaml", "").Body.String(), `"a\u007fb\u0085c\u009fd\ufeff"`)
}
