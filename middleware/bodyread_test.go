package middleware_test

import (
	"io"
	mime "mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/middleware"
)

// Requests whose body a layer outside has read are told apart by it all the same, or not
// taken for one another at least.
func TestRequestsWhoseBodyWasReadOutsideAreToldApart(t *testing.T) {
	const multipart = "multipart/form-data; boundary=b"
	readers := map[string]struct {
		read        dram.HandlerFunc
		contentType string
		lost        bool // nothing is left of the body
	}{
		"ShouldBindBodyWith": {func(c *dram.Context) { _ = c.ShouldBindBodyWith(new(string), binding.Plain) }, "text/plain", false},
		"PostForm":           {func(c *dram.Context) { c.PostForm("q") }, dram.MIMEPOSTForm, false},
		"PostForm of parts":  {func(c *dram.Context) { c.PostForm("q") }, multipart, false},
		"FormFile":           {func(c *dram.Context) { _, _ = c.FormFile("f") }, multipart, false},
		"MultipartReader":    {func(c *dram.Context) { _, _ = c.Request.MultipartReader(); _, _ = c.GetRawData() }, multipart, true},
		"RemoveAll": {func(c *dram.Context) {
			form, _ := c.MultipartForm()
			_ = form.RemoveAll()
			c.Request.MultipartForm.File["f"] = append(form.File["f"], &mime.FileHeader{})
		}, multipart, true},
		"GetRawData": {func(c *dram.Context) { _, _ = c.GetRawData() }, "text/plain", true},
		"another body": {func(c *dram.Context) {
			data, _ := c.GetRawData()
			c.Request.Body = io.NopCloser(strings.NewReader(string(data)))
		}, "text/plain", false},
	}
	bodies := func(contentType, of string) []string {
		if contentType != multipart {
			return []string{"q=" + of}
		}
		part := func(disposition, text string) string {
			return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + text + "\r\n--b--\r\n"
		}
		return []string{part(`name="q"`, of), part(`name="f"; filename="a"`, of), part(`name="f"; filename="`+of+`"`, "a"), part(`name="`+of+`"; filename="a"`, "a")}
	}
	for name, reader := range readers {
		ask := func(method, path string, bodies ...string) *httptest.ResponseRecorder {
			ran := 0
			r := dram.New()
			r.Handle(dram.MethodQuery, "/cached", reader.read, middleware.Cache(middleware.CacheConfig{}), func(c *dram.Context) {
				ran++
				c.Header("Cache-Control", "public, max-age=60")
				c.String(http.StatusOK, "answer %d", ran)
			})
			r.POST("/once", reader.read, middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}), func(c *dram.Context) {
				c.Status(http.StatusNoContent)
			})
			var w *httptest.ResponseRecorder
			for _, body := range bodies {
				req := httptest.NewRequest(method, path, strings.NewReader(body))
				req.Header.Set("Content-Type", reader.contentType)
				req.Header.Set("Idempotency-Key", "k")
				w = httptest.NewRecorder()
				r.ServeHTTP(w, req)
			}
			return w
		}
		t.Run(name, func(t *testing.T) {
			other := bodies(reader.contentType, "second")
			for i, first := range bodies(reader.contentType, "first") {
				assert.Equal(t, "answer 2", ask(dram.MethodQuery, "/cached", first, other[i]).Body.String())
				second, again := http.StatusUnprocessableEntity, http.StatusNoContent
				kept := "answer 1"
				if reader.lost {
					second, again, kept = http.StatusInternalServerError, http.StatusInternalServerError, "answer 2"
				}
				assert.Equal(t, second, ask(http.MethodPost, "/once", first, other[i]).Code)
				assert.Equal(t, again, ask(http.MethodPost, "/once", first, first).Code)
				assert.Equal(t, kept, ask(dram.MethodQuery, "/cached", first, first).Body.String())
			}
		})
	}
}

// Of a body without a Content-Length it cannot be seen whether it was empty: nothing is kept for it.
func TestAQueryWhoseBodyMayHaveBeenReadIsNotCached(t *testing.T) {
	ran := 0
	r := dram.New()
	r.Handle(dram.MethodQuery, "/", func(c *dram.Context) { _, _ = c.GetRawData() }, middleware.Cache(middleware.CacheConfig{}), func(c *dram.Context) {
		ran++
		c.Header("Cache-Control", "public, max-age=60")
	})
	for _, body := range []string{"first", "second"} {
		req := httptest.NewRequest(dram.MethodQuery, "/", strings.NewReader(body))
		req.ContentLength = -1
		r.ServeHTTP(httptest.NewRecorder(), req)
	}
	assert.Equal(t, 2, ran)
}

// A form without a pair that can be read is the client's fault, which handlers tell it.
func TestAFormOfNothingThatWasReadOutsideIsServed(t *testing.T) {
	r := dram.New()
	r.POST("/", func(c *dram.Context) { c.PostForm("q") }, middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}), func(c *dram.Context) {
		c.Status(http.StatusBadRequest)
	})
	for _, body := range []string{"&", "%zz=1"} {
		req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		req.Header.Set("Content-Type", dram.MIMEPOSTForm)
		req.Header.Set("Idempotency-Key", body)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.Equal(t, http.StatusBadRequest, w.Code, body)
	}
}

// The error says what the program has to do about it.
func TestIdempotencyNamesABodyThatWasReadBefore(t *testing.T) {
	var err error
	r := dram.New()
	r.Use(func(c *dram.Context) {
		c.Next()
		err = c.Errors.Last()
	}, func(c *dram.Context) { _, _ = c.GetRawData() })
	r.POST("/", middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}), func(*dram.Context) {})
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x"))
	req.Header.Set("Idempotency-Key", "k")
	r.ServeHTTP(httptest.NewRecorder(), req)
	assert.ErrorContains(t, err, "Idempotency: the body was read before, by a layer or another Bind; decode it with Context.ShouldBindBodyWith")
}
