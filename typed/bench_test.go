package typed_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

type signup struct {
	Shelf string   `uri:"shelf" binding:"required"`
	Dry   bool     `query:"dry"`
	Title string   `json:"title" binding:"required,max=50"`
	Tags  []string `json:"tags" binding:"max=3,dive,min=2"`
}

// signups answers the same request by hand and typed.
func signups(byHand bool) http.Handler {
	r := dram.New()
	make := func(in *signup) book { return book{7, in.Title} }
	if byHand {
		r.POST("/shelves/:shelf/books", func(c *dram.Context) {
			in := new(signup)
			if err := c.ShouldBindAll(in); err != nil {
				c.Fail(err)
				return
			}
			c.JSON(200, make(in))
		})
		return r
	}
	api := typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1"})
	typed.POST(api, "/shelves/:shelf/books", func(_ context.Context, in *signup) (book, error) { return make(in), nil })
	return r
}

type discard struct{ header http.Header }

func (w discard) Header() http.Header         { return w.header }
func (w discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)               {}

func BenchmarkBindAndAnswer(b *testing.B) {
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	for name, byHand := range map[string]bool{"by hand": true, "typed": false} {
		b.Run(name, func(b *testing.B) {
			h := signups(byHand)
			body := strings.NewReader("")
			req := httptest.NewRequest("POST", "/shelves/a/books?dry=true", nil)
			req.Header.Set("Content-Type", "application/json")
			req.ContentLength = 1
			w := discard{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				body.Reset(`{"title":"Momo","tags":["ab","cd"]}`)
				req.Body = io.NopCloser(body)
				clear(w.header)
				h.ServeHTTP(w, req)
			}
		})
	}
}
