package typed_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/typed"
)

type quota struct{ wait int }

func (q *quota) Error() string { return fmt.Sprint("come back in ", q.wait) }

func TestErrorsAreAnsweredAsDeclared(t *testing.T) {
	inner := errors.New("inner")
	r, api := newAPI(typed.Errors(typed.Is(inner, typed.Problem(404, "of-the-api", ""))))
	group := api.Group("/g", typed.Errors(
		typed.As(typed.Problem(429, "quota", "Too much"), func(q *quota, p *dram.Problem) *dram.Problem {
			return p.WithHeader("Retry-After", fmt.Sprint(q.wait))
		}),
		typed.Is(errTaken, typed.Problem(409, "taken", "")),
		typed.Is(inner, typed.Problem(410, "of-the-group", "")),
	))
	var failure error
	typed.GET(group, "/", func(context.Context, *struct{}) (book, error) { return book{}, failure })
	for _, tt := range []struct {
		err  error
		code int
		kind string
	}{
		{fmt.Errorf("a: %w", &quota{7}), 429, "quota"},
		{errors.Join(inner, errTaken), 409, "taken"},
		{inner, 410, "of-the-group"},
		{errors.New("of the database: secret"), 500, ""},
		{dram.NewProblem(418, "own"), 418, ""},
	} {
		failure = tt.err
		w := ask(r, "GET", "/g/", "")
		assert.Equal(t, tt.code, w.Code)
		if tt.kind != "" {
			assert.Contains(t, w.Body.String(), `"type":"`+tt.kind+`"`)
		}
		assert.NotContains(t, w.Body.String(), "secret")
		assert.Equal(t, tt.code == 429, w.Header().Get("Retry-After") == "7")
	}
	document := string(api.Document())
	for _, text := range []string{`"429"`, `"Too much (quota)"`, `"404"`, `"410"`} {
		assert.Contains(t, document, text)
	}
}

type declared struct {
	Kind Genre    `json:"kind"`
	List []string `json:"list"`
}

func TestAnswersKeepTheirDeclaration(t *testing.T) {
	answer := declared{Kind: "novel"}
	serving := func() *dram.Engine {
		r, api := newAPI()
		typed.GET(api, "/", func(context.Context, *struct{}) (declared, error) { return answer, nil })
		return r
	}
	var logged string
	r := serving()
	r.OnError(func(c *dram.Context, err error) { logged = err.Error(); c.Status(500) })
	assert.Equal(t, 200, ask(r, "GET", "/", "").Code)
	answer.Kind = "atlas"
	assert.Equal(t, 500, ask(r, "GET", "/", "").Code)
	assert.Contains(t, logged, "answers_test.go:")
	assert.Contains(t, logged, "/kind")

	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	assert.Equal(t, `{"kind":"atlas","list":null}`, ask(serving(), "GET", "/", "").Body.String(), "a client is not to suffer")
}

func TestStreamsEnd(t *testing.T) {
	r, api := newAPI(typed.Errors(typed.Is(errTaken, typed.Problem(409, "taken", ""))))
	ended := make(chan error, 1)
	var fails error
	typed.GET(api, "/watch", func(ctx context.Context, in *struct {
		Last string `header:"Last-Event-ID"`
	}) (iter.Seq2[typed.Event[book], error], error) {
		return func(yield func(typed.Event[book], error) bool) {
			defer func() { ended <- ctx.Err() }()
			for i := 1; ; i++ {
				if i == 3 && fails != nil {
					yield(typed.Event[book]{}, fails)
					return
				}
				if !yield(typed.Event[book]{ID: fmt.Sprint(in.Last, i), Name: "book", Data: book{ID: i}}, nil) {
					return
				}
			}
		}, nil
	})
	typed.GET(api, "/none", func(context.Context, *struct{}) (iter.Seq2[book, error], error) { return nil, errTaken })
	typed.GET(api, "/first", func(context.Context, *struct{}) (iter.Seq2[book, error], error) {
		return func(yield func(book, error) bool) { yield(book{}, errTaken) }, nil
	})
	server := httptest.NewServer(r)
	defer server.Close()
	get := func(path, accept string) *http.Response {
		req, err := http.NewRequest("GET", server.URL+path, nil)
		require.NoError(t, err)
		req.Header.Set("Accept", accept)
		req.Header.Set("Last-Event-ID", "x")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		return resp
	}
	for _, accept := range []string{"text/event-stream", "application/jsonl"} {
		for _, path := range []string{"/none", "/first"} {
			resp := get(path, accept)
			resp.Body.Close()
			assert.Equal(t, 409, resp.StatusCode, "%s %s", path, accept)
		}
		resp := get("/watch", accept)
		line, err := bufio.NewReader(resp.Body).ReadString('\n')
		require.NoError(t, err)
		if accept == "text/event-stream" {
			assert.Contains(t, line, "x1")
		}
		resp.Body.Close()
		<-ended // with the client

		fails = errors.New("broken")
		resp = get("/watch", accept)
		text, err := io.ReadAll(resp.Body)
		assert.Error(t, err, "half a stream is not a whole one")
		assert.Contains(t, string(text), `{"id":2,"title":""}`)
		<-ended
		fails = nil
	}
}

func TestRulesThatDocumentsDoNotKnow(t *testing.T) {
	engine := binding.Validator.Engine().(*validator.Validate)
	require.NoError(t, engine.RegisterValidation("evenlength", func(fl validator.FieldLevel) bool { return len(fl.Field().String())%2 == 0 }))
	register := func(api *typed.API) {
		typed.POST(api, "/", func(context.Context, *struct {
			Word string `json:"word" binding:"evenlength"`
		}) (book, error) {
			return book{}, nil
		})
	}
	r := dram.New()
	strict := typed.New(&r.RouterGroup, typed.Info{Title: "t", Version: "1", Strict: true})
	assert.PanicsWithValue(t, func() (text string) {
		defer func() { text = fmt.Sprint(recover()) }()
		register(typed.New(&dram.New().RouterGroup, typed.Info{Title: "t", Version: "1", Strict: true}))
		return ""
	}(), func() { register(strict) })
	taught := typed.New(&dram.New().RouterGroup, typed.Info{Title: "t", Version: "1", Strict: true})
	taught.Keyword("evenlength", func(s *typed.Schema, _ string) { s.Pattern = "^(..)*$" })
	register(taught)
	assert.Contains(t, string(taught.Document()), `"^(..)*$"`)
	_, lax := newAPI()
	register(lax)
}

func TestRoutesOfHostsAndPrefixes(t *testing.T) {
	r := dram.New()
	require.NoError(t, r.SetTrustedProxies([]string{"192.0.2.1"})) // httptest's
	host := r.Host("{tenant}.example.com").Group("/v1")
	api := typed.New(host, typed.Info{Title: "t", Version: "1"})
	typed.POST(api, "/books", func(_ context.Context, in *struct {
		Tenant string `uri:"tenant"`
	}) (typed.Created[book], error) {
		return typed.Created[book]{Location: "/v1/books/7", Body: book{7, in.Tenant}}, nil
	})
	api.Spec("/openapi.json")
	w := ask(r, "POST", "http://shop.example.com/v1/books", "", "X-Forwarded-Prefix", "/app")
	assert.Equal(t, `{"id":7,"title":"shop"}`, w.Body.String())
	assert.Equal(t, "/app/v1/books/7", w.Header().Get("Location"))
	text := ask(r, "GET", "http://shop.example.com/v1/openapi.json", "").Body.String()
	assert.True(t, strings.Contains(text, `"/v1/books"`) && strings.Contains(text, `"//{tenant}.example.com"`), text)
}

// Shape is one of two.
type Shape interface{ Area() float64 }

type (
	circle struct {
		Kind   string  `json:"kind"`
		Radius float64 `json:"radius"`
	}
	square struct {
		Kind string  `json:"kind"`
		Side float64 `json:"side"`
	}
)

func (c circle) Area() float64 { return 3 * c.Radius * c.Radius }
func (s square) Area() float64 { return s.Side * s.Side }

func TestUnionsSayWhichTheyAre(t *testing.T) {
	r, api := newAPI()
	typed.Union(api, "kind", map[string]Shape{"circle": circle{}, "square": square{}})
	var answer Shape = circle{"circle", 2}
	typed.GET(api, "/", func(context.Context, *struct{}) (struct {
		Shape Shape `json:"shape"`
	}, error) {
		return struct {
			Shape Shape `json:"shape"`
		}{answer}, nil
	})
	assert.Equal(t, `{"shape":{"kind":"circle","radius":2}}`, ask(r, "GET", "/", "").Body.String())
	answer = circle{"hexagon", 2}
	assert.Equal(t, 500, ask(r, "GET", "/", "").Code)
	assert.Contains(t, string(api.Document()), `"propertyName": "kind"`)
	assert.Panics(t, func() { typed.Union(api, "none", map[string]Shape{"circle": circle{}}) })
}
