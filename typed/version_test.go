package typed_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/typed"
)

type edit struct {
	byID
	typed.IfMatch
	Title string `json:"title" binding:"required"`
}

// versioned has a book of the version 7.
func versioned() (r *dram.Engine, api *typed.API, get *typed.Route[byIDAndTag, typed.Tagged[*book]], change *typed.Route[edit, book]) {
	r, api = newAPI()
	get = typed.GET(api, "/books/:id", func(_ context.Context, in *byIDAndTag) (typed.Tagged[*book], error) {
		return typed.Tagged[*book]{ETag: `"7"`, Body: &book{in.ID, "Momo"}}, nil
	})
	change = typed.PATCH(api, "/books/:id", func(_ context.Context, in *edit) (book, error) {
		return book{in.ID, in.Title}, in.Check(`"7"`)
	})
	return r, api, get, change
}

type byIDAndTag struct {
	byID
	Have string `header:"If-None-Match"`
}

func TestChangesAreOfOneVersion(t *testing.T) {
	r, api, _, _ := versioned()
	for _, tt := range []struct {
		method, body string
		headers      []string
		status       int
	}{
		{"GET", "", nil, 200},
		{"GET", "", []string{"If-None-Match", `W/"7"`}, 304},
		{"HEAD", "", []string{"If-None-Match", `*`}, 304},
		{"GET", "", []string{"If-None-Match", `"6"`}, 200},
		{"PATCH", `{"title":"x"}`, []string{"If-Match", `"6", "7"`}, 200},
		{"PATCH", `{"title":"x"}`, []string{"If-Match", `*`}, 200},
		{"PATCH", `{"title":"x"}`, []string{"If-Match", `"6"`}, 412},
		{"PATCH", `{"title":"x"}`, []string{"If-Match", `W/"7"`}, 412}, // the strong comparison
		{"PATCH", `{"title":"x"}`, []string{"If-Match", `7`}, 412},
		{"PATCH", `{"title":"x"}`, nil, 428},
		{"PATCH", `{}`, nil, 428},
		{"PATCH", `{}`, []string{"If-Match", `"7"`}, 422},
	} {
		w := ask(r, tt.method, "/books/3", tt.body, tt.headers...)
		assert.Equal(t, tt.status, w.Code, "%v", tt)
		assert.Equal(t, tt.method != "PATCH", w.Header().Get("ETag") == `"7"`, "%v", tt)
		assert.Equal(t, tt.status == 304, w.Body.Len() == 0, "%v", tt)
	}
	document := string(api.Document())
	for _, text := range []string{`"304": {`, `"412": {`, `"428": {`, `"ETag": {`, `"name": "If-Match"`} {
		assert.Contains(t, document, text)
	}
}

// Wherever an input has its IfMatch, and however many lines a client sends.
func TestIfMatchBehindAPointerAndInSeveralLines(t *testing.T) {
	type Base struct{ typed.IfMatch }
	type title struct {
		Title string `json:"title"`
	}
	type behind struct {
		*Base
		title
	}
	type named struct {
		Match *typed.IfMatch
		title
	}
	type maybe struct {
		Match binding.Optional[typed.IfMatch]
		title
	}
	r, api := newAPI()
	typed.PUT(api, "/behind", func(_ context.Context, in *behind) (string, error) { return "", in.Check(`"1"`) })
	typed.PUT(api, "/named", func(_ context.Context, in *named) (string, error) { return "", in.Match.Check(`1`) })
	typed.PUT(api, "/maybe", func(_ context.Context, in *maybe) (string, error) {
		match, _ := in.Match.Get()
		return "", match.Check(`"1"`)
	})
	for _, path := range []string{"/behind", "/named", "/maybe"} {
		for status, headers := range map[int][]string{
			428: nil,
			200: {"If-Match", `"2"`, "If-Match", `"1"`},
			412: {"If-Match", `"2"`, "If-Match", `"3"`},
		} {
			assert.Equal(t, status, ask(r, "PUT", path, `{"title":"x"}`, headers...).Code, path)
		}
	}
	assert.Equal(t, 3, strings.Count(string(api.Document()), `"428": {`))
}

// An entity tag without quotes is none, to any client.
func TestAnEntityTagHasQuotes(t *testing.T) {
	r, api := newAPI()
	typed.GET(api, "/tagged", func(context.Context, *none) (typed.Tagged[int], error) { return typed.Tagged[int]{ETag: "7"}, nil })
	typed.GET(api, "/file", func(context.Context, *none) (typed.File, error) {
		return typed.File{ETag: "7", Content: strings.NewReader("a")}, nil
	})
	for _, path := range []string{"/tagged", "/file"} {
		assert.Equal(t, `"7"`, ask(r, "GET", path, "").Header().Get("ETag"))
		assert.Equal(t, 304, ask(r, "GET", path, "", "If-None-Match", `"7"`).Code)
	}
}

func TestCallKnowsVersions(t *testing.T) {
	r, _, get, change := versioned()
	server := httptest.NewServer(r)
	defer server.Close()
	client, ctx, id := &typed.Client{Base: server.URL}, context.Background(), byID{ID: 3}
	got, err := get.Call(ctx, client, &byIDAndTag{byID: id})
	require.NoError(t, err)
	assert.Equal(t, typed.Tagged[*book]{ETag: `"7"`, Body: &book{3, "Momo"}}, got)
	again, err := get.Call(ctx, client, &byIDAndTag{byID: id, Have: got.ETag})
	require.NoError(t, err)
	assert.Equal(t, typed.Tagged[*book]{ETag: `"7"`}, again)
	changed, err := change.Call(ctx, client, &edit{byID: id, IfMatch: typed.IfMatch{Versions: got.ETag}, Title: "x"})
	require.NoError(t, err)
	assert.Equal(t, book{3, "x"}, changed)
	var problem *dram.Problem
	_, err = change.Call(ctx, client, &edit{byID: id, Title: "x"})
	require.ErrorAs(t, err, &problem)
	assert.Equal(t, http.StatusPreconditionRequired, problem.Status)
}

// A nil pointer is none of the things that the document says are answered, in any mode.
func TestANilPointerIsRefused(t *testing.T) {
	defer dram.SetMode(dram.Mode())
	r, api := newAPI()
	var got *book
	typed.GET(api, "/plain", func(context.Context, *struct{}) (*book, error) { return got, nil })
	typed.POST(api, "/created", func(context.Context, *struct{}) (typed.Created[*book], error) {
		return typed.Created[*book]{Body: got}, nil
	})
	assert.NotContains(t, string(api.Document()), `"type": "null"`)
	var errs []string
	r.OnError(func(c *dram.Context, err error) { errs = append(errs, err.Error()); dram.WriteError(c, err) })
	for _, mode := range []string{dram.TestMode, dram.ReleaseMode} {
		dram.SetMode(mode)
		got = nil
		assert.Equal(t, 500, ask(r, "GET", "/plain", "").Code)
		assert.Equal(t, 500, ask(r, "POST", "/created", "").Code)
		got = &book{7, "Momo"}
		assert.JSONEq(t, `{"id":7,"title":"Momo"}`, ask(r, "GET", "/plain", "").Body.String())
	}
	require.Len(t, errs, 4)
	assert.Regexp(t, `GET /plain \(.*version_test.go:\d+\) answers with a nil \*typed_test.book: return an error`, errs[0])
}

func TestAnEntityTagThatNoneCanBeIsAnError(t *testing.T) {
	for etag, status := range map[string]int{`a"b`: 500, `"7`: 500, `7"`: 500, "a b": 500, "a\nb": 500, `"`: 500, `""`: 200, "a,b": 200, `W/"7"`: 200} {
		r, api := newAPI()
		typed.GET(api, "/tagged", func(context.Context, *none) (typed.Tagged[int], error) { return typed.Tagged[int]{ETag: etag}, nil })
		typed.GET(api, "/file", func(context.Context, *none) (typed.File, error) {
			return typed.File{ETag: etag, Content: strings.NewReader("a")}, nil
		})
		for _, path := range []string{"/tagged", "/file"} {
			w := ask(r, "GET", path, "")
			assert.Equal(t, status, w.Code, "%s %q", path, etag)
			assert.Equal(t, status == 200, w.Header().Get("ETag") != "", "%s %q", path, etag)
		}
		err := typed.IfMatch{Versions: "*"}.Check(etag)
		assert.Equal(t, status == 200, err == nil, etag)
	}
}

// A cache has the 304 under the same headers as the 200 (RFC 9110 section 15.4.5).
func TestA304OfSeveralFormatsVaries(t *testing.T) {
	r, api := newAPI()
	typed.GET(api, "/", func(context.Context, *none) (typed.Tagged[int], error) { return typed.Tagged[int]{ETag: "7"}, nil }, typed.Offers("application/json", "application/xml"))
	w := ask(r, "GET", "/", "", "If-None-Match", `"7"`)
	assert.Equal(t, 304, w.Code)
	assert.Equal(t, "Accept", w.Header().Get("Vary"))
}
