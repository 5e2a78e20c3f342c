package middleware_test

import (
	"io"
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
	readers := map[string]struct {
		read        dram.HandlerFunc
		contentType string
		lost        bool // nothing is left of the body
	}{
		"ShouldBindBodyWith": {func(c *dram.Context) { _ = c.ShouldBindBodyWith(new(string), binding.Plain) }, "text/plain", false},
		"PostForm":           {func(c *dram.Context) { c.PostForm("q") }, dram.MIMEPOSTForm, false},
		"GetRawData":         {func(c *dram.Context) { _, _ = c.GetRawData() }, "text/plain", true},
		"another body": {func(c *dram.Context) {
			data, _ := c.GetRawData()
			c.Request.Body = io.NopCloser(strings.NewReader(string(data)))
		}, "text/plain", false},
	}
	for name, reader := range readers {
		ask := func(method, path, body string) *httptest.ResponseRecorder {
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
			for _, body := range []string{"q=first", body} {
				req := httptest.NewRequest(method, path, strings.NewReader(body))
				req.Header.Set("Content-Type", reader.contentType)
				req.Header.Set("Idempotency-Key", "k")
				w = httptest.NewRecorder()
				r.ServeHTTP(w, req)
			}
			return w
		}
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, "answer 2", ask(dram.MethodQuery, "/cached", "q=second").Body.String())
			second, again := http.StatusUnprocessableEntity, http.StatusNoContent
			kept := "answer 1"
			if reader.lost {
				second, again, kept = http.StatusInternalServerError, http.StatusInternalServerError, "answer 2"
			}
			assert.Equal(t, second, ask(http.MethodPost, "/once", "q=second").Code)
			assert.Equal(t, again, ask(http.MethodPost, "/once", "q=first").Code)
			assert.Equal(t, kept, ask(dram.MethodQuery, "/cached", "q=first").Body.String())
		})
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
