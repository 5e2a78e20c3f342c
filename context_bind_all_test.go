package dram_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

func ExampleContext_ShouldBindAll() {
	type update struct {
		ID    int    `uri:"id"`
		Dry   bool   `query:"dry_run"`
		Match string `header:"If-Match" binding:"required"`
		Title string `json:"title" form:"title" binding:"required"`
		Year  int    `json:"year" form:"year" binding:"max=2100"`
	}
	r := dram.New()
	r.PUT("/books/:id", dram.Try(func(c *dram.Context) error {
		var in update
		if err := c.ShouldBindAll(&in); err != nil {
			return err // answered with 400 and each fault
		}
		c.String(http.StatusOK, "%d is %q now", in.ID, in.Title)
		return nil
	}))

	put := func(path, body string) {
		req := httptest.NewRequest("PUT", path, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("If-Match", `"3"`)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Println(w.Code, w.Body)
	}
	put("/books/7", `{"title":"Momo","id":9}`)
	put("/books/seven?dry_run=maybe", `{"year":3000}`)
	// Output:
	// 200 7 is "Momo" now
	// 400 {"title":"Bad Request","status":400,"detail":"The request is not valid.","errors":[{"source":"uri","field":"id","rule":"type","param":"integer","message":"must be an integer"},{"source":"query","field":"dry_run","rule":"type","param":"boolean","message":"must be a boolean"},{"source":"json","field":"title","rule":"required","message":"is required"},{"source":"json","field":"year","rule":"max","param":"2100","message":"must be at most 2100"}]}
}

type allOfIt struct {
	ID    int    `uri:"id"`
	Page  int    `query:"page"`
	Title string `json:"title" form:"title" binding:"required"`
}

func TestBindAllAnswersAndAborts(t *testing.T) {
	big := strings.Repeat("a", 200)
	tests := []struct {
		name, target, media, body string
		obj                       any
		want                      int
	}{
		{"all is well", "/1?page=2", "application/json", `{"title":"a"}`, &allOfIt{}, 200},
		{"wrong values", "/x?page=y", "application/json", `{"title":3}`, &allOfIt{}, 400},
		{"JSON that is too large", "/1", "application/json", `{"title":"` + big + `"}`, &allOfIt{}, 413},
		{"a form that is too large", "/1", "application/x-www-form-urlencoded", "title=" + big, &allOfIt{}, 413},
		{"a form of several parts that is too large", "/1", "multipart/form-data; boundary=b",
			"--b\r\nContent-Disposition: form-data; name=title\r\n\r\n" + big + "\r\n--b--\r\n", &allOfIt{}, 413},
		{"XML that is too large", "/1", "application/xml", "<a>" + big + "</a>", &allOfIt{}, 413},
		{"a codec that is missing", "/1", "application/toml", "a = 1", &allOfIt{}, 400},
		{"a param that the route does not have", "/1", "", "", &struct {
			ID int `uri:"shelf"`
		}{}, 500},
		{"no pointer", "/1", "", "", allOfIt{}, 500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := dram.New()
			r.MaxBodyMemory = 100
			after := false
			var failed []*dram.Error
			r.POST("/:id", func(c *dram.Context) {
				err := c.BindAll(tt.obj)
				assert.Equal(t, tt.want != 200, err != nil)
				failed = c.Errors
			}, func(*dram.Context) { after = true })
			req := httptest.NewRequest("POST", tt.target, strings.NewReader(tt.body))
			req.Header.Set("Content-Type", tt.media)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			assert.Equal(t, tt.want, w.Code)
			assert.Equal(t, tt.want == 200, after)
			if tt.want != 200 {
				require.Len(t, failed, 1)
				assert.True(t, failed[0].IsType(dram.ErrorTypeBind))
				if strings.Contains(tt.name, "codec") {
					assert.ErrorContains(t, failed[0], `import _ "github.com/dram-go/dram/contrib/toml"`)
				}
				assert.Equal(t, tt.want, dram.ProblemOf(failed[0].Err).Status)
			}
		})
	}
}

// The files of a form are not what MaxBodyMemory bounds.
func TestBindAllTakesFilesOfAnySize(t *testing.T) {
	r := dram.New()
	r.MaxBodyMemory = 100
	r.POST("/", func(c *dram.Context) {
		var in struct {
			Files binding.Optional[string] `query:"files"`
			Cover struct{}                 `form:"cover"`
		}
		assert.NoError(t, c.BindAll(&in))
		file, err := c.FormFile("file")
		if assert.NoError(t, err) {
			assert.EqualValues(t, 1000, file.Size)
		}
	})
	body := "--b\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\n" + strings.Repeat("a", 1000) + "\r\n--b--\r\n"
	req := httptest.NewRequest("POST", "/", strings.NewReader(body))
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, 200, w.Code)
}

func TestBindAllSaysMistakesInDebugMode(t *testing.T) {
	var log bytes.Buffer
	dram.SetMode(dram.DebugMode)
	defer dram.SetMode(dram.TestMode)
	before := dram.DefaultWriter
	dram.DefaultWriter = &log
	defer func() { dram.DefaultWriter = before }()
	r := dram.New()
	r.GET("/books/:id", func(c *dram.Context) {
		_ = c.ShouldBindAll(&struct {
			Book int `uri:"book"`
		}{})
	})
	serve(r, "GET", "/books/1")
	assert.Contains(t, log.String(), "BindAll")
	assert.Contains(t, log.String(), `wants the path parameter "book", which the route does not have`)
	assert.Contains(t, log.String(), "/books/:id")
}

// BenchmarkBindAll is one struct, beside the three methods that read its sources.
func BenchmarkBindAll(b *testing.B) {
	const text = `{"title":"Momo"}`
	type path struct {
		ID int `uri:"id"`
	}
	type query struct {
		Page int `form:"page"`
	}
	type book struct {
		Title string `json:"title" binding:"required"`
	}
	binds := map[string]func(c *dram.Context) error{
		"all": func(c *dram.Context) error { return c.ShouldBindAll(new(allOfIt)) },
		"one by one": func(c *dram.Context) error {
			if err := c.ShouldBindUri(new(path)); err != nil {
				return err
			}
			if err := c.ShouldBindQuery(new(query)); err != nil {
				return err
			}
			return c.ShouldBindJSON(new(book))
		},
	}
	for name, bind := range binds {
		b.Run(name, func(b *testing.B) {
			bound := allBenchmark(text, bind)
			b.ReportAllocs()
			for b.Loop() {
				if err := bound(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func allBenchmark(text string, bind func(*dram.Context) error) func() error {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	reader := strings.NewReader(text)
	c.Request = httptest.NewRequest("POST", "/1?page=2", nil)
	c.Request.Header.Set("Content-Type", "application/json")
	c.Request.Body, c.Request.ContentLength = io.NopCloser(reader), int64(len(text))
	c.Params = dram.Params{{Key: "id", Value: "1"}}
	return func() error {
		reader.Reset(text)
		return bind(c)
	}
}

func TestBindAllAllocatesLessThanItsParts(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	bound := allBenchmark(`{"title":"Momo"}`, func(c *dram.Context) error { return c.ShouldBindAll(new(allOfIt)) })
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { _ = bound() }), 10.0)
}
