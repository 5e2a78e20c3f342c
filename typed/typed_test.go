package typed_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/typed"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

type book struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
}

type byID struct {
	ID int `uri:"id" binding:"min=1"`
}

type create struct {
	Shelf string   `uri:"shelf" binding:"required"`
	Dry   bool     `query:"dry"`
	Key   string   `header:"Idempotency-Key"`
	Title string   `json:"title" binding:"required,max=5"`
	Tags  []string `json:"tags" binding:"max=2,dive,min=2"`
}

var errTaken = errors.New("the title is taken")

func newAPI(options ...typed.Option) (*dram.Engine, *typed.API) {
	r := dram.New()
	return r, typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1"}, options...)
}

func ask(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestKindsOfAnswers(t *testing.T) {
	r, api := newAPI(typed.Errors(typed.Is(errTaken, typed.Problem(409, "title-taken", "The title is taken"))))
	typed.GET(api, "/books/:id", func(_ context.Context, in *byID) (book, error) { return book{in.ID, "Momo"}, nil })
	typed.POST(api, "/shelves/:shelf/books", func(_ context.Context, in *create) (typed.Created[book], error) {
		if in.Title == "taken" {
			return typed.Created[book]{}, fmt.Errorf("insert: %w", errTaken)
		}
		return typed.Created[book]{Location: "/books/7", Body: book{7, in.Title + in.Shelf + in.Key + fmt.Sprint(in.Dry)}}, nil
	})
	typed.DELETE(api, "/books/:id", func(context.Context, *byID) (typed.NoContent, error) { return typed.NoContent{}, nil })
	typed.GET(api, "/old", func(context.Context, *struct{}) (typed.Redirect, error) { return typed.Redirect{Location: "/new"}, nil })
	typed.GET(api, "/cover", func(context.Context, *struct{}) (typed.File, error) {
		return typed.File{Content: strings.NewReader("0123456789"), Name: "a.txt", ModTime: time.Unix(1, 0), ETag: `"x"`}, nil
	})
	typed.GET(api, "/watch", func(context.Context, *struct{}) (iter.Seq2[book, error], error) {
		return func(yield func(book, error) bool) {
			_ = yield(book{1, "a"}, nil) && yield(book{2, "b"}, nil)
		}, nil
	})
	typed.POST(api, "/slow", func(context.Context, *struct{}) (book, error) { return book{}, nil }, typed.Status(202))

	for _, tt := range []struct {
		method, target, body string
		headers              []string
		code                 int
		want                 string
	}{
		{"GET", "/books/7", "", nil, 200, `{"id":7,"title":"Momo"}`},
		{"POST", "/shelves/a/books?dry=true", `{"title":"x"}`, []string{"Idempotency-Key", "k"}, 201, `{"id":7,"title":"xaktrue"}`},
		{"DELETE", "/books/7", "", nil, 204, ""},
		{"POST", "/slow", "", nil, 202, `{"id":0,"title":""}`},
		{"GET", "/cover", "", []string{"Range", "bytes=2-3"}, 206, "23"},
		{"GET", "/cover", "", []string{"If-None-Match", `"x"`}, 304, ""},
		{"GET", "/watch", "", []string{"Accept", "application/jsonl"}, 200, "{\"id\":1,\"title\":\"a\"}\n{\"id\":2,\"title\":\"b\"}\n"},
		{"GET", "/watch", "", []string{"Accept", "text/event-stream"}, 200, "data:{\"id\":1,\"title\":\"a\"}\n\ndata:{\"id\":2,\"title\":\"b\"}\n\n"},
		{"GET", "/watch", "", []string{"Accept", "image/png"}, 406, `{"title":"Not Acceptable","status":406,"detail":"The answer can be had as one of the media types in offers.","offers":["text/event-stream","application/jsonl"]}`},
		{"POST", "/shelves/a/books", `{"title":"taken"}`, nil, 409, `{"type":"title-taken","title":"The title is taken","status":409}`},
		{"POST", "/shelves/a/books?dry=x", `{"tags":["a","bb","c"]}`, nil, 422, `{"title":"Unprocessable Entity","status":422,"detail":"The request is not valid.","errors":[{"in":"query","pointer":"/dry","rule":"type","param":"boolean","detail":"must be a boolean"},{"in":"body","pointer":"/title","rule":"required","detail":"is required"},{"in":"body","pointer":"/tags","rule":"max","param":"2","detail":"must have at most 2 items"}]}`},
		{"POST", "/shelves/a/books", `{"title":"a","tags":["a"]}`, nil, 422, `{"title":"Unprocessable Entity","status":422,"detail":"The request is not valid.","errors":[{"in":"body","pointer":"/tags/0","rule":"min","param":"2","detail":"must have at least 2 characters"}]}`},
		{"POST", "/shelves/a/books", `{"title":`, nil, 400, `{"title":"Bad Request","status":400,"detail":"The request is not valid.","errors":[{"in":"body","pointer":"","rule":"syntax","detail":"is cut off"}]}`},
		{"POST", "/shelves/a/books", `x`, []string{"Content-Type", "text/csv"}, 415, `{"title":"Unsupported Media Type","status":415,"detail":"The request is not valid.","errors":[{"in":"header","pointer":"/Content-Type","rule":"oneof","param":"application/json","detail":"must be the media type of the body: application/json"}]}`},
		{"GET", "/books/x", "", nil, 422, `{"title":"Unprocessable Entity","status":422,"detail":"The request is not valid.","errors":[{"in":"path","pointer":"/id","rule":"type","param":"integer","detail":"must be an integer"}]}`},
	} {
		w := ask(r, tt.method, tt.target, tt.body, tt.headers...)
		assert.Equal(t, tt.code, w.Code, tt.target)
		assert.Equal(t, tt.want, w.Body.String(), tt.target)
	}
	assert.Equal(t, "/books/7", ask(r, "POST", "/shelves/a/books", `{"title":"x"}`).Header().Get("Location"))
	assert.Equal(t, "/new", ask(r, "GET", "/old", "").Header().Get("Location"))
	for _, route := range r.Routes() {
		assert.Contains(t, route.Handler, "typed_test.TestKindsOfAnswers.func")
		assert.Contains(t, route.Source, "typed_test.go:")
	}
}

func TestMistakesInTypes(t *testing.T) {
	_, api := newAPI()
	for says, register := range map[string]func(){
		"the field ID of typed_test.byID is the path parameter \"id\", which the route does not have": func() {
			typed.GET(api, "/a", func(context.Context, *byID) (book, error) { return book{}, nil })
		},
		"no field of struct {} has the path parameter \"id\"": func() {
			typed.GET(api, "/a/:id", func(context.Context, *struct{}) (book, error) { return book{}, nil })
		},
		"the field Title of typed_test.create is the body's, and GET has none": func() {
			typed.GET(api, "/a/:shelf", func(context.Context, *create) (book, error) { return book{}, nil })
		},
		"int is not a struct": func() { typed.GET(api, "/a", func(context.Context, *int) (book, error) { return book{}, nil }) },
		"has the tags uri and json": func() {
			typed.POST(api, "/a/:id", func(context.Context, *struct {
				ID int `uri:"id" json:"id"`
			}) (book, error) {
				return book{}, nil
			})
		},
		`the rule "requird" is not known (is "required" meant?)`: func() {
			typed.POST(api, "/a", func(context.Context, *struct {
				Items []struct {
					Name string `json:"name" binding:"requird"`
				} `json:"items" binding:"dive"`
			}) (book, error) {
				return book{}, nil
			})
		},
		"chan int cannot be answered": func() {
			typed.POST(api, "/a", func(context.Context, *struct{}) (chan int, error) { return nil, nil })
		},
		"no codec writes image/png": func() {
			typed.POST(api, "/a", func(context.Context, *struct{}) (book, error) { return book{}, nil }, typed.Offers("image/png"))
		},
		"the function is nil": func() { typed.POST[struct{}, book](api, "/a", nil) },
	} {
		text := func() (text string) {
			defer func() { text = fmt.Sprint(recover()) }()
			register()
			return ""
		}()
		assert.Contains(t, text, says)
		assert.Contains(t, text, "typed_test.go:")
	}
}

// A handler that brings its input into a normal form and validates it again has its faults
// answered as those of the binding are.
func TestWhatAHandlerValidatesAgainIsAFaultOfTheRequest(t *testing.T) {
	r, api := newAPI()
	type in struct {
		Title string `json:"title" binding:"required"`
	}
	typed.POST(api, "/books", func(_ context.Context, in *in) (typed.NoContent, error) {
		in.Title = strings.TrimSpace(in.Title)
		return typed.NoContent{}, binding.Validator.ValidateStruct(in)
	})
	assert.Equal(t, http.StatusNoContent, ask(r, "POST", "/books", `{"title": " Momo "}`).Code)
	w := ask(r, "POST", "/books", `{"title": " "}`)
	assert.Equal(t, http.StatusUnprocessableEntity, w.Code)
	assert.Contains(t, w.Body.String(), `"errors":[{"in":"body","pointer":"/title","rule":"required","detail":"is required"}]`)

	typed.PUT(api, "/books", func(_ context.Context, in *in) (typed.NoContent, error) {
		in.Title = strings.TrimSpace(in.Title)
		return typed.NoContent{}, dram.NewProblem(http.StatusTeapot, "").Because(binding.Validator.ValidateStruct(in))
	})
	assert.Equal(t, http.StatusTeapot, ask(r, "PUT", "/books", `{"title": " "}`).Code, "a Problem is the answer, whatever has led to it")
}

// What the answer says is what an OnError function finds in the problem, and may change there.
func TestFaultsAreWrittenAsEncodingJSONWouldWriteThem(t *testing.T) {
	type in struct {
		ID   int               `uri:"id" binding:"min=2"`
		Word string            `query:"a<b" binding:"max=1"`
		By   map[string]string `json:"by" binding:"dive,max=1"`
	}
	r := dram.New()
	api := typed.New(&r.RouterGroup, typed.Info{Title: "T", Version: "1"})
	typed.POST(api, "/:id", func(context.Context, *in) (struct{}, error) { return struct{}{}, nil })
	r.OnError(func(c *dram.Context, err error) {
		problem := dram.ProblemOf(err)
		text, err := problem.MarshalJSON()
		require.NoError(t, err)
		faults := problem.Member("errors").([]typed.Fault)
		want, err := json.Marshal(faults)
		require.NoError(t, err)
		assert.Contains(t, string(text), `"errors":`+string(want))
		faults[0].Detail = "should be larger"
		c.WriteProblem(problem)
	})
	for _, body := range []string{`{}`, `{"by":{"x/y \"z\"":"ab","\u2028":"ab"}}`, `{"by":7}`} {
		req := httptest.NewRequest(http.MethodPost, "/1?a%3Cb=ab", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.Equal(t, http.StatusUnprocessableEntity, w.Code)
		assert.Contains(t, w.Body.String(), `"detail":"should be larger"`)
	}
}
