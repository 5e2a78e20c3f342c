package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPage(t *testing.T) {
	engine := newEngine()
	get := func(target string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		return w
	}

	w := get("/")
	assert.Equal(t, http.StatusOK, w.Code)
	assert.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	assert.Contains(t, w.Body.String(), "<title>Menu</title>", "a template includes another")
	assert.Contains(t, w.Body.String(), "<h1>Welcome, guest</h1>")
	assert.Contains(t, w.Body.String(), "<li>Bread &amp; butter: 2.40 €</li>", "a function is called")

	w = get("/?guest=" + url.QueryEscape("<script>alert(1)</script>"))
	assert.Contains(t, w.Body.String(), "<h1>Welcome, &lt;script&gt;alert(1)&lt;/script&gt;</h1>")
}
