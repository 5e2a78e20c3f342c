package dram_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

// multipartBody is a form of a value and a file of so many bytes each.
func multipartBody(t *testing.T, value, file int) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	require.NoError(t, w.WriteField("name", strings.Repeat("v", value)))
	part, err := w.CreateFormFile("file", "f.txt")
	require.NoError(t, err)
	_, err = part.Write(bytes.Repeat([]byte("f"), file))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return w.FormDataContentType(), b.String()
}

// What is read into memory is bounded, in whichever way a handler reads it.
func TestMaxBodyMemory(t *testing.T) {
	const limit = 1000
	long := strings.Repeat("x", limit)
	largeValue, valueBody := multipartBody(t, limit, 1)
	hugeValue, hugeBody := multipartBody(t, 11<<20, 1)
	largeFile, fileBody := multipartBody(t, 100, 10*limit)
	raw := func(c *dram.Context, _ any) error { _, err := c.GetRawData(); return err }
	plain := func(c *dram.Context, _ any) error { var s string; return c.ShouldBindPlain(&s) }
	with := func(b binding.Binding) func(*dram.Context, any) error {
		return func(c *dram.Context, obj any) error { return c.ShouldBindWith(obj, b) }
	}
	tests := []struct {
		name, contentType, body string
		bind                    func(*dram.Context, any) error
		tooLarge                bool
	}{
		{"JSON", "application/json", `{"name":"` + long + `"}`, (*dram.Context).ShouldBind, true},
		{"white space", "application/json", `{"name":"x"}` + strings.Repeat(" ", limit), (*dram.Context).ShouldBindJSON, true},
		{"small JSON", "application/json", `{"name":"x"}`, (*dram.Context).ShouldBindJSON, false},
		{"XML", "text/xml", "<p><name>" + long + "</name></p>", (*dram.Context).ShouldBindXML, true},
		{"plain", "text/plain", long + "x", plain, true},
		{"plain at the limit", "text/plain", long, plain, false},
		{"raw", "", long + "x", raw, true},
		{"raw at the limit", "", long, raw, false},
		{"several times", "", `{"name":"` + long + `"}`, (*dram.Context).ShouldBindBodyWithJSON, true},
		{"form", "application/x-www-form-urlencoded", "name=" + long, (*dram.Context).ShouldBind, true},
		{"form of the body alone", "application/x-www-form-urlencoded", "name=" + long, with(binding.FormPost), true},
		{"small form", "application/x-www-form-urlencoded", "name=x", (*dram.Context).ShouldBind, false},
		{"a value of a multipart form", largeValue, valueBody, (*dram.Context).ShouldBind, true},
		{"a value, by Form", largeValue, valueBody, with(binding.Form), true},
		{"a value beyond what net/http takes", hugeValue, hugeBody, (*dram.Context).ShouldBind, true},
		{"a file of a multipart form", largeFile, fileBody, (*dram.Context).ShouldBind, false},
		{"a file, by Form", largeFile, fileBody, with(binding.Form), false},
		{"JSON that says it is a form", largeFile, `{"name":"` + long + `"}`, (*dram.Context).ShouldBindJSON, true},
		{"what reads no body", "application/json", long, (*dram.Context).ShouldBindQuery, false},
		{"a binding of the program's own", "", long + "x", with(keeping{new(io.Reader)}), true},
	}
	for _, tt := range tests {
		for _, announced := range []bool{true, false} {
			t.Run(tt.name, func(t *testing.T) {
				r := dram.New(func(e *dram.Engine) { e.MaxBodyMemory = limit })
				reached := false
				r.POST("/", func(c *dram.Context) {
					reached = true
					before := c.Request.Body
					var v struct {
						Name string                `json:"name" form:"name" xml:"name"`
						File *multipart.FileHeader `form:"file"`
					}
					err := tt.bind(c, &v)
					assert.True(t, before == c.Request.Body, "the body is the one that was there before")
					var tooLarge *http.MaxBytesError
					if !tt.tooLarge {
						require.NoError(t, err)
						return
					}
					require.ErrorAs(t, err, &tooLarge)
					assert.EqualValues(t, limit, tooLarge.Limit)
					assert.Contains(t, err.Error(), "Engine.MaxBodyMemory")
					assert.Nil(t, binding.FieldErrors(err))
				})
				req := httptest.NewRequest("POST", "/?name=q", strings.NewReader(tt.body))
				req.Header.Set("Content-Type", tt.contentType)
				if !announced {
					req.ContentLength = -1
				}
				r.ServeHTTP(httptest.NewRecorder(), req)
				assert.True(t, reached)
			})
		}
	}
}

// bodyLimit is what a layer sets.
type bodyLimit int64

func (l bodyLimit) BodyLimit() int64 { return int64(l) }

func TestALayersLimitTakesThePlaceOfASmallerOne(t *testing.T) {
	for name, tt := range map[string]struct {
		engine, layer int64
		refused       bool
	}{
		"a larger one":                   {10, 1000, false},
		"a smaller one":                  {1000, 10, false}, // the layer itself bounds the body
		"none":                           {10, -1, false},
		"one, where the engine has none": {-1, 10, false},
		"both too small":                 {10, 11, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New(func(e *dram.Engine) { e.MaxBodyMemory = tt.engine })
			r.POST("/", func(c *dram.Context) {
				c.Set(dram.BodyLimitKey, bodyLimit(tt.layer))
				_, err := c.GetRawData()
				assert.Equal(t, tt.refused, err != nil, err)
			})
			r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", 100))))
		})
	}
}

// A form beyond the limit has no values, and a debug line says why.
func TestMaxBodyMemoryOfPostForm(t *testing.T) {
	const limit = 1000
	long := strings.Repeat("x", limit)
	largeValue, valueBody := multipartBody(t, limit, 1)
	hugeValue, hugeBody := multipartBody(t, 12<<20, 1)
	largeFile, fileBody := multipartBody(t, 100, 10*limit)
	for name, tt := range map[string]struct {
		contentType, body string
		limit             int64
		want              int // the length of the value
	}{
		"form":              {"application/x-www-form-urlencoded", "name=x&more=" + long, limit, 0},
		"small form":        {"application/x-www-form-urlencoded", "name=x", limit, 1},
		"no limit":          {"application/x-www-form-urlencoded", "name=" + long, -1, limit},
		"multipart":         {largeValue, valueBody, limit, 0},
		"huge multipart":    {hugeValue, hugeBody, limit, 0},
		"a file":            {largeFile, fileBody, limit, 100},
		"multipart, larger": {largeValue, valueBody, 2 * limit, limit},
	} {
		for _, announced := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				out := captureWriter(t)
				inMode(t, dram.DebugMode)
				r := dram.New(func(e *dram.Engine) { e.MaxBodyMemory = tt.limit })
				r.POST("/", func(c *dram.Context) {
					before := c.Request.Body
					for range 2 {
						assert.Len(t, c.PostForm("name"), tt.want)
						assert.Equal(t, tt.want > 0, len(c.PostFormArray("name")) > 0)
						assert.Empty(t, c.PostFormMap("name"))
					}
					assert.True(t, before == c.Request.Body, "the body is the one that was there before")
					_, err := c.FormFile("file")
					if tt.want == 0 {
						assert.Error(t, err)
					}
				})
				req := httptest.NewRequest("POST", "/", strings.NewReader(tt.body))
				req.Header.Set("Content-Type", tt.contentType)
				if !announced {
					req.ContentLength = -1
				}
				r.ServeHTTP(httptest.NewRecorder(), req)
				if tt.want == 0 {
					assert.Contains(t, out.String(), "Engine.MaxBodyMemory")
				} else {
					assert.NotContains(t, out.String(), "error on parse")
				}
			})
		}
	}
}

// keeping is a binding that keeps the body.
type keeping struct{ body *io.Reader }

func (keeping) Name() string { return "keeping" }

func (k keeping) Bind(req *http.Request, _ any) error {
	*k.body = req.Body
	_, err := io.Copy(io.Discard, req.Body)
	return err
}

func TestMaxBodyMemoryAnswers413(t *testing.T) {
	r := dram.New(func(e *dram.Engine) { e.MaxBodyMemory = 20 })
	r.POST("/", func(c *dram.Context) { _ = c.BindJSON(&person{}) })
	assert.Equal(t, 413, post(r, "/", `{"name":"`+strings.Repeat("x", 50)+`"}`).Code)
	assert.Equal(t, 200, post(r, "/", `{"name":"x"}`).Code)
}

func TestMaxBodyMemoryValues(t *testing.T) {
	const size = 33 << 20
	for name, tt := range map[string]struct {
		limit int64
		want  int
	}{"the default": {dram.New().MaxBodyMemory, 413}, "zero is the default": {0, 413}, "negative is none": {-1, 200}, "more": {size, 200}} {
		t.Run(name, func(t *testing.T) {
			r := dram.New(func(e *dram.Engine) { e.MaxBodyMemory = tt.limit })
			var read int64
			r.POST("/bind", func(c *dram.Context) { _ = c.MustBindWith(nil, counting{&read}) })
			r.POST("/stream", func(c *dram.Context) { read, _ = io.Copy(io.Discard, c.Request.Body) })
			serve := func(path string) int {
				req := httptest.NewRequest("POST", path, io.LimitReader(zeros{}, size))
				w := httptest.NewRecorder()
				r.ServeHTTP(w, req)
				return w.Code
			}
			assert.Equal(t, tt.want, serve("/bind"))
			assert.LessOrEqual(t, read, int64(size))
			assert.Equal(t, 200, serve("/stream"))
			assert.EqualValues(t, size, read, "a stream is not concerned")
		})
	}
}

// counting is a binding that counts what it can read.
type counting struct{ read *int64 }

func (counting) Name() string { return "counting" }

func (b counting) Bind(req *http.Request, _ any) (err error) {
	*b.read, err = io.Copy(io.Discard, req.Body)
	return err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// A body that somebody keeps beyond its Bind does not become another request's.
func TestKeptBodyStaysBounded(t *testing.T) {
	r := dram.New(func(e *dram.Engine) { e.MaxBodyMemory = 8 })
	var kept io.Reader
	r.POST("/keep", func(c *dram.Context) { _ = c.ShouldBindWith(nil, keeping{&kept}) })
	r.POST("/", func(c *dram.Context) {
		_ = c.ShouldBindJSON(&person{})
		data, err := io.ReadAll(kept)
		assert.Empty(t, data)
		var tooLarge *http.MaxBytesError
		assert.ErrorAs(t, err, &tooLarge)
	})
	post(r, "/keep", strings.Repeat("x", 50))
	require.NotNil(t, kept)
	post(r, "/", `{}`)
}

// The limit costs a small JSON body no allocation.
func TestMaxBodyMemoryAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("sync.Pool drops things under the race detector")
	}
	allocs := func(limit int64) float64 {
		c, r := dram.CreateTestContext(httptest.NewRecorder())
		r.MaxBodyMemory = limit
		const text = `{"name":"Ann","age":7}`
		reader := strings.NewReader(text)
		c.Request = httptest.NewRequest("POST", "/", nil)
		c.Request.Body, c.Request.ContentLength = io.NopCloser(reader), int64(len(text))
		var p person
		return testing.AllocsPerRun(1000, func() {
			reader.Reset(text)
			if err := c.ShouldBindJSON(&p); err != nil {
				t.Error(err)
			}
		})
	}
	assert.LessOrEqual(t, allocs(1000), allocs(-1))
}
