package dram_test

import (
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

const multipartForm = "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nann\r\n--x--\r\n"

// TestAFormWhoseBodyWasReadBefore: the error says so to the program, and nothing of it
// to a client. A form that a Bind has read is there for the next one.
func TestAFormWhoseBodyWasReadBefore(t *testing.T) {
	tests := []struct {
		name, method, contentType, body string
		first                           func(*dram.Context)
		fails                           bool
	}{
		{"a form", "POST", "application/x-www-form-urlencoded", "name=ann", raw, true},
		{"a form with a charset", "PUT", "application/x-www-form-urlencoded; charset=utf-8", "name=ann", raw, true},
		{"a form of QUERY", "QUERY", "application/x-www-form-urlencoded", "name=ann", raw, true},
		{"a multipart form", "POST", "multipart/form-data; boundary=x", multipartForm, raw, true},
		{"a form, bound twice", "POST", "application/x-www-form-urlencoded", "name=ann", bound, false},
		{"a form of QUERY, bound twice", "QUERY", "application/x-www-form-urlencoded", "name=ann", bound, false},
		{"a multipart form, bound twice", "POST", "multipart/form-data; boundary=x", multipartForm, bound, false},
		{"a form without values", "POST", "application/x-www-form-urlencoded", "&", untouched, false},
		{"an empty form", "POST", "application/x-www-form-urlencoded", "", raw, false},
		{"another body", "POST", "text/plain", "name=ann", raw, false},
		{"a method without a form", "DELETE", "application/x-www-form-urlencoded", "name=ann", raw, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := dram.New()
			var err error
			r.Handle(tt.method, "/", tt.first, func(c *dram.Context) { err = c.ShouldBindWith(&named{}, binding.Form) })
			req := httptest.NewRequest(tt.method, "/", strings.NewReader(tt.body))
			req.Header.Set("Content-Type", tt.contentType)
			r.ServeHTTP(httptest.NewRecorder(), req)
			if !tt.fails {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "dram: form body: must not be empty (required): the body was read before")
			require.Len(t, binding.FieldErrors(err), 1)
			assert.Equal(t, "must not be empty", binding.FieldErrors(err)[0].Message)
		})
	}
}

type named struct {
	Name string `form:"name"`
}

func raw(c *dram.Context)       { _, _ = c.GetRawData() }
func bound(c *dram.Context)     { _ = c.ShouldBindWith(&named{}, binding.Form) }
func untouched(c *dram.Context) {}

// A form that ends inside the header of a part is not one without that part.
func TestACutMultipartFormIsABadRequest(t *testing.T) {
	const cut = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; na"
	r := dram.New()
	type form struct {
		A string `form:"a"`
		N string `form:"name"`
	}
	r.POST("/all", dram.Try(func(c *dram.Context) error { return c.ShouldBindAll(new(form)) }))
	r.POST("/bind", dram.Try(func(c *dram.Context) error { return c.ShouldBind(new(form)) }))
	r.POST("/file", dram.Try(func(c *dram.Context) error { _, err := c.FormFile("f"); return err }))
	r.POST("/form", dram.Try(func(c *dram.Context) error { _, err := c.MultipartForm(); assert.Empty(t, c.PostForm("a")); return err }))
	for _, limit := range []int64{1 << 20, -1} {
		r.MaxBodyMemory = limit
		for _, path := range []string{"/all", "/bind", "/file", "/form"} {
			req := httptest.NewRequest("POST", path, strings.NewReader(cut))
			req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			assert.Equal(t, 400, w.Code, "%s with the limit %d: %s", path, limit, w.Body)
		}
	}
}

// A disk that is full, or a directory that is not there, is not the client's fault.
func TestAFormThatCannotBeKeptIsTheServersFault(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	t.Setenv("TMP", filepath.Join(t.TempDir(), "none"))
	type form struct {
		F *multipart.FileHeader `form:"f"`
	}
	r := dram.New()
	r.MaxMultipartMemory = 1
	r.POST("/all", dram.Try(func(c *dram.Context) error { return c.ShouldBindAll(new(form)) }))
	r.POST("/try", dram.Try(func(c *dram.Context) error { return c.ShouldBind(new(form)) }))
	r.POST("/bind", func(c *dram.Context) { assert.Error(t, c.Bind(new(form))) })
	r.POST("/bindall", func(c *dram.Context) { assert.Error(t, c.BindAll(new(form))) })
	r.POST("/file", dram.Try(func(c *dram.Context) error { _, err := c.FormFile("f"); return err }))
	for _, path := range []string{"/all", "/try", "/bind", "/bindall", "/file"} {
		text := "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n" + strings.Repeat("x", 11<<20) + "\r\n--b--\r\n"
		req := httptest.NewRequest("POST", path, strings.NewReader(text))
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.Equal(t, 500, w.Code, "%s: %s", path, w.Body)
		assert.NotContains(t, w.Body.String(), "none", path)
	}
}

func TestFilesOfABoundFormStayInMemoryWithinTheLimits(t *testing.T) {
	for name, tt := range map[string]struct {
		files, body int64
		inMemory    bool
	}{"within both": {1 << 20, 1 << 20, true}, "beyond that of forms": {1, 1 << 20, false}, "beyond that of bodies": {1 << 20, 200, false}} {
		t.Run(name, func(t *testing.T) {
			r := dram.New(func(e *dram.Engine) { e.MaxMultipartMemory, e.MaxBodyMemory = tt.files, tt.body })
			r.POST("/", func(c *dram.Context) {
				var form struct {
					File *multipart.FileHeader `form:"file"`
				}
				require.NoError(t, c.ShouldBindWith(&form, binding.FormMultipart))
				file, err := form.File.Open()
				require.NoError(t, err)
				defer file.Close()
				_, onDisk := file.(*os.File)
				assert.Equal(t, tt.inMemory, !onDisk)
			})
			contentType, text := multipartBody(t, 1, 20_000)
			req := httptest.NewRequest("POST", "/", strings.NewReader(text))
			req.Header.Set("Content-Type", contentType)
			r.ServeHTTP(httptest.NewRecorder(), req)
		})
	}
}

func TestABadFormIsThatOfItsRequest(t *testing.T) {
	layers := map[string]struct {
		layer dram.HandlerFunc
		isBad bool
	}{
		"a layer with a writer of its own": {dram.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(plainWriter{w}, r) })
		}), true},
		"another request that was parsed": {func(c *dram.Context) {
			other := c.Request.Clone(c.Request.Context())
			other.PostForm = url.Values{"name": {"eve"}}
			c.NextWith(nil, other)
		}, false},
	}
	for name, tt := range layers {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(func(c *dram.Context) { c.PostForm("name") }, tt.layer)
			var err error
			r.POST("/", func(c *dram.Context) { _, err = dram.FormOr(c, "other", "") })
			req := httptest.NewRequest("POST", "/", strings.NewReader("name=ann&%zz"))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.ServeHTTP(httptest.NewRecorder(), req)
			assert.Equal(t, tt.isBad, err != nil)
		})
	}
}

// A Context of the pool knows nothing of a form that it could not parse before.
func TestABadFormEndsWithItsRequest(t *testing.T) {
	inMode(t, dram.ReleaseMode)
	r := dram.New()
	var err error
	r.POST("/", func(c *dram.Context) {
		c.PostForm("name")
		_, err = dram.FormOr(c, "other", "")
	})
	post := func(body string) error {
		req := httptest.NewRequest("POST", "/", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.ServeHTTP(httptest.NewRecorder(), req)
		return err
	}
	for range 10 {
		assert.Error(t, post("name=ann&%zz"))
		assert.NoError(t, post("name=ann"))
	}
}
