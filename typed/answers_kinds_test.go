package typed_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

// HEAD has no body to end an endless stream.
func TestHeadOfAnEndlessStreamEnds(t *testing.T) {
	r, api := newAPI()
	typed.GET(api, "/watch", func(context.Context, *struct{}) (iter.Seq[int], error) {
		return func(yield func(int) bool) {
			t.Error("nobody reads the values")
			for i := 0; i < 1000 && yield(i); i++ {
			}
		}, nil
	})
	for _, accept := range []string{"text/event-stream", "application/jsonl"} {
		w := ask(r, "HEAD", "/watch", "", "Accept", accept)
		assert.Equal(t, 200, w.Code)
		assert.Contains(t, w.Header().Get("Content-Type"), accept)
	}
}

// A session that cannot be stored, say, is a 503 in place of what the handler answers.
func TestAnEndlessStreamEndsWhenALayerHasAnsweredInItsPlace(t *testing.T) {
	r, api := newAPI()
	r.Use(func(c *dram.Context) {
		c.NextAnswer(nil, func(a dram.Answer) { a.Replace(func(c *dram.Context) { c.String(503, "no") }) })
	})
	typed.GET(api, "/watch", func(context.Context, *struct{}) (iter.Seq[int], error) {
		return func(yield func(int) bool) {
			for i := 0; yield(i); i++ {
				if i == 1000 {
					t.Error("nobody wants the values")
					return
				}
			}
		}, nil
	})
	for _, accept := range []string{"text/event-stream", "application/jsonl"} {
		w := ask(r, "GET", "/watch", "", "Accept", accept)
		assert.Equal(t, "503 no", fmt.Sprint(w.Code, " ", w.Body))
	}
}

func TestEachValueOfAStreamKeepsItsDeclaration(t *testing.T) {
	logged := &bytes.Buffer{}
	defer func(was io.Writer) { dram.DefaultErrorWriter = was }(dram.DefaultErrorWriter)
	dram.DefaultErrorWriter = logged
	r, api := newAPI()
	good, wrong := declared{Kind: "novel", List: []string{}}, declared{Kind: "atlas", List: []string{}}
	send := func(values ...declared) func(context.Context, *struct{}) (iter.Seq2[typed.Event[declared], error], error) {
		return func(context.Context, *struct{}) (iter.Seq2[typed.Event[declared], error], error) {
			return func(yield func(typed.Event[declared], error) bool) {
				for _, value := range values {
					if !yield(typed.Event[declared]{Data: value}, nil) {
						return
					}
				}
			}, nil
		}
	}
	typed.GET(api, "/first", send(wrong))
	typed.GET(api, "/plain", func(context.Context, *struct{}) (iter.Seq[declared], error) {
		return func(yield func(declared) bool) { yield(wrong) }, nil
	})
	for _, accept := range []string{"text/event-stream", "application/jsonl"} {
		for _, path := range []string{"/first", "/plain"} {
			logged.Reset()
			assert.Equal(t, 500, ask(r, "GET", path, "", "Accept", accept).Code, "%s %s", path, accept)
			assert.Contains(t, logged.String(), "[DRAM-debug] [ERROR] dram: typed: the answer of GET "+path, "an Engine without Logger says it too")
			assert.Contains(t, logged.String(), "/kind must be one of")
		}
	}

	dram.DefaultErrorWriter = io.Discard // a server's handler says it when the client has the answer
	served, api := newAPI()
	typed.GET(api, "/second", send(good, wrong, good))
	server := httptest.NewServer(served)
	defer server.Close()
	for _, accept := range []string{"text/event-stream", "application/jsonl"} {
		req, _ := http.NewRequest("GET", server.URL+"/second", nil)
		req.Header.Set("Accept", accept)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		assert.Error(t, err, "the answer is cut")
		assert.NotContains(t, string(text), "atlas")
	}
}

func TestRedirectsHaveTheDocumentsStatus(t *testing.T) {
	r, api := newAPI()
	status := 0
	to := func(context.Context, *struct{}) (typed.Redirect, error) {
		return typed.Redirect{Status: status, Location: "/new"}, nil
	}
	typed.GET(api, "/other", to)
	typed.GET(api, "/moved", to, typed.Status(308))
	assert.Equal(t, 303, ask(r, "GET", "/other", "").Code)
	assert.Equal(t, 308, ask(r, "GET", "/moved", "").Code)
	assert.Contains(t, string(api.Document()), `"308"`)
	status = 307
	assert.Equal(t, 500, ask(r, "GET", "/other", "").Code)
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	assert.Equal(t, 307, ask(r, "GET", "/other", "").Code)
	defer func() { assert.Contains(t, fmt.Sprint(recover()), "the status 200 leads nowhere") }()
	typed.GET(api, "/none", to, typed.Status(200))
}

func TestHandlersThatAnswerByThemselvesAreTheWholeAnswer(t *testing.T) {
	r, api := newAPI()
	for path, write := range map[string]func(c *dram.Context){
		"/text": func(c *dram.Context) { c.String(200, "own") }, "/refused": func(c *dram.Context) { c.AbortWithStatus(403) },
	} {
		typed.GET(api, path, func(ctx context.Context, _ *struct{}) (string, error) {
			write(typed.Context(ctx))
			return "two", nil
		})
	}
	assert.Equal(t, "own", ask(r, "GET", "/text", "").Body.String())
	w := ask(r, "GET", "/refused", "")
	assert.Equal(t, 403, w.Code)
	assert.Empty(t, w.Body.String())
}

func TestNilPointersAreNotAnswers(t *testing.T) {
	r, api := newAPI()
	typed.GET(api, "/", func(context.Context, *struct{}) (*book, error) { return nil, nil })
	assert.Equal(t, 500, ask(r, "GET", "/", "").Code)
}

func TestUnionsNameTheFieldThatIsWrong(t *testing.T) {
	logged := &bytes.Buffer{}
	defer func(was io.Writer) { dram.DefaultErrorWriter = was }(dram.DefaultErrorWriter)
	dram.DefaultErrorWriter = logged
	r, api := newAPI()
	typed.Union(api, "kind", map[string]Shape{"circle": circle{}, "square": square{}})
	typed.GET(api, "/", func(context.Context, *struct{}) ([]Shape, error) { return []Shape{circle{"hexagon", 2}}, nil })
	assert.Equal(t, 500, ask(r, "GET", "/", "").Code)
	assert.Contains(t, logged.String(), "/0/kind must be one of [circle square]")
}

// What a File cannot be is a problem, as all else is.
func TestFilesThatCannotBeSentAreProblems(t *testing.T) {
	r, api := newAPI()
	closed, err := os.Create(filepath.Join(t.TempDir(), "closed"))
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	var content io.ReadSeeker
	typed.GET(api, "/", func(context.Context, *struct{}) (typed.File, error) {
		return typed.File{Content: content, Name: "a.txt", ETag: `"v1"`, ModTime: time.Unix(1, 0)}, nil
	})
	for name, tt := range map[string]struct {
		content io.ReadSeeker
		header  string
		value   string
		code    int
	}{
		"no content":        {nil, "", "", 500},
		"a nil file":        {(*os.File)(nil), "", "", 500},
		"a closed file":     {closed, "", "", 500},
		"no such range":     {strings.NewReader("0123"), "Range", "bytes=20-", 416},
		"another version":   {strings.NewReader("0123"), "If-Match", `"v2"`, 412},
		"the same version":  {strings.NewReader("0123"), "If-Match", `"v1"`, 200},
		"a range":           {strings.NewReader("0123"), "Range", "bytes=1-2", 206},
		"the newest is had": {strings.NewReader("0123"), "If-None-Match", `"v1"`, 304},
	} {
		content = tt.content
		w := ask(r, "GET", "/", "", tt.header, tt.value)
		assert.Equal(t, tt.code, w.Code, name)
		if tt.code >= 400 {
			assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"), name)
			assert.Empty(t, w.Header().Get("ETag"), name)
		}
		if tt.code == 416 {
			assert.Equal(t, "bytes */4", w.Header().Get("Content-Range"))
		}
	}
}

func TestDetailOfAsHasACopy(t *testing.T) {
	shared := typed.Problem(429, "quota", "Too much")
	r, api := newAPI(typed.Errors(typed.As(shared, func(q *quota, p *dram.Problem) *dram.Problem {
		p.Detail += fmt.Sprint("wait ", q.wait)
		return p
	})))
	typed.GET(api, "/", func(context.Context, *struct{}) (int, error) { return 0, &quota{7} })
	for range 2 {
		assert.Contains(t, ask(r, "GET", "/", "").Body.String(), `"detail":"wait 7"`)
	}
	assert.Empty(t, shared.Detail)
}

// unfit is a value that neither JSON nor XML can hold.
type unfit struct {
	F float64 `json:"f"`
}

func (unfit) MarshalXML(*xml.Encoder, xml.StartElement) error { return errors.New("secret") }

// The document has a problem for each failure: one of a value that cannot be encoded had no body.
func TestAValueThatCannotBeEncodedIsAProblem(t *testing.T) {
	for _, mode := range []string{dram.TestMode, dram.ReleaseMode} {
		dram.SetMode(mode)
		defer dram.SetMode(dram.TestMode)
		r, api := newAPI()
		var logged []*dram.Error
		api.Use(func(c *dram.Context) { c.Next(); logged = c.Errors })
		value := unfit{math.NaN()}
		typed.GET(api, "/value", func(context.Context, *struct{}) (unfit, error) { return value, nil }, typed.Offers("application/json", "application/xml"))
		typed.GET(api, "/tagged", func(context.Context, *struct{}) (typed.Tagged[unfit], error) {
			return typed.Tagged[unfit]{ETag: "7", Body: value}, nil
		})
		typed.POST(api, "/created", func(context.Context, *struct{}) (typed.Created[unfit], error) {
			return typed.Created[unfit]{Location: "/value", Body: value}, nil
		})
		for _, tt := range [][3]string{
			{"GET", "/value", "application/json"}, {"GET", "/value", "application/xml"}, {"GET", "/tagged", "*/*"}, {"POST", "/created", "*/*"},
		} {
			w := ask(r, tt[0], tt[1], "", "Accept", tt[2])
			assert.Equal(t, 500, w.Code, tt)
			assert.JSONEq(t, `{"title":"Internal Server Error","status":500}`, w.Body.String(), tt)
			assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"), tt)
			assert.Empty(t, w.Header().Get("ETag")+w.Header().Get("Location"), tt)
			assert.Len(t, logged, 1, tt)
		}
	}
}
