package typed_test

import (
	"context"
	"io"
	"iter"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/typed"
)

type everything struct {
	ID      string                   `uri:"id" json:"-"`
	Rest    string                   `uri:"rest" json:"-"`
	Page    int                      `query:"page" json:"-"`
	Tags    []string                 `query:"tag" json:"-"`
	Words   []int                    `query:"words" collection_format:"csv" json:"-"`
	Since   time.Time                `query:"since" time_format:"2006-01-02" time_utc:"1" json:"-"`
	Wait    time.Duration            `query:"wait" json:"-"`
	Maybe   *bool                    `query:"maybe" json:"-"`
	Key     string                   `header:"X-Key" json:"-"`
	Theme   string                   `cookie:"theme" json:"-"`
	Title   string                   `json:"title"`
	Count   int                      `json:"count,omitempty"`
	Series  binding.Optional[string] `json:"series,omitzero"`
	Absent  binding.Optional[string] `json:"absent,omitzero"`
	Nothing binding.Optional[int]    `json:"nothing,omitzero"`
}

type echoed struct {
	In      everything
	ID      string
	Rest    string
	Page    int
	Tags    []string
	Words   []int
	Since   time.Time
	Wait    time.Duration
	Maybe   *bool
	Key     string
	Theme   string
	Absent  bool
	Nothing bool
}

func TestCallSendsWhatTheHandlerReads(t *testing.T) {
	r, api := newAPI()
	route := typed.PUT(api, "/a/:id/*rest", func(_ context.Context, in *everything) (echoed, error) {
		return echoed{*in, in.ID, in.Rest, in.Page, in.Tags, in.Words, in.Since, in.Wait, in.Maybe, in.Key, in.Theme, in.Absent.IsAbsent(), in.Nothing.IsNull()}, nil
	})
	server := httptest.NewServer(r)
	defer server.Close()
	no := false
	in := everything{
		ID: "a/b %ä", Rest: "/x/y z", Page: 3, Tags: []string{"a&b", "c"}, Words: []int{1, 2}, Since: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC), Wait: time.Minute, Maybe: &no,
		Key: "k", Theme: "dark; x", Title: "Momo", Series: binding.Some("s"), Nothing: binding.Null[int](),
	}
	r.UseRawPath = true
	out, err := route.Call(context.Background(), &typed.Client{Base: server.URL}, &in)
	require.NoError(t, err)
	assert.Equal(t, in.ID, out.ID)
	assert.Equal(t, in.Rest, out.Rest)
	assert.Equal(t, in.Page, out.Page)
	assert.Equal(t, in.Tags, out.Tags)
	assert.Equal(t, in.Words, out.Words)
	assert.True(t, in.Since.Equal(out.Since))
	assert.Equal(t, in.Wait, out.Wait)
	assert.Equal(t, in.Maybe, out.Maybe)
	assert.Equal(t, in.Key, out.Key)
	assert.Equal(t, in.Theme, out.Theme)
	assert.Equal(t, in.Title, out.In.Title)
	assert.Equal(t, in.Series, out.In.Series)
	assert.True(t, out.Absent && out.Nothing)
	_, err = route.Call(context.Background(), &typed.Client{Base: server.URL}, &everything{ID: ".."})
	assert.ErrorContains(t, err, `the field ID: ".." cannot be a segment of a path`)
}

func TestCallReadsWhatTheHandlerAnswers(t *testing.T) {
	r, api := newAPI(typed.Errors(typed.Is(errTaken, typed.Problem(409, "title-taken", "The title is taken"))))
	create := typed.POST(api, "/shelves/:shelf/books", func(_ context.Context, in *create) (typed.Created[book], error) {
		if in.Title == "taken" {
			return typed.Created[book]{}, errTaken
		}
		return typed.Created[book]{Location: "/books/7", Body: book{7, in.Title}}, nil
	})
	remove := typed.DELETE(api, "/books/:id", func(context.Context, *byID) (typed.NoContent, error) { return typed.NoContent{}, nil })
	cover := typed.GET(api, "/cover", func(context.Context, *struct{}) (typed.File, error) {
		return typed.File{Content: strings.NewReader("0123"), Name: "ä.txt", Download: true, ModTime: time.Unix(1, 0), ETag: `"x"`}, nil
	})
	watch := typed.GET(api, "/watch", func(context.Context, *struct{}) (iter.Seq2[typed.Event[book], error], error) {
		return func(yield func(typed.Event[book], error) bool) {
			_ = yield(typed.Event[book]{ID: "1", Name: "new", Data: book{1, "a"}}, nil) && yield(typed.Event[book]{Data: book{2, "b"}}, nil)
		}, nil
	})
	server := httptest.NewServer(r)
	defer server.Close()
	client, ctx := &typed.Client{Base: server.URL + "/"}, context.Background()
	made, err := create.Call(ctx, client, &typedCreate{Shelf: "a", Title: "x"})
	require.NoError(t, err)
	assert.Equal(t, typed.Created[book]{Location: "/books/7", Body: book{7, "x"}}, made)
	var problem *dram.Problem
	_, err = create.Call(ctx, client, &typedCreate{Shelf: "a", Title: "taken"})
	require.ErrorAs(t, err, &problem)
	assert.Equal(t, "title-taken", problem.Type)
	assert.Equal(t, 409, problem.Status)
	_, err = create.Call(ctx, client, &typedCreate{Shelf: "a", Title: "too long"})
	require.ErrorAs(t, err, &problem)
	assert.Equal(t, 422, problem.Status)
	assert.Len(t, problem.Member("errors"), 1)
	_, err = remove.Call(ctx, client, &byID{ID: 3})
	assert.NoError(t, err)
	file, err := cover.Call(ctx, client, &struct{}{})
	require.NoError(t, err)
	text, err := io.ReadAll(file.Content)
	require.NoError(t, err)
	assert.Equal(t, []any{"0123", "ä.txt", `"x"`, true, int64(1)}, []any{string(text), file.Name, file.ETag, file.Download, file.ModTime.Unix()})
	events, err := watch.Call(ctx, client, &struct{}{})
	require.NoError(t, err)
	var got []typed.Event[book]
	for event, err := range events {
		require.NoError(t, err)
		got = append(got, event)
	}
	assert.Equal(t, []typed.Event[book]{{ID: "1", Name: "new", Data: book{1, "a"}}, {Data: book{2, "b"}}}, got)
}

type typedCreate = create
